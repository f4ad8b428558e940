// Simulates a whole federation in one thread: real replicas with real chains and real journal files, over a simulated
// network, clocks and disks. Time is a number; the same seed gives the same run, byte for byte.
//
// It applies Effects as the daemon does (node::apply_effects): write, then send. Faults are drawn from the seed or
// requested by a scenario: frames lost, late, duplicated, reordered; links cut in one direction; nodes that crash
// between any two steps; torn writes; disks that are full, report false syncs, lose data or flip bits; wrong clocks;
// Byzantine members (tests/sim/byzantine.hpp).
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <set>
#include <string>

#include "node/replica/replica.hpp"
#include "node/storage/data_folder.hpp"
#include "tests/sim/chance.hpp"
#include "tests/sim/invariants.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/memory_store.hpp"

namespace xinlian::sim {

// Probabilities are in thousandths.
struct Weather {
    std::uint64_t loss = 0;                             // of a frame
    std::uint64_t duplicate = 0;                        // of a frame
    std::uint64_t delay_min_ms = 1, delay_max_ms = 10;  // of a frame; so later ones overtake earlier ones
    std::uint64_t crash = 0;   // of a turn that writes: the node crashes before, in or after the write
    std::uint64_t gather = 0;  // of an input: its turn continues with the next one
};

struct Setup {
    std::uint64_t seed = 1;
    std::string folder;  // an empty folder for journals, best in memory
    std::size_t observers = 0;
    std::set<std::size_t> byzantine;           // Byzantine members
    std::map<std::size_t, std::size_t> twins;  // a member that runs twice: its second node's place
    bool random_settings = false;              // each node has its own timing, limits and rotation
    consensus::Timing timing;
    std::function<void(const std::string&)> listener;  // called with every consensus message
};

// What is left when a node that was down restarts.
enum class Comeback : std::uint8_t {
    whole,         // its disk as it was
    lost_journal,  // the journal's folder is gone
    flipped_journal,
    lost_all,  // journal and chain
    old_chain  // the chain of an earlier moment, as after a disk that reported false syncs
};

struct Figures {
    std::uint64_t simulated_ms = 0, events = 0, frames = 0, frame_bytes = 0, consensus_frames = 0, consensus_sent = 0,
                  lost = 0, doubled = 0, crashes = 0, torn = 0, cuts = 0, disk_faults = 0, lost_disks = 0, blocks = 0,
                  batches = 0, forged = 0,
                  recovery_ms_max = 0;         // from the healing of the network until all was final
    std::array<std::uint64_t, 32> accepted{};  // entries, by operation
    std::array<std::uint64_t, 64> refused{};   // batches, by reason
    void add(const Figures& other);
};

// One frame, decoded once for all receivers.
struct Packet {
    Bytes bytes;
    std::shared_ptr<const node::wire::Message> message;    // nothing if it is none
    std::shared_ptr<const Result<ledger::BatchPtr>> body;  // of a batch-body: what checking it gave
};
using PacketPtr = std::shared_ptr<const Packet>;

class World;

// Replaces the messages that an honest member would send, and adds messages of its own.
class Tongue {
public:
    virtual ~Tongue() = default;
    virtual void said(World& world, std::size_t node, std::size_t to, const PacketPtr& packet) = 0;
    virtual void heard(World& world, std::size_t node, std::size_t from, const PacketPtr& packet) = 0;
    virtual void restless(World& world, std::size_t node) = 0;  // from time to time
};

class World {
public:
    struct Node {
        std::size_t place = 0;
        std::optional<MemberIndex> member;
        bool honest = true;
        std::unique_ptr<Tongue> tongue;
        node::ReplicaSettings settings;
        // On disk:
        test::MemoryStore store;
        std::optional<test::MemoryStore> image;  // what a disk with false syncs really holds
        std::unique_ptr<node::JournalFile> journal;
        bool disk_full = false;
        // The process; null while it is down.
        std::unique_ptr<ledger::Chain> chain;
        std::unique_ptr<node::Replica> replica;
        std::uint64_t life = 0;
        Time born;  // the steady clock restarts with every life
        std::optional<Time> wake;
        bool owes = false;  // its turn continues
        std::uint64_t wakes_now = 0;
        std::string stopped;  // why it stopped by itself
        std::int64_t skew_ms = 0;
        bool rows_flipped = false;
        bool remembers = false;   // its journal was given a record of its votes
        bool amnesic = false;     // its disk forgot, and it does not remember all of its votes since
        bool refused = false;     // to start from what was on its disk
        bool forgot = false;      // its chain went back once: it will settle old batches again
        std::uint64_t votes = 0;  // sent in this life
        std::map<Hash, ledger::Receipt> receipts;
        std::vector<std::string> notes;
        std::uint64_t ticks = 0;
    };

    World(const test::Federation& federation, Setup setup);
    ~World();

    Weather weather;
    Figures figures;
    Invariants invariants;

    // --- time ---
    bool step(Time until);  // one event; false if nothing happens up to then
    void run(Duration time);
    bool run_until(Duration most, const std::function<bool()>& holds);
    Time now() const { return now_; }
    void later(Duration delay, std::function<void()> what);

    // --- nodes: members 0 … n-1, then observers, then second nodes of twins ---
    void begin();
    void turn_coat(std::size_t i, std::unique_ptr<Tongue> tongue);
    std::size_t size() const { return nodes_.size(); }
    std::size_t members() const { return genesis().committee().size(); }
    Node& node(std::size_t i) { return nodes_.at(i); }
    const Node& node(std::size_t i) const { return nodes_.at(i); }
    bool up(std::size_t i) const { return nodes_.at(i).replica != nullptr; }
    Height height(std::size_t i) const { return up(i) ? nodes_.at(i).chain->height() : 0; }
    void crash(std::size_t i);
    bool start(std::size_t i,
               Comeback how = Comeback::whole);  // false if it refused, and the operator's repair failed too
    Result<std::optional<ledger::Receipt>> submit(std::size_t i, const ledger::BatchPtr& batch);
    void flip_row(std::size_t i);  // one bit of one row of its store

    // --- network ---
    void cut(std::size_t from, std::size_t to);
    void heal();
    void set_delay(std::size_t from, std::size_t to, std::uint64_t min_ms, std::uint64_t max_ms);
    // The uplink does not stay busy with what was sent at the old speed.
    void set_bandwidth(std::size_t node, std::uint64_t bytes_per_ms) {
        bandwidth_[node] = bytes_per_ms;
        busy_until_.erase(node);
    }
    // Sends in a node's name, without its replica and its Byzantine behaviour.
    void post(std::size_t from, std::size_t to, const PacketPtr& packet, Duration extra = {});
    PacketPtr packet(Bytes bytes);
    PacketPtr packet(const node::wire::Message& message) { return packet(node::wire::encode_message(message)); }

    Chance& chance() { return chance_; }
    const test::Federation& federation() const { return federation_; }
    const ledger::Genesis& genesis() const { return federation_.genesis(); }
    std::uint64_t trace() const { return trace_.value(); }
    std::function<void(std::size_t node, const ledger::Receipt&)> on_receipt;
    // From an honest leader's proposal to the first honest node's commit; unsorted.
    const std::vector<std::uint64_t>& proposal_to_final_ms() const { return proposal_to_final_ms_; }
    std::vector<std::uint64_t> one_way_delays_ms() const;                // of the links that a scenario gave one
    const std::vector<Evidence>& evidence() const { return evidence_; }  // found by honest members
    std::string describe() const;
    std::string describe(std::size_t i, const consensus::Message& message) const;

private:
    struct Event {
        Time at;
        std::uint64_t order = 0;
        std::function<void()> what;
        bool operator<(const Event& other) const { return std::tie(other.at, other.order) < std::tie(at, order); }
    };
    struct Link {
        bool cut = false;
        Time blocked;  // banned until then
        std::optional<std::pair<std::uint64_t, std::uint64_t>> delay;
    };

    node::ReplicaSettings settings_of(std::size_t i);
    node::Clock clock(const Node& at) const;
    Status open(std::size_t i, bool excused);
    void link(std::size_t a, std::size_t b);
    void turn(std::size_t i, const std::function<void(node::Replica&, node::Clock)>& input);
    void apply_effects(std::size_t i);
    Status write_down(std::size_t i, const node::Effects& effects);
    void release(std::size_t i, const node::Effects& effects);
    void speak(std::size_t i, const node::Effects& effects);
    void say(std::size_t i, std::size_t to, const PacketPtr& packet);
    void flip_journal_bit(std::size_t i);
    void damage_disk(std::size_t i, Comeback how);
    bool start_over(std::size_t i);  // with an empty data folder; false if that fails too
    void forget(std::size_t i);      // its journal is gone, or its remains are in a new one
    void wrote(std::size_t i, const node::JournalRecord& record);
    void watch(std::size_t i, const PacketPtr& packet);
    void arrive(std::size_t from, std::size_t to, const PacketPtr& packet);
    void ban(std::size_t by, std::size_t whom, const std::string& why);
    void stop(std::size_t i, const std::string& why);
    void acknowledge(std::size_t i, const ledger::Receipt& receipt);
    void come_back_later(std::size_t i);
    void replace_later(std::size_t i);
    void arm(std::size_t i, std::optional<Time> wake);
    void fidget(std::size_t i);
    std::string journal_folder(std::size_t i) const;
    std::size_t place_of(std::size_t node) const;  // of a twin's second node: that of its member
    node::PeerIndex peer(std::size_t of, std::size_t who) const;

    const test::Federation& federation_;
    Setup setup_;
    Chance chance_;
    std::vector<Node> nodes_;
    std::map<std::pair<std::size_t, std::size_t>, Link> links_;
    std::map<std::size_t, std::uint64_t> bandwidth_;
    std::map<std::size_t, Time> busy_until_;  // of a slow uplink
    std::priority_queue<Event> events_;
    std::uint64_t order_ = 0;
    Time now_{1'000};
    Trace trace_;
    std::vector<Evidence> evidence_;
    std::map<Hash, Time> proposed_;  // by honest leaders
    std::vector<std::uint64_t> proposal_to_final_ms_;
    std::map<Hash, ledger::Receipt> receipts_;  // the first of each batch, of any honest node
};

}  // namespace xinlian::sim

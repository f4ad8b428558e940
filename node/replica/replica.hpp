// The node without I/O: the consensus core, the pool, the tree of blocks that are not final, the chain, and catching
// up. Inputs are messages, checked batches and the time; outputs are Effects. The simulator can run exactly this.
//
// The one order that everything relies on: persist, then send (node/storage/data_folder.hpp, apply_effects). Commits to
// the chain happen inside, synced, before the receipts they allow appear in Effects.
#pragma once

#include <deque>
#include <set>

#include "net/limiter.hpp"
#include "node/replica/effects.hpp"
#include "node/replica/pool.hpp"
#include "node/replica/wire.hpp"

namespace xinlian::node {

struct ReplicaSettings {
    std::optional<MemberIndex> self;                // nothing: an observer
    std::vector<std::optional<MemberIndex>> peers;  // by PeerIndex: its place in the committee, if it has one
    consensus::Timing timing;
    ledger::PoolLimits pool;
    std::function<Signature(ByteView)> sign;
    std::uint64_t journal_bytes_max = 64u << 20;  // rotate above
    Duration sync_status_interval{1'000};  // how often peers are told what waits here; five times as long when idle
};

// The first time of a view. A leader may have to wait for as long as blocks are apart before it can propose.
inline Duration view_time(const ledger::Parameters& limits) {
    return {limits.view_timeout.ms + limits.block_interval_min.ms};
}

class Replica {
public:
    Replica(ReplicaSettings settings, ledger::Chain& chain);

    // First of all, once. `journal` oldest first. `memory`: what memory_of() says (node/storage/data_folder.hpp).
    Status start(const std::vector<JournalRecord>& journal, consensus::Memory memory, Clock now);

    void connected(PeerIndex peer, Clock now);
    void disconnected(PeerIndex peer);
    void receive(PeerIndex peer, const wire::Message& message,
                 Clock now);  // not BatchBody: those are checked by the caller first
    void body(PeerIndex peer, ledger::BatchPtr batch, Clock now);
    void tick(Clock now);

    // The caller found damage in what is on disk: nothing is signed any more, what is final is still served.
    void damaged(const std::string& why, Clock now);

    // A batch from a client: decided already (its receipt), waiting (nothing), or refused.
    Result<std::optional<BatchDecision>> submit(const ledger::BatchPtr& batch, Clock now);
    // Whether a batch waits to become final.
    bool holds(const Hash& batch) const { return pool_.find(batch) != nullptr; }

    // Everything to do since the last call.
    Effects take();

    // What the status page shows.
    struct Overview {
        Height height = 0;  // of the same moment as all below; the chain may be further already
        View current = 0, finalized = 0;
        bool informed = false;     // f + 1 validators said how far they are: one of them is honest
        bool catching_up = false;  // the last range still brought something: claims made before it are old
        Height highest_known = 0;  // what at least one honest validator claims, or a finalization shows
        std::size_t pool_batches = 0, pool_bytes = 0, tree_blocks = 0;
        bool halted = false;
        std::string halt_reason;
        std::vector<Height> peer_heights;
        std::vector<Evidence> accused;  // on its way to the ledger
        bool work_waiting = false;
    };
    Overview overview() const;

private:
    static constexpr Epoch epoch_ = 0;
    // What one peer may ask for: questions that are answered from the chain, and bytes of all answers.
    static constexpr std::uint64_t questions_per_second = 100, questions_at_once = 8;
    static constexpr std::uint64_t bytes_per_second = 32u << 20, bytes_at_once = 64u << 20;

    enum class Bodies : std::uint8_t { missing, here, too_many };  // of a block's batches: too_many bytes
    struct TreeBlock {
        explicit TreeBlock(ledger::Block b) : block(std::move(b)) {}
        ledger::Block block;
        std::vector<ledger::BatchPtr> bodies;  // all of them if `have` says that they are here, or empty
        ledger::ExecutedPtr executed;
        bool journaled = false;
        Bodies have = Bodies::missing;
        std::optional<bool> follows;  // what check_block said with the parent that the block names
    };
    // A range that was asked for.
    struct Asked {
        Time at;
        Height from = 0;
    };
    struct Peer {
        bool up = false;
        bool heard = false;   // it said how far it is, since this node started
        bool banned = false;  // it broke a rule: what of it still waits counts for nothing, until it connects anew
        Height height = 0;
        net::TokenBucket questions{questions_per_second, questions_at_once, Time{}};
        net::TokenBucket bytes{bytes_per_second, bytes_at_once, Time{}};
        std::optional<Height> due_range;  // of what it asked for: not served yet
        std::set<Hash> due_batches;
        std::optional<Asked> asked;  // of it, and not answered yet
        std::size_t announced = 0;   // of announced_: those that it named
    };
    // A journal record that may still matter: of a view (block, batch), of the core, or against a member (evidence).
    struct Live {
        std::optional<View> view;
        std::optional<consensus::Persist> core;
        std::optional<MemberIndex> accused;
        JournalRecord record;
    };
    struct Announced {
        Time at;
        PeerIndex by = 0;
    };
    struct Wanted {
        Time asked;
        unsigned tries = 0;
    };
    // A proposer whose clock and this node's differ.
    struct OffClock {
        bool ahead = false;
        std::optional<Time> told;
    };

    // after a restart (replica_start.cpp)
    Status recall(const std::vector<JournalRecord>& journal, consensus::Recovered& recovered);
    Status recall_block(const JournalRecord& record, const std::vector<const JournalRecord*>& bodies);
    Result<std::map<Hash, ledger::BatchPtr>> recall_bodies(const std::vector<const JournalRecord*>& bodies);
    void anchor();
    Status check_anchor(const JournalAnchor& anchor) const;

    // consensus (replica.cpp)
    void run(consensus::Actions actions);
    void persist(const consensus::Persist& record);
    void journal_block(const Hash& id);
    void progress();
    bool try_finalize();
    bool try_checks();
    bool try_executions();
    bool try_build();
    bool may_build_empty(const Hash& parent);
    bool is_deep(Height height) const;
    std::size_t tree_max() const;
    std::optional<consensus::Verdict> check(const consensus::CheckRequest& request);
    void compare_clocks(const ledger::BlockHeader& fresh, Duration ahead_max);
    // Executes the block if it and its ancestors are here; asks for what is missing otherwise.
    ledger::ExecutedPtr executed(const Hash& id);
    ledger::ExecutedPtr executed(const Hash& id, std::size_t depth_max);
    bool has_own_body(const ledger::Block& block) const;
    bool follows(TreeBlock& node, const ledger::Executed& parent) const;
    Bodies bodies(TreeBlock& node, const ledger::Parameters& limits);
    ledger::BatchPtr held(const Hash& id) const;
    void commit(std::vector<ledger::ExecutedPtr> branch, const Certificate& certificate);
    void keep_pace();
    void prune();
    void rotate();
    void ban(PeerIndex peer, std::string why);
    void halt(const std::string& why);

    // evidence (replica_evidence.cpp)
    bool is_accused(MemberIndex member) const;
    Status check_evidence(const Evidence& evidence) const;
    void accuse(const Evidence& evidence);
    void on_accusation(PeerIndex peer, const Evidence& evidence);
    Status recall_evidence(const JournalRecord& record);
    std::vector<Evidence> evidence_for(const ledger::State& state) const;

    // fetching (replica_sync.cpp)
    void on_consensus(PeerIndex peer, const Bytes& message);
    void on_status(PeerIndex peer, const wire::SyncStatus& status);
    void on_block(const ledger::Block& block);
    void want_batches(std::span<const Hash> ids, std::optional<PeerIndex> first);
    void request(PeerIndex peer, std::span<const Hash> ids);
    void require(const ledger::BatchPtr& batch);
    void release(const ledger::Block& block);
    void want_block(const Hash& id);
    void ask_again();
    void send_status();
    std::optional<PeerIndex> next_peer(unsigned tries) const;
    std::optional<PeerIndex> peer_of(MemberIndex member) const;
    void update_demand();
    void wake_at(Time steady);

    // answering (replica_serve.cpp)
    void on_batch_request(PeerIndex peer, const wire::BatchRequest& request);
    void on_block_request(PeerIndex peer, const wire::BlockRequest& request);
    void on_range_request(PeerIndex peer, Height from);
    void serve();
    void serve_batches(PeerIndex peer);
    void serve_range(PeerIndex peer, Height from);
    void failed_to_serve(const std::string& what, const Error& why);

    // catching up (replica_range.cpp)
    void on_range(PeerIndex peer, const wire::Range& range);
    bool take_range(PeerIndex peer, const wire::Range& range);
    Status check_certified(const wire::Range& range) const;
    Status check_final(const Hash& block, const Certificate& certificate) const;
    Status take_run_end(PeerIndex peer, const wire::RangeBlock& end);
    Result<ledger::ExecutedPtr> execute_range_block(const wire::RangeBlock& item, const ledger::ExecutedPtr& before);
    void range_failed(PeerIndex peer, Duration pause);
    MemberIndex speaker(PeerIndex peer) const;
    void maybe_sync();
    void ask_range(PeerIndex peer);

    void send(PeerIndex peer, const wire::Message& message) {
        effects_.send.emplace_back(peer, wire::encode_message(message));
    }
    void broadcast(const wire::Message& message) { effects_.broadcast.push_back(wire::encode_message(message)); }

    ReplicaSettings settings_;
    ledger::Chain& chain_;
    const ledger::Genesis& genesis_;
    ledger::Pool pool_;
    consensus::Core core_;
    ledger::Parameters pace_;         // whose view timeout and heartbeat the core was given last
    ledger::ExecutedPtr tip_;         // the last final block (its bodies dropped)
    std::map<Hash, TreeBlock> tree_;  // above the tip, not final
    std::vector<consensus::CheckRequest> checks_;
    std::map<Hash, View> executions_;
    std::optional<consensus::BuildRequest> build_;
    Time build_since_;
    std::optional<Certificate> final_;         // the highest finalization that is not committed yet
    std::optional<Certificate> run_end_;       // one below it whose run has no place in a range; committed first
    std::map<MemberIndex, Evidence> accused_;  // Invariant: of this epoch; the final state holds none against them
    std::vector<Live> live_;                   // what a rotated journal still needs, in its order
    std::uint64_t journal_bytes_ = 0;
    Height anchor_ = 0, anchor_on_disk_ = 0;  // the highest in the journal: with this turn's, and without
    bool rotation_due_ = false;
    std::vector<Peer> peers_;
    std::map<Hash, Wanted> wanted_batches_, wanted_blocks_;  // named by blocks: asked for until they come
    std::map<Hash, Announced> announced_;                    // named by peers: asked once
    std::map<Hash, ledger::BatchPtr> required_;              // named by blocks, but not taken by the pool
    std::optional<PeerIndex> range_peer_;                    // of whom a range was asked last, and is waited for
    unsigned range_turn_ = 0;                                // whose turn it is to be asked
    PeerIndex next_served_ = 0;
    bool catching_up_ = false;  // the last range that was answered brought something
    Time range_not_before_;
    Time tip_changed_, status_sent_;
    bool status_due_ = false;                     // the work is done: the others may know soon how far this node is
    std::map<MemberIndex, OffClock> off_clocks_;  // by the last proposal of each
    std::optional<Time> core_wake_;
    bool demand_ = false;
    bool halted_ = false;
    std::string halt_reason_;
    Clock now_;
    Effects effects_;
};

}  // namespace xinlian::node

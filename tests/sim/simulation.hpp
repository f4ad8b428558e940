// A whole federation in one thread: cores, a network that loses, delays, doubles and reorders, disks that keep what was
// written before a crash and nothing else. Time is a number; the same seed gives the same run, byte for byte.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <set>

#include "consensus/core.hpp"
#include "tests/sim/oracle.hpp"

namespace xinlian::sim {

// Own generator (splitmix64), so that runs do not depend on a library's.
class Chance {
public:
    explicit Chance(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next();
    std::uint64_t below(std::uint64_t bound) { return next() % bound; }
    bool percent(std::uint64_t p) { return below(100) < p; }
    Duration between(std::uint64_t min_ms, std::uint64_t max_ms) { return {min_ms + below(max_ms - min_ms + 1)}; }

private:
    std::uint64_t state_;
};

struct Weather {
    std::uint64_t loss_percent = 0;
    std::uint64_t duplicate_percent = 0;
    std::uint64_t delay_min_ms = 2;
    std::uint64_t delay_max_ms = 20;
    std::uint64_t torn_percent = 0;  // of crashes that hit while a turn is being written down
};

struct Options {
    std::uint64_t seed = 1;
    std::size_t members = 4;
    std::optional<MemberIndex> twin;  // this member runs twice with one key and two journals: it will equivocate
    consensus::Timing timing;
};

using Tx = std::uint32_t;

class Simulation {
public:
    explicit Simulation(const Options& options);

    // Nodes 0 … members-1 are the members; a twin is the last node.
    std::size_t nodes() const { return nodes_.size(); }
    Weather weather;

    void run_until(Time end);
    bool run_until(Time end, const std::function<bool()>& done);  // whether `done` came true in time
    Time now() const { return now_; }
    Chance& chance() { return chance_; }

    void submit(Tx tx);  // every node that is up learns of it
    void submit_to(std::size_t node, Tx tx);
    void crash(std::size_t node);
    void restart(std::size_t node, bool lose_journal = false);
    bool up(std::size_t node) const { return nodes_[node].core != nullptr; }
    void partition(std::vector<int> side);  // one number per node; different numbers do not hear each other
    void heal();                            // everybody hears everybody, and links come up anew

    const consensus::Core& core(std::size_t node) const { return *nodes_[node].core; }
    bool committed(std::size_t node, Tx tx) const { return nodes_[node].committed.contains(tx); }
    std::uint64_t height(std::size_t node) const { return nodes_[node].chain.size(); }
    std::uint64_t sent() const { return sent_; }
    std::uint64_t trace() const { return trace_; }
    std::size_t evidence_against(MemberIndex member) const;
    const Oracle& oracle() const { return oracle_; }

private:
    struct Block {
        Hash parent;
        View view = 0;
        std::vector<Tx> txs;
        Bytes bytes;
    };
    struct Node {
        MemberIndex member = 0;
        bool honest = true;
        std::unique_ptr<consensus::Core> core;
        std::uint64_t boot = 0;
        std::optional<Time> wake;
        // On disk:
        std::vector<Bytes> journal;
        std::optional<Certificate> finalization;
        std::vector<Hash> chain;
        std::set<Tx> committed;
        // Spread anew after a restart, as a pool would:
        std::set<Tx> pool;
        bool pending = false;
    };
    struct Event {
        Time at;
        std::uint64_t order = 0;
        std::function<void()> run;
        bool operator<(const Event& other) const { return std::tie(other.at, other.order) < std::tie(at, order); }
    };

    void later(Duration delay, std::function<void()> run);
    void perform(std::size_t node, consensus::Actions actions);
    bool write_down(std::size_t node, const std::vector<consensus::Persist>& records);
    void send(std::size_t from, MemberIndex to, const consensus::Message& message);
    void deliver(std::size_t to, MemberIndex from, const Bytes& bytes);
    void link(std::size_t a, std::size_t b);
    void ask_build(std::size_t node, const consensus::BuildRequest& request);
    void ask_check(std::size_t node, const consensus::CheckRequest& request);
    void ask_execute(std::size_t node, const consensus::ExecuteRequest& request);
    void commit(std::size_t node, const Certificate& certificate);
    void arm(std::size_t node, std::optional<Time> wake);
    void refresh_demand(std::size_t node);
    ExecutionResult execute(const Hash& block) const;
    void note(std::uint64_t what, ByteView bytes = {});
    // Runs `input` on the node if it is still the same process.
    void input(std::size_t node, std::uint64_t boot, const std::function<consensus::Actions(consensus::Core&)>& input);

    Options options_;
    Chance chance_;
    std::vector<SecretKey> keys_;  // by member
    Committee committee_;
    Hash chain_id_;
    Hash genesis_;
    std::vector<Node> nodes_;
    std::vector<int> side_;
    std::map<Hash, Block> blocks_;  // everything ever built: bodies are always to be had
    std::priority_queue<Event> events_;
    std::uint64_t order_ = 0;
    Time now_;
    std::uint64_t sent_ = 0;
    std::uint64_t trace_ = 1;
    std::vector<Evidence> evidence_;
    Oracle oracle_;
};

}  // namespace xinlian::sim

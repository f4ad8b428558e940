// The node without I/O. Inputs are messages, checked batches and the time; outputs are Effects. The simulator runs this
// class unchanged.
//
// Replica keeps the consensus core, the pool of waiting batches, the tree of blocks that are not final, and the tip of
// the chain. Everything else is a value of its own that does no I/O and returns what to send or to persist:
// JournalMemory, EvidencePool, ClockWatch, Fetcher, RangeSync, PeerServer. Replica decides the order in which they are
// called.
//
// Safety depends on one order: persist, then send (node/storage/data_folder.hpp, apply_effects). Commits to the chain
// are synced inside a call, before the receipts that depend on them appear in Effects.
#pragma once

#include <set>

#include "node/replica/clock_watch.hpp"
#include "node/replica/effects.hpp"
#include "node/replica/evidence_pool.hpp"
#include "node/replica/fetcher.hpp"
#include "node/replica/journal_memory.hpp"
#include "node/replica/peer_server.hpp"
#include "node/replica/pool.hpp"
#include "node/replica/range_sync.hpp"

namespace xinlian::node {

struct ReplicaSettings {
    std::optional<MemberIndex> self;                // nothing: this node is an observer
    std::vector<std::optional<MemberIndex>> peers;  // by PeerIndex: the peer's index in the committee, if it has one
    consensus::Timing timing;
    ledger::PoolLimits pool;
    std::function<Signature(ByteView)> sign;
    std::uint64_t journal_bytes_max = 64u << 20;  // above this the journal is rotated
    Duration sync_status_interval{1'000};         // between two SyncStatus messages; five times as long when idle
};

// The timeout of a view that follows no failed one. It includes the minimal interval between blocks, because a leader
// may have to wait that long before it can propose.
inline Duration view_time(const ledger::Parameters& limits) {
    return {limits.view_timeout.ms + limits.block_interval_min.ms};
}

class Replica {
public:
    Replica(ReplicaSettings settings, ledger::Chain& chain);

    // Call this once, before all others. `journal`: oldest first. `memory`: from memory_of()
    // (node/storage/data_folder.hpp).
    Status start(const std::vector<JournalRecord>& journal, consensus::Memory memory, Clock now);

    void connected(PeerIndex peer, Clock now);
    void disconnected(PeerIndex peer);
    // Ignores BatchBody: the caller checks batches first and passes them to body().
    void receive(PeerIndex peer, const wire::Message& message, Clock now);
    void body(PeerIndex peer, ledger::BatchPtr batch, Clock now);
    void tick(Clock now);

    // The caller found damaged data on disk. The node signs nothing any more; it still serves what is final.
    void damaged(const std::string& why, Clock now);

    // Takes a batch from a client. Returns its decision if it has been decided, nothing if it waits, or an error if it
    // is refused.
    Result<std::optional<ledger::Receipt>> submit(const ledger::BatchPtr& batch, Clock now);
    // Whether a batch waits in the pool.
    bool holds(const Hash& batch) const { return pool_.find(batch) != nullptr; }

    // The effects of all inputs since the last call.
    Effects take();

    // A summary for the status page, all of one moment. The chain may already be further.
    struct Overview {
        Height height = 0;
        View current = 0, finalized = 0;
        bool informed = false;     // f + 1 validators, so at least one honest one, have sent their height
        bool catching_up = false;  // the last range brought new blocks, so claims made before it are outdated
        Height highest_known = 0;  // claimed by at least one honest validator, or shown by a finalization
        std::size_t pool_batches = 0, pool_bytes = 0, tree_blocks = 0;
        bool halted = false;
        std::string halt_reason;
        std::vector<Height> peer_heights;
        std::vector<Evidence> accused;  // not on the ledger yet
        bool work_waiting = false;
    };
    Overview overview() const;

private:
    static constexpr Epoch epoch_ = 0;
    enum class Bodies : std::uint8_t { missing, here, too_many };  // a block's batches; too_many: too many bytes
    struct TreeBlock {
        explicit TreeBlock(ledger::Block b) : block(std::move(b)) {}
        ledger::Block block;
        std::vector<ledger::BatchPtr> bodies;  // all of them if `have` is `here`, else none
        ledger::ExecutedBlockPtr executed;
        bool journaled = false;
        Bodies have = Bodies::missing;
        std::optional<bool> follows;  // the result of check_block against the parent that the block names
    };

    // after a restart (start.cpp)
    Status recall(const std::vector<JournalRecord>& journal, consensus::Recovered& recovered);
    Status recall_block(const JournalRecord& record, const std::vector<const JournalRecord*>& bodies);
    Result<std::map<Hash, ledger::BatchPtr>> recall_bodies(const std::vector<const JournalRecord*>& bodies);
    Status recall_evidence(const JournalRecord& record);
    Status check_anchor(const JournalAnchor& anchor) const;

    // messages and the time (inputs.cpp)
    void on_consensus(PeerIndex peer, const Bytes& message);
    void on_status(PeerIndex peer, const wire::SyncStatus& status);
    void on_batch_request(PeerIndex peer, const wire::BatchRequest& request);
    void on_block_request(PeerIndex peer, const wire::BlockRequest& request);
    void on_block(const ledger::Block& block);
    void on_accusation(PeerIndex peer, const Evidence& evidence);
    void serve();
    void failed_to_serve(Error why);
    void send_status();
    wire::SyncStatus own_status() const;
    std::optional<PeerIndex> peer_of(MemberIndex member) const;
    void update_demand();

    // consensus (replica.cpp)
    void run(consensus::Actions actions);
    void persist(const consensus::Persist& record);
    void journal_block(const Hash& id);
    void anchor();
    void accuse(const Evidence& evidence);
    void publish(const Evidence& evidence);
    void progress();
    bool try_finalize();
    bool try_checks();
    bool try_executions();
    bool try_build();
    bool may_build_empty(const Hash& parent);
    void commit(std::vector<ledger::ExecutedBlockPtr> branch, const Certificate& certificate);
    void update_pace();
    void prune();
    void rotate();
    void ban(PeerIndex peer, std::string why);
    void halt(const std::string& why);

    // blocks that are not final (tree.cpp)
    bool is_deep(Height height) const;
    std::size_t tree_max() const;
    std::optional<consensus::BlockValidity> check(const consensus::CheckRequest& request);
    // Executes the block if it and its ancestors are here; requests what is missing otherwise.
    ledger::ExecutedBlockPtr executed(const Hash& id);
    ledger::ExecutedBlockPtr executed(const Hash& id, std::size_t depth_max);
    bool has_own_body(const ledger::Block& block) const;
    bool follows(TreeBlock& node, const ledger::ExecutedBlock& parent) const;
    Bodies bodies(TreeBlock& node, const ledger::Parameters& limits);
    ledger::BatchPtr held(const Hash& id) const;

    // ranges of final blocks (ranges.cpp)
    void on_range(PeerIndex peer, const wire::Range& range);
    bool take_range(PeerIndex peer, const wire::Range& range);
    Status take_run_end(PeerIndex peer, const wire::RangeBlock& end);
    Result<ledger::ExecutedBlockPtr> execute_range_block(const wire::RangeBlock& item,
                                                         const ledger::ExecutedBlockPtr& before);
    void range_failed(PeerIndex peer, Duration pause);
    RangeSync::Progress own_progress() const;
    void request_range_if_behind();
    MemberIndex speaker(PeerIndex peer) const;

    void send(PeerIndex peer, const wire::Message& message) {
        effects_.send.emplace_back(peer, wire::encode_message(message));
    }
    void broadcast(const wire::Message& message) { effects_.broadcast.push_back(wire::encode_message(message)); }
    void emit(const OutgoingMessages& out);
    void wake_at(Time steady);

    ReplicaSettings settings_;
    ledger::Chain& chain_;
    const ledger::Genesis& genesis_;
    ledger::Pool pool_;
    consensus::Core core_;
    JournalMemory journal_;
    EvidencePool evidence_;
    ClockWatch clock_watch_;
    Fetcher fetcher_;
    RangeSync range_sync_;
    PeerServer server_;
    ConnectedPeers connected_;
    std::set<PeerIndex> banned_;      // violated the protocol; their queued messages are ignored until they reconnect
    ledger::Parameters pace_;         // whose view timeout and heartbeat the core was given last
    ledger::ExecutedBlockPtr tip_;    // the last final block, without its bodies
    std::map<Hash, TreeBlock> tree_;  // above the tip, not final
    std::vector<consensus::CheckRequest> checks_;
    std::map<Hash, View> executions_;
    std::optional<consensus::BuildRequest> build_;
    Time build_since_;
    std::optional<Certificate> final_;    // the highest finalization that is not committed yet
    std::optional<Certificate> run_end_;  // a lower one, whose run does not fit in a range; committed first
    bool rotation_due_ = false;
    Time tip_changed_, status_sent_;
    bool status_due_ = false;  // no work is left, so the next SyncStatus is sent soon
    std::optional<Time> core_wake_;
    bool demand_ = false;
    bool halted_ = false;
    std::string halt_reason_;
    Clock now_;
    Effects effects_;
};

}  // namespace xinlian::node

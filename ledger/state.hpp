// The state machine: what executing a block does to the log and the map. Deterministic, and it cannot fail: a batch
// that breaks a rule in its place is recorded as rejected, with its reason, and changes nothing else.
#pragma once

#include "crypto/merkle_log.hpp"
#include "crypto/merkle_map.hpp"
#include "ledger/block.hpp"

namespace xinlian::ledger {

// Kinds of keys in the one map. Key = tagged_hash("xinlian/v1/map-key", kind byte || id bytes).
enum class StateKind : std::uint8_t { record = 1, subject = 2, feed = 3, batch = 4, evidence = 5 };
inline bool is_known(StateKind kind) { return kind >= StateKind::record && kind <= StateKind::evidence; }
Hash state_key(Suite suite, StateKind kind, ByteView id);

// The latest entry about a record.
struct RecordState {
    std::string issuer;
    Entry entry;              // as last accepted
    std::uint64_t index = 0;  // its leaf in the log
    bool operator==(const RecordState&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(bounded(issuer, member_id_bytes_max), entry, index);
    }
};

// The per-subject chain: proves "exactly these entries, and no other".
// head(n) = tagged_hash("xinlian/v1/subject-chain", head(n-1) || leaf hash || leaf index as 8 bytes); head(0) is zero.
struct SubjectState {
    std::uint64_t count = 0;
    Hash head;
    bool operator==(const SubjectState&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(count, head);
    }
};
Hash subject_chain_next(Suite suite, const Hash& head, const Hash& leaf_hash, std::uint64_t index);

struct FeedState {
    std::uint64_t next_sequence = 1;
    Hash head;  // id of the last accepted batch; zero before the first
    bool operator==(const FeedState&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(next_sequence, head);
    }
};

enum class Reason : std::uint8_t {
    accepted = 0,
    wrong_sequence = 1,  // not the next in its feed
    wrong_previous = 2,  // does not follow the feed's last batch
    already_exists = 3,  // create of a record that exists
    no_such_record = 4,  // update, overwrite or delete of a record that does not
    wrong_version = 5,
    deleted = 6,        // the record was deleted: terminal
    wrong_issuer = 7,   // the record belongs to another issuer
    wrong_subject = 8,  // an update may not move a record to another subject or category
};
inline bool is_known(Reason reason) { return reason <= Reason::wrong_subject; }
std::string_view name_of(Reason reason);  // "accepted", "wrong-sequence", …

// What became of a batch; in the map under its id, so a receipt is one map proof for all its rows:
// row i of an accepted batch is leaf first_index + i.
struct BatchOutcome {
    Reason reason = Reason::accepted;
    std::uint32_t entry = 0;  // of a rejected batch: position of the entry that broke the rule
    Height height = 0;
    std::uint64_t first_index = 0;  // of an accepted batch
    std::uint32_t entry_count = 0;
    bool operator==(const BatchOutcome&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(reason, entry, height, first_index, entry_count);
    }
};

// That a member equivocated: one piece of evidence for a member and epoch, the first that a block carried. In the map
// under evidence_key, so that it can be shown, and also that nobody has shown any.
struct EvidenceState {
    std::string member;  // its id
    View view = 0;       // of both statements
    Hash digest;         // evidence_digest; the evidence itself is in the block
    Height height = 0;   // of the block
    Time time;
    bool operator==(const EvidenceState&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(bounded(member, member_id_bytes_max), view, digest, height, time.ms);
    }
};
Hash evidence_key(Suite suite, Epoch epoch, MemberIndex member);  // state_key of epoch u64 || member u16

// Log and map after a block. Cheap to copy (the log's edge and one pointer); copies never change each other.
class State {
public:
    explicit State(Suite suite) : log(suite), map(suite) {}
    LogTree log;
    MerkleMap map;

    ExecutionResult result() const { return {log.size(), log.root(), map.root()}; }
    Suite suite() const { return map.suite(); }
    // Typed reads; nothing if absent. A value that does not decode is our bug (only apply() wrote it).
    std::optional<RecordState> record(const Hash& id) const;
    std::optional<SubjectState> subject(const Hash& tag) const;
    FeedState feed(std::string_view issuer) const;
    std::optional<BatchOutcome> outcome(const Hash& batch) const;
    std::optional<EvidenceState> evidence(Epoch epoch, MemberIndex member) const;
};

// What check_block cannot see: that the branch below, whose state this is, has decided none of the block's batches and
// holds no evidence against anybody that the block has some against. Errc::invalid.
Status check_new(const State& before, const Block& block);

// All that executing one block produced: what the chain stores when the block becomes final.
struct Executed {
    explicit Executed(State s) : after(std::move(s)) {}
    Hash id;
    Block block;
    std::vector<BatchPtr> batches;       // in the block's order
    std::vector<BatchOutcome> outcomes;  // one per batch
    std::vector<LogEntry> entries;   // accepted, in log order; the first has index after.log.size() - entries.size()
    std::vector<Hash> leaf_hashes;   // of `entries`
    std::vector<MapChange> changes;  // sorted by key, one per key
    State after;
    ExecutionResult result;
};
using ExecutedPtr = std::shared_ptr<const Executed>;

// `batches` are the block's, in its order, checked. The block must have passed check_block and check_new.
ExecutedPtr execute(const Genesis& genesis, const State& before, Block block, std::vector<BatchPtr> batches);
// The state before height 1: empty. Its `Executed` has the genesis block.
ExecutedPtr genesis_executed(const Genesis& genesis);

}  // namespace xinlian::ledger

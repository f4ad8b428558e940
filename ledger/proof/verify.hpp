// Verifies proof files with the genesis file alone, without a node, a database or a clock. Available as a separate
// library (xl_verify).
#pragma once

#include <variant>

#include "ledger/proof/verify_common.hpp"

namespace xinlian::ledger {

// What a valid proof establishes, as one structure for each kind of proof. Each contains the id that the proof is
// about. Compare it with your own question: a valid absence proof may be about another id than the one you asked for.

// An entry of the log, and the batch whose issuer signature was verified.
struct ProvenEntry {
    LogEntry entry;
    std::uint64_t index = 0;
    BatchHeader batch;
    bool operator==(const ProvenEntry&) const = default;
};

// What a proof of a record or of an entry establishes. That an entry is unaltered and that it is current are separate
// statements.
struct RecordContent {
    Hash id;                           // of the record
    std::optional<ProvenEntry> entry;  // the entry asked for, or the record's latest; empty if the record is absent
    std::optional<LogEntry> latest;    // the entry that supersedes `entry`, if any
    std::optional<RecordState> state;
    std::vector<Field> opened;  // fields disclosed by the opening in the proof
    bool is_deleted() const;    // the record's latest entry is a delete
    bool is_current() const;    // `entry` is the record's latest, and not a delete
    bool operator==(const RecordContent&) const = default;
};

struct RecordFinding : RecordContent {
    std::vector<ListAnswer::Item> causes;  // see StateFinding
    bool operator==(const RecordFinding&) const = default;
};

struct EntryFinding : RecordContent {
    bool operator==(const EntryFinding&) const = default;
};

// What a proof of a grant, query or account establishes.
template <class T>
struct StateFinding {
    Hash id;
    std::optional<T> state;  // empty if it is proven absent
    // The entries that caused the state, each signed by its issuer; see causes_of().
    std::vector<ListAnswer::Item> causes;
    bool operator==(const StateFinding&) const = default;
};
using GrantFinding = StateFinding<GrantState>;
using QueryFinding = StateFinding<QueryState>;
using AccountFinding = StateFinding<AccountState>;

// The lists of the state, each with the object that it belongs to.
struct EntriesOfSubject {
    Hash subject;
    bool operator==(const EntriesOfSubject&) const = default;
};
struct GrantsOfSubject {
    Hash subject;
    bool operator==(const GrantsOfSubject&) const = default;
};
struct UsesOfGrant {
    Hash grant;
    bool operator==(const UsesOfGrant&) const = default;
};
struct ActsOfMember {
    std::string member;  // its id
    bool operator==(const ActsOfMember&) const = default;
};
using ListId = std::variant<EntriesOfSubject, GrantsOfSubject, UsesOfGrant, ActsOfMember>;
StateKind kind_of(const ListId& list);

struct ListFinding {
    ListId list;
    std::vector<ListAnswer::Item> entries;  // all of them
    bool operator==(const ListFinding&) const = default;
};

struct BatchFinding {
    Hash id;
    BatchHeader header;  // its issuer signature was verified
    BatchOutcome outcome;
    bool operator==(const BatchFinding&) const = default;
};

struct EvidenceFinding {
    struct Shown {
        EvidenceState state;
        Evidence evidence;  // both signatures were verified
        bool operator==(const Shown&) const = default;
    };
    std::string member;  // the validator's id
    Epoch epoch = 0;
    std::optional<Shown> shown;  // empty if the ledger contains no evidence against the member
    bool operator==(const EvidenceFinding&) const = default;
};

struct FeedFinding {
    std::string member;                     // the issuer's id
    std::vector<FeedAnswer::Item> batches;  // at least one; consecutive, none missing
    bool operator==(const FeedFinding&) const = default;
};

struct Finding : ProofContext {
    std::variant<RecordFinding, EntryFinding, ListFinding, BatchFinding, EvidenceFinding, GrantFinding, QueryFinding,
                 AccountFinding, FeedFinding>
        what;  // in the order of ProofKind

    ProofKind kind() const { return static_cast<ProofKind>(what.index() + 1); }
    bool operator==(const Finding&) const = default;
};
// The record's content of a record or entry proof; nullptr for a proof of another kind.
const RecordContent* content_of(const Finding& finding);

// Errc::invalid names the first check that failed. Errc::unsupported means that the proof could not be verified
// (another suite or version). The proof's chain id must be the genesis file's.
Result<Finding> verify_proof(const Genesis& genesis, const Proof& proof);

// Verifies that this record, with its salt, is the one that the proof is about (record and entry proofs). Errc::invalid
// if it is not.
Status verify_record(const Genesis& genesis, const Finding& finding, const Record& record, const Hash& record_salt);

}  // namespace xinlian::ledger

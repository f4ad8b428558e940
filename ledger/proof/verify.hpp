// Checks proof files with the genesis file alone: no node, no database, no clock. Links as a library of its own
// (xl_verify).
#pragma once

#include <variant>

#include "ledger/proof/verify_common.hpp"

namespace xinlian::ledger {

// What a valid proof establishes: one structure for each kind of proof. Each names what it is about: compare that with
// your own question. A proof of absence may be true of another id than the one you asked for.

// An entry of the log, and the batch whose issuer signature was checked.
struct ProvenEntry {
    LogEntry entry;
    std::uint64_t index = 0;
    BatchHeader batch;
    bool operator==(const ProvenEntry&) const = default;
};

// What proofs of a record and of an entry establish. "Unaltered" and "current" are two words.
struct RecordContent {
    Hash id;                           // of the record
    std::optional<ProvenEntry> entry;  // the entry asked for, or the record's latest; nothing: there is no such record
    std::optional<LogEntry> latest;    // if `entry` is superseded: by this
    std::optional<RecordState> state;
    std::vector<Field> opened;  // fields shown by the proof's own opening
    bool is_deleted() const;    // the record's latest entry is a delete
    bool is_current() const;    // `entry` is the record's latest, and not a delete
    bool operator==(const RecordContent&) const = default;
};

struct RecordFinding : RecordContent {
    std::vector<ListAnswer::Item> causes;  // as of StateFinding
    bool operator==(const RecordFinding&) const = default;
};

struct EntryFinding : RecordContent {
    bool operator==(const EntryFinding&) const = default;
};

// A grant, query or account.
template <class T>
struct StateFinding {
    Hash id;
    std::optional<T> state;  // nothing: there is none
    // The entries that made it so, each signed by its issuer; see causes_of().
    std::vector<ListAnswer::Item> causes;
    bool operator==(const StateFinding&) const = default;
};
using GrantFinding = StateFinding<GrantState>;
using QueryFinding = StateFinding<QueryState>;
using AccountFinding = StateFinding<AccountState>;

// The lists, each with what it is a list of.
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
    BatchHeader header;  // whose issuer signature was checked
    BatchOutcome outcome;
    bool operator==(const BatchFinding&) const = default;
};

struct EvidenceFinding {
    struct Shown {
        EvidenceState state;
        Evidence evidence;  // both signatures were checked
        bool operator==(const Shown&) const = default;
    };
    std::string member;  // the validator's id
    Epoch epoch = 0;
    std::optional<Shown> shown;  // nothing: nobody has shown evidence against it
    bool operator==(const EvidenceFinding&) const = default;
};

struct FeedFinding {
    std::string member;                     // the issuer's id
    std::vector<FeedAnswer::Item> batches;  // at least one; these batches and none between them
    bool operator==(const FeedFinding&) const = default;
};

struct Finding : ProofContext {
    std::variant<RecordFinding, EntryFinding, ListFinding, BatchFinding, EvidenceFinding, GrantFinding, QueryFinding,
                 AccountFinding, FeedFinding>
        what;  // in the order of ProofKind

    ProofKind kind() const { return static_cast<ProofKind>(what.index() + 1); }
    bool operator==(const Finding&) const = default;
};
// What a proof of a record or an entry says of the record; nullptr of another kind.
const RecordContent* content_of(const Finding& finding);

// Errc::invalid names the first check that failed; Errc::unsupported means "cannot tell" (another suite or version).
// The proof's chain id must be the genesis file's.
Result<Finding> verify_proof(const Genesis& genesis, const Proof& proof);

// Also that this record, with its salt, is the one the proof speaks of (record and entry proofs). Errc::invalid if it
// is not.
Status verify_record(const Genesis& genesis, const Finding& finding, const Record& record, const Hash& record_salt);

}  // namespace xinlian::ledger

// Checks proof files with the genesis file alone: no node, no database, no clock. Links as a library of its own
// (xl_verify).
#pragma once

#include "ledger/proof/proof.hpp"

namespace xinlian::ledger {

// What a valid proof establishes. "Unaltered" and "current" are two words.
struct Finding {
    ProofKind kind = ProofKind::record;
    // What was asked: id of the record, grant, query, account or batch; subject tag; of an entry proof the entry's
    // record; of evidence, and of a member's dealings, the key in the map (`member` says it in words); of a feed its
    // last batch. Compare it with your own question: an absence proof may be true of another id than the one you asked
    // for.
    Hash asked;
    // As of:
    Height height = 0;
    Time time;
    std::uint64_t log_size = 0;
    std::vector<std::string> signers;  // member ids of the quorum that signed, in committee order
    std::size_t quorum = 0, members = 0;
    // Record and entry proofs (nothing if the record is proven absent):
    std::optional<LogEntry> entry;  // the entry asked for, or the record's latest
    std::optional<std::uint64_t> entry_index;
    bool current = false;              // `entry` is the record's latest, and not a delete
    bool deleted = false;              // the record's latest entry is a delete
    std::optional<LogEntry> latest;    // if the entry asked for is superseded: by this
    std::optional<BatchHeader> batch;  // whose issuer signature was checked
    std::vector<Field> opened;         // fields shown by the proof's own opening
    std::optional<RecordState> record;
    // Proofs of a grant, query or account (nothing if it is proven absent):
    std::optional<GrantState> grant;
    std::optional<QueryState> query;
    std::optional<AccountState> account;
    // Of a record, grant, query or account: the entries that made it so, each signed by its issuer; see causes_of().
    std::vector<ListAnswer::Item> causes;
    // Lists:
    StateKind list = StateKind::subject;
    std::vector<ListAnswer::Item> entries;  // all of them
    // Batch proofs:
    std::optional<BatchOutcome> outcome;
    // Evidence proofs:
    std::string member;  // the validator's id; of dealings the member's, of a feed the issuer's
    Epoch epoch = 0;
    std::optional<EvidenceState> against;  // nothing: nobody has shown evidence against it
    std::optional<Evidence> evidence;      // iff `against`; both signatures were checked
    // Feeds:
    std::vector<FeedAnswer::Item> feed;  // these batches and none between them
};

// Errc::invalid names the first check that failed; Errc::unsupported means "cannot tell" (another suite or version).
// The proof's chain id must be the genesis file's.
Result<Finding> verify_proof(const Genesis& genesis, const Proof& proof);

// Also that this record, with its salt, is the one the proof speaks of (record and entry proofs). Errc::invalid if it
// is not.
Status verify_record(const Genesis& genesis, const Finding& finding, const Record& record, const Hash& record_salt);

}  // namespace xinlian::ledger

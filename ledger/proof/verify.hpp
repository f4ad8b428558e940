// Verifies proof files with the genesis file alone, without a node, a database or a clock. Available as a separate
// library (xl_verify).
#pragma once

#include "ledger/proof/proof.hpp"

namespace xinlian::ledger {

// What a valid proof establishes. That an entry is unaltered and that it is current are separate statements.
struct Finding {
    ProofKind kind = ProofKind::record;
    // What the proof is about: the id of a record, grant, query, account or batch; a subject tag; for an entry proof,
    // the id of the entry's record; for evidence and a list of a member's dealings, the key in the map (`member` has
    // the member's id); for a feed, the id of its last batch. Compare it with your own question: a valid absence proof
    // may be about another id than the one you asked for.
    Hash asked;
    // The block that the proof is as of:
    Height height = 0;
    Time time;
    std::uint64_t log_size = 0;
    std::vector<std::string> signers;  // member ids of the quorum that signed, in committee order
    std::size_t quorum = 0, members = 0;
    // Record and entry proofs (empty if the record is proven absent):
    std::optional<LogEntry> entry;  // the entry asked for, or the record's latest
    std::optional<std::uint64_t> entry_index;
    bool current = false;              // `entry` is the record's latest, and not a delete
    bool deleted = false;              // the record's latest entry is a delete
    std::optional<LogEntry> latest;    // the entry that supersedes the one asked for, if any
    std::optional<BatchHeader> batch;  // the batch whose issuer signature was verified
    std::vector<Field> opened;         // fields disclosed by the opening in the proof
    std::optional<RecordState> record;
    // Proofs of a grant, query or account (empty if it is proven absent):
    std::optional<GrantState> grant;
    std::optional<QueryState> query;
    std::optional<AccountState> account;
    // For a record, grant, query or account: the entries that caused its state, each signed by its issuer; see
    // causes_of().
    std::vector<ListAnswer::Item> causes;
    // Lists:
    StateKind list = StateKind::subject;
    std::vector<ListAnswer::Item> entries;  // all of them
    // Batch proofs:
    std::optional<BatchOutcome> outcome;
    // Evidence proofs:
    std::string member;  // id of the validator; of the member for dealings; of the issuer for a feed
    Epoch epoch = 0;
    std::optional<EvidenceState> against;  // empty if the ledger contains no evidence against the member
    std::optional<Evidence> evidence;      // present iff `against` is; both signatures were verified
    // Feeds:
    std::vector<FeedAnswer::Item> feed;  // consecutive batches, none missing
};

// Errc::invalid names the first check that failed. Errc::unsupported means that the proof could not be verified
// (another suite or version). The proof's chain id must be the genesis file's.
Result<Finding> verify_proof(const Genesis& genesis, const Proof& proof);

// Verifies that this record, with its salt, is the one that the proof is about (record and entry proofs). Errc::invalid
// if it is not.
Status verify_record(const Genesis& genesis, const Finding& finding, const Record& record, const Hash& record_salt);

}  // namespace xinlian::ledger

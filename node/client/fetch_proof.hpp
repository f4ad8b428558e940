// Fetches proofs from a node and verifies proof files, for `xinlian prove` and `xinlian verify`. No data of a node or a
// file is trusted before verify_proof has succeeded with the reader's own genesis file.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ledger/proof/verify.hpp"
#include "node/client/node_client.hpp"
#include "node/client/record_file.hpp"
#include "node/wording/outcome.hpp"
#include "node/wording/sentence.hpp"

namespace xinlian::node {

// The subject of a requested proof, as one structure for each kind of proof.
struct RecordQuestion {
    Hash id;
    bool operator==(const RecordQuestion&) const = default;
};
struct EntryQuestion {
    std::uint64_t index = 0;
    bool operator==(const EntryQuestion&) const = default;
};
struct ListQuestion {
    ledger::ListId list;
    bool operator==(const ListQuestion&) const = default;
};
struct BatchQuestion {
    Hash id;
    bool operator==(const BatchQuestion&) const = default;
};
struct EvidenceQuestion {
    std::string member;  // the validator's id
    bool operator==(const EvidenceQuestion&) const = default;
};
struct GrantQuestion {
    Hash id;
    bool operator==(const GrantQuestion&) const = default;
};
struct QueryQuestion {
    Hash id;
    bool operator==(const QueryQuestion&) const = default;
};
struct AccountQuestion {
    Hash id;
    bool operator==(const AccountQuestion&) const = default;
};
struct FeedQuestion {
    std::string member;                 // the issuer's id
    std::uint64_t first = 0, last = 0;  // sequence numbers of batches
    bool operator==(const FeedQuestion&) const = default;
};
using Question = std::variant<RecordQuestion, EntryQuestion, ListQuestion, BatchQuestion, EvidenceQuestion,
                              GrantQuestion, QueryQuestion, AccountQuestion, FeedQuestion>;
std::string target_of(const Question& question);       // "/v1/proofs/record/…", "/v1/evidence/…"
Question question_of(const ledger::Finding& finding);  // the question that the finding answers

struct CheckedProof {
    ledger::Proof proof;
    ledger::Finding finding;
    RowCheck row = RowCheck::not_given;
};

// Requests the proof, verifies it, and checks that it answers exactly this question.
Result<CheckedProof> fetch_proof(const NodeClient& node, const ledger::Genesis& genesis, const Question& question);

// Adds an opening of these fields of the record to the proof, so that its reader sees them without the other fields.
// Then verifies it again.
Status open_in_proof(const ledger::Genesis& genesis, CheckedProof& checked, const RecordFile& row,
                     const std::vector<std::string>& codes);

// The result of verifying one proof file.
struct FileCheck {
    Outcome outcome = Outcome::unknown;
    std::optional<ledger::Genesis> genesis;  // present if it was read from a file for this
    std::optional<CheckedProof> checked;     // present iff valid
    std::string reason;                      // the reason iff not valid
};
FileCheck check_proof_file(const std::string& proof_path, const std::string& genesis_path,
                           const std::optional<RecordFile>& row);
// `row`: the record that the reader has, to be compared with the proof's.
FileCheck check_proof_file(const std::string& proof_path, const ledger::Genesis& genesis,
                           const std::optional<RecordFile>& row);

}  // namespace xinlian::node

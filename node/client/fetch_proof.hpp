// Fetches proofs from a node and verifies proof files, for `xinlian prove` and `xinlian verify`. No data of a node or a
// file is trusted before verify_proof has succeeded with the reader's own genesis file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/proof/verify.hpp"
#include "node/client/node_client.hpp"
#include "node/client/record_file.hpp"
#include "node/wording/outcome.hpp"
#include "node/wording/sentence.hpp"

namespace xinlian::node {

// The subject of a requested proof. Which fields are used depends on the kind.
struct Question {
    ledger::ProofKind kind = ledger::ProofKind::record;
    Hash id;                                              // id of a record, batch, grant, query or account; subject tag
    std::uint64_t index = 0;                              // index of an entry; first batch of a feed
    std::string member{};                                 // for evidence, dealings and a feed
    ledger::StateKind list = ledger::StateKind::subject;  // which list
    std::uint64_t last = 0;                               // last batch of a feed
};
std::string target_of(const Question& question);  // "/v1/proofs/record/…", "/v1/evidence/…"

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

// The three outcomes of `verify`: valid, not valid, or could not be verified, with the reason.
struct Verdict {
    int exit_code = exit_unknown;
    std::optional<ledger::Genesis> genesis;  // present if it was read from a file for this
    std::optional<CheckedProof> checked;     // present iff valid
    std::string reason;                      // the reason iff not valid
};
Verdict judge(const std::string& proof_path, const std::string& genesis_path, const std::optional<RecordFile>& row);
// `row`: the record that the reader has, to be compared with the proof's.
Verdict judge(const std::string& proof_path, const ledger::Genesis& genesis, const std::optional<RecordFile>& row);

}  // namespace xinlian::node

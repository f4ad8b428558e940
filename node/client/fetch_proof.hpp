// Fetching a proof from a node and checking proof files: the work behind `xinlian prove` and `xinlian verify`. Nothing
// a node or a file says is believed before verify_proof has passed under the reader's own genesis file.
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

// What a proof is wanted of. Which of the fields count depends on the kind.
struct Question {
    ledger::ProofKind kind = ledger::ProofKind::record;
    Hash id;                                              // of a record, batch, grant, query or account; subject tag
    std::uint64_t index = 0;                              // of an entry; of a feed the first batch
    std::string member{};                                 // of evidence, dealings and a feed
    ledger::StateKind list = ledger::StateKind::subject;  // which list
    std::uint64_t last = 0;                               // of a feed the last batch
};
std::string target_of(const Question& question);  // "/v1/proofs/record/…", "/v1/evidence/…"

struct CheckedProof {
    ledger::Proof proof;
    ledger::Finding finding;
    RowCheck row = RowCheck::not_given;
};

// Asks the node, verifies, and checks that the answer is to this question and not to another one.
Result<CheckedProof> fetch_proof(const NodeClient& node, const ledger::Genesis& genesis, const Question& question);

// Opens these fields of the record in the proof, so that its reader sees them without the rest; then verifies again.
Status open_in_proof(const ledger::Genesis& genesis, CheckedProof& checked, const RecordFile& row,
                     const std::vector<std::string>& codes);

// The three outcomes of `verify`: valid, not valid (and why), or it cannot be told (and why).
struct Verdict {
    int exit_code = exit_unknown;
    std::optional<ledger::Genesis> genesis;  // if it was read from a file for this
    std::optional<CheckedProof> checked;     // iff valid
    std::string reason;                      // iff not
};
Verdict judge(const std::string& proof_path, const std::string& genesis_path, const std::optional<RecordFile>& row);
// `row`: the record that the reader has in hand, compared with the proof's.
Verdict judge(const std::string& proof_path, const ledger::Genesis& genesis, const std::optional<RecordFile>& row);

}  // namespace xinlian::node

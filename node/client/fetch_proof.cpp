#include "node/client/fetch_proof.hpp"

#include "crypto/files.hpp"
#include "node/wording/outcome.hpp"

namespace xinlian::node {

namespace {

using ledger::Finding;
using ledger::Genesis;
using ledger::ProofKind;

bool by_member(const Question& question) {
    return question.kind == ProofKind::list && question.list == ledger::StateKind::dealings;
}

// Whether the proof answers the question. A valid proof of something else would mislead the reader.
bool answers(const Finding& finding, const Question& question) {
    if (finding.kind != question.kind) return false;
    switch (question.kind) {
        case ProofKind::evidence:
            return finding.member == question.member;
        case ProofKind::entry:
            return finding.entry_index == question.index;
        case ProofKind::list:
            return finding.list == question.list &&
                   (by_member(question) ? finding.member == question.member : finding.asked == question.id);
        case ProofKind::feed:
            return finding.member == question.member && finding.feed.front().header.sequence == question.index &&
                   finding.feed.back().header.sequence == question.last;
        case ProofKind::record:
        case ProofKind::batch:
        case ProofKind::grant:
        case ProofKind::query:
        case ProofKind::account:
            return finding.asked == question.id;
    }
    return false;
}

// Sets the verdict "not valid", or "unknown" if this program does not support the file.
void refuse(Verdict& verdict, const Error& error) {
    verdict.exit_code = error.code == Errc::unsupported ? exit_unknown : exit_refused;
    verdict.reason = error.text;
}

}  // namespace

std::string target_of(const Question& question) {
    if (question.kind == ProofKind::evidence) return "/v1/evidence/" + question.member;
    const std::string proofs = "/v1/proofs/";
    if (question.kind == ProofKind::feed) {
        return proofs + "feed/" + question.member + "?from=" + std::to_string(question.index) +
               "&to=" + std::to_string(question.last);
    }
    if (question.kind == ProofKind::list) {
        return proofs + std::string(ledger::name_of_list(question.list)) + "/" +
               (by_member(question) ? question.member : question.id.hex());
    }
    const std::string what = question.kind == ProofKind::entry ? std::to_string(question.index) : question.id.hex();
    return proofs + std::string(name_of(question.kind)) + "/" + what;
}

Result<CheckedProof> fetch_proof(const NodeClient& node, const Genesis& genesis, const Question& question) {
    XL_TRY(const std::string body, node.get(target_of(question)));
    auto proof = ledger::parse_proof(as_bytes(body));
    if (!proof) return within("the node's proof", std::move(proof).error());
    auto finding = ledger::verify_proof(genesis, *proof);
    if (!finding) return within("the node's proof is not valid", std::move(finding).error());
    if (!answers(*finding, question)) {
        return Error{Errc::invalid, "the node answered with a proof of something else; ask another node"};
    }
    return CheckedProof{.proof = *std::move(proof), .finding = *std::move(finding), .row = RowCheck::not_given};
}

Status open_in_proof(const Genesis& genesis, CheckedProof& checked, const RecordFile& row,
                     const std::vector<std::string>& codes) {
    if (checked.proof.kind() != ProofKind::record && checked.proof.kind() != ProofKind::entry) {
        return Error{Errc::invalid, "fields can only be opened in the proof of a record or an entry"};
    }
    XL_TRY_STATUS(ledger::verify_record(genesis, checked.finding, row.record, row.salt));
    XL_TRY(checked.proof.opening, ledger::open_fields(genesis.suite(), row.record, row.salt, codes));
    XL_TRY(checked.finding, ledger::verify_proof(genesis, checked.proof));
    return Status();
}

Verdict judge(const std::string& proof_path, const Genesis& genesis, const std::optional<RecordFile>& row) {
    Verdict verdict;
    const auto file = read_file(proof_path, ledger::proof_bytes_max);
    if (!file) {
        verdict.reason = file.error().text;
        return verdict;
    }
    auto proof = ledger::parse_proof(*file);
    if (!proof) {
        verdict.reason = proof_path + ": " + proof.error().text;
        return verdict;
    }
    auto finding = ledger::verify_proof(genesis, *proof);
    if (!finding) {
        refuse(verdict, finding.error());
        return verdict;
    }
    CheckedProof checked{.proof = *std::move(proof), .finding = *std::move(finding), .row = RowCheck::not_given};
    if (row) {
        if (const Status same = ledger::verify_record(genesis, checked.finding, row->record, row->salt); !same) {
            refuse(verdict, same.error());
            return verdict;
        }
        checked.row = RowCheck::compared;
    }
    verdict.exit_code = exit_ok;
    verdict.checked = std::move(checked);
    return verdict;
}

Verdict judge(const std::string& proof_path, const std::string& genesis_path, const std::optional<RecordFile>& row) {
    auto genesis = Genesis::load(genesis_path);
    if (!genesis) {
        Verdict verdict;
        verdict.reason = within("genesis file", std::move(genesis).error()).text;
        return verdict;
    }
    Verdict verdict = judge(proof_path, *genesis, row);
    verdict.genesis = *std::move(genesis);
    return verdict;
}

}  // namespace xinlian::node

#include "node/client/fetch_proof.hpp"

#include "crypto/files.hpp"
#include "node/wording/outcome.hpp"

namespace xinlian::node {

namespace {

using ledger::Genesis;

// Visits a question. Returns the path and query under which a node answers it.
struct Target {
    std::string operator()(const RecordQuestion& of) const { return proofs("record/" + of.id.hex()); }
    std::string operator()(const EntryQuestion& of) const { return proofs("entry/" + std::to_string(of.index)); }
    std::string operator()(const ListQuestion& of) const {
        return proofs(std::string(ledger::name_of_list(kind_of(of.list))) + "/" + std::visit(*this, of.list));
    }
    std::string operator()(const BatchQuestion& of) const { return proofs("batch/" + of.id.hex()); }
    std::string operator()(const EvidenceQuestion& of) const { return "/v1/evidence/" + of.member; }
    std::string operator()(const GrantQuestion& of) const { return proofs("grant/" + of.id.hex()); }
    std::string operator()(const QueryQuestion& of) const { return proofs("query/" + of.id.hex()); }
    std::string operator()(const AccountQuestion& of) const { return proofs("account/" + of.id.hex()); }
    std::string operator()(const FeedQuestion& of) const {
        return proofs("feed/" + of.member + "?from=" + std::to_string(of.first) + "&to=" + std::to_string(of.last));
    }

    // The last segment of a list's path.
    std::string operator()(const ledger::EntriesOfSubject& list) const { return list.subject.hex(); }
    std::string operator()(const ledger::GrantsOfSubject& list) const { return list.subject.hex(); }
    std::string operator()(const ledger::UsesOfGrant& list) const { return list.grant.hex(); }
    std::string operator()(const ledger::ActsOfMember& list) const { return list.member; }

private:
    static std::string proofs(const std::string& rest) { return "/v1/proofs/" + rest; }
};

// Visits a finding. Returns the question that it answers.
struct Answered {
    Question operator()(const ledger::RecordFinding& record) const { return RecordQuestion{record.id}; }
    Question operator()(const ledger::EntryFinding& entry) const { return EntryQuestion{entry.entry->index}; }
    Question operator()(const ledger::ListFinding& list) const { return ListQuestion{list.list}; }
    Question operator()(const ledger::BatchFinding& batch) const { return BatchQuestion{batch.id}; }
    Question operator()(const ledger::EvidenceFinding& evidence) const { return EvidenceQuestion{evidence.member}; }
    Question operator()(const ledger::GrantFinding& grant) const { return GrantQuestion{grant.id}; }
    Question operator()(const ledger::QueryFinding& query) const { return QueryQuestion{query.id}; }
    Question operator()(const ledger::AccountFinding& account) const { return AccountQuestion{account.id}; }
    Question operator()(const ledger::FeedFinding& feed) const {
        return FeedQuestion{feed.member, feed.batches.front().header.sequence, feed.batches.back().header.sequence};
    }
};

// Sets the outcome to invalid, or to unknown if this program does not support the file.
void refuse(FileCheck& check, const Error& error) {
    check.outcome = error.code == Errc::unsupported ? Outcome::unknown : Outcome::invalid;
    check.reason = error.text;
}

}  // namespace

std::string target_of(const Question& question) { return std::visit(Target(), question); }

Question question_of(const ledger::Finding& finding) { return std::visit(Answered(), finding.what); }

Result<CheckedProof> fetch_proof(const NodeClient& node, const Genesis& genesis, const Question& question) {
    XL_TRY(const std::string body, node.get(target_of(question)));
    auto proof = ledger::parse_proof(as_bytes(body));
    if (!proof) return within("the node's proof", std::move(proof).error());
    auto finding = ledger::verify_proof(genesis, *proof);
    if (!finding) return within("the node's proof is not valid", std::move(finding).error());
    // A valid proof of something else would mislead the reader.
    if (question_of(*finding) != question) {
        return Error{Errc::invalid, "the node answered with a proof about something else; ask another node"};
    }
    return CheckedProof{.proof = *std::move(proof), .finding = *std::move(finding), .row = RowCheck::not_given};
}

Status open_in_proof(const Genesis& genesis, CheckedProof& checked, const RecordFile& row,
                     const std::vector<std::string>& codes) {
    if (content_of(checked.finding) == nullptr) {
        return Error{Errc::invalid, "fields can only be opened in the proof of a record or an entry"};
    }
    XL_TRY_STATUS(ledger::verify_record(genesis, checked.finding, row.record, row.salt));
    XL_TRY(checked.proof.opening, ledger::open_fields(genesis.suite(), row.record, row.salt, codes));
    XL_TRY(checked.finding, ledger::verify_proof(genesis, checked.proof));
    return Status();
}

FileCheck check_proof_file(const std::string& proof_path, const Genesis& genesis,
                           const std::optional<RecordFile>& row) {
    FileCheck check;
    const auto file = read_file(proof_path, ledger::proof_bytes_max);
    if (!file) {
        check.reason = file.error().text;
        return check;
    }
    auto proof = ledger::parse_proof(*file);
    if (!proof) {
        check.reason = proof_path + ": " + proof.error().text;
        return check;
    }
    auto finding = ledger::verify_proof(genesis, *proof);
    if (!finding) {
        refuse(check, finding.error());
        return check;
    }
    CheckedProof checked{.proof = *std::move(proof), .finding = *std::move(finding), .row = RowCheck::not_given};
    if (row) {
        if (const Status same = ledger::verify_record(genesis, checked.finding, row->record, row->salt); !same) {
            refuse(check, same.error());
            return check;
        }
        checked.row = RowCheck::compared;
    }
    check.outcome = Outcome::valid;
    check.checked = std::move(checked);
    return check;
}

FileCheck check_proof_file(const std::string& proof_path, const std::string& genesis_path,
                           const std::optional<RecordFile>& row) {
    auto genesis = Genesis::load(genesis_path);
    if (!genesis) {
        FileCheck check;
        check.reason = within("genesis file", std::move(genesis).error()).text;
        return check;
    }
    FileCheck check = check_proof_file(proof_path, *genesis, row);
    check.genesis = *std::move(genesis);
    return check;
}

}  // namespace xinlian::node

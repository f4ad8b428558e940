#include "tests/sim/reference_audit.hpp"

#include <algorithm>

#include "tests/sim/reference_ledger.hpp"

namespace xinlian::sim {

using namespace own;

ReferenceAudit::ReferenceAudit(const test::Federation& federation)
    : genesis_(federation.genesis()), chain_id_(genesis_.chain_id()) {
    for (const ledger::Member& member : genesis_.members()) {
        if (member.roles.validator) members_.push_back(member.validator_key);
    }
    const auto by_bytes = [](const PublicKey& a, const PublicKey& b) {
        return std::lexicographical_compare(a.view().begin(), a.view().end(), b.view().begin(), b.view().end());
    };
    std::sort(members_.begin(), members_.end(), by_bytes);
    for (const PublicKey& key : members_) {
        for (const ledger::Member& member : genesis_.members()) {
            if (member.validator_key == key) member_ids_.push_back(member.id);
        }
    }
}

std::vector<std::string> ReferenceAudit::all_ids() const {
    std::vector<std::string> ids;
    for (const ledger::Member& member : genesis_.members()) ids.push_back(member.id);
    std::sort(ids.begin(), ids.end());
    return ids;
}

bool ReferenceAudit::signed_by(const PublicKey& key, ByteView message, const Signature& signature) const {
    const Hash first = sha256(Out().raw(as_bytes("cheap/r")).raw(key.view()).raw(message).bytes);
    const Hash second = sha256(Out().raw(as_bytes("cheap/s")).raw(key.view()).raw(message).bytes);
    return std::equal(first.bytes.begin(), first.bytes.end(), signature.bytes.begin()) &&
           std::equal(second.bytes.begin(), second.bytes.end(), signature.bytes.begin() + 32);
}

Bytes ReferenceAudit::vote_bytes(const Statement& said) const {
    return Out().raw(as_bytes("xinlian/v1/vote")).raw(chain_id_.view()).raw(statement_bytes(said)).bytes;
}

std::string ReferenceAudit::check(const Certificate& certificate) const {
    const Bytes message = vote_bytes(certificate.statement);
    std::set<MemberIndex> signers;
    for (const MemberSignature& by : certificate.signatures) {
        if (by.member >= members_.size()) return "a certificate by somebody who is no member";
        if (!signed_by(members_[by.member], message, by.signature)) return "a certificate with a wrong signature";
        signers.insert(by.member);
    }
    // More than two thirds, so that any two quorums share more than a third.
    return 3 * signers.size() > 2 * members_.size() ? "" : "a certificate of too few distinct members";
}

std::string ReferenceAudit::check(const Evidence& evidence) const {
    const Statement &a = evidence.first, &b = evidence.second;
    if (evidence.member >= members_.size()) return "evidence against somebody who is no member";
    if (!signed_by(members_[evidence.member], vote_bytes(a), evidence.first_signature) ||
        !signed_by(members_[evidence.member], vote_bytes(b), evidence.second_signature))
        return "evidence with a wrong signature";
    if (a.epoch != b.epoch || a.view != b.view) return "evidence from two views";
    const std::set<VoteKind> kinds{a.kind, b.kind};
    if (kinds == std::set<VoteKind>{VoteKind::notarize, VoteKind::finalize} && a.block != b.block) return "";
    const bool same_kind =
        a.kind == b.kind && a.kind != VoteKind::nullify && (a.block != b.block || a.result != b.result);
    const bool both_ways = kinds == std::set<VoteKind>{VoteKind::nullify, VoteKind::finalize};
    return same_kind || both_ways ? "" : "evidence of two statements that go together";
}

// Walks a chain from genesis and keeps what it has seen.
class ReferenceAudit::Walk {
public:
    Walk(const ReferenceAudit& reference, const ledger::Chain& chain, bool thorough)
        : reference_(reference),
          chain_(chain),
          thorough_(thorough),
          model_(reference.member_ids_, reference.all_ids()),
          parent_(reference.chain_id_) {}

    std::vector<std::string> go() {
        const Height tip = chain_.height();
        for (height_ = 0; height_ <= tip; ++height_) {
            const auto stored = chain_.block(height_);
            if (!stored) {
                complain("cannot be read: " + stored.error().text);
                break;
            }
            check_block(stored->id, stored->block);
            const auto batches = read_batches(stored->block);
            if (batches.size() != stored->block.batches.size()) break;
            model_.run(stored->block, batches);
            if (height_ > 0) check_certificate(*stored, height_ == tip);
        }
        return std::move(complaints_);
    }

private:
    void complain(const std::string& what) { complaints_.push_back("block " + std::to_string(height_) + ": " + what); }

    void check_block(const Hash& id, const ledger::Block& block) {
        Out body;
        body.number(block.batches.size(), 4);
        for (const Hash& batch : block.batches) body.raw(batch.view());
        body.number(block.evidence.size(), 4);
        for (const Evidence& evidence : block.evidence) {
            body.raw(evidence_bytes(evidence));
            if (const std::string wrong = reference_.check(evidence); !wrong.empty()) complain(wrong);
            if (!accused_.insert(evidence.member).second) complain("a member is accused twice");
        }
        const ledger::BlockHeader& header = block.header;
        if (tagged("xinlian/v1/block-body", body.bytes) != header.body_hash)
            complain("its body is not that of its header");
        if (tagged("xinlian/v1/block", header_bytes(header)) != id) complain("its id is not that of its header");
        if (header.height != height_ || header.parent != parent_) complain("it does not follow the block before");
        const bool led = header.proposer == header.view % reference_.members_.size();
        if (height_ > 0 && (header.view <= view_ || !led)) complain("its view or proposer is wrong");
        const std::string rules = model_.rules_at(height_);
        const ledger::Parameters& first = reference_.genesis_.parameters();
        const std::uint64_t interval = number_in(rules, "block_interval_min_ms").value_or(first.block_interval_min.ms);
        if (height_ > 0 && header.time.ms < time_.ms + interval) complain("it comes too soon after the block before");
        if (block.batches.size() > number_in(rules, "block_batches_max").value_or(first.block_batches_max))
            complain("it has more batches than are allowed");
        parent_ = id;
        view_ = header.view;
        time_ = header.time;
    }

    // All batches of the block, or fewer if one cannot be read.
    std::vector<ledger::Batch> read_batches(const ledger::Block& block) {
        std::vector<ledger::Batch> batches;
        for (const Hash& id : block.batches) {
            const auto bytes = chain_.batch(id);
            const auto batch = bytes ? decode<ledger::Batch>(*bytes) : Result<ledger::Batch>(bytes.error());
            if (!batch) {
                complain("a batch cannot be read: " + batch.error().text);
                return batches;
            }
            check_batch(id, *batch);
            batches.push_back(*batch);
        }
        return batches;
    }
    void check_batch(const Hash& id, const ledger::Batch& batch) {
        const ledger::BatchHeader& header = batch.header;
        if (tagged("xinlian/v1/batch", batch_header_bytes(header)) != id)
            complain("a batch is not the one its id names");
        std::vector<Hash> leaves;
        for (const ledger::Entry& entry : batch.entries)
            leaves.push_back(sha256(Out().number(0, 1).raw(entry_bytes(entry)).bytes));
        if (log_root(leaves) != header.entries_root) complain("a batch holds other entries than were signed");
        const ledger::Member* issuer = reference_.genesis_.member(header.issuer);
        const Bytes message =
            Out().raw(as_bytes("xinlian/v1/batch-signature")).raw(reference_.chain_id_.view()).raw(id.view()).bytes;
        if (issuer == nullptr || !reference_.signed_by(issuer->issuer_key, message, batch.signature))
            complain("a batch is not signed by its issuer");
        for (const ledger::SignedRules& rules : batch.resolutions) check_resolution(rules, batch.entries.at(0));
    }
    void check_resolution(const ledger::SignedRules& rules, const ledger::Entry& entry) {
        const Hash id = tagged("xinlian/v1/resolution", as_bytes(rules.text));
        const Bytes message = Out()
                                  .raw(as_bytes("xinlian/v1/resolution-signature"))
                                  .raw(reference_.chain_id_.view())
                                  .raw(id.view())
                                  .bytes;
        Out encoded;
        encoded.text(rules.text).number(rules.signatures.size(), 4);
        std::set<MemberIndex> signers;
        for (const MemberSignature& by : rules.signatures) {
            encoded.number(by.member, 2).raw(by.signature.bytes);
            const bool right = by.member < reference_.members_.size() &&
                               reference_.signed_by(reference_.members_[by.member], message, by.signature);
            if (right) signers.insert(by.member);
        }
        if (3 * signers.size() <= 2 * reference_.members_.size()) complain("a resolution of too few members");
        if (entry.record != id || entry.digest != tagged("xinlian/v1/resolution-signed", encoded.bytes))
            complain("a resolution is not the one that its entry names");
    }

    void check_certificate(const ledger::StoredBlock& stored, bool is_tip) {
        if (is_tip && !stored.certificate) complain("the tip has no certificate");
        if (!stored.certificate) return;
        const Statement& said = stored.certificate->statement;
        if (const std::string wrong = reference_.check(*stored.certificate); !wrong.empty()) complain(wrong);
        if (said.kind != VoteKind::finalize || said.block != stored.id || said.view != view_)
            complain("its certificate is of another block");
        if (!thorough_ && !is_tip) return;
        const ExecutionResult mine{model_.log_size(), model_.log_root(), model_.state_root()};
        if (said.result != mine) complain("the quorum signed another result than these batches give");
    }

    const ReferenceAudit& reference_;
    const ledger::Chain& chain_;
    bool thorough_;
    ReferenceLedger model_;
    Height height_ = 0;
    Hash parent_;
    View view_ = 0;
    Time time_;
    std::set<MemberIndex> accused_;
    std::vector<std::string> complaints_;
};

std::vector<std::string> ReferenceAudit::audit(const ledger::Chain& chain, bool thorough) const {
    return Walk(*this, chain, thorough).go();
}

}  // namespace xinlian::sim

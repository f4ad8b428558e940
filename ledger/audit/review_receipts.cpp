#include "ledger/audit/review_receipts.hpp"

namespace xinlian::ledger {

std::string_view name_of(ReceiptComparison verdict) {
    switch (verdict) {
        case ReceiptComparison::same:
            return "same";
        case ReceiptComparison::not_valid:
            return "not-valid";
        case ReceiptComparison::other_block:
            return "other-block";
        case ReceiptComparison::other_result:
            return "other-result";
        case ReceiptComparison::other_outcome:
            return "other-outcome";
        case ReceiptComparison::above:
            return "above";
        case ReceiptComparison::unreadable:
            return "unreadable";
    }
    return "unknown";
}

Status ReceiptReview::add(std::string name, const Result<Bytes>& file) {
    if (receipts_.size() == receipts_max)
        return Error{Errc::too_large,
                     "more than " + std::to_string(receipts_max) + " receipts were given; give fewer at a time"};
    ReviewedReceipt& receipt = receipts_.emplace_back();
    receipt.name = std::move(name);
    const Result<Proof> proof = file ? parse_proof(*file) : Result<Proof>(file.error());
    if (!proof) {
        receipt.detail = proof.error().text;
        return {};
    }
    const BlockHeader& header = proof->anchor.header;
    receipt.kind = proof->kind();
    receipt.height = header.height;
    const Result<Finding> finding = verify_proof(genesis_, *proof);
    if (!finding) {
        const bool unknown = finding.error().code == Errc::unsupported;
        receipt.verdict = unknown ? ReceiptComparison::unreadable : ReceiptComparison::not_valid;
        receipt.detail = finding.error().text;
        return {};
    }
    receipt.verdict = ReceiptComparison::above;  // until the block is reached
    receipt.block = block_id(genesis_.suite(), header);
    Claim claim{receipts_.size() - 1,
                receipt.block,
                proof->anchor.certificate.statement.result.value_or(ExecutionResult{}),
                {}};
    if (const auto* batch = std::get_if<BatchFinding>(&finding->what)) {
        claim.batches.emplace_back(batch->id, batch->outcome);
    }
    if (const auto* feed = std::get_if<FeedFinding>(&finding->what)) {
        for (const FeedAnswer::Item& item : feed->batches) {
            claim.batches.emplace_back(batch_id(genesis_.suite(), item.header), item.outcome);
        }
    }
    claims_.emplace(header.height, std::move(claim));
    return {};
}

void ReceiptReview::take(const ExecutedBlock& executed) {
    const auto [first, end] = claims_.equal_range(executed.block.header.height);
    for (auto at = first; at != end; ++at) judge(at->second, executed);
    claims_.erase(first, end);
}

// The roots that a proof is verified against cover its statements about the state. The outcomes of batches are compared
// separately.
void ReceiptReview::judge(const Claim& claim, const ExecutedBlock& executed) {
    ReviewedReceipt& receipt = receipts_[claim.receipt];
    receipt.verdict = ReceiptComparison::same;
    if (claim.block != executed.id) {
        receipt.verdict = ReceiptComparison::other_block;
        receipt.detail = "the history has block " + executed.id.hex() + " at this height";
    } else if (claim.result != executed.result) {
        receipt.verdict = ReceiptComparison::other_result;
        receipt.detail = "the history has state root " + executed.result.state_root.hex() + " after this block";
    }
    if (receipt.verdict != ReceiptComparison::same) return;
    for (const auto& [id, outcome] : claim.batches) {
        if (executed.after.outcome(id) == outcome) continue;
        receipt.verdict = ReceiptComparison::other_outcome;
        receipt.detail = "batch " + id.hex() + " has a different outcome in the history";
    }
}

}  // namespace xinlian::ledger

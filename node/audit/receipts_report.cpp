#include <boost/json.hpp>

#include "node/audit/review_report.hpp"

namespace xinlian::node {

namespace {

using ledger::ReceiptComparison;
using ledger::ReviewedReceipt;

Wording words_of(ReceiptComparison verdict) {
    switch (verdict) {
        case ReceiptComparison::same:
            return {"与此账本一致", "the same history"};
        case ReceiptComparison::not_valid:
            return {"证明不成立", "the proof is not valid"};
        case ReceiptComparison::other_block:
            return {"同一高度另有区块：分叉或改写", "another block at this height: a fork or a rewritten history"};
        case ReceiptComparison::other_result:
            return {"同一区块而结果不同", "the same block with another result"};
        case ReceiptComparison::other_outcome:
            return {"批次结果不同", "another outcome of the batch"};
        case ReceiptComparison::above:
            return {"高于此副本，无法判断", "above this copy: could not be verified"};
        case ReceiptComparison::unreadable:
            return {"不是可识别的证明，无法判断", "not a known kind of proof: could not be verified"};
    }
    return {};
}

bool contradicts(ReceiptComparison verdict) {
    return verdict == ReceiptComparison::other_block || verdict == ReceiptComparison::other_result ||
           verdict == ReceiptComparison::other_outcome;
}

ReportTable receipts_table(const std::vector<ReviewedReceipt>& receipts) {
    ReportTable table{"receipts", {"逐份结论", "Verdicts"}, {}, {}, receipts.size(), {}};
    table.columns = {{"file", {"文件", "file"}},
                     {"kind", {"种类", "kind"}},
                     {"height", {"高度", "height"}},
                     {"verdict", {"结论", "verdict"}},
                     {"detail", {"说明", "detail"}}};
    table.row = [&receipts](std::size_t number) {
        const ReviewedReceipt& receipt = receipts[number];
        const Wording words = words_of(receipt.verdict);
        return std::vector<Cell>{
            cell(receipt.name), receipt.kind ? cell(name_of(*receipt.kind)) : Cell{nullptr, {"—", "-"}},
            receipt.height ? cell(*receipt.height) : Cell{nullptr, {"—", "-"}},
            cell(boost::json::string(name_of(receipt.verdict)), words.zh, words.en), cell(receipt.detail)};
    };
    return table;
}

}  // namespace

Report receipts_report(const ledger::ReceiptReview& review) {
    Report report{.kind = "receipts", .title = {"信链回执比对报告", "Comparison of receipts with a copy"}};
    std::uint64_t same = 0, contradicting = 0, not_valid = 0, unknown = 0;
    for (const ReviewedReceipt& receipt : review.receipts()) {
        const bool against = contradicts(receipt.verdict);
        ++(receipt.verdict == ReceiptComparison::same        ? same
           : against                                         ? contradicting
           : receipt.verdict == ReceiptComparison::not_valid ? not_valid
                                                             : unknown);
    }
    report.outcome = contradicting + not_valid > 0 ? Outcome::invalid : unknown > 0 ? Outcome::unknown : Outcome::valid;
    report.figures = {{"same", same}, {"contradicting", contradicting}, {"not_valid", not_valid}, {"unknown", unknown}};
    const auto text = [](std::uint64_t number) { return std::to_string(number); };
    report.sentence = {"回执 " + text(review.receipts().size()) + " 份：与此账本一致 " + text(same) + "，相矛盾 " +
                           text(contradicting) + "，不成立 " + text(not_valid) + "，无法判断 " + text(unknown) + "。",
                       "Of " + text(review.receipts().size()) + " receipts, " + text(same) +
                           " belong to the same history, " + text(contradicting) + " contradict it, " +
                           text(not_valid) + " are not valid, and " + text(unknown) + " could not be verified."};
    report.tables.push_back(receipts_table(review.receipts()));
    report.notes = {
        {"每份证明先以创世文件离线验证，再与此账本同一高度的区块、结果与批次结果比对",
         "each proof was verified with the genesis file first, then compared with block, result and outcome "
         "at its height"},
        {"相矛盾的两份材料若都有法定签署，则故障成员已超过三分之一",
         "if both sides of a contradiction have a quorum's signatures, more than a third of the validators "
         "are at fault"}};
    return report;
}

}  // namespace xinlian::node

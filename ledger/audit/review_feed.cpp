#include "ledger/audit/review_feed.hpp"

#include <algorithm>

#include "ledger/audit/quality.hpp"
#include "ledger/rules/terms.hpp"

namespace xinlian::ledger {

void FeedReview::take(const ExecutedBlock& executed) {
    const BlockHeader& header = executed.block.header;
    today_ = date_of(header.time);
    rules_ = executed.after.rulebooks;
    height_ = header.height;
    for (std::size_t i = 0; i < executed.batches.size(); ++i) {
        const CheckedBatch& checked = *executed.batches[i];
        const BatchHeader& batch = checked.batch.header;
        if (batch.issuer != issuer_) continue;
        const BatchOutcome& outcome = executed.outcomes[i];
        if (outcome.reason == Reason::accepted) {
            take_accepted(checked.batch, checked.id);
        } else if (period_.has(today_)) {
            rejected_.push_back(
                {checked.id, batch.sequence, header.height, header.time, checked.batch.entries.size(), outcome});
        }
    }
    std::uint64_t index = executed.after.log.size() - executed.entries.size();
    for (const LogEntry& leaf : executed.entries) take_entry(index++, leaf);
}

void FeedReview::take_accepted(const Batch& batch, const Hash& id) {
    const BatchHeader& header = batch.header;
    const bool follows = header.sequence == last_ + 1 && header.previous == head_;
    if (period_.has(today_)) {
        if (!follows) run_.gaps.emplace_back(last_, header.sequence);
        if (run_.batches++ == 0) run_.first = header.sequence;
        run_.last = header.sequence;
        run_.entries += batch.entries.size();
    }
    last_ = header.sequence;
    head_ = id;
}

void FeedReview::take_entry(std::uint64_t index, const LogEntry& leaf) {
    const Operation op = leaf.entry.operation;
    if (op == Operation::held || op == Operation::repair_ack) return take_copy(leaf);
    if (leaf.issuer == issuer_ && is_about_record(op)) take_own(index, leaf.entry, date_of(leaf.time));
}

void FeedReview::take_own(std::uint64_t index, const Entry& entry, Date day) {
    if (entry.operation == Operation::repaired || entry.operation == Operation::withdrawn)
        end_copies(index, entry, day);
    if (entry.operation == Operation::dispute_resolved) {
        const auto at = open_.find(entry.record);
        if (at == open_.end()) return;
        disputes_[at->second].done = day;
        open_.erase(at);
    }
    if (!period_.has(day)) return;
    const Terms& terms = rules_.at(height_).terms;
    if (is_late_report(terms, entry, day)) {
        late_reports_.push_back({index, entry.record, entry.decided, terms.report_due(entry.decided), day});
    }
    if (entry.operation == Operation::withdrawn && day > terms.withdrawal_due(entry.decided)) {
        late_withdrawals_.push_back({index, entry.record, entry.decided, terms.withdrawal_due(entry.decided), day});
    }
    if (entry.operation == Operation::dispute_opened) {
        open_[entry.record] = disputes_.size();
        disputes_.push_back({index, entry.record, entry.decided, entry.public_until, {}});
    }
}

void FeedReview::take_copy(const LogEntry& leaf) {
    std::vector<Copy>& copies = held_[leaf.entry.record];
    if (leaf.entry.operation == Operation::held) {
        copies.push_back({leaf.issuer});
        return;
    }
    for (const Copy& copy : copies) {
        if (copy.holder == leaf.issuer && copy.end) copies_[*copy.end].acknowledged = date_of(leaf.time);
    }
}

// If a record was repaired and is then withdrawn, its copies ended with the repair.
void FeedReview::end_copies(std::uint64_t index, const Entry& entry, Date day) {
    const auto at = held_.find(entry.record);
    if (at == held_.end()) return;
    for (Copy& copy : at->second) {
        if (copy.ended) continue;
        copy.ended = true;
        if (!period_.has(day)) continue;
        copy.end = copies_.size();
        copies_.push_back({index, entry.record, entry.operation, copy.holder, day, {}});
    }
}

std::vector<DueEntry> FeedReview::late_disputes() const {
    std::vector<DueEntry> late;
    std::copy_if(disputes_.begin(), disputes_.end(), std::back_inserter(late),
                 [this](const DueEntry& dispute) { return dispute.done.value_or(today_) > dispute.due; });
    return late;
}

}  // namespace xinlian::ledger

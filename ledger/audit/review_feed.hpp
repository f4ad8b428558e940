// What one issuer did in a period, for an auditor: whether its feed is whole, which of its batches were rejected, and
// what came later than the terms of docs/rules.md.
#pragma once

#include <map>

#include "ledger/rules/calendar.hpp"
#include "ledger/state/execute.hpp"

namespace xinlian::ledger {

// Of the accepted batches of the period.
struct FeedRun {
    std::uint64_t batches = 0, entries = 0;
    std::uint64_t first = 0, last = 0;  // sequence numbers; 0 if there is no batch
    // Where a number does not follow the one before, or a batch does not name the one before: (before, after). In a
    // sound chain there is none.
    std::vector<std::pair<std::uint64_t, std::uint64_t>> gaps;
};

struct RejectedBatch {
    Hash id;
    std::uint64_t sequence = 0;
    Height height = 0;
    Time time;
    std::size_t entries = 0;
    BatchOutcome outcome;
};

// Something that had a due day.
struct DueEntry {
    std::uint64_t index = 0;  // of the entry that it is about: the create, the withdrawal, the opening of a dispute
    Hash record;
    Date counted_from = date_none, due = date_none;
    std::optional<Date> done;  // nothing: not yet, at the end of the chain
};

// Whether a member with a copy of a record has stopped showing it, since the record was repaired or withdrawn.
struct CopyEnd {
    std::uint64_t index = 0;  // of the repair or withdrawal
    Hash record;
    Operation because = Operation::repaired;  // or withdrawn
    std::string holder;
    Date since = date_none;  // day of the block that repaired or withdrew it
    std::optional<Date> acknowledged;
};

// Memory: 150 bytes for each copy that anybody holds and each open dispute, 60 to 150 for each finding.
class FeedReview {
public:
    FeedReview(std::string issuer, const Period& period) : issuer_(std::move(issuer)), period_(period) {}

    // Every block from height 1 on, in order.
    void take(const ExecutedBlock& executed);

    const std::string& issuer() const { return issuer_; }
    const Period& period() const { return period_; }
    Date today() const { return today_; }  // of the last block; date_none before any
    const FeedRun& run() const { return run_; }
    const std::vector<RejectedBatch>& rejected() const { return rejected_; }
    const std::vector<DueEntry>& late_reports() const { return late_reports_; }
    const std::vector<DueEntry>& late_withdrawals() const { return late_withdrawals_; }
    // Disputes opened in the period that were, or at the end of the chain are, open after their due day.
    std::vector<DueEntry> late_disputes() const;
    const std::vector<CopyEnd>& copies() const { return copies_; }  // of records that ended in the period

private:
    struct Copy {
        std::string holder;
        bool ended = false;
        std::optional<std::size_t> end{};  // its place in copies_, if it ended in the period
    };
    void take_accepted(const Batch& batch, const Hash& id);
    void take_entry(std::uint64_t index, const LogEntry& leaf);
    void take_own(std::uint64_t index, const Entry& entry, Date day);
    void take_copy(const LogEntry& leaf);
    void end_copies(std::uint64_t index, const Entry& entry, Date day);

    std::string issuer_;
    Period period_;
    Rulebooks rules_;  // as of the last block
    Height height_ = 0;
    Date today_ = date_none;
    FeedRun run_;
    std::uint64_t last_ = 0;  // sequence number of the feed, also before the period
    Hash head_;
    std::vector<RejectedBatch> rejected_;
    std::vector<DueEntry> late_reports_, late_withdrawals_;
    std::vector<DueEntry> disputes_;          // opened in the period
    std::map<Hash, std::size_t> open_;        // of them, by record
    std::map<Hash, std::vector<Copy>> held_;  // of anybody's record
    std::vector<CopyEnd> copies_;
};

}  // namespace xinlian::ledger

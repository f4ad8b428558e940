// Review of one issuer's feed in a period, for an auditor: whether the feed is complete, which batches were rejected,
// and which acts were later than the terms of docs/rules.md.
#pragma once

#include <map>

#include "ledger/rules/calendar.hpp"
#include "ledger/state/execute.hpp"

namespace xinlian::ledger {

// The accepted batches of the period.
struct FeedRun {
    std::uint64_t batches = 0, entries = 0;
    std::uint64_t first = 0, last = 0;  // sequence numbers; 0 if there is no batch
    // Places where a sequence number does not follow the one before, or a batch does not name the one before: (before,
    // after). A valid chain has none.
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

// An act with a due day.
struct DueEntry {
    std::uint64_t index = 0;  // of its entry: the create, the withdrawal, the opening of a dispute
    Hash record;
    Date counted_from = date_none, due = date_none;
    std::optional<Date> done;  // empty: not done at the end of the chain
};

// Whether a member that keeps a copy of a record stopped showing it after the record was repaired or withdrawn.
struct CopyEnd {
    std::uint64_t index = 0;  // of the repair or withdrawal
    Hash record;
    Operation because = Operation::repaired;  // repaired or withdrawn
    std::string holder;
    Date since = date_none;  // day of the block that repaired or withdrew it
    std::optional<Date> acknowledged;
};

// Memory: 150 bytes for each copy of any member and each open dispute, 60 to 150 bytes for each finding.
class FeedReview {
public:
    FeedReview(std::string issuer, const Period& period) : issuer_(std::move(issuer)), period_(period) {}

    // Takes every block from height 1 on, in order.
    void take(const ExecutedBlock& executed);

    const std::string& issuer() const { return issuer_; }
    const Period& period() const { return period_; }
    Date today() const { return today_; }  // of the last block; date_none before any
    const FeedRun& run() const { return run_; }
    const std::vector<RejectedBatch>& rejected() const { return rejected_; }
    const std::vector<DueEntry>& late_reports() const { return late_reports_; }
    const std::vector<DueEntry>& late_withdrawals() const { return late_withdrawals_; }
    // Disputes opened in the period that were resolved after their due day, or are open after it at the end of the
    // chain.
    std::vector<DueEntry> late_disputes() const;
    // Of records that were repaired or withdrawn in the period.
    const std::vector<CopyEnd>& copies() const { return copies_; }

private:
    struct Copy {
        std::string holder;
        bool ended = false;
        std::optional<std::size_t> end{};  // its position in copies_, if the record ended in the period
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
    std::uint64_t last_ = 0;  // last sequence number of the feed, also before the period
    Hash head_;
    std::vector<RejectedBatch> rejected_;
    std::vector<DueEntry> late_reports_, late_withdrawals_;
    std::vector<DueEntry> disputes_;          // opened in the period
    std::map<Hash, std::size_t> open_;        // open disputes, by record
    std::map<Hash, std::vector<Copy>> held_;  // copies of any issuer's records
    std::vector<CopyEnd> copies_;
};

}  // namespace xinlian::ledger

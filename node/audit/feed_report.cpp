#include <boost/json.hpp>

#include "node/audit/review_report.hpp"
#include "node/wording/words.hpp"

namespace xinlian::node {

namespace {

using ledger::CopyEnd;
using ledger::DueEntry;
using ledger::FeedReview;
using ledger::RejectedBatch;

Cell reason_cell(ledger::Reason reason) {
    return cell(boost::json::string(name_of(reason)), words(reason, Language::zh), words(reason, Language::en));
}

ReportTable gaps_table(const FeedReview& review) {
    ReportTable table{"gaps", {"报送缺口", "Gaps"},     {"批次号连续，没有缺口", "no gap"},
                      {},     review.run().gaps.size(), {}};
    table.columns = {{"before", {"前一批次号", "number before"}}, {"after", {"后一批次号", "number after"}}};
    table.row = [&review](std::size_t number) {
        const auto& [before, after] = review.run().gaps[number];
        return std::vector<Cell>{cell(before), cell(after)};
    };
    return table;
}

ReportTable rejected_table(const FeedReview& review) {
    ReportTable table{"rejected", {"被拒批次", "Rejected batches"}, {"没有被拒批次", "no rejected batch"},
                      {},         review.rejected().size(),         {}};
    table.columns = {{"batch", {"批次标识", "batch"}},      {"sequence", {"批次号", "number"}},
                     {"height", {"高度", "height"}},        {"time_ms", {"时间", "at"}},
                     {"entries", {"条目数", "entries"}},    {"reason", {"原因", "reason"}},
                     {"position", {"出错条目", "at entry"}}};
    table.row = [&review](std::size_t number) {
        const RejectedBatch& batch = review.rejected()[number];
        return std::vector<Cell>{cell(batch.id.hex()),     cell(batch.sequence), cell(batch.height),
                                 time_cell(batch.time),    cell(batch.entries),  reason_cell(batch.outcome.reason),
                                 cell(batch.outcome.entry)};
    };
    return table;
}

// `late` must outlive the report, or be owned by it.
ReportTable due_table(const char* key, Wording title, Wording none, std::shared_ptr<const std::vector<DueEntry>> late,
                      ledger::Date today) {
    ReportTable table{key, std::move(title), std::move(none), {}, late->size(), {}};
    table.columns = {{"index", {"日志条目", "log entry"}}, {"record", {"记录标识", "record"}},
                     {"from", {"起算日", "counted from"}}, {"due", {"应办日", "due"}},
                     {"done", {"办结日", "done on"}},      {"days_over", {"逾期天数", "days over"}}};
    table.row = [late = std::move(late), today](std::size_t number) {
        const DueEntry& entry = (*late)[number];
        return std::vector<Cell>{cell(entry.index),
                                 cell(entry.record.hex()),
                                 day_cell(entry.counted_from),
                                 day_cell(entry.due),
                                 day_cell(entry.done.value_or(ledger::date_none)),
                                 cell(ledger::days_between(entry.due, entry.done.value_or(today)))};
    };
    return table;
}

// All copies, or those of members that have not stopped showing them, with the days until the acknowledgement or the
// end of the chain.
ReportTable copies_table(const FeedReview& review, bool only_open) {
    const auto which = std::make_shared<std::vector<std::size_t>>();
    for (std::size_t i = 0; i < review.copies().size(); ++i) {
        if (!only_open || !review.copies()[i].acknowledged) which->push_back(i);
    }
    ReportTable table{only_open ? "copies_open" : "copies", {}, {}, {}, which->size(), {}};
    table.title = only_open ? Wording{"修复或撤销后未确认停止展示的成员",
                                      "Members that did not acknowledge a repair or withdrawal"}
                            : Wording{"修复或撤销后各成员确认停止展示", "Acknowledgements of repairs and withdrawals"};
    table.none = only_open ? Wording{"留存副本的成员均已确认", "every member with a copy has acknowledged"}
                           : Wording{"没有需要确认的副本", "no copy to acknowledge"};
    table.columns = {{"index", {"日志条目", "log entry"}},
                     {"record", {"记录标识", "record"}},
                     {"because", {"缘由", "because"}},
                     {"member", {"成员", "member"}},
                     {"since", {"起算日", "since"}},
                     {"acknowledged", {"确认日", "acknowledged on"}},
                     {"days", {"天数", "days"}}};
    table.row = [&review, which](std::size_t number) {
        const CopyEnd& copy = review.copies()[(*which)[number]];
        return std::vector<Cell>{cell(copy.index),
                                 cell(copy.record.hex()),
                                 cell(boost::json::string(name_of(copy.because)), words(copy.because, Language::zh),
                                      words(copy.because, Language::en)),
                                 cell(copy.holder),
                                 day_cell(copy.since),
                                 day_cell(copy.acknowledged.value_or(ledger::date_none)),
                                 cell(ledger::days_between(copy.since, copy.acknowledged.value_or(review.today())))};
    };
    return table;
}

std::shared_ptr<const std::vector<DueEntry>> held(std::vector<DueEntry> entries) {
    return std::make_shared<const std::vector<DueEntry>>(std::move(entries));
}

Wording sentence_of(const FeedReview& review, std::size_t findings) {
    const ledger::FeedRun& run = review.run();
    const Wording period = period_words(review.period());
    const std::string found = std::to_string(findings), gaps = std::to_string(run.gaps.size());
    const std::string first = std::to_string(run.first), last = std::to_string(run.last);
    if (run.batches == 0) {
        return {review.issuer() + " " + period.zh + "没有被接受的批次。",
                "No batch of " + review.issuer() + " was accepted " + period.en + "."};
    }
    if (!run.gaps.empty())
        return {review.issuer() + " " + period.zh + "的批次有 " + gaps + " 处缺口。",
                "The feed of " + review.issuer() + " is incomplete " + period.en + "; gaps: " + gaps + "."};
    return {review.issuer() + " " + period.zh + "的批次 " + first + " 至 " + last + " 连续无缺口；另有 " + found +
                " 项逾期或被拒。",
            "Batches " + first + " to " + last + " of " + review.issuer() + " " + period.en +
                " are contiguous; late or rejected: " + found + "."};
}

}  // namespace

Report feed_report(const FeedReview& review) {
    Report report{.kind = "feed", .title = {"信链报送核查报告", "Review of a feed"}};
    report.outcome = review.run().gaps.empty() ? Outcome::valid : Outcome::invalid;
    const auto late_reports = held(review.late_reports()), late_withdrawals = held(review.late_withdrawals()),
               late_disputes = held(review.late_disputes());
    report.tables.push_back(gaps_table(review));
    report.tables.push_back(rejected_table(review));
    report.tables.push_back(due_table("late_reports", {"迟报", "Late reports"}, {"没有迟报", "no late report"},
                                      late_reports, review.today()));
    report.tables.push_back(due_table("late_withdrawals", {"迟撤", "Late withdrawals"},
                                      {"没有迟于期限的撤销", "no late withdrawal"}, late_withdrawals, review.today()));
    report.tables.push_back(due_table("late_disputes", {"逾期异议", "Disputes past their due day"},
                                      {"没有逾期的异议", "no dispute past its due day"}, late_disputes,
                                      review.today()));
    report.tables.push_back(copies_table(review, true));
    std::size_t findings = 0;
    for (std::size_t i = 1; i < report.tables.size(); ++i) findings += report.tables[i].rows;
    report.tables.push_back(copies_table(review, false));
    report.sentence = sentence_of(review, findings);

    const ledger::FeedRun& run = review.run();
    const Wording period = period_words(review.period());
    report.figures = {{"issuer", review.issuer()},
                      {"from", ledger::date_text(review.period().from)},
                      {"to", ledger::date_text(review.period().to)},
                      {"batches", run.batches},
                      {"entries", run.entries},
                      {"first_sequence", run.first},
                      {"last_sequence", run.last}};
    const auto line = [&report](Wording what, std::uint64_t much) {
        report.lines.push_back({std::move(what), {std::to_string(much), std::to_string(much)}});
    };
    report.lines.push_back({{"报送成员", "issuer"}, {review.issuer(), review.issuer()}});
    report.lines.push_back({{"期间", "period"}, period});
    line({"接受批次", "accepted batches"}, run.batches);
    line({"条目", "entries"}, run.entries);
    line({"首个批次号", "first number"}, run.first);
    line({"末个批次号", "last number"}, run.last);
    report.notes = {{"日期按北京时间；未办结的以末个区块的日期为准",
                     "days are at +08:00; open items are counted as of the day of the last block"},
                    {"未载明决定日期的新增无从判断是否迟报",
                     "whether an undated decision was reported late could not be determined"},
                    {"各项期限及其依据见 docs/rules.md", "docs/rules.md lists the terms and their sources"}};
    return report;
}

}  // namespace xinlian::node

#include <boost/json.hpp>

#include "node/audit/review_report.hpp"

namespace xinlian::node {

namespace {

using ledger::IssuerQuality;
using ledger::Rate;

// The exact fraction for JSON, and its printed form.
Cell rate_cell(const Rate& rate) {
    const std::string shown = percent_text(rate);
    return cell(boost::json::object{{"part", rate.part}, {"whole", rate.whole}, {"text", shown}}, shown, shown);
}

std::vector<Cell> cells_of(const Wording& who, const IssuerQuality& quality) {
    return {cell(boost::json::string(who.en), who.zh, who.en),
            cell(quality.accepted_batches),
            cell(quality.rejected_batches),
            cell(quality.reported),
            rate_cell(quality.compliance()),
            cell(quality.creates),
            cell(quality.late),
            rate_cell(quality.lateness()),
            cell(quality.repairs),
            cell(quality.disputes),
            cell(quality.disputes_in_time),
            rate_cell(quality.disputes_timely())};
}

}  // namespace

ReportTable quality_report_table(const ledger::QualityTable& rows) {
    ReportTable table{"issuers", {"各机构报送质量", "Quality by issuer"}, {}, {}, rows.size(), {}};
    table.columns = {{"issuer", {"报送成员", "issuer"}},
                     {"accepted_batches", {"接受批次", "batches accepted"}},
                     {"rejected_batches", {"拒绝批次", "rejected"}},
                     {"reported", {"报送量", "reported"}},
                     {"compliance", {"合规率", "compliant"}},
                     {"creates", {"新增", "creates"}},
                     {"late", {"迟报", "late"}},
                     {"lateness", {"迟报率", "late rate"}},
                     {"repairs", {"信用修复", "repairs"}},
                     {"disputes", {"异议办结", "disputes"}},
                     {"disputes_in_time", {"按期办结", "in time"}},
                     {"disputes_timely", {"按期率", "in-time rate"}}};
    table.row = [rows](std::size_t number) {
        const auto& [id, quality] = rows[number];
        return cells_of(id.empty() ? Wording{"合计", "all"} : Wording{id, id}, quality);
    };
    return table;
}

Report quality_report(const ledger::Period& period, const ledger::QualityTable& rows, ledger::Date today) {
    Report report{.kind = "quality", .title = {"信链数据报送质量报告", "Quality of reporting"}};
    const Wording words = period_words(period);
    const bool over = today > period.to;
    report.sentence = {words.zh + "各机构报送质量如下。",
                       "This report shows the quality of reporting " + words.en + "."};
    if (!over) {
        report.sentence.zh += "账本只到 " + ledger::date_text(today) + "，本期尚未结束。";
        report.sentence.en += " The chain ends on " + ledger::date_text(today) + ", so the period is not over.";
    }
    report.figures = {
        {"from", ledger::date_text(period.from)}, {"to", ledger::date_text(period.to)}, {"period_over", over}};
    report.lines.push_back({{"期间", "period"}, words});
    report.tables.push_back(quality_report_table(rows));
    report.notes = {
        {"比率为精确分数，四舍五入到百分数两位小数；分母为零时不计（-）",
         "rates are exact fractions, rounded half up to two decimals of a per cent; - marks a rate without a "
         "denominator"},
        {"各项口径见 docs/rules.md", "docs/rules.md defines what is counted"}};
    return report;
}

}  // namespace xinlian::node

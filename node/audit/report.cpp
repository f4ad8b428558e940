#include "node/audit/report.hpp"

#include <boost/json.hpp>

#include "node/audit/audit_report.hpp"
#include "node/wording/outcome.hpp"
#include "node/wording/page.hpp"
#include "node/wording/plain.hpp"
#include "node/wording/sentence.hpp"

namespace xinlian::node {

namespace {

namespace json = boost::json;

constexpr std::string_view unsound_zh = "账本有误，以下只据出错之处以前的区块，不可作为结论：";
constexpr std::string_view unsound_en =
    "The chain is not sound; the following counts only the blocks before the error and is not a conclusion: ";

bool is_sound(const DataAudit& audit) { return !audit.found.chain.flaw; }

// If the chain is invalid, that is the verdict, and the rest only follows.
std::string sentence_of(const DataAudit& audit, const Report& report, Language language) {
    if (is_sound(audit)) return report.sentence.in(language);
    return std::string(language == Language::zh ? unsound_zh : unsound_en) + report.sentence.in(language);
}

// The part of the JSON that is the same for any copy of the same chain.
json::object chain_json(const ledger::Genesis& genesis, const DataAudit& audit) {
    const ledger::ChainAudit& chain = audit.found.chain;
    json::object out{{"sound", is_sound(audit)},
                     {"chain_id", genesis.chain_id().hex()},
                     {"fingerprint", genesis.fingerprint()},
                     {"height", chain.height},
                     {"tip", chain.tip.hex()},
                     {"time_ms", chain.last_time.ms},
                     {"entries", chain.result.log_size},
                     {"log_root", chain.result.log_root.hex()},
                     {"state_root", chain.result.state_root.hex()},
                     {"flaw", nullptr}};
    if (!is_sound(audit)) out["flaw"] = printable(chain.flaw->what);
    return out;
}

json::object row_json(const ReportTable& table, std::size_t number) {
    const std::vector<Cell> cells = table.row(number);
    XL_CHECK(cells.size() == table.columns.size());
    json::object row;
    for (std::size_t i = 0; i < cells.size(); ++i) row[table.columns[i].key] = cells[i].value;
    return row;
}

Status print_table_json(const ReportTable& table, const LineOut& out) {
    XL_TRY_STATUS(out(",\"" + std::string(table.key) + "\":["));
    for (std::size_t i = 0; i < table.rows; ++i)
        XL_TRY_STATUS(out((i == 0 ? "" : ",") + json::serialize(row_json(table, i))));
    return out("]");
}

Status print_head_json(const Report& report, json::object head, const LineOut& out) {
    for (const auto& [key, value] : report.figures) head[key] = value;
    std::string text = json::serialize(head);
    text.pop_back();  // the closing brace follows the tables
    XL_TRY_STATUS(out(text));
    for (const ReportTable& table : report.tables) XL_TRY_STATUS(print_table_json(table, out));
    return out("}");
}

const char* verdict_name(Outcome outcome) {
    switch (outcome) {
        case Outcome::valid:
            return "good";
        case Outcome::invalid:
            return "bad";
        case Outcome::unknown:
            return "unknown";
    }
    return "unknown";
}

Status print_table_text(const ReportTable& table, Language language, const LineOut& out) {
    const bool zh = language == Language::zh;
    if (table.rows == 0) return table.none.in(language).empty() ? Status() : out("  " + table.none.in(language));
    XL_TRY_STATUS(out(""));
    XL_TRY_STATUS(out(table.title.in(language) + (zh ? "（" : " (") + std::to_string(table.rows) + (zh ? "）" : ")")));
    std::string head;
    for (const ReportColumn& column : table.columns) head += (head.empty() ? "  " : " | ") + column.name.in(language);
    XL_TRY_STATUS(out(head));
    for (std::size_t i = 0; i < table.rows; ++i) {
        std::string line;
        for (const Cell& cell : table.row(i))
            line += (line.empty() ? "  " : " | ") + printable(cell.shown.in(language));
        XL_TRY_STATUS(out(line));
    }
    return {};
}

Status print_table_page(const ReportTable& table, const LineOut& out) {
    XL_TRY_STATUS(out("<h2>" + escaped(table.title.zh) + "</h2>"));
    if (table.rows == 0) return out("<p>" + escaped(table.none.zh.empty() ? "无" : table.none.zh) + "</p>");
    std::string head = "<table class=\"grid wide\"><tr>";
    for (const ReportColumn& column : table.columns) head += "<th>" + escaped(column.name.zh) + "</th>";
    XL_TRY_STATUS(out(head + "</tr>"));
    for (std::size_t i = 0; i < table.rows; ++i) {
        std::string line = "<tr>";
        for (const Cell& cell : table.row(i)) line += "<td>" + escaped(cell.shown.zh) + "</td>";
        XL_TRY_STATUS(out(line + "</tr>"));
    }
    return out("</table>");
}

}  // namespace

Status print_text(const ledger::Genesis& genesis, const DataAudit& audit, const Report& report, Language language,
                  const LineOut& out) {
    Report whole = report;
    whole.sentence.zh = whole.sentence.en = sentence_of(audit, report, language);
    XL_TRY_STATUS(print_figures_text(whole, language, out));
    XL_TRY_STATUS(out(""));
    const std::string audited = audit_text(genesis, audit, language);
    return out(std::string_view(audited).substr(0, audited.size() - 1));
}

Status print_figures_text(const Report& report, Language language, const LineOut& out) {
    XL_TRY_STATUS(out(report.sentence.in(language)));
    for (const auto& [what, much] : report.lines)
        XL_TRY_STATUS(
            out("  " + what.in(language) + (language == Language::zh ? "：" : ": ") + printable(much.in(language))));
    for (const ReportTable& table : report.tables) XL_TRY_STATUS(print_table_text(table, language, out));
    if (!report.notes.empty()) XL_TRY_STATUS(out(""));
    for (const Wording& note : report.notes) XL_TRY_STATUS(out("  " + note.in(language)));
    return {};
}

Status print_json(const ledger::Genesis& genesis, const DataAudit& audit, const Report& report, Language language,
                  const LineOut& out) {
    return print_head_json(report,
                           {{"report", report.kind},
                            {"sound", is_sound(audit)},
                            {"verdict", verdict_name(report.outcome)},
                            {"sentence", sentence_of(audit, report, language)},
                            {"chain", chain_json(genesis, audit)}},
                           out);
}

Status print_figures_json(const Report& report, json::object as_of, const LineOut& out) {
    return print_head_json(report, {{"report", report.kind}, {"as_of", std::move(as_of)}}, out);
}

Status print_page(const ledger::Genesis& genesis, const DataAudit& audit, const Report& report, Time now,
                  const LineOut& out) {
    const bool good = is_sound(audit) && report.outcome == Outcome::valid;
    std::string head = page_head(report.title.zh) + "<p class=\"verdict " + (good ? "sound" : "unsound") + "\">" +
                       escaped(sentence_of(audit, report, Language::zh)) + "</p>\n<p class=\"verdict " +
                       (is_sound(audit) ? "sound" : "unsound") + "\">" + escaped(audit_sentence(audit, Language::zh)) +
                       "</p>\n<table>\n" + table_row({"审计时间", time_text(now) + "（北京时间）"}) +
                       table_row({"联盟", genesis.name() + "，指纹 " + genesis.fingerprint()}) +
                       table_row({"受审文件夹", audit.folder}) +
                       table_row({"截至", "高度 " + std::to_string(audit.found.chain.height) + "，" +
                                              time_text(audit.found.chain.last_time) + "（北京时间）"});
    for (const auto& [what, much] : report.lines) head += table_row({what.zh, much.zh});
    XL_TRY_STATUS(out(head + "</table>"));
    for (const ReportTable& table : report.tables) XL_TRY_STATUS(print_table_page(table, out));
    std::string tail = "<h2>结论的依据与范围</h2>\n<ul>\n";
    for (const Wording& note : report.notes) tail += "<li>" + escaped(note.zh) + "</li>\n";
    tail += "<li>末尾被整段截去的链仍是一条较短而完好的链：请将高度与末个区块同其他成员核对</li>\n</ul>\n" + page_end();
    tail.pop_back();
    return out(tail);
}

int exit_code_of(const DataAudit& audit, const Report& report) {
    if (!is_sound(audit) || report.outcome == Outcome::invalid) return exit_refused;
    return exit_code_of(report.outcome);
}

Cell cell(std::string_view text) {
    const std::string shown(text);
    return {json::string(printable(text)), {shown, shown}};
}
Cell cell(std::uint64_t number) {
    const std::string shown = std::to_string(number);
    return {number, {shown, shown}};
}
Cell cell(json::value value, std::string zh, std::string en) {
    return {std::move(value), {std::move(zh), std::move(en)}};
}
Cell day_cell(ledger::Date day) {
    if (day == ledger::date_none) return {nullptr, {"—", "-"}};
    return cell(ledger::date_text(day));
}
Cell time_cell(std::optional<Time> time) {
    if (!time) return {nullptr, {"—", "-"}};
    return {time->ms, {time_text(*time), time_text(*time)}};
}
Cell member_cell(const ledger::Genesis& genesis, ledger::MemberNumber member) {
    const ledger::Member* found = genesis.member_at(member);
    return cell(found == nullptr ? std::string_view("?") : std::string_view(found->id));
}

}  // namespace xinlian::node

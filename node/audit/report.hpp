// What an auditor's command found beside the audit of the chain itself: a verdict in one sentence, figures, and tables
// that may be long. Said to people (text; a page to print, Chinese) and to machines (one JSON value), line by line, so
// that a million rows need not be in memory as text.
#pragma once

#include <boost/json/object.hpp>
#include <functional>

#include "node/audit/audit_data.hpp"
#include "node/wording/language.hpp"
#include "node/wording/outcome.hpp"

namespace xinlian::node {

struct ReportColumn {
    const char* key;  // in JSON
    Wording name;
};
struct Cell {
    boost::json::value value;
    Wording shown;
};
struct ReportTable {
    const char* key;  // in JSON, which has it even if it is empty
    Wording title;
    Wording none;  // said to people if there are no rows
    std::vector<ReportColumn> columns;
    std::size_t rows = 0;
    std::function<std::vector<Cell>(std::size_t row)> row;  // a cell for each column
};

enum class ReportVerdict : unsigned char { good, bad, unknown };  // exit codes 0, 1, 2, if the chain itself is sound

struct Report {
    const char* kind;  // "queries", …
    Wording title;
    ReportVerdict verdict = ReportVerdict::good;
    Wording sentence{};
    std::vector<std::pair<Wording, Wording>> lines{};  // what, and how much
    boost::json::object figures{};                     // the same for machines
    std::vector<ReportTable> tables{};
    std::vector<Wording> notes{};  // what it rests on, and does not cover
};

// What a command adds to the audit: it sees each certified block in order, and says what it found.
struct Review {
    std::function<void(const ledger::ExecutedBlock&)> block;
    std::function<void(const ledger::BlockHeader&, const Certificate&)> certificate;  // as in AuditWatch; may be empty
    std::function<Report(const DataAudit&)> report;
};

// Of a report with the audit it rests on. Lines come without their line feed.
using LineOut = std::function<Status(std::string_view line)>;
Status print_text(const ledger::Genesis& genesis, const DataAudit& audit, const Report& report, Language language,
                  const LineOut& out);
// Nothing about folder, files or this machine, so that whoever audits another copy of the same chain gets the same.
Status print_json(const ledger::Genesis& genesis, const DataAudit& audit, const Report& report, Language language,
                  const LineOut& out);
Status print_page(const ledger::Genesis& genesis, const DataAudit& audit, const Report& report, Time now,
                  const LineOut& out);
// Of a report without an audit; `as_of` stands beside its figures.
Status print_figures_text(const Report& report, Language language, const LineOut& out);
Status print_figures_json(const Report& report, boost::json::object as_of, const LineOut& out);
int exit_code_of(const DataAudit& audit, const Report& report);

// Cells of the usual kinds.
Cell cell(std::string_view text);  // the same for everybody
Cell cell(std::uint64_t number);
Cell cell(boost::json::value value, std::string zh, std::string en);
Cell day_cell(ledger::Date day);           // null if there is none
Cell time_cell(std::optional<Time> time);  // milliseconds, or null
Cell member_cell(const ledger::Genesis& genesis, ledger::MemberNumber member);

}  // namespace xinlian::node

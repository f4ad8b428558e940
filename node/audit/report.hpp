// A report: what an auditor's command found in addition to the audit of the chain. It has a verdict in one sentence,
// figures, and tables that may be long. It is printed for people (text, or a printable page in Chinese) and for
// machines (one JSON value), line by line, so that a million rows need not be in memory as text.
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
    const char* key;  // in JSON, where the table is present even if it is empty
    Wording title;
    Wording none;  // shown to people if there are no rows
    std::vector<ReportColumn> columns;
    std::size_t rows = 0;
    std::function<std::vector<Cell>(std::size_t row)> row;  // one cell for each column
};

struct Report {
    const char* kind;  // "queries", …
    Wording title;
    Outcome outcome = Outcome::valid;  // if the chain itself is valid
    Wording sentence{};
    std::vector<std::pair<Wording, Wording>> lines{};  // name and value
    boost::json::object figures{};                     // the same for machines
    std::vector<ReportTable> tables{};
    std::vector<Wording> notes{};  // basis and limits of the report
};

// A command's addition to the audit: it receives each certified block in order and then makes a report.
struct Review {
    std::function<void(const ledger::ExecutedBlock&)> block;
    std::function<void(const ledger::BlockHeader&, const Certificate&)> certificate;  // as in AuditWatch; may be empty
    std::function<Report(const DataAudit&)> report;
};

// Prints a report with the audit that it is based on. Lines are passed without a line feed.
using LineOut = std::function<Status(std::string_view line)>;
Status print_text(const ledger::Genesis& genesis, const DataAudit& audit, const Report& report, Language language,
                  const LineOut& out);
// Contains nothing about the folder, files or machine, so that an audit of another copy of the same chain gives the
// same JSON.
Status print_json(const ledger::Genesis& genesis, const DataAudit& audit, const Report& report, Language language,
                  const LineOut& out);
Status print_page(const ledger::Genesis& genesis, const DataAudit& audit, const Report& report, Time now,
                  const LineOut& out);
// Prints a report without an audit; `as_of` is printed with its figures.
Status print_figures_text(const Report& report, Language language, const LineOut& out);
Status print_figures_json(const Report& report, boost::json::object as_of, const LineOut& out);
int exit_code_of(const DataAudit& audit, const Report& report);

// Cells of common types.
Cell cell(std::string_view text);  // the same in both languages and in JSON
Cell cell(std::uint64_t number);
Cell cell(boost::json::value value, std::string zh, std::string en);
Cell day_cell(ledger::Date day);           // null for date_none
Cell time_cell(std::optional<Time> time);  // milliseconds, or null
Cell member_cell(const ledger::Genesis& genesis, ledger::MemberNumber member);

}  // namespace xinlian::node

// Legal terms that the state machine and readers apply (docs/rules.md lists each with its source and certainty). They
// are part of the protocol: all members apply the same terms, either the shipped ones or those of a resolution
// (ledger/rules/rulebook.hpp). A term is looked up by the day of the act and by the region, which is the first two
// digits of the issuer's division code.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/rules/calendar.hpp"

namespace xinlian::ledger {

struct Entry;

// unknown: the national term applies until the region publishes one.
enum class Certainty : std::uint8_t { statute, published, unknown };

// Months from the decision to the earliest repair, and to the end of publicity.
struct RepairTerm {
    unsigned months_min = 0, months_max = 0;
    bool operator==(const RepairTerm&) const = default;
};
// Applies to applications made from a day on, until the `from` of the next regime.
struct RepairRegime {
    Date from = date_none;
    std::array<RepairTerm, 4> by_grade;  // not stated, minor, general, serious
    std::optional<RepairTerm> special;   // for special conduct of any grade
    std::string source;
    bool operator==(const RepairRegime&) const = default;
};

struct DisputeTerm {
    unsigned days = 0;
    bool working = false;  // working days
    Certainty certainty = Certainty::unknown;
    std::string source;
    bool operator==(const DisputeTerm&) const = default;
};

struct Terms {
    std::vector<RepairRegime> repair;  // Invariant: ascending `from`, the first is date_none.
    DisputeTerm dispute;               // for regions without a term of their own
    std::map<std::string, DisputeTerm, std::less<>> dispute_of;
    unsigned report_working_days = 0;  // 双公示; a later report is late (迟报)
    unsigned withdrawal_days = 0;      // for a revoked decision
    // Conventions of the federation, not legal terms, and not enforced. A later act is overdue in an auditor's report.
    unsigned answer_working_days = 0, acknowledge_working_days = 0;
    std::map<std::string, unsigned, std::less<>> retention_years;  // for penalties, from the decision date, by region
    Calendar calendar;

    const RepairRegime& repair_regime(Date applied) const;
    // `applied`: the day of the application; `grade`: of the conduct, as in Entry::code.
    RepairTerm repair_term(Date applied, std::uint16_t grade) const;
    DisputeTerm dispute_term(std::string_view issuer) const;
    Date dispute_due(std::string_view issuer, Date opened) const;
    Date report_due(Date decided) const;
    Date withdrawal_due(Date revoked) const;
    Date answer_due(Date asked) const;
    Date acknowledge_due(Date answered) const;
    // The last day on which a record may be queried. Empty if no limit is known, or if the limit counts from a day that
    // an entry does not contain (the end of the conduct).
    std::optional<Date> last_query_day(std::string_view issuer, const Entry& entry) const;

    bool operator==(const Terms&) const = default;
};
// The terms that are compiled into this program.
const Terms& shipped_terms();

}  // namespace xinlian::ledger

// Terms of the law that the state machine and readers go by (docs/rules.md has each with its source and how sure it
// is). They are part of the protocol: all members go by the same ones, those shipped or those that the federation has
// resolved (ledger/rules/rulebook.hpp). Looked up by the day of the act and by the region, which is the first two
// digits of the issuer's division code.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/rules/calendar.hpp"

namespace xinlian::ledger {

struct Entry;

enum class Certainty : std::uint8_t { statute, published, unknown };  // unknown: the national term, until a region says

// Months from the decision to the earliest repair, and to the end of publicity.
struct RepairTerm {
    unsigned months_min = 0, months_max = 0;
    bool operator==(const RepairTerm&) const = default;
};
// In force for applications from a day on, until the next one's.
struct RepairRegime {
    Date from = date_none;
    std::array<RepairTerm, 4> by_grade;  // not stated, minor, general, serious
    std::optional<RepairTerm> special;   // of special conduct, whatever its grade
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
    DisputeTerm dispute;               // where a region has none of its own
    std::map<std::string, DisputeTerm, std::less<>> dispute_of;
    unsigned report_working_days = 0;  // 双公示; later is late (迟报)
    unsigned withdrawal_days = 0;      // of a revoked decision
    // Conventions of the federation, not of the law, and enforced by nobody: later is overdue in an auditor's report.
    unsigned answer_working_days = 0, acknowledge_working_days = 0;
    std::map<std::string, unsigned, std::less<>> retention_years;  // of penalties, from the decision, by region
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
    // The last day on which a record may be queried; nothing where no limit is known, or where it counts from a day
    // that an entry does not have (the end of the conduct).
    std::optional<Date> last_query_day(std::string_view issuer, const Entry& entry) const;

    bool operator==(const Terms&) const = default;
};
// Those that this program has.
const Terms& shipped_terms();

}  // namespace xinlian::ledger

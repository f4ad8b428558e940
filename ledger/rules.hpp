// Terms of the law that the state machine and readers go by (docs/rules.md has each with its source and how sure it
// is). They are part of the protocol: all members must go by the same ones. Looked up by the day of the act and by the
// region, which is the first two digits of the issuer's division code.
#pragma once

#include <string_view>

#include "ledger/calendar.hpp"

namespace xinlian::ledger {

enum class Certainty : std::uint8_t { statute, published, unknown };  // unknown: the national term, until a region says

// Months from the decision to the earliest repair, and to the end of publicity.
struct RepairTerm {
    unsigned months_min = 0, months_max = 0;
    std::string_view source;
};
// `applied`: the day of the application; `grade`: of the conduct, as in Entry::code.
RepairTerm repair_term(Date applied, std::uint16_t grade);

struct DisputeTerm {
    unsigned days = 0;
    bool working = false;  // working days
    Certainty certainty = Certainty::unknown;
    std::string_view source;
};
DisputeTerm dispute_term(std::string_view issuer);
Date dispute_due(std::string_view issuer, Date opened);

// Reporting (双公示): later than this is late (迟报). Withdrawal of a revoked decision.
Date report_due(Date decided);
Date withdrawal_due(Date revoked);

// Conventions of the federation, not terms of the law, and enforced by nobody: a query is answered, and an answer
// acknowledged, by this day; later is overdue in an auditor's report.
inline constexpr unsigned answer_working_days = 1, acknowledge_working_days = 5;
Date answer_due(Date asked);
Date acknowledge_due(Date answered);

// The last day on which a record may be queried; nothing where no limit is known, or where it counts from a day that an
// entry does not have (the end of the conduct).
std::optional<Date> last_query_day(std::string_view issuer, const Entry& entry);

}  // namespace xinlian::ledger

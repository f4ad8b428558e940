#pragma once
#include <string_view>
#include "ledger/entry.hpp"
namespace xinlian::ledger {
struct RepairTerm { unsigned months_min = 0, months_max = 0; };
Date date_of(Time time);
Date plus_days(Date date, unsigned days);
Date plus_months(Date date, unsigned months);
Date plus_years(Date date, unsigned years);
class Rules {
public:
    static const Rules& shipped();
    RepairTerm repair_term(Date applied, std::uint16_t grade) const;
    Date dispute_due(std::string_view issuer, Date opened) const;
    std::optional<Date> last_query_day(std::string_view issuer, const Entry& entry) const;
};
}

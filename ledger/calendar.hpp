// Days and working days of the People's Republic, at +08:00. Pure arithmetic on dates; no clock.
#pragma once

#include "ledger/entry.hpp"

namespace xinlian::ledger {

// All of these take a calendar day from 1900 to 2199, neither date_none nor date_forever; a result beyond 2199-12-31 is
// date_forever.
Date date_of(Time time);  // the day at +08:00
Date plus_days(Date date, unsigned days);
Date plus_months(Date date, unsigned months);  // the last day of a shorter month
Date plus_years(Date date, unsigned years);

// Working days, with the State Council's arrangement of holidays and worked weekends (调休) where this program has the
// year's; Monday to Friday in other years (docs/rules.md).
bool is_known_year(Date date);
bool is_working(Date date);
Date plus_working_days(Date date, unsigned days);  // counted from the day after
std::uint32_t days_between(Date from, Date to);    // plain days; 0 if `to` is not later

// Days from the first to the last, both of them included.
struct Period {
    Date from = 19000101, to = date_forever;
    bool has(Date day) const { return day >= from && day <= to; }
    bool operator==(const Period&) const = default;
};
// Both as yyyy-mm-dd; an empty one leaves that side open. Errc::malformed; Errc::invalid if the last is before the
// first.
Result<Period> period_of_days(std::string_view from, std::string_view to);
Result<Period> period_of_month(std::string_view text);    // "2026-11"; Errc::malformed
Result<Period> period_of_quarter(std::string_view text);  // "2026Q4"; Errc::malformed

}  // namespace xinlian::ledger

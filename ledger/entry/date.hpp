// Calendar days and times of day, as numbers and as text. Pure arithmetic; no clock.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/result.hpp"
#include "crypto/time.hpp"

namespace xinlian::ledger {

// Days as yyyymmdd, 0 for none, 99991231 for 长期 (no end).
using Date = std::uint32_t;
inline constexpr Date date_none = 0;
inline constexpr Date date_forever = 99991231;
inline constexpr Date date_first = 19000101, date_last = 21991231;  // range of calendar days

bool is_valid(Date date);                           // a calendar day, date_none or date_forever
std::string date_text(Date date);                   // "2026-11-09", "", "9999-12-31"
Result<Date> date_from_iso(std::string_view text);  // accepts this form only: "2026-11-09"

// These functions take a calendar day, not date_none or date_forever. A result after date_last is date_forever.
Date date_of(Time time);  // the day at +08:00
Date plus_days(Date date, unsigned days);
Date plus_months(Date date, unsigned months);  // if the month is shorter, its last day
Date plus_years(Date date, unsigned years);
Date last_of_month(Date date);                   // the last day of the month of `date`
std::uint32_t days_between(Date from, Date to);  // 0 if `to` is not later
bool is_weekend(Date date);

// A time in UTC: "2026-11-24T00:00:00Z", with three digits of milliseconds unless they are zero. Times after the year
// 9999 are printed as its last day. The parser accepts years 1970 to 2199, in this form only.
std::string utc_text(Time time);
Result<Time> utc_from_text(std::string_view text);

}  // namespace xinlian::ledger

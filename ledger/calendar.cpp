#include "ledger/calendar.hpp"

#include <algorithm>

namespace xinlian::ledger {

namespace {

constexpr std::uint64_t day_ms = 86'400'000;
constexpr std::uint64_t beijing_ms = 8 * 3'600'000;
constexpr Date day_first = 19000101;
constexpr Date day_last = 21991231;

std::uint32_t year_of(Date day) { return day / 10'000; }
std::uint32_t month_of(Date day) { return day / 100 % 100; }

bool is_weekend(Date day) {
    const std::int64_t from_thursday = days_since_1970(day) % 7;  // 1970-01-01 was one
    const std::int64_t weekday = (from_thursday + 7 + 3) % 7;     // 0 is Monday
    return weekday >= 5;
}

bool holds(const std::vector<Date>& days, Date day) { return std::binary_search(days.begin(), days.end(), day); }

Error broken(const CalendarYear& year, std::string text) {
    return {Errc::invalid, "calendar of " + std::to_string(year.year) + ": " + std::move(text)};
}

Status check_days(const CalendarYear& year, const std::vector<Date>& days, bool worked) {
    for (std::size_t i = 0; i < days.size(); ++i) {
        if (!is_day(days[i]) || year_of(days[i]) != year.year) {
            return broken(year, date_text(days[i]) + " is not a day of this year");
        }
        if (i > 0 && days[i - 1] >= days[i]) {
            return broken(year, date_text(days[i]) + " is out of order; list each day once, the earliest first");
        }
        if (is_weekend(days[i]) != worked) {
            return broken(year, date_text(days[i]) + (worked ? " is worked, but it is no weekend day; remove it"
                                                             : " is free as every weekend day is; remove it"));
        }
    }
    return {};
}

}  // namespace

bool is_day(Date date) { return date != date_none && date != date_forever && is_valid(date); }

// H. Hinnant's days_from_civil.
std::int64_t days_since_1970(Date day) {
    const std::int64_t month = month_of(day), day_of_month = day % 100;
    const std::int64_t year = std::int64_t{year_of(day)} - (month <= 2 ? 1 : 0);
    const std::int64_t era_year = year % 400;
    const std::int64_t day_of_year = (153 * (month + (month > 2 ? 0 : 12) - 3) + 2) / 5 + day_of_month - 1;
    return year / 400 * 146'097 + era_year * 365 + era_year / 4 - era_year / 100 + day_of_year - 719'468;
}

// And its inverse, civil_from_days; from 0000-03-01 on nothing here is negative.
Date date_from_days(std::int64_t days) {
    if (days < days_since_1970(day_first)) return day_first;
    if (days > days_since_1970(day_last)) return date_forever;
    const std::int64_t from_0000 = days + 719'468;
    const std::int64_t era = from_0000 / 146'097, of_era = from_0000 % 146'097;
    const std::int64_t era_year = (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
    const std::int64_t day_of_year = of_era - (365 * era_year + era_year / 4 - era_year / 100);
    const std::int64_t march_month = (5 * day_of_year + 2) / 153;
    const std::int64_t day = day_of_year - (153 * march_month + 2) / 5 + 1;
    const std::int64_t month = march_month < 10 ? march_month + 3 : march_month - 9;
    const std::int64_t year = era * 400 + era_year + (month <= 2 ? 1 : 0);
    return static_cast<Date>(year * 10'000 + month * 100 + day);
}

Date date_of(Time time) {
    constexpr std::uint64_t days_max = 1'000'000;  // far after 2199; keeps the sum below in range
    if (time.ms / day_ms > days_max) return date_forever;
    return date_from_days(static_cast<std::int64_t>((time.ms + beijing_ms) / day_ms));
}

Date plus_days(Date date, std::uint32_t days) {
    if (!is_day(date)) return date;
    return date_from_days(days_since_1970(date) + days);
}

Date plus_months(Date date, std::uint32_t months) {
    if (!is_day(date)) return date;
    const std::uint64_t month = std::uint64_t{year_of(date)} * 12 + month_of(date) - 1 + months;
    if (month / 12 > year_of(day_last)) return date_forever;
    const Date first = static_cast<Date>(month / 12 * 10'000 + (month % 12 + 1) * 100 + 1);
    Date day = first - 1 + date % 100;
    while (!is_valid(day)) --day;  // at most three times
    return day;
}

Date plus_years(Date date, std::uint32_t years) {
    constexpr std::uint32_t years_max = 400;  // more than there are; 12 times it stays in range
    return plus_months(date, 12 * std::min(years, years_max));
}

std::optional<std::int64_t> days_between(Date from, Date to) {
    if (!is_day(from) || !is_day(to)) return std::nullopt;
    return days_since_1970(to) - days_since_1970(from);
}

Result<Calendar> Calendar::of(std::vector<CalendarYear> years) {
    std::sort(years.begin(), years.end(), [](const auto& a, const auto& b) { return a.year < b.year; });
    for (std::size_t i = 0; i < years.size(); ++i) {
        if (i > 0 && years[i - 1].year == years[i].year) return broken(years[i], "the year is listed twice");
        XL_TRY_STATUS(check_days(years[i], years[i].off, false));
        XL_TRY_STATUS(check_days(years[i], years[i].worked, true));
    }
    Calendar calendar;
    calendar.years_ = std::move(years);
    return calendar;
}

const CalendarYear* Calendar::find(std::uint32_t year) const {
    const auto at = std::lower_bound(years_.begin(), years_.end(), year,
                                     [](const CalendarYear& known, std::uint32_t y) { return known.year < y; });
    return at != years_.end() && at->year == year ? &*at : nullptr;
}

bool Calendar::is_working(Date day) const {
    if (!is_day(day)) return false;
    const CalendarYear* year = find(year_of(day));
    if (is_weekend(day)) return year != nullptr && holds(year->worked, day);
    return year == nullptr || !holds(year->off, day);
}

CountedDay Calendar::plus_working_days(Date day, std::uint32_t n) const {
    CountedDay counted{day, true};
    while (n > 0 && is_day(counted.day)) {
        counted.day = plus_days(counted.day, 1);
        counted.known = counted.known && (counted.day == date_forever || knows(year_of(counted.day)));
        if (is_working(counted.day)) --n;
    }
    return counted;
}

CountedDays Calendar::working_days_between(Date from, Date to) const {
    CountedDays counted;
    if (!is_day(from) || !is_day(to)) return counted;
    while (from < to) {
        from = plus_days(from, 1);
        counted.known = counted.known && knows(year_of(from));
        if (is_working(from)) ++counted.count;
    }
    return counted;
}

}  // namespace xinlian::ledger

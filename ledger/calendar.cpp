#include "ledger/calendar.hpp"

#include <algorithm>
#include <array>

namespace xinlian::ledger {

namespace {

constexpr Date year_last = 2199;

// Days since 1970-01-01, by the proleptic Gregorian calendar; a year is counted from March, so that leap days come
// last.
std::int64_t number_of(Date date) {
    const std::int64_t month = date / 100 % 100, day = date % 100;
    const std::int64_t year = std::int64_t{date / 10'000} - (month <= 2 ? 1 : 0);
    const std::int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719'468;
}

Date date_of_number(std::int64_t number) {
    constexpr std::int64_t days_of_400_years = 146'097;
    const std::int64_t shifted = number + 719'468;
    const std::int64_t era = shifted / days_of_400_years, of_era = shifted % days_of_400_years;
    const std::int64_t year_of_era = (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
    const std::int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t from_march = (5 * of_year + 2) / 153;
    const std::int64_t day = of_year - (153 * from_march + 2) / 5 + 1;
    const std::int64_t month = from_march < 10 ? from_march + 3 : from_march - 9;
    const std::int64_t year = era * 400 + year_of_era + (month <= 2 ? 1 : 0);
    if (year > year_last) return date_forever;
    return static_cast<Date>(year * 10'000 + month * 100 + day);
}

bool is_weekend(Date date) {
    const std::int64_t weekday = (number_of(date) % 7 + 7) % 7;  // 0 is a Thursday
    return weekday == 2 || weekday == 3;
}

// Days off that are Monday to Friday, and worked weekends: 国办发明电〔2024〕12号 for 2025, 〔2025〕7号 for 2026.
constexpr std::array<Date, 37> days_off{20250101, 20250128, 20250129, 20250130, 20250131, 20250203, 20250204, 20250404,
                                        20250501, 20250502, 20250505, 20250602, 20251001, 20251002, 20251003, 20251006,
                                        20251007, 20251008, 20260101, 20260102, 20260216, 20260217, 20260218, 20260219,
                                        20260220, 20260223, 20260406, 20260501, 20260504, 20260505, 20260619, 20260925,
                                        20261001, 20261002, 20261005, 20261006, 20261007};
constexpr std::array<Date, 11> days_worked{20250126, 20250208, 20250427, 20250928, 20251011, 20260104,
                                           20260214, 20260228, 20260509, 20260920, 20261010};

// The last day of so many months that begin with this first day of one.
Date last_of_months(Date first, unsigned months) {
    const Date next = plus_months(first, months);
    return next == date_forever ? Date{21991231} : date_of_number(number_of(next) - 1);
}

template <std::size_t n>
bool has(const std::array<Date, n>& days, Date date) {
    return std::binary_search(days.begin(), days.end(), date);
}

}  // namespace

Date date_of(Time time) {
    constexpr std::uint64_t seconds_of_day = 86'400, ahead = 8 * 3'600;
    return date_of_number(static_cast<std::int64_t>((time.ms / 1'000 + ahead) / seconds_of_day));  // cannot wrap
}

Date plus_days(Date date, unsigned days) { return date_of_number(number_of(date) + days); }

Date plus_months(Date date, unsigned months) {
    const std::uint64_t month = date / 100 % 100 - 1 + std::uint64_t{months};
    const std::uint64_t year = date / 10'000 + month / 12;
    if (year > year_last) return date_forever;
    Date out = static_cast<Date>(year * 10'000 + (month % 12 + 1) * 100 + date % 100);
    while (!is_valid(out)) --out;
    return out;
}

Date plus_years(Date date, unsigned years) { return plus_months(date, 12 * years); }

bool is_known_year(Date date) { return date / 10'000 == 2025 || date / 10'000 == 2026; }

bool is_working(Date date) {
    if (has(days_worked, date)) return true;
    return !is_weekend(date) && !has(days_off, date);
}

Date plus_working_days(Date date, unsigned days) {
    while (days > 0 && date != date_forever) {
        date = plus_days(date, 1);
        if (date != date_forever && is_working(date)) --days;
    }
    return date;
}

std::uint32_t days_between(Date from, Date to) {
    return from < to ? static_cast<std::uint32_t>(number_of(to) - number_of(from)) : 0;
}

Result<Period> period_of_days(std::string_view from, std::string_view to) {
    Period period;
    if (!from.empty()) {
        XL_TRY(period.from, date_from_iso(from));
    }
    if (!to.empty()) {
        XL_TRY(period.to, date_from_iso(to));
    }
    if (period.from == date_none || period.to == date_none) return Error{Errc::malformed, "a period needs days"};
    if (period.to < period.from) return Error{Errc::invalid, "the period ends before it begins"};
    return period;
}

Result<Period> period_of_month(std::string_view text) {
    const Result<Date> first = date_from_iso(std::string(text) + "-01");
    if (!first) return Error{Errc::malformed, "\"" + std::string(text) + "\" is no month; write it as 2026-11"};
    return Period{*first, last_of_months(*first, 1)};
}

Result<Period> period_of_quarter(std::string_view text) {
    const bool formed = text.size() == 6 && text[4] == 'Q' && text[5] >= '1' && text[5] <= '4';
    const unsigned month = formed ? 3 * static_cast<unsigned>(text[5] - '1') + 1 : 0;
    const std::string first_text = std::string(text.substr(0, 4)) + (month < 10 ? "-0" : "-") + std::to_string(month);
    const Result<Date> first = date_from_iso(first_text + "-01");
    if (!formed || !first)
        return Error{Errc::malformed, "\"" + std::string(text) + "\" is no quarter; write it as 2026Q4"};
    return Period{*first, last_of_months(*first, 3)};
}

}  // namespace xinlian::ledger

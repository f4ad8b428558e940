#include "ledger/rules/calendar.hpp"

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

// Days off that are Monday to Friday, and worked weekends, of the years 2019 to 2026 (docs/rules.md has each year's
// source).
constexpr Date year_known_first = 2019, year_known_last = 2026;
constexpr std::array<Date, 146> days_off{
    20190101, 20190204, 20190205, 20190206, 20190207, 20190208, 20190405, 20190501, 20190502, 20190503, 20190607,
    20190913, 20191001, 20191002, 20191003, 20191004, 20191007, 20200101, 20200124, 20200127, 20200128, 20200129,
    20200130, 20200131, 20200406, 20200501, 20200504, 20200505, 20200625, 20200626, 20201001, 20201002, 20201005,
    20201006, 20201007, 20201008, 20210101, 20210211, 20210212, 20210215, 20210216, 20210217, 20210405, 20210503,
    20210504, 20210505, 20210614, 20210920, 20210921, 20211001, 20211004, 20211005, 20211006, 20211007, 20220103,
    20220131, 20220201, 20220202, 20220203, 20220204, 20220404, 20220405, 20220502, 20220503, 20220504, 20220603,
    20220912, 20221003, 20221004, 20221005, 20221006, 20221007, 20230102, 20230123, 20230124, 20230125, 20230126,
    20230127, 20230405, 20230501, 20230502, 20230503, 20230622, 20230623, 20230929, 20231002, 20231003, 20231004,
    20231005, 20231006, 20240101, 20240212, 20240213, 20240214, 20240215, 20240216, 20240404, 20240405, 20240501,
    20240502, 20240503, 20240610, 20240916, 20240917, 20241001, 20241002, 20241003, 20241004, 20241007, 20250101,
    20250128, 20250129, 20250130, 20250131, 20250203, 20250204, 20250404, 20250501, 20250502, 20250505, 20250602,
    20251001, 20251002, 20251003, 20251006, 20251007, 20251008, 20260101, 20260102, 20260216, 20260217, 20260218,
    20260219, 20260220, 20260223, 20260406, 20260501, 20260504, 20260505, 20260619, 20260925, 20261001, 20261002,
    20261005, 20261006, 20261007};
constexpr std::array<Date, 52> days_worked{
    20190202, 20190203, 20190428, 20190505, 20190929, 20191012, 20200119, 20200426, 20200509, 20200628, 20200927,
    20201010, 20210207, 20210220, 20210425, 20210508, 20210918, 20210926, 20211009, 20220129, 20220130, 20220402,
    20220424, 20220507, 20221008, 20221009, 20230128, 20230129, 20230423, 20230506, 20230625, 20231007, 20231008,
    20240204, 20240218, 20240407, 20240428, 20240511, 20240914, 20240929, 20241012, 20250126, 20250208, 20250427,
    20250928, 20251011, 20260104, 20260214, 20260228, 20260509, 20260920, 20261010};

bool has(const std::vector<Date>& days, Date date) { return std::binary_search(days.begin(), days.end(), date); }

// The last day of so many months that begin with this first day of one.
Date last_of_months(Date first, unsigned months) {
    const Date next = plus_months(first, months);
    return next == date_forever ? Date{21991231} : date_of_number(number_of(next) - 1);
}

template <std::size_t n>
std::vector<Date> days_in_year(const std::array<Date, n>& days, unsigned year) {
    std::vector<Date> out;
    std::copy_if(days.begin(), days.end(), std::back_inserter(out), [year](Date day) { return day / 10'000 == year; });
    return out;
}

Calendar make_shipped() {
    Calendar calendar;
    for (unsigned year = year_known_first; year <= year_known_last; ++year) {
        XL_CHECK(calendar.set_year(year, days_in_year(days_off, year), days_in_year(days_worked, year)).ok());
    }
    return calendar;
}

Status check_days(unsigned year, const std::vector<Date>& days, bool weekend, const char* what) {
    const std::string where = "the calendar of " + std::to_string(year) + ": ";
    if (days.size() > Calendar::days_max) return Error{Errc::invalid, where + "too many days"};
    for (std::size_t i = 0; i < days.size(); ++i) {
        const std::string day = date_text(days[i]);
        if (!is_valid(days[i]) || days[i] / 10'000 != year)
            return Error{Errc::invalid, where + day + " is no day of it"};
        if (i > 0 && days[i] <= days[i - 1]) return Error{Errc::invalid, where + day + " is out of order"};
        if (is_weekend(days[i]) != weekend) return Error{Errc::invalid, where + day + " is " + what};
    }
    return {};
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

const Calendar& Calendar::shipped() {
    static const Calendar calendar = make_shipped();
    return calendar;
}

bool Calendar::is_known_year(Date date) const { return years_.contains(date / 10'000); }

bool Calendar::is_working(Date date) const {
    const auto year = years_.find(date / 10'000);
    if (year == years_.end()) return !is_weekend(date);
    if (has(year->second.worked, date)) return true;
    return !is_weekend(date) && !has(year->second.off, date);
}

Date Calendar::plus_working_days(Date date, unsigned days) const {
    while (days > 0 && date != date_forever) {
        date = plus_days(date, 1);
        if (date != date_forever && is_working(date)) --days;
    }
    return date;
}

Status Calendar::set_year(unsigned year, std::vector<Date> off, std::vector<Date> worked) {
    XL_TRY_STATUS(check_days(year, off, false, "a weekend: it is off anyway"));
    XL_TRY_STATUS(check_days(year, worked, true, "no weekend: it is worked anyway"));
    years_[year] = {std::move(off), std::move(worked)};
    return {};
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

#include "ledger/rules/calendar.hpp"

#include <algorithm>
#include <array>

namespace xinlian::ledger {

namespace {

// Days off from Monday to Friday, and worked weekends, of the years 2019 to 2026 (docs/rules.md has each year's
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

template <std::size_t n>
std::vector<Date> days_in_year(const std::array<Date, n>& days, unsigned year) {
    std::vector<Date> out;
    std::copy_if(days.begin(), days.end(), std::back_inserter(out), [year](Date day) { return day / 10'000 == year; });
    return out;
}

Calendar make_shipped_calendar() {
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
            return Error{Errc::invalid, where + day + " is not a day of this year"};
        if (i > 0 && days[i] <= days[i - 1]) return Error{Errc::invalid, where + day + " is out of order"};
        if (is_weekend(days[i]) != weekend) return Error{Errc::invalid, where + day + " is " + what};
    }
    return {};
}

}  // namespace

const Calendar& Calendar::shipped() {
    static const Calendar calendar = make_shipped_calendar();
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
    XL_TRY_STATUS(check_days(year, off, false, "on a weekend, which is off in any case"));
    XL_TRY_STATUS(check_days(year, worked, true, "not on a weekend, so that it is worked in any case"));
    years_[year] = {std::move(off), std::move(worked)};
    return {};
}

Result<Period> period_of_days(std::string_view from, std::string_view to) {
    Period period;
    if (!from.empty()) {
        XL_TRY(period.from, date_from_iso(from));
    }
    if (!to.empty()) {
        XL_TRY(period.to, date_from_iso(to));
    }
    if (period.from == date_none || period.to == date_none)
        return Error{Errc::malformed, "the period must have a first and a last day"};
    if (period.to < period.from) return Error{Errc::invalid, "the period ends before it begins"};
    return period;
}

Result<Period> period_of_month(std::string_view text) {
    const Result<Date> first = date_from_iso(std::string(text) + "-01");
    if (!first)
        return Error{Errc::malformed, "invalid month \"" + std::string(text) + "\"; expected YYYY-MM, as in 2026-11"};
    return Period{*first, last_of_month(*first)};
}

Result<Period> period_of_quarter(std::string_view text) {
    const bool formed = text.size() == 6 && text[4] == 'Q' && text[5] >= '1' && text[5] <= '4';
    const unsigned month = formed ? 3 * static_cast<unsigned>(text[5] - '1') + 1 : 0;
    const std::string first_text = std::string(text.substr(0, 4)) + (month < 10 ? "-0" : "-") + std::to_string(month);
    const Result<Date> first = date_from_iso(first_text + "-01");
    if (!formed || !first)
        return Error{Errc::malformed, "invalid quarter \"" + std::string(text) + "\"; expected YYYYQn, as in 2026Q4"};
    return Period{*first, last_of_month(plus_months(*first, 2))};
}

}  // namespace xinlian::ledger

// Working days of the People's Republic, and periods of days.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "ledger/entry/date.hpp"

namespace xinlian::ledger {

// Working days, with the State Council's arrangement of holidays and worked weekends (调休) for the years that the
// calendar has. In other years working days are Monday to Friday (docs/rules.md).
class Calendar {
public:
    static constexpr std::size_t days_max = 60;  // of each kind in a year

    // The calendar that is compiled into this program.
    static const Calendar& shipped();

    bool is_known_year(Date date) const;
    bool is_working(Date date) const;
    Date plus_working_days(Date date, unsigned days) const;  // counted from the day after
    // Replaces the data of a year. `off` are days off from Monday to Friday, `worked` are working Saturdays and
    // Sundays; all are in this year and ascending, otherwise Errc::invalid.
    Status set_year(unsigned year, std::vector<Date> off, std::vector<Date> worked);

    struct Year {
        std::vector<Date> off, worked;
        bool operator==(const Year&) const = default;
    };
    const std::map<unsigned, Year>& years() const { return years_; }
    bool operator==(const Calendar&) const = default;

private:
    std::map<unsigned, Year> years_;
};

// Days from the first to the last, inclusive.
struct Period {
    Date from = date_first, to = date_forever;
    bool has(Date day) const { return day >= from && day <= to; }
    bool operator==(const Period&) const = default;
};
// Both as yyyy-mm-dd; an empty text leaves that end open. Errc::malformed; Errc::invalid if the last is before the
// first.
Result<Period> period_of_days(std::string_view from, std::string_view to);
Result<Period> period_of_month(std::string_view text);    // "2026-11"; Errc::malformed
Result<Period> period_of_quarter(std::string_view text);  // "2026Q4"; Errc::malformed

}  // namespace xinlian::ledger

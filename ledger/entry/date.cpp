#include "ledger/entry/date.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "ledger/entry/strict_json.hpp"

namespace xinlian::ledger {

namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::uint64_t day_ms = 86'400'000;

constexpr year_month_day civil_of(Date date) {
    return {std::chrono::year(static_cast<int>(date / 10'000)), std::chrono::month(date / 100 % 100),
            std::chrono::day(date % 100)};
}

constexpr Date date_of(year_month_day civil) {
    return static_cast<Date>(static_cast<int>(civil.year())) * 10'000 + static_cast<unsigned>(civil.month()) * 100 +
           static_cast<unsigned>(civil.day());
}

// Days since 1970-01-01; negative before.
constexpr std::int64_t number_of(Date date) { return sys_days(civil_of(date)).time_since_epoch().count(); }

// `number` must be of a day before the year 10000.
constexpr Date date_of_number(std::int64_t number) {
    return date_of(year_month_day(sys_days(std::chrono::days(number))));
}

constexpr std::int64_t number_last = number_of(date_last);

std::string padded(std::uint64_t number, std::size_t digits) {
    const std::string text = std::to_string(number);
    return std::string(digits - std::min(digits, text.size()), '0') + text;
}

}  // namespace

bool is_valid(Date date) {
    if (date == date_none || date == date_forever) return true;
    return date >= date_first && date <= date_last && civil_of(date).ok();
}

std::string date_text(Date date) {
    if (date == date_none) return {};
    std::string text(10, '-');
    constexpr std::array<std::size_t, 8> places{9, 8, 6, 5, 3, 2, 1, 0};
    for (const std::size_t place : places) {
        text[place] = static_cast<char>('0' + date % 10);
        date /= 10;
    }
    return text;
}

Result<Date> date_from_iso(std::string_view text) {
    const auto refuse = [text] {
        return Error{Errc::malformed, parts::quoted(text) + " is not a date; write YYYY-MM-DD, as in 2026-11-09"};
    };
    if (text.size() != 10) return refuse();
    Date date = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i == 4 || i == 7) {
            if (text[i] != '-') return refuse();
            continue;
        }
        if (text[i] < '0' || text[i] > '9') return refuse();
        date = date * 10 + static_cast<Date>(text[i] - '0');
    }
    if (date == date_none || !is_valid(date)) return refuse();
    return date;
}

Date date_of(Time time) {
    constexpr std::uint64_t seconds_of_day = 86'400, ahead = 8 * 3'600;
    const std::uint64_t number = (time.ms / 1'000 + ahead) / seconds_of_day;  // cannot overflow
    return number > static_cast<std::uint64_t>(number_last) ? date_forever
                                                            : date_of_number(static_cast<std::int64_t>(number));
}

Date plus_days(Date date, unsigned days) {
    const std::int64_t number = number_of(date) + days;
    return number > number_last ? date_forever : date_of_number(number);
}

Date plus_months(Date date, unsigned months) {
    const std::uint64_t month = date / 100 % 100 - 1 + std::uint64_t{months};
    const std::uint64_t year = date / 10'000 + month / 12;
    if (year > date_last / 10'000) return date_forever;
    const Date first = static_cast<Date>(year * 10'000 + (month % 12 + 1) * 100 + 1);
    return std::min(first + date % 100 - 1, last_of_month(first));
}

Date plus_years(Date date, unsigned years) { return plus_months(date, 12 * years); }

Date last_of_month(Date date) {
    const year_month_day civil = civil_of(date);
    return date_of(year_month_day(civil.year() / civil.month() / std::chrono::last));
}

std::uint32_t days_between(Date from, Date to) {
    return from < to ? static_cast<std::uint32_t>(number_of(to) - number_of(from)) : 0;
}

bool is_weekend(Date date) {
    return std::chrono::weekday(sys_days(civil_of(date))).iso_encoding() >= std::chrono::Saturday.iso_encoding();
}

std::string utc_text(Time time) {
    constexpr std::uint64_t number_max = number_of(date_forever);
    const std::uint64_t ms = time.ms % day_ms;
    const Date date = date_of_number(static_cast<std::int64_t>(std::min(time.ms / day_ms, number_max)));
    std::string text = date_text(date) + "T" + padded(ms / 3'600'000, 2) + ":" + padded(ms / 60'000 % 60, 2) + ":" +
                       padded(ms / 1000 % 60, 2);
    if (ms % 1000 != 0) text += "." + padded(ms % 1000, 3);
    return text + "Z";
}

Result<Time> utc_from_text(std::string_view text) {
    const Error refusal{Errc::malformed,
                        parts::quoted(text) + " is not a time from 1970 to 2199; write it as in 2026-11-24T00:00:00Z"};
    if (text.size() != 20 && text.size() != 24) return refusal;
    const Result<Date> date = date_from_iso(text.substr(0, 10));
    if (!date || *date < 19700101 || *date == date_forever) return refusal;
    const auto number = [text](std::size_t at, std::size_t digits) {
        std::uint64_t value = 0;
        for (const char c : text.substr(at, digits)) value = c >= '0' && c <= '9' ? value * 10 + (c - '0') : 1'000'000;
        return value;
    };
    const std::uint64_t hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
    const std::uint64_t ms = text.size() == 24 ? number(20, 3) : 0;
    if (hour > 23 || minute > 59 || second > 59 || ms > 999) return refusal;
    const Time time{static_cast<std::uint64_t>(number_of(*date)) * day_ms + hour * 3'600'000 + minute * 60'000 +
                    second * 1000 + ms};
    if (utc_text(time) != text) return refusal;
    return time;
}

}  // namespace xinlian::ledger

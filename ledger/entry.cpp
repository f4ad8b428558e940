#include "ledger/entry.hpp"

#include <array>

namespace xinlian::ledger {

namespace {

constexpr Date date_first = 19000101;
constexpr Date date_last = 21991231;

bool is_leap(unsigned year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

unsigned days_in(unsigned year, unsigned month) {
    constexpr std::array<unsigned, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

// A short mistake is shown as it is; a long hostile text would hide the error.
std::string quoted(std::string_view text) {
    constexpr std::size_t quoted_bytes_max = 40;
    if (text.size() > quoted_bytes_max) return "a text of " + std::to_string(text.size()) + " bytes";
    return "\"" + std::string(text) + "\"";
}

Error broken(std::string text) { return {Errc::invalid, std::move(text)}; }

Status check_version(const Entry& entry) {
    switch (entry.operation) {
        case Operation::create:
            if (entry.version != 0) {
                return broken("a create has version " + std::to_string(entry.version) + "; it must have version 0");
            }
            return {};
        case Operation::update:
        case Operation::remove:
            if (entry.version == 0) {
                return broken(std::string(name_of(entry.operation)) +
                              " has version 0; it must have the record's version plus 1");
            }
            return {};
        case Operation::overwrite:
            return {};
    }
    return broken("an unknown operation");
}

}  // namespace

std::string_view name_of(Operation op) {
    switch (op) {
        case Operation::create:
            return "create";
        case Operation::update:
            return "update";
        case Operation::overwrite:
            return "overwrite";
        case Operation::remove:
            return "delete";
    }
    return "unknown";
}

bool is_valid(Date date) {
    if (date == date_none || date == date_forever) return true;
    if (date < date_first || date > date_last) return false;
    const unsigned month = date / 100 % 100, day = date % 100;
    if (month < 1 || month > 12) return false;
    return day >= 1 && day <= days_in(date / 10'000, month);
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
        return Error{Errc::malformed, quoted(text) + " is not a date; write YYYY-MM-DD, as in 2026-11-09"};
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

Status check(const Entry& entry) {
    if (!is_known(entry.operation)) return broken("an unknown operation");
    if (!is_known(entry.category)) return broken("an unknown category");
    XL_TRY_STATUS(check_version(entry));
    if (entry.record.is_zero()) return broken("the record id is all zero; derive it from the record's natural key");
    if (entry.operation == Operation::remove && !entry.digest.is_zero()) {
        return broken("a delete has a digest; it must be all zero");
    }
    if (entry.operation != Operation::remove && entry.digest.is_zero()) {
        return broken(std::string(name_of(entry.operation)) + " has no digest; it must name the record's content");
    }
    if (!is_valid(entry.decided) || entry.decided == date_forever) {
        return broken("the decision date " + std::to_string(entry.decided) + " is not a day from 1900 to 2199");
    }
    if (!is_valid(entry.public_until)) {
        return broken("the last publicity date " + std::to_string(entry.public_until) +
                      " is not a day from 1900 to 2199, nor 99991231 for no end");
    }
    return {};
}

}  // namespace xinlian::ledger

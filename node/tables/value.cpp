#include "node/tables/value.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "crypto/utf8.hpp"
#include "ledger/entry/subject_code.hpp"
#include "node/tables/text.hpp"

namespace xinlian::node {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::uint32_t number(std::string_view digits) {
    std::uint32_t value = 0;
    for (const char c : digits) value = value * 10 + static_cast<std::uint32_t>(c - '0');
    return value;
}

// The digits at the front, at most `max` of them.
std::string_view take_digits(std::string_view& text, std::size_t max) {
    std::size_t n = 0;
    while (n < text.size() && n < max && is_digit(text[n])) ++n;
    const std::string_view taken = text.substr(0, n);
    text.remove_prefix(n);
    return taken;
}

bool take(std::string_view& text, std::string_view what) {
    if (!text.starts_with(what)) return false;
    text.remove_prefix(what.size());
    return true;
}

// "", " 0:00", " 00:00:00", "T08:30:00.000+08:00"
bool is_time_or_nothing(std::string_view text) {
    if (text.empty()) return true;
    if (text.front() != ' ' && text.front() != 'T') return false;
    text.remove_prefix(1);
    std::string_view rest = text;
    const std::string_view hour = take_digits(rest, 2);
    if (hour.empty() || number(hour) > 24 || !take(rest, ":")) return false;
    return std::all_of(rest.begin(), rest.end(),
                       [](char c) { return is_digit(c) || c == ':' || c == '.' || c == '+' || c == 'Z'; });
}

std::optional<ReadDate> day(std::uint32_t year, std::uint32_t month, std::uint32_t day_of_month) {
    if (month == 0 || month > 12 || day_of_month == 0 || day_of_month > 31) return std::nullopt;
    const ledger::Date date = year * 10'000 + month * 100 + day_of_month;
    if (year == 9999 || date == 20991231) return ReadDate{ledger::date_forever};
    if (!ledger::is_valid(date)) return std::nullopt;
    return ReadDate{date};
}

// Day numbers of the 1900 system: 1 is 1900-01-01, and 60 a day that never was, so from 61 on the base is 1899-12-30.
std::optional<ReadDate> from_serial(std::uint32_t serial) {
    constexpr std::uint32_t earliest = 18'264, latest = 73'050;  // 1950-01-01, 2099-12-31
    if (serial < earliest || serial > latest) return std::nullopt;
    const ledger::Date date = ledger::plus_days(ledger::date_first, serial - 2);
    auto read = day(date / 10'000, date / 100 % 100, date % 100);
    if (read) read->serial = true;
    return read;
}

std::optional<ReadDate> from_parts(std::string_view text) {
    const std::string_view year = take_digits(text, 4);
    if (year.size() != 4) return std::nullopt;
    const bool chinese = take(text, "年");
    const std::string_view separator = chinese ? "月" : text.substr(0, 1);
    if (!chinese && (separator != "/" && separator != "-" && separator != ".")) return std::nullopt;
    if (!chinese) text.remove_prefix(1);
    const std::string_view month = take_digits(text, 2);
    if (month.empty() || !take(text, separator)) return std::nullopt;
    const std::string_view of_month = take_digits(text, 2);
    if (of_month.empty()) return std::nullopt;
    if (chinese && !take(text, "日")) return std::nullopt;
    if (!is_time_or_nothing(text)) return std::nullopt;
    return day(number(year), number(month), number(of_month));
}

}  // namespace

std::optional<ReadDate> read_date(std::string_view text) {
    if (text == "长期" || text == "永久" || text == "长期有效") return ReadDate{ledger::date_forever};
    std::string_view rest = text;
    const std::string_view digits = take_digits(rest, 9);
    if (digits.size() == 8 && is_time_or_nothing(rest)) {
        return day(number(digits.substr(0, 4)), number(digits.substr(4, 2)), number(digits.substr(6, 2)));
    }
    if (digits.size() == 5 && rest.empty()) return from_serial(number(digits));
    return from_parts(text);
}

std::optional<std::string> read_amount(std::string_view text, std::uint32_t scale) {
    std::string digits;
    std::size_t point = std::string::npos, since_comma = 0;
    bool comma = false;
    for (const char c : text) {
        if (is_digit(c)) {
            digits += c;
            ++since_comma;
        } else if (c == '.' && point == std::string::npos && !digits.empty()) {
            if (comma && since_comma != 3) return std::nullopt;
            point = digits.size();
        } else if (c == ',' && point == std::string::npos && !digits.empty() &&
                   (comma ? since_comma == 3 : since_comma <= 3)) {
            comma = true;
            since_comma = 0;
        } else {
            return std::nullopt;
        }
    }
    if (digits.empty() || digits.size() > amount_digits_max || point == digits.size()) return std::nullopt;
    if (comma && point == std::string::npos && since_comma != 3) return std::nullopt;
    std::size_t decimals = point == std::string::npos ? 0 : digits.size() - point;
    // Multiplying by a power of ten moves the point.
    for (std::uint32_t factor = scale; factor > 1; factor /= 10) {
        if (decimals > 0) {
            --decimals;
        } else {
            digits += '0';
        }
    }
    std::string whole = digits.substr(0, digits.size() - decimals), part = digits.substr(digits.size() - decimals);
    while (!part.empty() && part.back() == '0') part.pop_back();
    whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
    if (whole.empty()) whole = "0";
    return part.empty() ? whole : whole + "." + part;
}

bool holds_resident_id(std::string_view text) {
    for (std::size_t at = 0; at + 18 <= text.size();) {
        std::size_t run = 0;
        while (at + run < text.size() && is_digit(text[at + run])) ++run;
        // A longer run of digits is some other number.
        if ((run == 17 || run == 18) && at + 18 <= text.size() && ledger::is_resident_id(text.substr(at, 18)))
            return true;
        at += run + 1;
    }
    return false;
}

Result<ledger::DocumentNumber> read_document(std::string_view typed) {
    // What is not UTF-8 has no NFC: the number's own check refuses it.
    if (find_invalid_utf8(typed) != std::string_view::npos) return ledger::DocumentNumber::parse(typed);
    Cleaned cleaned;
    clean(typed, cleaned);
    return ledger::DocumentNumber::parse(cleaned.text);
}

std::string unify_list(std::string_view text) {
    std::string out, part;
    const auto end_part = [&out, &part] {
        const std::size_t begin = part.find_first_not_of(" \n");
        if (begin == std::string::npos) return part.clear();
        const std::size_t last = part.find_last_not_of(" \n");
        if (!out.empty()) out += ';';
        out.append(part, begin, last - begin + 1);
        part.clear();
    };
    while (!text.empty()) {
        if (take(text, "、") || take(text, ";") || take(text, ",")) {
            end_part();
        } else {
            part += text.front();
            text.remove_prefix(1);
        }
    }
    end_part();
    return out;
}

bool holds_several_names(std::string_view text) {
    constexpr std::array<std::string_view, 12> endings = {"公司",   "企业", "合伙)",  "厂",     "店",     "中心",
                                                          "合作社", "商行", "经营部", "工作室", "事务所", "集团"};
    std::size_t names = 0;
    std::string_view part = text;
    while (!part.empty()) {
        const std::size_t separator =
            std::min({part.find("、"), part.find(';'), part.find(','), part.find('\n'), part.size()});
        const std::string_view name = part.substr(0, separator);
        const bool is_name =
            std::any_of(endings.begin(), endings.end(), [name](std::string_view e) { return name.ends_with(e); });
        names += is_name ? 1 : 0;
        part.remove_prefix(separator);
        if (!part.empty() && !take(part, "、")) part.remove_prefix(1);
    }
    return names > 1;
}

}  // namespace xinlian::node

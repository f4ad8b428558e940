#include "node/tables/value.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "node/tables/text.hpp"

namespace xinlian::node {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool all_digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

std::uint32_t number(std::string_view digits) {
    std::uint32_t value = 0;
    for (const char c : digits) value = value * 10 + static_cast<std::uint32_t>(c - '0');
    return value;
}

// Takes the leading digits, at most `max`.
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

// Day numbers of the 1900 system: 1 is 1900-01-01, and 60 is a day that did not exist, so from 61 on the base is
// 1899-12-30.
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

constexpr std::string_view uscc_alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
constexpr std::array<unsigned, 17> uscc_weights = {1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28};

bool is_scientific(std::string_view text) {
    const std::size_t e = text.find('E');
    if (e == std::string_view::npos || e == 0 || e + 1 >= text.size()) return false;
    const std::string_view mantissa = text.substr(0, e);
    std::string_view exponent = text.substr(e + 1);
    const bool is_signed = take(exponent, "+");
    const bool dotted = mantissa.find('.') != std::string_view::npos;
    return (is_signed || dotted) && all_digits(exponent) &&
           std::all_of(mantissa.begin(), mantissa.end(), [](char c) { return is_digit(c) || c == '.'; });
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
    // Multiplies by a power of ten by moving the decimal point.
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

char uscc_check_symbol(std::string_view first_17) {
    if (first_17.size() != 17) return '?';
    unsigned sum = 0;
    for (std::size_t i = 0; i < 17; ++i) {
        const std::size_t value = uscc_alphabet.find(first_17[i]);
        if (value == std::string_view::npos) return '?';
        sum += static_cast<unsigned>(value) * uscc_weights[i];
    }
    return uscc_alphabet[(31 - sum % 31) % 31];
}

CodeFault read_uscc(std::string& text) {
    std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
    for (char& c : text) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    if (text.find('*') != std::string::npos) return CodeFault::masked;
    if (is_scientific(text)) return CodeFault::scientific;
    const std::size_t separator = std::min({text.find("、"), text.find(';'), text.find(','), text.find('/')});
    if (separator != std::string::npos && text.size() > 18) return CodeFault::several;
    if (text.size() != 18) return CodeFault::format;
    const char expected = uscc_check_symbol(std::string_view(text).substr(0, 17));
    if (expected == text[17]) return CodeFault::none;
    if (is_resident_id(text)) return CodeFault::resident_id;
    if (expected == '?' || uscc_alphabet.find(text[17]) == std::string_view::npos) return CodeFault::format;
    return CodeFault::check_digit;
}

bool is_resident_id(std::string_view text) {
    if (text.size() != 18 || !all_digits(text.substr(0, 17))) return false;
    constexpr std::array<unsigned, 17> weights = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    unsigned sum = 0;
    for (std::size_t i = 0; i < 17; ++i) sum += static_cast<unsigned>(text[i] - '0') * weights[i];
    const char last = text[17] == 'x' ? 'X' : text[17];
    return std::string_view("10X98765432")[sum % 11] == last && ledger::is_valid(number(text.substr(6, 8)));
}

bool holds_resident_id(std::string_view text) {
    for (std::size_t at = 0; at + 18 <= text.size();) {
        std::size_t run = 0;
        while (at + run < text.size() && is_digit(text[at + run])) ++run;
        // A longer run of digits is another kind of number.
        if ((run == 17 || run == 18) && at + 18 <= text.size() && is_resident_id(text.substr(at, 18))) return true;
        at += run + 1;
    }
    return false;
}

void unify_brackets(std::string& text) {
    std::string out;
    out.reserve(text.size() + 8);
    std::string_view rest = text;
    while (!rest.empty()) {
        if (take(rest, "【") || take(rest, "[") || take(rest, "(")) {
            out += "〔";
        } else if (take(rest, "】") || take(rest, "]") || take(rest, ")")) {
            out += "〕";
        } else {
            out += rest.front();
            rest.remove_prefix(1);
        }
    }
    text = std::move(out);
}

std::string canonical_document(std::string_view typed) {
    Cleaned cleaned;
    if (find_invalid_utf8(typed) == std::string_view::npos) clean(typed, cleaned);
    join_lines(cleaned.text);
    unify_brackets(cleaned.text);
    return std::move(cleaned.text);
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

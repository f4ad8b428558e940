#include "ledger/entry/subject_code.hpp"

#include <algorithm>
#include <array>

#include "crypto/utf8.hpp"
#include "ledger/entry/entry.hpp"
#include "ledger/entry/folded_text.hpp"

namespace xinlian::ledger {

namespace {

constexpr std::size_t code_chars = 18;
constexpr std::string_view alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
constexpr std::array<unsigned, 17> weights = {1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool all_digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

// "9.13101E+17": what a spreadsheet makes of a code that it takes for a number.
bool is_scientific(std::string_view text) {
    const std::size_t e = text.find('E');
    if (e == std::string_view::npos || e == 0 || e + 1 >= text.size()) return false;
    const std::string_view mantissa = text.substr(0, e);
    std::string_view exponent = text.substr(e + 1);
    const bool is_signed = exponent.starts_with('+');
    if (is_signed) exponent.remove_prefix(1);
    const bool dotted = mantissa.find('.') != std::string_view::npos;
    return (is_signed || dotted) && all_digits(exponent) &&
           std::all_of(mantissa.begin(), mantissa.end(), [](char c) { return is_digit(c) || c == '.'; });
}

CodeFault code_fault_in(std::string_view text) {
    if (text.find('*') != std::string_view::npos) return CodeFault::masked;
    if (is_scientific(text)) return CodeFault::scientific;
    const std::size_t separator = std::min({text.find("、"), text.find(';'), text.find(','), text.find('/')});
    if (separator != std::string_view::npos && text.size() > code_chars) return CodeFault::several;
    if (text.size() != code_chars) return CodeFault::format;
    const char expected = code_check_symbol(text.substr(0, 17));
    if (expected == text[17]) return CodeFault::none;
    if (is_resident_id(text)) return CodeFault::resident_id;
    if (expected == '?' || alphabet.find(text[17]) == std::string_view::npos) return CodeFault::format;
    return CodeFault::check_digit;
}

// The character itself if it can be seen, and its code point: "I" or "U+200E".
std::string shown(char32_t c) {
    if (c > 0x20 && c < 0x7F) return "\"" + std::string(1, static_cast<char>(c)) + "\"";
    std::string hex;
    for (std::uint32_t rest = c; rest != 0 || hex.size() < 4; rest /= 16) hex += "0123456789ABCDEF"[rest % 16];
    std::reverse(hex.begin(), hex.end());
    return "U+" + hex;
}

// Of a text that is no code by its form: the first character that no code has, else its length.
std::string reason_of_form(std::string_view text) {
    const std::string none = "not a unified social credit code: ";
    if (text.empty()) return none + "it is empty";
    std::size_t number = 1;
    for (std::size_t at = 0; at < text.size(); ++number) {
        if (valid_length(text, at) == 0) return none + "character " + std::to_string(number) + " is not UTF-8";
        const char32_t c = next_utf8(text, at);
        if (c < 0x80 && alphabet.find(static_cast<char>(c)) != std::string_view::npos) continue;
        return none + "character " + std::to_string(number) + " is " + shown(c) +
               "; expected a digit or a capital letter other than I, O, S, V and Z";
    }
    return none + "it has " + std::to_string(number - 1) + " characters instead of 18";
}

}  // namespace

char code_check_symbol(std::string_view first_17) {
    if (first_17.size() != 17) return '?';
    unsigned sum = 0;
    for (std::size_t i = 0; i < 17; ++i) {
        const std::size_t value = alphabet.find(first_17[i]);
        if (value == std::string_view::npos) return '?';
        sum += static_cast<unsigned>(value) * weights[i];
    }
    return alphabet[(31 - sum % 31) % 31];
}

bool is_resident_id(std::string_view text) {
    if (text.size() != 18 || !all_digits(text.substr(0, 17))) return false;
    constexpr std::array<unsigned, 17> of_residents = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    unsigned sum = 0;
    for (std::size_t i = 0; i < 17; ++i) sum += static_cast<unsigned>(text[i] - '0') * of_residents[i];
    Date birthday = 0;
    for (const char c : text.substr(6, 8)) birthday = birthday * 10 + static_cast<Date>(c - '0');
    const char last = text[17] == 'x' ? 'X' : text[17];
    return std::string_view("10X98765432")[sum % 11] == last && is_valid(birthday);
}

CodeReading read_code(std::string_view text) {
    if (find_invalid_utf8(text) != std::string_view::npos) return {std::string(text), CodeFault::format};
    FoldedText folded;
    fold(text, folded);
    CodeReading reading{std::move(folded.text), CodeFault::none};
    std::erase_if(reading.text, [](char c) { return c == ' ' || c == '\n'; });
    for (char& c : reading.text) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    reading.fault = code_fault_in(reading.text);
    return reading;
}

std::string reason_of(const CodeReading& reading) {
    switch (reading.fault) {
        case CodeFault::none:
            return {};
        case CodeFault::masked:
            return "the code is masked with *; enter all 18 characters";
        case CodeFault::scientific:
            return "a spreadsheet converted the code into a number; enter all 18 characters";
        case CodeFault::several:
            return "the text contains several codes; enter one";
        case CodeFault::format:
            return reason_of_form(reading.text);
        case CodeFault::resident_id:
            return "this is a resident identity number; the ledger has no entries about natural persons";
        case CodeFault::check_digit:
            return std::string("the code's check digit is ") + reading.text[17] +
                   ", but its first 17 characters require " +
                   code_check_symbol(std::string_view(reading.text).substr(0, 17)) +
                   "; compare all 18 characters with the source";
    }
    return {};
}

Result<SubjectCode> SubjectCode::parse(std::string_view text, CheckDigit check_digit) {
    CodeReading reading = read_code(text);
    const bool taken =
        reading.fault == CodeFault::none || (reading.fault == CodeFault::check_digit && check_digit == CheckDigit::any);
    if (!taken) return Error{Errc::malformed, reason_of(reading)};
    return SubjectCode(std::move(reading.text));
}

}  // namespace xinlian::ledger

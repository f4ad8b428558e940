// Parsers for values: dates, amounts, codes. Each function takes cleaned text (node/tables/text.hpp) and returns the
// canonical form or an error. They are exact: no floating point, no locale.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ledger/entry/date.hpp"

namespace xinlian::node {

struct ReadDate {
    ledger::Date date = ledger::date_none;
    bool serial = false;  // the text was a spreadsheet's day number
};
// 2026/11/09, 2026-11-9, 2026.11.9, 20261109, 2026年11月9日, each optionally followed by a time; a spreadsheet's day
// number of five digits; 长期, 2099/12/31 and 9999-9-9 as date_forever. Empty for any other text, including six digits.
std::optional<ReadDate> read_date(std::string_view text);

inline constexpr std::size_t amount_digits_max = 18;
// "1.850000" at 10,000 元 per unit is "18500"; no sign, no trailing zeros, no separators except as in "1,234,567".
std::optional<std::string> read_amount(std::string_view text, std::uint32_t scale);

enum class CodeFault : unsigned char { none, masked, scientific, several, format, resident_id, check_digit };
// 统一社会信用代码 (GB 32100-2015). Upper-cases and drops inner spaces; `text` is the canonical code if the fault is
// none or check_digit (some early codes have a wrong check digit).
CodeFault read_uscc(std::string& text);
char uscc_check_symbol(std::string_view first_17);  // '?' if a symbol is not in the alphabet

// GB 11643-1999 with a valid birthday and check digit.
bool is_resident_id(std::string_view text);
bool holds_resident_id(std::string_view text);

// Replaces 【】 [] () with 〔〕.
void unify_brackets(std::string& text);
// Converts a 文书号 as typed by a user to the form in records.
std::string canonical_document(std::string_view typed);
// Joins the parts of a list with ';' and drops empty ones.
std::string unify_list(std::string_view text);
// Whether one cell holds several names: "甲有限公司、乙有限公司".
bool holds_several_names(std::string_view text);

}  // namespace xinlian::node

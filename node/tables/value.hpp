// Values: dates, amounts, document numbers. Each function takes cleaned text (node/tables/text.hpp) and gives the
// canonical form or says that it is none. Exact: no floating point, no locale.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ledger/entry/date.hpp"
#include "ledger/entry/document_number.hpp"

namespace xinlian::node {

struct ReadDate {
    ledger::Date date = ledger::date_none;
    bool serial = false;  // was a spreadsheet's day number
};
// 2026/11/09, 2026-11-9, 2026.11.9, 20261109, 2026年11月9日, each also with a time behind it; a spreadsheet's day
// number of five digits; 长期, 2099/12/31 and 9999-9-9 as date_forever. Nothing for all else, six digits among it.
std::optional<ReadDate> read_date(std::string_view text);

inline constexpr std::size_t amount_digits_max = 18;
// "1.850000" at 10,000 元 per unit is "18500"; no sign, no trailing zeros, no separators but "1,234,567".
std::optional<std::string> read_amount(std::string_view text, std::uint32_t scale);

// Whether some part of the text is a resident's number (ledger::is_resident_id).
bool holds_resident_id(std::string_view text);

// What a person types as 文书号: ledger::DocumentNumber::parse of its NFC.
Result<ledger::DocumentNumber> read_document(std::string_view typed);
// The parts of a list, joined by ';', empty ones dropped.
std::string unify_list(std::string_view text);
// "甲有限公司、乙有限公司": several names in one cell.
bool holds_several_names(std::string_view text);

}  // namespace xinlian::node

#include "ledger/entry/member.hpp"

#include <algorithm>

#include "ledger/entry/strict_json.hpp"

namespace xinlian::ledger {

Status check_member_id(std::string_view id) {
    constexpr std::size_t code_digits = 6;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto is_suffix = [is_digit](char c) { return is_digit(c) || (c >= 'a' && c <= 'z'); };
    const std::string what = "member id " + parts::quoted(id);
    if (id.size() > member_id_bytes_max) {
        return invalid(what + " is longer than " + std::to_string(member_id_bytes_max) + " bytes");
    }
    const std::string_view code = id.substr(0, code_digits);
    if (code.size() != code_digits || !std::all_of(code.begin(), code.end(), is_digit)) {
        return invalid(what + " does not start with a division code of six digits, as in 310000 (pinyin is ambiguous)");
    }
    if (id.size() == code_digits) return {};
    const std::string_view suffix = id.substr(code_digits + 1);
    if (id[code_digits] != '-' || suffix.empty() || !std::all_of(suffix.begin(), suffix.end(), is_suffix)) {
        return invalid(what +
                       ": only '-' with lower-case letters and digits may follow the six digits, as in "
                       "320500-b");
    }
    return {};
}

}  // namespace xinlian::ledger

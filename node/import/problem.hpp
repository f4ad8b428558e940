// Problems of a row, with their codes and their reasons in both languages.
#pragma once

#include <cstdint>
#include <string>

#include "node/import/profile.hpp"

namespace xinlian::node {

// Codes never change their meaning. E…: the row is refused. W…: the row is accepted and reported.
enum class Problem : std::uint16_t {
    wrong_cells = 101,
    bad_bytes = 102,
    missing = 103,
    too_long = 104,
    natural_person = 105,
    masked_code = 106,
    scientific_code = 107,
    several_subjects = 108,
    bad_code = 109,
    bad_date = 110,
    bad_amount = 111,
    unreadable_character = 112,
    control_character = 113,
    bad_value = 114,
    resident_id_as_code = 115,
    check_digit = 201,
    private_use = 202,
    resident_id_in_text = 203,
    serial_date = 204,
    unreadable_in_text = 205,
    no_agency_code = 206,
    bad_source_code = 207,
};
inline bool refuses(Problem problem) { return static_cast<unsigned>(problem) < 200; }
std::string code_of(Problem problem);  // "E110", "W201"
const char* reason_zh(Problem problem);
const char* reason_en(Problem problem);

struct RowFinding {
    Problem problem;
    int column = -1;     // position in the profile, or -1 for the row
    std::string detail;  // value or limit, for the reason; never a value of a personal column
};
// "统一社会信用代码: 日期不存在 (2026-02-30)"
std::string describe_zh(const Profile& profile, const RowFinding& finding);
std::string describe_en(const Profile& profile, const RowFinding& finding);

}  // namespace xinlian::node

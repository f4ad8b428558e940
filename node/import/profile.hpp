// Column profiles: the columns of an export of a category, by code and by Chinese label, and the type of each. The
// header of a file is matched against them. This code reads no values.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/entry/record.hpp"
#include "node/tables/row.hpp"

namespace xinlian::node {

enum class ColumnKind : std::uint8_t {
    text,          // free text, line breaks kept
    line,          // text of one line: names
    document,      // 文书号: one line, brackets unified
    subject_kind,  // 法人及非法人组织 / 自然人 / 个体工商户
    subject_code,  // the subject's USCC: must be usable
    agency_code,   // the deciding agency's USCC: must be usable if present
    other_code,    // upper-case code, not checked
    source_code,   // the reporting unit's USCC: a fault is only a warning
    list,          // parts joined by ； ; 、 ,
    amount,        // decimal 元 in the record
    date,          // a day
    end_date,      // a day or 长期
    personal,      // personal data: never in the commitment
};

struct ProfileColumn {
    const char* code;
    const char* labels;       // alternative names, joined by '|', half-width, the official one first
    std::uint16_t chars_max;  // in characters
    bool required;
    ColumnKind kind;
};

// The columns are the fields of one canonical form (ledger/entry/form.hpp), in its order. A record is made in this
// form.
struct Profile {
    ledger::Category category;
    std::uint16_t form;
    const char* name_zh;
    std::span<const ProfileColumn> columns;
    std::size_t subject_name, subject_kind, subject_code, document, document_instead, agency, agency_code, decided,
        until;

    std::string_view label(std::size_t column) const;  // the official Chinese label
};

const Profile& penalty_profile();
const Profile& licence_profile();

enum class ProfileChoice : std::uint8_t { automatic, penalty, licence };
Result<ProfileChoice> profile_choice_named(std::string_view name);  // "auto", "penalty", "licence"

// The meaning of each column of a file.
struct Binding {
    static constexpr int ignored = -1;     // unknown; its name is in `unknown`
    static constexpr int error_note = -2;  // one of the columns that an error file adds
    const Profile* profile = nullptr;
    std::vector<int> field_of;            // per column of the file: position in profile->columns, or one of the above
    std::vector<std::uint32_t> scale_of;  // per column: 元 per unit of an amount (10,000 where the file counts in 万元)
    std::vector<std::string> unknown;
    bool is_error_file = false;  // has the added columns: its cells were neutralised
};

inline constexpr const char* error_columns[] = {"行号", "字段", "错误代码", "错误原因"};

// Errc::invalid says what is wrong: no profile matches, a required column is missing, or two columns have the same
// meaning.
Result<Binding> bind_header(const std::vector<std::string>& header, ProfileChoice choice);

}  // namespace xinlian::node

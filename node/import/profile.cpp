#include "node/import/profile.hpp"

#include <algorithm>
#include <array>

#include "node/tables/text.hpp"

namespace xinlian::node {

namespace {

using enum ColumnKind;

// 双公示 行政处罚, with the names of the 2016 form and of older exports as aliases.
constexpr ProfileColumn penalty_columns[] = {
    {"BZ", "备注", 512, false, text},
    {"CF_CFJG", "处罚机关|处罚机关名称|CF_XZJG", 255, false, line},
    {"CF_CFJGDM", "处罚机关统一社会信用代码|处罚机关代码", 18, false, agency_code},
    {"CF_CFLB", "处罚类别|处罚类别1|CF_CFLB1", 255, false, list},
    {"CF_FRDB", "法定代表人|法定代表人姓名|法人代表|CF_FR", 50, false, personal},
    {"CF_FR_ZJHM", "法定代表人证件号码|法定代表人身份证号", 64, false, personal},
    {"CF_FR_ZJLX", "法定代表人证件类型", 64, false, personal},
    {"CF_GSJZQ", "公示截止期|公示截止日期", 0, false, end_date},
    {"CF_JDRQ", "处罚决定日期|决定日期", 0, true, date},
    {"CF_NR", "处罚内容|处罚结果|CF_JG", 4000, false, text},
    {"CF_NR_FK", "罚款金额(万元)|罚款金额(元)|罚款金额|罚款", 0, false, amount},
    {"CF_NR_WFFF",
     "没收违法所得、没收非法财物的金额(万元)|没收违法所得、没收非法财物的金额(元)|没收违法所得、没收非法财物的金额|"
     "没收金额"
     "(万元)|没收金额(元)|没收金额",
     0, false, amount},
    {"CF_NR_ZKDX", "暂扣或吊销证照名称及编号|暂扣或吊销证照", 200, false, text},
    {"CF_SJLY", "数据来源单位", 200, false, line},
    {"CF_SJLYDM", "数据来源单位统一社会信用代码|数据来源单位代码", 18, false, source_code},
    {"CF_SY", "违法事实|处罚事由", 2000, false, text},
    {"CF_WFXW", "违法行为类型", 2000, false, text},
    {"CF_WSH", "行政处罚决定书文号|决定书文号|处罚决定书文号|文书号", ledger::document_chars_max, true, document},
    {"CF_XDR_GSZC", "工商注册号|工商登记码|CF_XDR_GSDJ", 50, false, other_code},
    {"CF_XDR_LB", "行政相对人类别", 64, false, subject_kind},
    {"CF_XDR_MC", "行政相对人名称|相对人名称|企业名称", 200, true, line},
    {"CF_XDR_SHXYM", "统一社会信用代码|行政相对人统一社会信用代码|行政相对人代码_1(统一社会信用代码)", 18, true,
     subject_code},
    {"CF_XDR_SHZZ", "社会组织登记证号", 50, false, other_code},
    {"CF_XDR_SWDJ", "税务登记号", 15, false, other_code},
    {"CF_XDR_SYDW", "事业单位证书号", 12, false, other_code},
    {"CF_XDR_ZJHM", "证件号码|自然人证件号码|身份证号", 64, false, personal},
    {"CF_XDR_ZJLX", "证件类型|自然人证件类型", 64, false, personal},
    {"CF_XDR_ZZJG", "组织机构代码|CF_XDR_ZDM", 9, false, other_code},
    {"CF_YJ", "处罚依据", 2048, false, text},
    {"CF_YXQ", "处罚有效期|处罚有效期至", 0, false, end_date},
};

// 双公示 行政许可.
constexpr ProfileColumn licence_columns[] = {
    {"BZ", "备注", 512, false, text},
    {"XK_FRDB", "法定代表人|法定代表人姓名|XK_FR", 50, false, personal},
    {"XK_FR_ZJHM", "法定代表人证件号码|法定代表人身份证号", 64, false, personal},
    {"XK_FR_ZJLX", "法定代表人证件类型", 64, false, personal},
    {"XK_JDRQ", "许可决定日期|决定日期", 0, true, date},
    {"XK_LYDW", "数据来源单位", 200, false, line},
    {"XK_LYDWDM", "数据来源单位统一社会信用代码|数据来源单位代码", 18, false, source_code},
    {"XK_NR", "许可内容", 4000, false, text},
    {"XK_WSH", "行政许可决定文书号|决定文书号|许可决定书文号|行政许可决定书文号", ledger::document_chars_max, false,
     document},
    {"XK_XDR_GSZC", "工商注册号|工商登记码|XK_XDR_GSDJ", 50, false, other_code},
    {"XK_XDR_LB", "行政相对人类别", 64, false, subject_kind},
    {"XK_XDR_MC", "行政相对人名称|相对人名称|企业名称", 200, true, line},
    {"XK_XDR_SHXYM", "统一社会信用代码|行政相对人统一社会信用代码", 18, true, subject_code},
    {"XK_XDR_SHZZ", "社会组织登记证号", 50, false, other_code},
    {"XK_XDR_SWDJ", "税务登记号", 15, false, other_code},
    {"XK_XDR_SYDW", "事业单位证书号", 12, false, other_code},
    {"XK_XDR_ZJHM", "证件号码|自然人证件号码|身份证号", 64, false, personal},
    {"XK_XDR_ZJLX", "证件类型|自然人证件类型", 64, false, personal},
    {"XK_XDR_ZZJG", "组织机构代码|XK_XDR_ZDM", 9, false, other_code},
    {"XK_XKBH", "许可编号", 64, false, document},
    {"XK_XKJG", "许可机关|许可机关名称|XK_XZJG", 255, false, line},
    {"XK_XKJGDM", "许可机关统一社会信用代码|许可机关代码", 18, false, agency_code},
    {"XK_XKLB", "许可类别|许可类别1", 255, false, list},
    {"XK_XKWS", "行政许可决定文书名称|许可文书名称", 255, false, line},
    {"XK_XKZS", "许可证书名称", 255, false, line},
    {"XK_YXQZ", "有效期自", 0, false, date},
    {"XK_YXQZI", "有效期至", 0, false, end_date},
    {"XK_ZT", "当前状态|状态", 64, false, line},
};

constexpr std::size_t at(std::span<const ProfileColumn> columns, std::string_view code) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (columns[i].code == code) return i;
    }
    return columns.size();  // not reached in the constant expressions below; the tests check the table
}

constexpr Profile penalty{.category = ledger::Category::penalty,
                          .form = 1,
                          .name_zh = "行政处罚",
                          .columns = penalty_columns,
                          .subject_name = at(penalty_columns, "CF_XDR_MC"),
                          .subject_kind = at(penalty_columns, "CF_XDR_LB"),
                          .subject_code = at(penalty_columns, "CF_XDR_SHXYM"),
                          .document = at(penalty_columns, "CF_WSH"),
                          .document_instead = at(penalty_columns, "CF_WSH"),
                          .agency = at(penalty_columns, "CF_CFJG"),
                          .agency_code = at(penalty_columns, "CF_CFJGDM"),
                          .decided = at(penalty_columns, "CF_JDRQ"),
                          .until = at(penalty_columns, "CF_GSJZQ")};

constexpr Profile licence{.category = ledger::Category::licence,
                          .form = 1,
                          .name_zh = "行政许可",
                          .columns = licence_columns,
                          .subject_name = at(licence_columns, "XK_XDR_MC"),
                          .subject_kind = at(licence_columns, "XK_XDR_LB"),
                          .subject_code = at(licence_columns, "XK_XDR_SHXYM"),
                          .document = at(licence_columns, "XK_WSH"),
                          .document_instead = at(licence_columns, "XK_XKBH"),
                          .agency = at(licence_columns, "XK_XKJG"),
                          .agency_code = at(licence_columns, "XK_XKJGDM"),
                          .decided = at(licence_columns, "XK_JDRQ"),
                          .until = at(licence_columns, "XK_YXQZI")};

// Normalizes a header cell as written by users: half-width, no spaces, no asterisk for "required", codes in upper case.
std::string header_name(std::string_view cell) {
    Cleaned cleaned;
    clean(cell, cleaned);
    std::string name;
    for (const char c : cleaned.text) {
        if (c == ' ' || c == '\n' || c == '*') continue;
        name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return name;
}

bool is_label(const ProfileColumn& column, std::string_view name) {
    if (name == column.code) return true;
    std::string_view rest = column.labels;
    while (!rest.empty()) {
        const std::size_t bar = std::min(rest.find('|'), rest.size());
        if (rest.substr(0, bar) == name) return true;
        rest.remove_prefix(std::min(bar + 1, rest.size()));
    }
    return false;
}

int find_column(const Profile& profile, std::string_view name) {
    for (std::size_t i = 0; i < profile.columns.size(); ++i) {
        if (is_label(profile.columns[i], name)) return static_cast<int>(i);
    }
    return Binding::ignored;
}

// A profile fits if the header knows the subject and the document; the one with more known columns wins.
std::size_t score(const Profile& profile, const std::vector<std::string>& names) {
    std::size_t known = 0;
    bool subject = false, document = false;
    for (const std::string& name : names) {
        const int found = find_column(profile, name);
        if (found < 0) continue;
        ++known;
        const auto column = static_cast<std::size_t>(found);
        subject = subject || column == profile.subject_name;
        document = document || column == profile.document || column == profile.document_instead;
    }
    return subject && document ? known : 0;
}

Result<const Profile*> choose(const std::vector<std::string>& names, ProfileChoice choice) {
    const std::size_t as_penalty = score(penalty, names), as_licence = score(licence, names);
    switch (choice) {
        case ProfileChoice::automatic:
            if (as_penalty == 0 && as_licence == 0) break;
            return as_penalty >= as_licence ? &penalty : &licence;
        case ProfileChoice::penalty:
            if (as_penalty == 0) break;
            return &penalty;
        case ProfileChoice::licence:
            if (as_licence == 0) break;
            return &licence;
    }
    std::string found;
    for (const std::string& name : names) {
        if (found.size() < 200) found += (found.empty() ? "" : ", ") + name;
    }
    return Error{
        Errc::invalid,
        "no known header: looked for CF_XDR_MC or 行政相对人名称 with CF_WSH or 行政处罚决定书文号 (penalties), "
        "XK_XDR_MC with XK_WSH or XK_XKBH (licences), found: " +
            (found.empty() ? std::string("nothing") : found) +
            "; the first row must contain field codes or Chinese labels"};
}

bool is_error_column(std::string_view name) {
    return std::find(std::begin(error_columns), std::end(error_columns), name) != std::end(error_columns);
}

Status check_required(const Binding& binding) {
    const Profile& profile = *binding.profile;
    const auto has = [&binding](std::size_t column) {
        return std::find(binding.field_of.begin(), binding.field_of.end(), static_cast<int>(column)) !=
               binding.field_of.end();
    };
    for (std::size_t i = 0; i < profile.columns.size(); ++i) {
        if (!profile.columns[i].required || has(i)) continue;
        return Error{Errc::invalid, std::string("the header has no column ") + profile.columns[i].code + " (" +
                                        std::string(profile.label(i)) + "); add it"};
    }
    if (!has(profile.agency) && !has(profile.agency_code)) {
        return Error{Errc::invalid, std::string("the header has neither ") + profile.columns[profile.agency_code].code +
                                        " nor " + profile.columns[profile.agency].code + "; add the deciding agency"};
    }
    return {};
}

}  // namespace

std::string_view Profile::label(std::size_t column) const {
    const std::string_view labels = columns[column].labels;
    return labels.substr(0, labels.find('|'));
}

const Profile& penalty_profile() { return penalty; }
const Profile& licence_profile() { return licence; }

Result<ProfileChoice> profile_choice_named(std::string_view name) {
    if (name == "auto") return ProfileChoice::automatic;
    if (name == "penalty") return ProfileChoice::penalty;
    if (name == "licence") return ProfileChoice::licence;
    return Error{Errc::unsupported, "unknown profile \"" + std::string(name) + "\"; expected auto, penalty or licence"};
}

Result<Binding> bind_header(const std::vector<std::string>& header, ProfileChoice choice) {
    if (header.size() > import_columns_max) {
        return Error{Errc::too_large, "the header has " + std::to_string(header.size()) + " columns; at most " +
                                          std::to_string(import_columns_max) + " are allowed"};
    }
    std::vector<std::string> names;
    names.reserve(header.size());
    for (const std::string& cell : header) names.push_back(header_name(cell));
    Binding binding;
    XL_TRY(binding.profile, choose(names, choice));
    std::vector<int> column_of(binding.profile->columns.size(), -1);
    for (std::size_t i = 0; i < names.size(); ++i) {
        const int field = is_error_column(names[i]) ? Binding::error_note : find_column(*binding.profile, names[i]);
        binding.field_of.push_back(field);
        // Amounts of the national form are in 万元; only a label with 元 changes that.
        binding.scale_of.push_back(names[i].ends_with("(元)") ? 1 : 10'000);
        binding.is_error_file = binding.is_error_file || field == Binding::error_note;
        if (field == Binding::ignored && !names[i].empty()) binding.unknown.push_back(header[i]);
        if (field < 0) continue;
        int& before = column_of[static_cast<std::size_t>(field)];
        if (before >= 0) {
            return Error{Errc::invalid, "columns " + std::to_string(before + 1) + " and " + std::to_string(i + 1) +
                                            " of the header both mean " +
                                            binding.profile->columns[static_cast<std::size_t>(field)].code +
                                            "; keep one of them"};
        }
        before = static_cast<int>(i);
    }
    XL_TRY_STATUS(check_required(binding));
    return binding;
}

}  // namespace xinlian::node

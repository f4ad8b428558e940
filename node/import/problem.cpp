#include "node/import/problem.hpp"

#include <algorithm>

#include "crypto/check.hpp"

namespace xinlian::node {

namespace {

struct Reason {
    Problem problem;
    const char* zh;
    const char* en;
};
constexpr Reason reasons[] = {
    {Problem::wrong_cells, "列数与表头不一致，请补齐或删去多余的单元格",
     "the row does not have as many cells as the header; add or remove cells"},
    {Problem::bad_bytes, "有无法解码的字节，请从源系统重新导出",
     "bytes that are invalid in the encoding; export the row again from its source"},
    {Problem::missing, "必填项为空，请补填", "a required value is missing; enter it"},
    {Problem::too_long, "超过长度上限，请缩短", "the value is too long; shorten it"},
    {Problem::natural_person, "行政相对人为自然人，不在报送范围",
     "the subject is a natural person; such records are not shared"},
    {Problem::masked_code, "代码已脱敏，无法识别主体，请填写完整代码",
     "the code is masked and identifies no subject; enter the full code"},
    {Problem::scientific_code, "代码被表格软件改成科学计数法，请将该列设为文本后重新导出",
     "a spreadsheet converted the code into a number; format the column as text and export again"},
    {Problem::several_subjects, "一格内有多个主体，请拆成多行",
     "several subjects in one cell; enter each in its own row"},
    {Problem::bad_code, "不是18位统一社会信用代码", "not a unified social credit code of 18 characters"},
    {Problem::bad_date, "不是有效日期，请写成 YYYY-MM-DD", "not a valid date; expected YYYY-MM-DD"},
    {Problem::bad_amount, "不是数字金额，请只写阿拉伯数字", "not a decimal amount; enter digits only"},
    {Problem::unreadable_character, "含有替换字符（�），原字已丢失，请从源系统重新导出",
     "contains the replacement character: a character was lost; export the row again from its source"},
    {Problem::control_character, "含有控制字符，请删除", "contains a control character; remove it"},
    {Problem::bad_value, "同一字段出现两次，或其值不是文本、数字或空值",
     "a repeated name, or a value that is not a string, number or null"},
    {Problem::resident_id_as_code, "填入的是居民身份证号码，不是统一社会信用代码",
     "a resident identity number in place of the code"},
    {Problem::check_digit, "校验位不符，请核对（已接收）", "the check digit is wrong; check the code (accepted)"},
    {Problem::private_use, "含有自造字，其他系统可能无法显示（已接收）",
     "contains a private-use character that other systems may not display (accepted)"},
    {Problem::resident_id_in_text, "文本中疑似含有居民身份证号码，请核对是否应公示（已接收）",
     "may contain a resident identity number; check whether it may be public (accepted)"},
    {Problem::serial_date, "日期按表格软件的日序号读取，请核对（已接收）",
     "read as a spreadsheet's day number; check it (accepted)"},
    {Problem::unreadable_in_text, "含有替换字符（�），部分文字已丢失（已接收）",
     "contains the replacement character: some text was lost (accepted)"},
    {Problem::no_agency_code, "没有处罚（许可）机关代码，以机关名称识别（已接收）",
     "the code of the deciding agency is missing; the agency's name is used (accepted)"},
    {Problem::bad_source_code, "数据来源单位代码格式不符（已接收）",
     "the code of the reporting unit is malformed (accepted)"},
};

const Reason& reason_of(Problem problem) {
    const auto* found = std::find_if(std::begin(reasons), std::end(reasons),
                                     [problem](const Reason& r) { return r.problem == problem; });
    XL_CHECK(found != std::end(reasons));
    return *found;
}

}  // namespace

std::string code_of(Problem problem) {
    return (refuses(problem) ? "E" : "W") + std::to_string(static_cast<unsigned>(problem));
}
const char* reason_zh(Problem problem) { return reason_of(problem).zh; }
const char* reason_en(Problem problem) { return reason_of(problem).en; }

std::string describe_zh(const Profile& profile, const RowFinding& finding) {
    const std::string where =
        finding.column < 0 ? "" : std::string(profile.label(static_cast<std::size_t>(finding.column))) + "：";
    return where + reason_zh(finding.problem) + (finding.detail.empty() ? "" : "（" + finding.detail + "）");
}

std::string describe_en(const Profile& profile, const RowFinding& finding) {
    const std::string where =
        finding.column < 0 ? "" : std::string(profile.columns[static_cast<std::size_t>(finding.column)].code) + ": ";
    return where + reason_en(finding.problem) + (finding.detail.empty() ? "" : " (" + finding.detail + ")");
}

}  // namespace xinlian::node

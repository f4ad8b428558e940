#include "ledger/rules.hpp"

#include <algorithm>
#include <array>

namespace xinlian::ledger {

namespace {

constexpr std::string_view rules_2019 = "发改办财金〔2019〕527号";
constexpr std::string_view order_58 = "国家发展改革委令第58号";
constexpr std::string_view order_36 = "国家发展改革委令第36号";

constexpr Date order_58_from = 20230501;
constexpr Date order_36_from = 20260401;
constexpr unsigned report_working_days = 7;
constexpr unsigned withdrawal_days = 3;

struct RegionTerm {
    std::string_view region;  // first two digits of the division code
    DisputeTerm term;
};
constexpr DisputeTerm dispute_national{20, false, Certainty::statute, "征信业管理条例 第25条"};
// Jiangsu (32) and Anhui (34) are not known: national, until their operators say.
constexpr std::array<RegionTerm, 2> dispute_terms{{
    {"31", {5, true, Certainty::statute, "上海市社会信用条例 第36条"}},
    {"33", {20, true, Certainty::statute, "浙江省公共信用信息管理条例"}},
}};

std::string_view region_of(std::string_view issuer) { return issuer.substr(0, 2); }

Grade grade_of(std::uint16_t code) { return static_cast<Grade>(code & ~grade_special); }

RepairTerm term_2019(std::uint16_t grade) {
    if (grade_of(grade) == Grade::serious) return {6, 36, rules_2019};
    return {3, 12, rules_2019};
}

RepairTerm term_58(std::uint16_t grade) { return {(grade & grade_special) != 0 ? 12u : 3u, 36, order_58}; }

// A grade that was not stated is taken for general: what it may not have to wait for is not assumed.
RepairTerm term_36(std::uint16_t grade) {
    switch (grade_of(grade)) {
        case Grade::minor:
            return {0, 3, order_36};
        case Grade::serious:
            return {12, 36, order_36};
        case Grade::not_stated:
        case Grade::general:
            break;
    }
    return {3, 12, order_36};
}

}  // namespace

RepairTerm repair_term(Date applied, std::uint16_t grade) {
    if (applied < order_58_from) return term_2019(grade);
    return applied < order_36_from ? term_58(grade) : term_36(grade);
}

DisputeTerm dispute_term(std::string_view issuer) {
    const auto at = std::find_if(dispute_terms.begin(), dispute_terms.end(),
                                 [&issuer](const RegionTerm& of) { return of.region == region_of(issuer); });
    if (at != dispute_terms.end()) return at->term;
    DisputeTerm term = dispute_national;
    term.certainty = Certainty::unknown;
    return term;
}

Date dispute_due(std::string_view issuer, Date opened) {
    const DisputeTerm term = dispute_term(issuer);
    return term.working ? plus_working_days(opened, term.days) : plus_days(opened, term.days);
}

Date report_due(Date decided) { return plus_working_days(decided, report_working_days); }
Date withdrawal_due(Date revoked) { return plus_days(revoked, withdrawal_days); }
Date answer_due(Date asked) { return plus_working_days(asked, answer_working_days); }
Date acknowledge_due(Date answered) { return plus_working_days(answered, acknowledge_working_days); }

// Zhejiang: five years from the determination, which is the decision. Shanghai counts from the end of the conduct.
std::optional<Date> last_query_day(std::string_view issuer, const Entry& entry) {
    constexpr unsigned years = 5;
    if (entry.category != Category::penalty || entry.decided == date_none || region_of(issuer) != "33") return {};
    return plus_years(entry.decided, years);
}

}  // namespace xinlian::ledger

#include "ledger/rules/terms.hpp"

#include <algorithm>

#include "ledger/entry/entry.hpp"

namespace xinlian::ledger {

namespace {

std::string_view region_of(std::string_view issuer) { return issuer.substr(0, 2); }

Terms make_shipped_terms() {
    Terms terms;
    const RepairTerm short_term{3, 12}, middle{3, 36}, long_term{6, 36}, year{12, 36};
    terms.repair = {
        {date_none, {short_term, short_term, short_term, long_term}, {}, "发改办财金〔2019〕527号"},
        {20230501, {middle, middle, middle, middle}, year, "国家发展改革委令第58号"},
        // A grade that was not stated counts as general: an exemption from waiting is not assumed.
        {20260401, {short_term, RepairTerm{0, 3}, short_term, year}, {}, "国家发展改革委令第36号"},
    };
    terms.dispute = {20, false, Certainty::statute, "征信业管理条例 第25条"};
    // The terms of Jiangsu (32) and Anhui (34) are not known: the national term applies until their operators publish
    // one.
    terms.dispute_of = {{"31", {5, true, Certainty::statute, "上海市社会信用条例 第36条"}},
                        {"33", {20, true, Certainty::statute, "浙江省公共信用信息管理条例"}}};
    terms.report_working_days = 7;
    terms.withdrawal_days = 3;
    terms.answer_working_days = 1;
    terms.acknowledge_working_days = 5;
    // Zhejiang counts from the determination, which is the decision; Shanghai from the end of the conduct.
    terms.retention_years = {{"33", 5}};
    terms.calendar = Calendar::shipped();
    return terms;
}

}  // namespace

const Terms& shipped_terms() {
    static const Terms terms = make_shipped_terms();
    return terms;
}

const RepairRegime& Terms::repair_regime(Date applied) const {
    const auto after = std::upper_bound(repair.begin(), repair.end(), applied,
                                        [](Date day, const RepairRegime& regime) { return day < regime.from; });
    return *std::prev(after);  // the first begins with date_none
}

RepairTerm Terms::repair_term(Date applied, std::uint16_t grade) const {
    const RepairRegime& regime = repair_regime(applied);
    if ((grade & grade_special) != 0 && regime.special) return *regime.special;
    return regime.by_grade.at(grade & ~grade_special);
}

DisputeTerm Terms::dispute_term(std::string_view issuer) const {
    const auto at = dispute_of.find(region_of(issuer));
    if (at != dispute_of.end()) return at->second;
    DisputeTerm term = dispute;
    term.certainty = Certainty::unknown;
    return term;
}

Date Terms::dispute_due(std::string_view issuer, Date opened) const {
    const DisputeTerm term = dispute_term(issuer);
    return term.working ? calendar.plus_working_days(opened, term.days) : plus_days(opened, term.days);
}

Date Terms::report_due(Date decided) const { return calendar.plus_working_days(decided, report_working_days); }
Date Terms::withdrawal_due(Date revoked) const { return plus_days(revoked, withdrawal_days); }
Date Terms::answer_due(Date asked) const { return calendar.plus_working_days(asked, answer_working_days); }
Date Terms::acknowledge_due(Date answered) const {
    return calendar.plus_working_days(answered, acknowledge_working_days);
}

std::optional<Date> Terms::last_query_day(std::string_view issuer, const Entry& entry) const {
    const auto years = retention_years.find(region_of(issuer));
    if (entry.category != Category::penalty || entry.decided == date_none || years == retention_years.end()) return {};
    return plus_years(entry.decided, years->second);
}

}  // namespace xinlian::ledger

#include "ledger/rules.hpp"

#include <algorithm>

namespace xinlian::ledger {

namespace {

// How much of the member's id a region names; nothing if it is another region.
std::optional<std::size_t> covered(const RuleRow& row, std::string_view member) {
    if (row.region == "national") return 0;
    if (member.substr(0, row.region.size()) != row.region) return std::nullopt;
    return row.region.size();
}

// Of the rows that match, the narrowest with a value answers; the narrowest of all is kept if it has none.
template <class Row, class Matches>
std::optional<Ruling<Row>> rule_in(const std::vector<Row>& rows, std::string_view member, Date day, Matches matches) {
    if (!is_day(day)) return std::nullopt;
    const Row* answer = nullptr;
    const Row* own = nullptr;
    for (const Row& row : rows) {
        const auto width = covered(row, member);
        if (!width || day < row.from || day > row.until || !matches(row)) continue;
        if (own == nullptr || *width > *covered(*own, member)) own = &row;
        if (row.stated && (answer == nullptr || *width > *covered(*answer, member))) answer = &row;
    }
    if (answer == nullptr) return std::nullopt;
    Ruling<Row> ruling{*answer, std::nullopt};
    if (own != answer) ruling.unknown = *own;
    return ruling;
}

}  // namespace

std::string_view name_of(Standing standing) {
    switch (standing) {
        case Standing::statute:
            return "statute";
        case Standing::published:
            return "public";
        case Standing::unconfirmed:
            return "unconfirmed";
        case Standing::unknown:
            return "unknown";
    }
    return "unknown";
}

std::string_view name_of(Grade grade) {
    switch (grade) {
        case Grade::not_stated:
            return "not_stated";
        case Grade::minor:
            return "minor";
        case Grade::general:
            return "general";
        case Grade::serious:
            return "serious";
    }
    return "unknown";
}

std::string_view name_of(Act act) {
    switch (act) {
        case Act::report:
            return "report";
        case Act::withdrawal:
            return "withdrawal";
        case Act::dispute_mark:
            return "dispute_mark";
        case Act::dispute:
            return "dispute";
        case Act::repair_acknowledge:
            return "repair_acknowledge";
        case Act::query_acknowledge:
            return "query_acknowledge";
        case Act::query_answer:
            return "query_answer";
    }
    return "unknown";
}

Hash Rules::digest(Suite suite) const { return tagged_hash(suite, "xinlian/v1/rules", {as_bytes(text_)}); }

std::optional<Ruling<RepairRow>> Rules::repair(std::string_view member, Date applied, Grade grade, bool special) const {
    return rule_in(repair_, member, applied, [grade, special](const RepairRow& row) {
        return row.special.value_or(special) == special &&
               std::find(row.grades.begin(), row.grades.end(), grade) != row.grades.end();
    });
}

std::optional<Ruling<RetentionRow>> Rules::retention(std::string_view member, Date day, Category category,
                                                     bool person) const {
    return rule_in(retention_, member, day, [category, person](const RetentionRow& row) {
        return row.category.value_or(category) == category && (person || !row.persons_only);
    });
}

std::optional<Ruling<QueryRecordRow>> Rules::query_records(std::string_view member, Date day) const {
    return rule_in(query_records_, member, day, [](const QueryRecordRow&) { return true; });
}

std::optional<Due> Rules::due(Act act, std::string_view member, Date start) const {
    auto rule = rule_in(terms_, member, start, [act](const TermRow& row) { return row.act == act; });
    if (!rule) return std::nullopt;
    const TermRow& row = rule->row;
    Due due;
    if (row.working_days) {
        const CountedDay day = calendar_.plus_working_days(start, row.days);
        const CountedDay latest = calendar_.plus_working_days(start, row.days_max);
        due.day = day.day;
        due.latest = latest.day;
        due.calendar_known = latest.known;  // it counts all days that the other one does
    } else {
        due.day = plus_days(start, row.days);
        due.latest = plus_days(start, row.days_max);
    }
    due.rule = *std::move(rule);
    return due;
}

}  // namespace xinlian::ledger

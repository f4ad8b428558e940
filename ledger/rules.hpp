// The terms that law and practice set, as effective-dated tables: what holds depends on the day an act happens and on the
// region of the member it concerns. One JSON document (docs/rules.md) holds them all; a copy is built into the program.
//
// Every row says from which day to which it holds, where (the national row, or a prefix of a division code: "31" is
// Shanghai, "3205" Suzhou), which public text it comes from and how sure we are of it. Of the rows in force, the one with
// the longest prefix of the member's id answers. A region's row that is marked unknown and states no value does not answer:
// the next wider one does, and the answer carries both.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/hash.hpp"
#include "ledger/calendar.hpp"
#include "ledger/record.hpp"

namespace xinlian::ledger {

inline constexpr std::size_t rules_bytes_max = 256 << 10;
inline constexpr std::size_t rules_rows_max = 500;  // of one table
inline constexpr Date rules_complete_from = 20200101;

// statute: read in the text of the law. published: seen on a public page. unconfirmed: to be confirmed by a specialist.
// unknown: no public text found; a value, where there is one, is our own default.
enum class Standing : std::uint8_t { statute, published, unconfirmed, unknown };
std::string_view name_of(Standing standing);

// What every row has.
struct RuleRow {
    Date from = date_none;      // first day; date_none: since ever
    Date until = date_forever;  // last day; date_forever: no end
    std::string region;         // "national", or 2, 4 or 6 digits
    Standing standing = Standing::unknown;
    bool stated = true;  // has a value; only a region's unknown row may have none
    std::string source;
    bool operator==(const RuleRow&) const = default;
};

// How grave the dishonest conduct was (失信程度): 未载明, 轻微, 一般, 严重.
enum class Grade : std::uint8_t { not_stated = 0, minor = 1, general = 2, serious = 3 };
inline bool is_known(Grade grade) { return grade <= Grade::serious; }
std::string_view name_of(Grade grade);  // "not_stated", …

// Publicity of a penalty (公示期), in months from its decision: not repaired before min, not shown after max.
struct RepairRow : RuleRow {
    std::vector<Grade> grades;
    std::optional<bool> special;  // food and drugs, special equipment, work safety, fire; nothing: whether or not
    std::uint32_t min_months = 0;
    std::uint32_t max_months = 0;
};

// Acts that must happen within a term.
enum class Act : std::uint8_t {
    report,              // 双公示报送, from the decision
    withdrawal,          // 撤回公示, from the revocation or change of the penalty
    dispute_mark,        // 异议标注, from the application; not everywhere
    dispute,             // 异议处理, from the application
    repair_acknowledge,  // a region confirms that it stopped sharing a repaired record, from the repair
    query_acknowledge,   // a bureau accepts a query (受理), from the query
    query_answer,        // and answers it (反馈), from the query
};
inline bool is_known(Act act) { return act <= Act::query_answer; }
std::string_view name_of(Act act);  // "report", …

struct TermRow : RuleRow {
    Act act = Act::report;
    bool working_days = false;  // else calendar days
    std::uint32_t days = 0;
    std::uint32_t days_max = 0;  // with the extension the rule allows; else the same as days
};

// How long an adverse record may be kept or shown.
struct RetentionRow : RuleRow {
    std::optional<Category> category;  // nothing: all
    bool persons_only = false;         // of natural persons; else of everybody
    std::uint32_t years = 0;
    bool from_determination = false;  // 认定之日; else from the end of the conduct (行为终止之日)
    bool then_delete = false;         // else it stays and is not queryable (不可查询)
};

// How long records of queries (查询记录) are kept.
struct QueryRecordRow : RuleRow {
    std::uint32_t years = 0;
};

// The row that answers, and the region's own row that could not.
template <class Row>
struct Ruling {
    Row row;
    std::optional<Row> unknown;
};

struct Due {
    Date day = date_none;        // the last day of the term
    Date latest = date_none;     // with the extension the rule allows
    bool calendar_known = true;  // false: a year without data was counted as its Mondays to Fridays
    Ruling<TermRow> rule;
};

class Rules {
public:
    // Parses and checks everything: unknown names are refused with the nearest known one, so are rows that contradict each
    // other on a day, and a national term that is missing on any day from rules_complete_from on. Errc::malformed,
    // Errc::invalid, Errc::too_large.
    static Result<Rules> parse(std::string_view json);
    static Rules shipped();  // ledger/rules_shipped.json, read anew: keep it

    const std::string& text() const { return text_; }  // JCS form
    Hash digest(Suite suite) const;                     // tagged_hash("xinlian/v1/rules", text)
    const Calendar& calendar() const { return calendar_; }

    // The rows in force for a member (its id tells the region) on a day, the one of the act; nothing if none is.
    // date_none and date_forever are no day: nothing.
    std::optional<Ruling<RepairRow>> repair(std::string_view member, Date applied, Grade grade, bool special) const;
    std::optional<Ruling<RetentionRow>> retention(std::string_view member, Date day, Category category,
                                                  bool person) const;
    std::optional<Ruling<QueryRecordRow>> query_records(std::string_view member, Date day) const;

    // When an act is due that started on this day (not counted). Nothing if no row is in force: never from
    // rules_complete_from on, but for dispute_mark.
    std::optional<Due> due(Act act, std::string_view member, Date start) const;

    // The tables, in the document's order.
    const std::vector<RepairRow>& repair_rows() const { return repair_; }
    const std::vector<TermRow>& term_rows() const { return terms_; }
    const std::vector<RetentionRow>& retention_rows() const { return retention_; }
    const std::vector<QueryRecordRow>& query_record_rows() const { return query_records_; }

private:
    friend struct RulesReader;  // rules_parse.cpp
    Rules() = default;
    std::string text_;
    Calendar calendar_;
    std::vector<RepairRow> repair_;
    std::vector<TermRow> terms_;
    std::vector<RetentionRow> retention_;
    std::vector<QueryRecordRow> query_records_;
};

}  // namespace xinlian::ledger

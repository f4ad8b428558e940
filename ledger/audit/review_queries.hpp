// Review of all queries of a period, for an auditor. Each query is judged against the grants at its place in the log by
// an independent implementation of the rules (docs/acts.md, section 4), so that "no query without authorization" does
// not depend on the code that accepted the queries.
#pragma once

#include <map>

#include "ledger/rules/calendar.hpp"
#include "ledger/state/execute.hpp"

namespace xinlian::ledger {

// The state of an act with a due day, as of a later day.
enum class TermState : std::uint8_t { in_time, late, pending, overdue };  // in_time and late: the act was done
TermState term_state(Date due, std::optional<Date> done, Date today);
std::string_view name_of(TermState state);  // "in-time", "late", "pending", "overdue"

struct ReviewedQuery {
    // The log entry and block of a later act about the query.
    struct Act {
        std::uint64_t index = 0;
        Height height = 0;
        Time time;
    };
    Hash id, grant;
    Act asked;
    MemberNumber requester = nobody, provider = nobody;
    Category category = Category::any;
    std::uint16_t purpose = 0;          // Purpose
    Reason against = Reason::accepted;  // accepted: a valid grant covered it; otherwise the reason why not
    std::optional<Act> answered, acknowledged;
    Date answer_by = date_none, acknowledge_by = date_none;  // by the rules of the query's and the answer's block

    Date asked_on() const { return date_of(asked.time); }
    // `today`: the day of the last block, at +08:00. Before the answer there is no acknowledge state.
    TermState answer_state(Date today) const;
    std::optional<TermState> acknowledge_state(Date today) const;
};

// Memory: 160 bytes for each grant of the chain, 250 for each query of the period.
class QueryReview {
public:
    QueryReview(const Genesis& genesis, const Period& period) : genesis_(genesis), period_(period) {}

    // Takes every block from height 1 on, in order.
    void take(const ExecutedBlock& executed);
    // Takes one leaf of the log. The other take() calls this for each leaf.
    void take(std::uint64_t index, const LogEntry& leaf);

    const Period& period() const { return period_; }
    const std::vector<ReviewedQuery>& queries() const { return queries_; }  // in log order
    Date today() const { return today_; }                                   // of the last block; date_none before any

private:
    struct Grant {
        Hash subject;
        MemberNumber party = nobody;
        Category category = Category::any;
        std::uint16_t purpose = 0;
        Date from = date_none, until = date_none;
        std::uint32_t uses = 0, used = 0;
        bool revoked = false;
    };
    void take_query(std::uint64_t index, const LogEntry& leaf);
    Reason judge(const Grant& grant, const LogEntry& query) const;
    bool may_be_asked(Height height, MemberNumber provider, MemberNumber requester) const;
    MemberNumber number_of(const std::string& id) const;
    ReviewedQuery* find(const Hash& id);

    const Genesis& genesis_;
    Period period_;
    Rulebooks rules_;  // as of the last block
    Date today_ = date_none;
    std::map<Hash, Grant> grants_;
    std::vector<ReviewedQuery> queries_;
    std::map<Hash, std::size_t> places_;  // positions in queries_
};

}  // namespace xinlian::ledger

#include "ledger/audit/review_queries.hpp"

#include "ledger/rules/terms.hpp"

namespace xinlian::ledger {

TermState term_state(Date due, std::optional<Date> done, Date today) {
    if (done) return *done <= due ? TermState::in_time : TermState::late;
    return today <= due ? TermState::pending : TermState::overdue;
}

std::string_view name_of(TermState state) {
    switch (state) {
        case TermState::in_time:
            return "in-time";
        case TermState::late:
            return "late";
        case TermState::pending:
            return "pending";
        case TermState::overdue:
            return "overdue";
    }
    return "unknown";
}

namespace {

std::optional<Date> day_of(const std::optional<ReviewedQuery::Act>& act) {
    if (!act) return {};
    return date_of(act->time);
}

}  // namespace

TermState ReviewedQuery::answer_state(Date today) const { return term_state(answer_by, day_of(answered), today); }

std::optional<TermState> ReviewedQuery::acknowledge_state(Date today) const {
    if (!answered) return {};
    return term_state(acknowledge_by, day_of(acknowledged), today);
}

void QueryReview::take(const ExecutedBlock& executed) {
    today_ = date_of(executed.block.header.time);
    rules_ = executed.after.rulebooks;
    std::uint64_t index = executed.after.log.size() - executed.entries.size();
    for (const LogEntry& leaf : executed.entries) take(index++, leaf);
}

void QueryReview::take(std::uint64_t index, const LogEntry& leaf) {
    const Entry& entry = leaf.entry;
    const ReviewedQuery::Act act{index, leaf.height, leaf.time};
    today_ = date_of(leaf.time);
    if (entry.operation == Operation::query) return take_query(index, leaf);
    if (entry.operation == Operation::grant) {
        // The first grant with an id counts; a later one must not extend it.
        grants_.try_emplace(entry.record, Grant{entry.subject, entry.party, entry.category, entry.code, entry.decided,
                                                entry.public_until, entry.version});
    } else if (entry.operation == Operation::revoke) {
        if (const auto at = grants_.find(entry.record); at != grants_.end()) at->second.revoked = true;
    } else if (entry.operation == Operation::answer) {
        ReviewedQuery* query = find(entry.record);
        if (query != nullptr && !query->answered && number_of(leaf.issuer) == query->provider) {
            query->answered = act;
            query->acknowledge_by = rules_.at(leaf.height).terms.acknowledge_due(today_);
        }
    } else if (entry.operation == Operation::acknowledge) {
        ReviewedQuery* query = find(entry.record);
        const bool due = query != nullptr && query->answered && !query->acknowledged;
        if (due && number_of(leaf.issuer) == query->requester) query->acknowledged = act;
    }
}

// Every use counts, whether it was valid or not, and also before the period.
void QueryReview::take_query(std::uint64_t index, const LogEntry& leaf) {
    const Entry& entry = leaf.entry;
    const auto at = grants_.find(entry.digest);
    const Reason against = at == grants_.end() ? Reason::no_such_grant : judge(at->second, leaf);
    if (at != grants_.end()) ++at->second.used;
    if (!period_.has(date_of(leaf.time))) return;
    ReviewedQuery query;
    query.id = entry.record;
    query.grant = entry.digest;
    query.asked = {index, leaf.height, leaf.time};
    query.requester = number_of(leaf.issuer);
    query.provider = entry.party;
    query.category = entry.category;
    query.purpose = entry.code;
    query.against = against;
    query.answer_by = rules_.at(leaf.height).terms.answer_due(query.asked_on());
    if (!places_.try_emplace(query.id, queries_.size()).second) query.against = Reason::already_exists;
    queries_.push_back(query);
}

Reason QueryReview::judge(const Grant& grant, const LogEntry& query) const {
    const Entry& entry = query.entry;
    const Date day = date_of(query.time);
    const Member* requester = genesis_.member(query.issuer);
    if (requester == nullptr || !rules_.at(query.height).roles_of(*requester).bureau ||
        number_of(query.issuer) != grant.party)
        return Reason::wrong_requester;
    if (grant.subject != entry.subject) return Reason::wrong_subject;
    if (grant.purpose != entry.code) return Reason::wrong_purpose;
    if (grant.category != Category::any && grant.category != entry.category) return Reason::outside_scope;
    if (grant.revoked) return Reason::grant_revoked;
    if (day < grant.from) return Reason::grant_not_yet_valid;
    if (day > grant.until) return Reason::grant_expired;
    if (grant.used >= grant.uses) return Reason::grant_used_up;
    return may_be_asked(query.height, entry.party, grant.party) ? Reason::accepted : Reason::wrong_party;
}

bool QueryReview::may_be_asked(Height height, MemberNumber provider, MemberNumber requester) const {
    const Member* member = genesis_.member_at(provider);
    return member != nullptr && provider != requester && rules_.at(height).roles_of(*member).writes();
}

MemberNumber QueryReview::number_of(const std::string& id) const {
    const Member* member = genesis_.member(id);
    return member == nullptr ? nobody : static_cast<MemberNumber>(genesis_.number_of(*member));
}

ReviewedQuery* QueryReview::find(const Hash& id) {
    const auto at = places_.find(id);
    return at == places_.end() ? nullptr : &queries_[at->second];
}

}  // namespace xinlian::ledger

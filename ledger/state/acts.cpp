#include "ledger/state/acts.hpp"

namespace xinlian::ledger {

namespace {

Date month_of(Date day) { return day - day % 100 + 1; }

// Whether the party is another member of the federation with a suitable role.
bool is_other(const Speaker& speaker, MemberNumber party, bool bureau) {
    const Member* member = speaker.genesis.member_at(party);
    if (member == nullptr || party == speaker.number) return false;
    const Roles roles = speaker.rules.roles_of(*member);
    return bureau ? roles.bureau : roles.writes();
}

Refusal judge_grant(const ActsNow& now, const Entry& entry, const Speaker& speaker) {
    if (now.grant != nullptr) return {Reason::already_exists, now.grant->index};
    const Member* requester = speaker.genesis.member_at(entry.party);
    const bool fits = requester != nullptr &&
                      speaker.rules.roles_of(*requester).bureau;  // a bureau may register a grant for its own use
    return fits ? no_refusal : Refusal{Reason::wrong_party, {}};
}

Refusal judge_revoke(const ActsNow& now, const Entry& entry, const Speaker& speaker) {
    if (now.grant == nullptr) return {Reason::no_such_grant, {}};
    const GrantState& grant = *now.grant;
    if (speaker.issuer != grant.issuer && speaker.number != grant.entry.party)
        return {Reason::wrong_issuer, grant.index};
    if (entry.subject != grant.entry.subject || entry.category != grant.entry.category) {
        return {Reason::wrong_subject, grant.index};
    }
    if (entry.channel != grant.entry.channel) return {Reason::wrong_channel, grant.index};
    if (grant.revoked) return {Reason::grant_revoked, grant.revoked};
    return entry.decided > speaker.today ? Refusal{Reason::future_day, {}} : no_refusal;
}

// Checks that the grant covers requester, subject, purpose and category.
Refusal judge_cover(const GrantState& grant, const Entry& query, const Speaker& speaker) {
    if (speaker.number != grant.entry.party) return {Reason::wrong_requester, grant.index};
    if (query.subject != grant.entry.subject) return {Reason::wrong_subject, grant.index};
    if (query.channel != grant.entry.channel) return {Reason::wrong_channel, grant.index};
    if (query.code != grant.entry.code) return {Reason::wrong_purpose, grant.index};
    const bool covered = grant.entry.category == Category::any || grant.entry.category == query.category;
    return covered ? no_refusal : Refusal{Reason::outside_scope, grant.index};
}

Refusal judge_query(const ActsNow& now, const Entry& entry, const Speaker& speaker) {
    if (now.query != nullptr) return {Reason::already_exists, now.query->index};
    if (now.grant == nullptr) return {Reason::no_such_grant, {}};
    const GrantState& grant = *now.grant;
    if (const Refusal refusal = judge_cover(grant, entry, speaker); refusal.reason != Reason::accepted) return refusal;
    if (grant.revoked || now.revoked_in_batch) return {Reason::grant_revoked, grant.revoked};
    if (speaker.today < grant.entry.decided) return {Reason::grant_not_yet_valid, grant.index};
    if (speaker.today > grant.entry.public_until) return {Reason::grant_expired, grant.index};
    if (grant.used + now.used_in_batch >= grant.entry.version) {
        return {Reason::grant_used_up, grant.used > 0 ? grant.last_use : grant.index};
    }
    return is_other(speaker, entry.party, false) ? no_refusal : Refusal{Reason::wrong_party, {}};
}

Refusal judge_answer(const ActsNow& now, const Entry& entry, const Speaker& speaker) {
    if (now.query == nullptr) return {Reason::no_such_query, {}};
    const QueryState& query = *now.query;
    if (speaker.number != query.entry.party) return {Reason::wrong_provider, query.index};
    if (entry.subject != query.entry.subject || entry.category != query.entry.category) {
        return {Reason::wrong_subject, query.index};
    }
    if (entry.channel != query.entry.channel) return {Reason::wrong_channel, query.index};
    const Member* requester = speaker.genesis.member_at(entry.party);
    if (requester == nullptr || requester->id != query.issuer) return {Reason::wrong_party, query.index};
    if (query.answered) return {Reason::already_answered, query.answered};
    // The report must be as of a final height, which this block's height is not yet.
    return entry.version < speaker.height ? no_refusal : Refusal{Reason::future_height, {}};
}

Refusal judge_acknowledge(const ActsNow& now, const Entry& entry, const Speaker& speaker) {
    if (now.query == nullptr) return {Reason::no_such_query, {}};
    const QueryState& query = *now.query;
    if (speaker.issuer != query.issuer) return {Reason::wrong_requester, query.index};
    if (entry.subject != query.entry.subject || entry.category != query.entry.category) {
        return {Reason::wrong_subject, query.index};
    }
    if (entry.channel != query.entry.channel) return {Reason::wrong_channel, query.index};
    if (entry.party != query.entry.party) return {Reason::wrong_party, query.index};
    if (!query.answered) return {Reason::not_answered, query.index};
    if (query.acknowledged) return {Reason::already_acknowledged, query.acknowledged};
    return entry.digest == query.report ? no_refusal : Refusal{Reason::wrong_report, query.answered};
}

Refusal judge_account(const ActsNow& now, const Entry& entry, const Speaker& speaker) {
    const bool requester = entry.code == static_cast<std::uint16_t>(Side::requester);
    const Hash id = account_id(speaker.genesis.suite(), requester ? speaker.number : entry.party,
                               requester ? entry.party : speaker.number, entry.decided);
    const bool asks = !requester || speaker.rules.roles_of(*speaker.genesis.member_at(speaker.number)).bureau;
    if (id != entry.record || !asks || !is_other(speaker, entry.party, !requester)) return {Reason::wrong_account, {}};
    if (month_of(speaker.today) <= entry.decided) return {Reason::month_not_over, {}};
    const AccountState none;
    const AccountState& account = now.account != nullptr ? *now.account : none;
    const auto& own = requester ? account.by_requester : account.by_provider;
    if (own) return {Reason::already_agreed, own};
    return entry.version == account.count ? no_refusal : Refusal{Reason::wrong_count, {}};
}

}  // namespace

Refusal judge_act(const ActsNow& now, const Entry& entry, const Speaker& speaker) {
    switch (entry.operation) {
        case Operation::grant:
            return judge_grant(now, entry, speaker);
        case Operation::revoke:
            return judge_revoke(now, entry, speaker);
        case Operation::query:
            return judge_query(now, entry, speaker);
        case Operation::answer:
            return judge_answer(now, entry, speaker);
        case Operation::acknowledge:
            return judge_acknowledge(now, entry, speaker);
        default:
            return judge_account(now, entry, speaker);
    }
}

Refusal judge_resolution(const RulesState& now, const Entry& entry, Height from, const Speaker& speaker) {
    if (entry.version != now.count + 1) return {Reason::wrong_number, {}};
    return from <= speaker.height ? Refusal{Reason::too_soon, {}} : no_refusal;
}

void apply_to_grant(std::optional<GrantState>& grant, const std::string& issuer, const Entry& entry,
                    std::uint64_t index) {
    if (entry.operation == Operation::grant) grant = GrantState{issuer, entry, index, 0, 0, {}};
    if (!grant) return;
    if (entry.operation == Operation::revoke) grant->revoked = index;
    if (entry.operation == Operation::query) {
        ++grant->used;
        grant->last_use = index;
    }
}

void apply_to_query(std::optional<QueryState>& query, const std::string& issuer, const Entry& entry,
                    std::uint64_t index) {
    if (entry.operation == Operation::query) query = QueryState{issuer, entry, index, {}, {}, 0, {}};
    if (!query) return;
    if (entry.operation == Operation::answer) {
        query->answered = index;
        query->report = entry.digest;
        query->report_height = entry.version;
    }
    if (entry.operation == Operation::acknowledge) query->acknowledged = index;
}

void apply_to_account(std::optional<AccountState>& account, const Entry& entry, std::uint64_t index) {
    if (!account) account.emplace();
    if (entry.operation == Operation::acknowledge) ++account->count;
    if (entry.operation != Operation::account) return;
    const bool requester = entry.code == static_cast<std::uint16_t>(Side::requester);
    (requester ? account->by_requester : account->by_provider) = index;
}

Hash account_of_acknowledgement(Suite suite, MemberNumber requester, MemberNumber provider, Date today) {
    return account_id(suite, requester, provider, month_of(today));
}

}  // namespace xinlian::ledger

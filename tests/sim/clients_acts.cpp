// Acts of issuers other than records and resolutions: repairs, disputes and copies of records, grants, queries,
// accounts. Most are valid by the state that one node knows; some are not, and some come too late, since others act
// meanwhile.
#include "tests/sim/clients.hpp"

namespace xinlian::sim {

using ledger::Entry;
using ledger::Operation;

namespace {

// A simulation begins on 15 January 2027; no holidays of that year are known.
constexpr ledger::Date yesterday = 20270114, today = 20270115, tomorrow = 20270116;
constexpr ledger::Date this_month = 20270101, last_month = 20261201;

bool is_ended(const ledger::Life& life) { return life.withdrawn || life.repair == ledger::RepairStage::repaired; }

}  // namespace

// A batch of one to three acts, by the state that `node` knows.
ledger::BatchPtr Clients::make_acts(Issuer& issuer, std::size_t node) {
    const ledger::SnapshotPtr known = world_.node(node).chain->snapshot();
    std::vector<Entry> entries;
    const std::uint64_t most = chance_.between(1, 3);
    for (int tries = 0; tries < 8 && entries.size() < most; ++tries) {
        std::optional<Entry> next = act(issuer, known->state);
        if (!next) continue;
        const auto same = [&next](const Entry& other) { return other.record == next->record; };
        if (std::none_of(entries.begin(), entries.end(), same)) entries.push_back(*next);
    }
    if (entries.empty()) return nullptr;
    for (const Entry& made : entries) {
        if (made.operation == Operation::grant) grants_.push_back(made);
        if (made.operation == Operation::query) queries_.push_back({issuer.id, made});
    }
    return sign(issuer, std::move(entries));
}

std::optional<Entry> Clients::act(Issuer& issuer, const ledger::State& known) {
    const std::uint64_t kind = chance_.below(100);
    std::optional<Entry> made = kind < 50   ? act_on_record(issuer, known)
                                : kind < 60 ? grant(issuer)
                                : kind < 97 ? act_under_grant(issuer, known)
                                            : account(issuer);
    if (made && chance_.permille(80)) spoil(*made);
    return made;
}

// An act on one of its own records, or on its copy of another's record.
std::optional<Entry> Clients::act_on_record(const Issuer& issuer, const ledger::State& known) {
    const bool copy = chance_.permille(350);
    const Issuer& owner = copy ? issuers_[chance_.below(issuers_.size())] : issuer;
    if (copy && owner.id == issuer.id) return std::nullopt;
    // Prefers a record that has acts already; of another member, one that it holds and must not show any more.
    const Hash* const one = pick(owner.filed, 500, [&](const Hash& of) {
        const auto record = known.record(of);
        return record && record->life && (!copy || (is_ended(*record->life) && known.holder(of, number_of(issuer.id))));
    });
    const auto record = one == nullptr ? std::nullopt : known.record(*one);
    if (!record) return std::nullopt;
    const ledger::Life life = record->life.value_or(ledger::Life{});
    Entry made;
    made.category = record->entry.category;
    made.record = record->entry.record;
    made.version = record->entry.version;
    made.subject = record->entry.subject;
    made.decided = today;
    made.digest = test::named(world_.genesis().suite(), "paper", ++papers_);
    if (copy) {
        made.operation = chance_.permille(is_ended(life) ? 200 : 950) ? Operation::held : Operation::repair_ack;
        const bool held = made.operation == Operation::held;
        made.decided = held ? ledger::date_none : today;
        if (!held) made.digest = Hash{};
        if (held && !record->entry.digest.is_zero()) made.digest = record->entry.digest;  // of a deleted record: any
        return made;
    }
    const bool applied = life.repair == ledger::RepairStage::accepted;
    const std::uint64_t kind = chance_.below(100);
    const bool repairable = record->entry.category == ledger::Category::penalty && record->entry.decided != 0;
    if (kind < (repairable ? 50u : 5u)) {
        const bool refuses = chance_.permille(400);
        made.operation = !applied  ? Operation::repair_accepted
                         : refuses ? Operation::repair_refused
                                   : Operation::repaired;
        if (!applied) made.decided = chance_.permille(500) ? yesterday : today;
        if (made.operation != Operation::repair_refused) made.code = grade();
    } else if (kind < 85) {
        made.operation = life.dispute ? Operation::dispute_resolved : Operation::dispute_opened;
        if (life.dispute) made.code = static_cast<std::uint16_t>(chance_.between(1, 3));
        if (!life.dispute) made.public_until = ledger::shipped_terms().dispute_due(issuer.id, made.decided);
    } else {
        made.operation = kind < 93 ? Operation::withdrawn : Operation::erased;
        if (made.operation == Operation::erased) made.digest = Hash{};
    }
    return made;
}

std::uint16_t Clients::grade() {
    const auto grade = static_cast<std::uint16_t>(chance_.below(4));
    return chance_.permille(200) ? static_cast<std::uint16_t>(grade | ledger::grade_special) : grade;
}

Entry Clients::about(const Entry& of, Operation operation, ledger::MemberNumber party) const {
    Entry made;
    made.operation = operation;
    made.category = of.category;
    made.record = of.record;
    made.subject = of.subject;
    made.party = party;
    return made;
}

ledger::MemberNumber Clients::number_of(std::string_view id) const {
    return static_cast<ledger::MemberNumber>(world_.genesis().number_of(*world_.genesis().member(id)));
}

Entry Clients::grant(const Issuer& issuer) {
    const Suite suite = world_.genesis().suite();
    const std::uint64_t subject = chance_.below(12);
    Entry made = test::act(suite, Operation::grant, test::named(suite, "grant", ++papers_), subject);
    const std::uint64_t category = chance_.between(1, 3);
    made.category = static_cast<ledger::Category>(category);
    made.version = static_cast<std::uint32_t>(chance_.between(1, 3));
    made.digest = test::named(suite, "paper", papers_);
    made.decided = chance_.permille(100) ? tomorrow : this_month;
    made.public_until = made.decided;
    if (chance_.permille(900)) made.public_until = chance_.permille(100) ? made.decided : 20'271'231;
    const std::uint64_t requester = chance_.below(issuers_.size());
    made.party = number_of(chance_.permille(400) ? issuer.id : issuers_[requester].id);
    made.code = static_cast<std::uint16_t>(chance_.between(1, 5));
    return made;
}

// The next step of a grant or query: usually one that is due, sometimes one that is not.
std::optional<Entry> Clients::act_under_grant(const Issuer& issuer, const ledger::State& known) {
    const ledger::MemberNumber own = number_of(issuer.id);
    if (chance_.permille(600)) {
        const Asked* const one = pick(queries_, 100, [&](const Asked& of) {
            const auto query = known.query(of.query.record);
            if (!query || query->acknowledged) return false;
            return query->answered ? of.by == issuer.id : of.query.party == own;
        });
        return one == nullptr ? std::nullopt : std::optional(about_query(*one, known));
    }
    const Entry* const grant = pick(grants_, 100, [&](const Entry& of) {
        const auto state = known.grant(of.record);
        return state && of.party == own && state->used < of.version;
    });
    if (grant == nullptr) return std::nullopt;
    if (chance_.permille(80)) {
        Entry made = about(*grant, Operation::revoke, ledger::nobody);
        made.digest = test::named(world_.genesis().suite(), "paper", ++papers_);
        made.decided = today;
        return made;
    }
    const ledger::MemberNumber asked = number_of(issuers_[chance_.below(issuers_.size())].id);
    Entry made = about(*grant, Operation::query, asked);
    made.record = test::named(world_.genesis().suite(), "query", ++papers_);
    made.digest = grant->record;
    made.code = grant->code;
    return made;
}

Entry Clients::about_query(const Asked& asked, const ledger::State& known) {
    const auto query = known.query(asked.query.record);
    const bool acknowledges = query && query->answered ? chance_.permille(950) : chance_.permille(50);
    if (acknowledges) {
        Entry made = about(asked.query, Operation::acknowledge, asked.query.party);
        made.digest = query && query->answered ? query->report : asked.query.digest;
        return made;
    }
    Entry made = about(asked.query, Operation::answer, number_of(asked.by));
    made.digest = test::named(world_.genesis().suite(), "report", ++papers_);
    return made;
}

Entry Clients::account(const Issuer& issuer) {
    const std::string& other = issuers_[chance_.below(issuers_.size())].id;
    const ledger::MemberNumber own = number_of(issuer.id), party = number_of(other);
    const bool requester = chance_.permille(500);
    Entry made;
    made.operation = Operation::account;
    made.category = ledger::Category::any;
    made.decided = chance_.permille(200) ? this_month : last_month;
    made.record =
        ledger::account_id(world_.genesis().suite(), requester ? own : party, requester ? party : own, made.decided);
    made.party = party;
    made.code = static_cast<std::uint16_t>(requester ? ledger::Side::requester : ledger::Side::provider);
    return made;
}

// Changes the entry into one of valid form that usually violates a rule.
void Clients::spoil(Entry& entry) {
    switch (chance_.below(6)) {
        case 0:
            if (!entry.subject.is_zero()) entry.subject = test::named(world_.genesis().suite(), "subject", 77);
            return;
        case 1:
            if (entry.operation <= Operation::repair_ack || entry.operation == Operation::account) entry.version += 1;
            return;
        case 2:
            if (entry.party != ledger::nobody) entry.party = static_cast<ledger::MemberNumber>(issuers_.size() + 7);
            return;
        case 3:
            if (entry.operation == Operation::answer) entry.version = 1'000'000;
            return;
        case 4:
            if (entry.operation != Operation::account) entry.channel = 9;
            return;
        default:
            const bool dated = entry.operation != Operation::grant && entry.operation != Operation::account;
            if (dated && entry.decided != ledger::date_none && entry.public_until == ledger::date_none)
                entry.decided = tomorrow;
    }
}

}  // namespace xinlian::sim

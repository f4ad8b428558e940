// Tests random entries of all kinds against a model that keeps no state but the leaves: each rule is evaluated by
// searching everything written before. The model is slow and easy to read.
#include <random>
#include <set>

#include "ledger/proof/standing.hpp"
#include "tests/unit/ledger/state/acts_fixture.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::rules_test;

namespace {

using Op = Operation;
using Items = std::vector<ListAnswer::Item>;

struct Model {
    Items leaves;

    // Leaves with one of these operations about `id`, oldest first.
    Items of(const Hash& id, std::set<Op> ops) const {
        Items out;
        for (const auto& item : leaves) {
            if (item.entry.entry.record == id && ops.contains(item.entry.entry.operation)) out.push_back(item);
        }
        return out;
    }
    std::optional<ListAnswer::Item> last(const Hash& id, std::set<Op> ops) const {
        const Items found = of(id, std::move(ops));
        return found.empty() ? std::nullopt : std::optional(found.back());
    }
    std::optional<ListAnswer::Item> by(const std::string& who, const Hash& id, Op op) const {
        for (const auto& item : of(id, {op})) {
            if (item.entry.issuer == who) return item;
        }
        return std::nullopt;
    }
    std::optional<ListAnswer::Item> content(const Hash& id) const {
        return last(id, {Op::create, Op::update, Op::overwrite, Op::remove});
    }
    std::optional<ListAnswer::Item> repair(const Hash& id) const {
        return last(id, {Op::repair_accepted, Op::repair_refused, Op::repaired});
    }
    // The last dispute, if no entry resolved it.
    std::optional<ListAnswer::Item> dispute_of(const Hash& id) const {
        const auto found = last(id, {Op::dispute_opened, Op::dispute_resolved});
        return found && found->entry.entry.operation == Op::dispute_opened ? found : std::nullopt;
    }

    Reason record(const std::string& who, const Entry& e, Date today) const {
        const auto now = content(e.record);
        if (e.operation == Op::create) return now ? Reason::already_exists : Reason::accepted;
        if (!now) return Reason::no_such_record;
        const bool copy = e.operation == Op::held || e.operation == Op::repair_ack;
        const std::string owner = of(e.record, {Op::create}).front().entry.issuer;
        if (copy && who == owner) return Reason::own_record;
        if (!copy && who != owner) return Reason::wrong_issuer;
        if (last(e.record, {Op::erased}) && e.operation != Op::repair_ack) return Reason::erased;
        const Entry& is = now->entry.entry;
        const bool removed = is.operation == Op::remove, withdrawn = last(e.record, {Op::withdrawn}).has_value();
        const bool at_end = e.operation == Op::erased || e.operation == Op::repair_ack;
        if (removed && !at_end) return Reason::deleted;
        if (withdrawn && !at_end && e.operation != Op::remove) return Reason::withdrawn;
        if (e.subject != is.subject || e.category != is.category) return Reason::wrong_subject;
        const bool next_version = e.operation == Op::update || e.operation == Op::remove;
        if (e.version != is.version + (next_version ? 1 : 0)) return Reason::wrong_version;
        if (!is_content(e.operation) && e.decided > today) return Reason::future_day;
        return copy ? of_copy(who, e, is) : of_life(e, *now);
    }

    Reason of_life(const Entry& e, const ListAnswer::Item& now) const {
        const auto repair_now = repair(e.record), open = dispute_of(e.record);
        const Op stage = repair_now ? repair_now->entry.entry.operation : Op::create;
        const auto early = [&](Date applied) {
            const int rank = std::max(e.code % 256, now.entry.entry.code % 256);
            const bool special = e.code >= 256 || now.entry.entry.code >= 256;
            const auto grade = static_cast<std::uint16_t>(rank + (special ? 256 : 0));
            return applied <
                   plus_months(now.entry.entry.decided, shipped_terms().repair_term(applied, grade).months_min);
        };
        switch (e.operation) {
            case Op::repair_accepted:
                if (now.entry.entry.category == Category::licence) return Reason::not_repairable;
                if (stage == Op::repaired) return Reason::already_repaired;
                if (stage == Op::repair_accepted) return Reason::repair_under_way;
                return early(e.decided) ? Reason::repair_too_early : Reason::accepted;
            case Op::repair_refused:
            case Op::repaired:
                if (now.entry.entry.category == Category::licence) return Reason::not_repairable;
                if (stage == Op::repaired) return Reason::already_repaired;
                if (stage != Op::repair_accepted) return Reason::repair_not_accepted;
                if (e.decided < repair_now->entry.entry.decided) return Reason::repair_not_accepted;
                if (e.operation == Op::repair_refused) return Reason::accepted;
                return early(repair_now->entry.entry.decided) ? Reason::repair_too_early : Reason::accepted;
            case Op::dispute_opened:
                if (open) return Reason::already_disputed;
                return e.public_until == shipped_terms().dispute_due(now.entry.issuer, e.decided)
                           ? Reason::accepted
                           : Reason::wrong_due_day;
            case Op::dispute_resolved:
                if (!open) return Reason::not_disputed;
                return e.code == 1 && now.index < open->index ? Reason::nothing_corrected : Reason::accepted;
            default:
                return Reason::accepted;
        }
    }

    Reason of_copy(const std::string& who, const Entry& e, const Entry& is) const {
        const auto held = by(who, e.record, Op::held);
        const bool repaired = last(e.record, {Op::repaired}).has_value();
        if (e.operation == Op::held) {
            if (held) return Reason::already_held;
            if (repaired) return Reason::already_repaired;
            return e.digest == is.digest ? Reason::accepted : Reason::wrong_copy;
        }
        if (!held) return Reason::not_held;
        if (by(who, e.record, Op::repair_ack)) return Reason::already_acknowledged;
        return repaired || last(e.record, {Op::withdrawn}) ? Reason::accepted : Reason::not_repaired;
    }

    std::size_t uses(const Hash& grant) const {
        std::size_t count = 0;
        for (const auto& item : leaves) {
            count += item.entry.entry.operation == Op::query && item.entry.entry.digest == grant ? 1 : 0;
        }
        return count;
    }
    // The number of acknowledged queries of the month between the two.
    std::uint32_t count(std::string_view requester, MemberNumber provider, Date month) const {
        std::uint32_t found = 0;
        for (const auto& item : leaves) {
            const Entry& e = item.entry.entry;
            if (e.operation == Op::acknowledge && item.entry.issuer == requester && e.party == provider &&
                date_of(item.entry.time) / 100 == month / 100) {
                ++found;
            }
        }
        return found;
    }

    Reason act(const Fixture& fixture, const std::string& who, const Entry& e, Date today) const {
        const auto grant = last(e.operation == Op::query ? e.digest : e.record, {Op::grant});
        const auto query = last(e.record, {Op::query}), answer = last(e.record, {Op::answer});
        const auto same = [&e](const ListAnswer::Item& as) {
            return e.subject == as.entry.entry.subject && e.category == as.entry.entry.category;
        };
        const MemberNumber self = fixture.number(who);
        switch (e.operation) {
            case Op::grant:
                return grant ? Reason::already_exists : Reason::accepted;
            case Op::revoke:
                if (!grant) return Reason::no_such_grant;
                if (who != grant->entry.issuer && self != grant->entry.entry.party) return Reason::wrong_issuer;
                if (!same(*grant)) return Reason::wrong_subject;
                if (last(e.record, {Op::revoke})) return Reason::grant_revoked;
                return e.decided > today ? Reason::future_day : Reason::accepted;
            case Op::query:
                return query ? Reason::already_exists : of_query(fixture, self, e, grant, today);
            case Op::answer:
                if (!query) return Reason::no_such_query;
                if (self != query->entry.entry.party) return Reason::wrong_provider;
                if (!same(*query)) return Reason::wrong_subject;
                if (e.party != fixture.number(query->entry.issuer)) return Reason::wrong_party;
                if (answer) return Reason::already_answered;
                return e.version > fixture.height() ? Reason::future_height : Reason::accepted;
            case Op::acknowledge:
                if (!query) return Reason::no_such_query;
                if (who != query->entry.issuer) return Reason::wrong_requester;
                if (!same(*query)) return Reason::wrong_subject;
                if (e.party != query->entry.entry.party) return Reason::wrong_party;
                if (!answer) return Reason::not_answered;
                if (last(e.record, {Op::acknowledge})) return Reason::already_acknowledged;
                return e.digest == answer->entry.entry.digest ? Reason::accepted : Reason::wrong_report;
            default:
                return of_account(fixture, who, e, today);
        }
    }

    Reason of_query(const Fixture& fixture, MemberNumber self, const Entry& e,
                    const std::optional<ListAnswer::Item>& item, Date today) const {
        if (!item) return Reason::no_such_grant;
        const Entry& grant = item->entry.entry;
        if (self != grant.party) return Reason::wrong_requester;
        if (e.subject != grant.subject) return Reason::wrong_subject;
        if (e.code != grant.code) return Reason::wrong_purpose;
        if (grant.category != Category::any && grant.category != e.category) return Reason::outside_scope;
        if (last(grant.record, {Op::revoke})) return Reason::grant_revoked;
        if (today < grant.decided) return Reason::grant_not_yet_valid;
        if (today > grant.public_until) return Reason::grant_expired;
        if (uses(grant.record) >= grant.version) return Reason::grant_used_up;
        return e.party == fixture.number("100000-pbc") || e.party == self ? Reason::wrong_party : Reason::accepted;
    }

    Reason of_account(const Fixture& fixture, const std::string& who, const Entry& e, Date today) const {
        const bool asks = e.code == 1;
        const MemberNumber self = fixture.number(who);
        const std::string& requester = asks ? who : fixture.genesis.member_at(e.party)->id;
        const MemberNumber provider = asks ? e.party : self;
        const bool right = fixture.genesis.member(requester)->roles.bureau && e.party != self &&
                           e.record == account_id(fixture.suite(), fixture.number(requester), provider, e.decided);
        if (!right) return Reason::wrong_account;
        if (today / 100 <= e.decided / 100) return Reason::month_not_over;
        if (by(who, e.record, Op::account)) return Reason::already_agreed;
        return e.version == count(requester, provider, e.decided) ? Reason::accepted : Reason::wrong_count;
    }
};

// Makes mostly acceptable entries about few things, so that all rules are exercised.
class Talk {
public:
    Talk(const Fixture& fixture, const Model& model, unsigned seed) : fixture_(fixture), model_(model), engine_(seed) {}
    std::size_t below(std::size_t n) { return engine_() % n; }  // the standard's distributions differ
    bool seldom() { return below(12) == 0; }

    std::pair<std::string, Entry> any(Date today) { return below(5) < 3 ? of_record(today) : of_act(today); }

private:
    std::pair<std::string, Entry> of_record(Date today) {
        const std::size_t n = below(5);
        const std::string name = "record " + std::to_string(n), owner = n % 2 == 0 ? "310000" : "340000-both";
        Entry record = create(name, "subject " + std::to_string(n % 2));
        record.decided = n == 0 ? 20260910 : 20260110;
        record.public_until = 20261220;
        if (n == 4) record.category = Category::licence;
        if (const auto now = model_.content(record.record)) record = now->entry.entry;
        const auto op = static_cast<Op>(1 + below(13));
        const bool copy = op == Op::held || op == Op::repair_ack;
        const std::string who = copy != seldom() ? "320000" : owner;
        // The end of a record is rare, or no records would be left.
        if ((op == Op::remove || op == Op::withdrawn || op == Op::erased) && !seldom()) return of_record(today);
        if (op == Op::create && seldom()) return {who, create(name)};
        if (is_content(op)) return {who, op == Op::create ? as_created(record) : varied(next(record, op))};
        const Date day = seldom() ? plus_days(today, 1) : below(3) == 0 ? Date{20261001} : today;
        if (op == Op::dispute_opened) {
            return {who,
                    varied(dispute(record, day, plus_days(shipped_terms().dispute_due(owner, day), seldom() ? 1 : 0)))};
        }
        Entry entry = about(record, op, op == Op::held ? date_none : day);
        if (op == Op::dispute_resolved) entry.code = static_cast<std::uint16_t>(1 + below(3));
        if (op == Op::repair_accepted || op == Op::repaired) entry.code = static_cast<std::uint16_t>(below(4));
        if (op == Op::held && (seldom() || entry.digest.is_zero())) entry.digest = named("something else");
        return {who, varied(entry)};
    }
    static Entry as_created(Entry record) {
        record.operation = Op::create;
        record.version = 0;
        record.digest = named("created");
        return record;
    }
    Entry varied(Entry entry) {
        if (seldom() && entry.version > 0) ++entry.version;
        if (seldom() && seldom()) entry.subject = named("subject 9");
        return entry;
    }

    std::pair<std::string, Entry> of_act(Date today) {
        const std::string name = std::to_string(below(20));
        Entry grant = grant_of(fixture_, "grant " + std::to_string(below(10)));
        grant.decided = below(3) == 0 ? plus_days(today, 5) : Date{20261101};
        grant.public_until = seldom() ? std::max(today, grant.decided) : date_forever;
        if (const auto known = model_.last(grant.record, {Op::grant})) grant = known->entry.entry;
        Entry query = query_of(fixture_, grant, "query " + name, seldom() ? "100000-pbc" : "310000");
        if (const auto known = model_.last(query.record, {Op::query})) query = known->entry.entry;
        const std::string asker = std::string(seldom() ? bureau : bank), asked = seldom() ? "320000" : "310000";
        const auto with = [&](Entry entry) {
            if (seldom()) entry.subject = named("subject 9");
            if (seldom()) entry.category = Category::licence;
            return entry;
        };
        switch (below(9)) {
            case 0:
                return {std::string(bureau), grant};
            case 1:
                if (!seldom()) return of_act(today);
                return {std::string(below(3) == 0 ? both : asker),
                        with(revoke_of(grant, seldom() ? plus_days(today, 1) : today))};
            case 2:
            case 3: {
                if (seldom()) query.code = static_cast<std::uint16_t>(Purpose::guarantee);
                return {asker, with(query)};
            }
            case 4:
            case 5:
                return {asked,
                        with(answer_of(fixture_, query,
                                       static_cast<std::uint32_t>(fixture_.height() + (seldom() ? 1 : 0)), asker))};
            case 6:
            case 7: {
                Entry entry = with(acknowledge_of(query));
                if (below(3) == 0) entry.digest = named("another report");
                if (seldom()) entry.party = fixture_.number("320000");
                return {asker, entry};
            }
            default: {
                const Date month = below(2) == 0 ? 20261101 : 20261201;
                const auto side = below(2) == 0 ? Side::requester : Side::provider;
                Entry entry = account_of(fixture_, bank, "310000", month, side,
                                         model_.count(bank, fixture_.number("310000"), month));
                if (seldom()) ++entry.version;
                if (seldom()) entry.decided = 20261001;
                return {side == Side::requester ? std::string(bank) : asked, entry};
            }
        }
    }

    const Fixture& fixture_;
    const Model& model_;
    std::mt19937 engine_;
};

// Checks every record against the entries at this height, and its standing on the days around all events.
void check_records(const Fixture& fixture, const Model& model) {
    const auto records = records_at(model.leaves, fixture.height());
    for (const auto& [id, record] : records) REQUIRE(fixture.tip->after.record(id) == record);
    for (const auto& [id, record] : records) {
        const auto withdrawn = model.last(id, {Op::withdrawn}), repaired = model.last(id, {Op::repaired});
        for (Date day = 20260930; day < 20270105; day = plus_days(day, 1)) {
            const auto since = [day](const auto& item) { return item && item->entry.entry.decided <= day; };
            DisplayStatus due = model.dispute_of(id) ? DisplayStatus::disputed : DisplayStatus::current;
            if (const Date until = record.entry.public_until; until != date_none && day > until)
                due = DisplayStatus::expired;
            if (since(repaired)) due = DisplayStatus::repaired;
            if (since(withdrawn)) due = DisplayStatus::withdrawn;
            if (record.entry.operation == Op::remove) due = DisplayStatus::deleted;
            REQUIRE(name_of(read_record(record, day).status) == name_of(due));
        }
        REQUIRE(record.life.value_or(Life{}).holders == model.of(id, {Op::held}).size());
        REQUIRE(record.life.value_or(Life{}).acknowledged == model.of(id, {Op::repair_ack}).size());
    }
}

}  // namespace

TEST_CASE("random entries of all kinds are decided as a search of all earlier entries decides them") {
    std::set<std::string_view> seen;
    std::set<Op> operations;
    for (unsigned seed = 1; seed <= 10; ++seed) {
        Fixture fixture;
        Model model;
        Talk talk(fixture, model, seed);
        std::map<Height, std::map<Hash, RecordState>> earlier;
        Date today = 20261120;
        for (int round = 0; round < 500; ++round) {
            if (talk.below(8) == 0) today = plus_days(today, 1);
            fixture.on(today);
            auto [who, entry] = talk.any(today);
            const BatchPtr batch = fixture.batch(who, {entry});
            for (const auto& leaf : fixture.tip->entries) {  // an entry that continued the feed
                if (model.leaves.size() < fixture.tip->result.log_size)
                    model.leaves.push_back({leaf, model.leaves.size()});
            }
            const Reason due = is_about_record(entry.operation) ? model.record(who, entry, today)
                                                                : model.act(fixture, who, entry, today);
            INFO("seed " << seed << " round " << round << ": " << who << " " << name_of(entry.operation));
            REQUIRE(name_of(fixture.put({batch}).front().reason) == name_of(due));
            if (due == Reason::accepted) {
                model.leaves.push_back({fixture.tip->entries.at(0), model.leaves.size()});
                operations.insert(entry.operation);
            }
            seen.insert(name_of(due));
            if (round % 20 == 0) {
                check_records(fixture, model);
                earlier[fixture.height()] = records_at(model.leaves, fixture.height());
            }
        }
        for (const auto& [height, records] : earlier) REQUIRE(records_at(model.leaves, height) == records);
        for (const auto& item : model.leaves) {
            const Entry& e = item.entry.entry;
            if (e.operation == Op::grant) REQUIRE(fixture.tip->after.grant(e.record)->used == model.uses(e.record));
        }
    }
    CHECK(operations.size() == 19);
    // The reasons above are about roles, channels and resolutions: resolution_test.cpp.
    for (unsigned i = 0; Reason{static_cast<std::uint8_t>(i)} <= Reason::already_agreed; ++i) {
        const std::string_view name = name_of(Reason{static_cast<std::uint8_t>(i)});
        if (name == "wrong-sequence" || name == "wrong-previous") continue;  // state_model_test.cpp
        INFO(name);
        CHECK(seen.contains(name));  // the test tries what it claims to
    }
}

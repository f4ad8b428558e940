// Authorization and query: each rule from both sides, with the entry that stands in the way.
#include "ledger/state/acts.hpp"

#include "tests/unit/ledger/state/acts_scene.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::rules_test;

namespace {

using Op = Operation;

// On 2026-11-24; the bureau has registered a grant of the bank's, for three queries in November and December.
struct Granted : Scene {
    Entry grant;
    std::uint64_t granted = 0;
    Granted() : grant(grant_of(*this, "g")) {
        on(20261124);
        accepted(*this, "310000", create("a record"));
        granted = accepted(*this, bureau, grant);
    }
    Entry query(std::string_view name) const { return query_of(*this, grant, name); }
    GrantState state() const { return must_be(tip->after.grant(named("g"))); }
};

// And the bank has asked 310000, as leaf `asked`.
struct Asked : Granted {
    Entry question;
    std::uint64_t asked = 0;
    Asked() : question(query("q")) { asked = accepted(*this, bank, question); }
    Entry answer() const { return answer_of(*this, question, 1); }
    QueryState state() const { return must_be(tip->after.query(named("q"))); }
};

std::uint16_t code(Purpose purpose) { return static_cast<std::uint16_t>(purpose); }

}  // namespace

TEST_CASE("a bureau registers a grant once, for itself or another bureau") {
    Granted scene;
    refused(scene, bureau, scene.grant, Reason::already_exists, scene.granted);
    refused(scene, bank, scene.grant, Reason::already_exists, scene.granted);
    Entry other = grant_of(scene, "other");
    for (const std::string_view party : {"310000", "100000-pbc"}) {
        other.party = scene.number(party);
        refused(scene, bureau, other, Reason::wrong_party);
    }
    other.party = static_cast<MemberNumber>(scene.genesis.members().size());
    refused(scene, bureau, other, Reason::wrong_party);
    other.party = scene.number(bureau);
    const std::uint64_t index = accepted(scene, bureau, other);
    CHECK(scene.tip->after.grant(named("other")) == GrantState{std::string(bureau), other, index, 0, 0, {}});
}

TEST_CASE("a grant is revoked once, by the bureau that registered it or the one that it names") {
    for (const std::string_view by : {bureau, bank}) {
        Granted scene;
        const Entry revoke = revoke_of(scene.grant, 20261124);
        refused(scene, by, revoke_of(grant_of(scene, "absent"), 20261124), Reason::no_such_grant);
        refused(scene, both, revoke, Reason::wrong_issuer, scene.granted);
        Entry other = revoke;
        other.subject = named("another company");
        refused(scene, by, other, Reason::wrong_subject, scene.granted);
        other = revoke;
        other.category = Category::licence;
        refused(scene, by, other, Reason::wrong_subject, scene.granted);
        refused(scene, by, revoke_of(scene.grant, 20261125), Reason::future_day);
        const std::uint64_t revoked = accepted(scene, by, revoke);
        CHECK(scene.state().revoked == revoked);
        refused(scene, by, revoke, Reason::grant_revoked, revoked);
        refused(scene, bank, scene.query("q"), Reason::grant_revoked, revoked);
    }
}

TEST_CASE("a grant that a batch revokes is not used later in the same batch") {
    Granted scene;
    const Entry revoke = revoke_of(scene.grant, 20261124);
    refused_at(scene, bank, {revoke, scene.query("q")}, 1, {Reason::grant_revoked, {}});
    const BatchOutcome outcome = scene.write(bank, {scene.query("q"), revoke});  // the other way round it is
    CHECK(outcome.reason == Reason::accepted);
    CHECK(scene.state().used == 1);
    CHECK(scene.state().revoked == outcome.first_index + 1);
}

TEST_CASE("a query is made once, under a grant that there is") {
    Granted scene;
    const Entry absent = grant_of(scene, "absent");
    refused(scene, bank, query_of(scene, absent, "q"), Reason::no_such_grant);
    // A grant of the same batch is not there yet.
    refused_at(scene, bank, {absent, query_of(scene, absent, "q")}, 1, {Reason::no_such_grant, {}});
    const std::uint64_t asked = accepted(scene, bank, scene.query("q"));
    refused(scene, bank, scene.query("q"), Reason::already_exists, asked);
    refused(scene, bureau, scene.query("q"), Reason::already_exists, asked);
    CHECK(scene.tip->after.query(named("q")) == QueryState{std::string(bank), scene.query("q"), asked, {}, {}, 0, {}});
}

TEST_CASE("a grant covers its requester, subject, purpose and category, and nothing else") {
    Granted scene;
    refused(scene, bureau, scene.query("q"), Reason::wrong_requester, scene.granted);  // which registered it
    Entry query = scene.query("q");
    query.subject = named("another company");
    refused(scene, bank, query, Reason::wrong_subject, scene.granted);
    query = scene.query("q");
    query.code = code(Purpose::guarantee);
    refused(scene, bank, query, Reason::wrong_purpose, scene.granted);
    for (const Category category : {Category::licence, Category::any}) {
        query = scene.query("q");
        query.category = category;
        refused(scene, bank, query, Reason::outside_scope, scene.granted);
    }
    Entry wide = grant_of(scene, "wide");
    wide.category = Category::any;
    accepted(scene, bureau, wide);
    for (const Category category : {Category::penalty, Category::licence, Category::any}) {
        query = query_of(scene, wide, "of " + std::string(name_of(category)));
        query.category = category;
        accepted(scene, bank, query);
    }
}

TEST_CASE("a grant is used from its first day to its last, in Beijing") {
    Granted scene;
    const std::uint64_t half = 12 * 3'600'000;
    scene.at({noon_of(20261101).ms - half - 1});
    refused(scene, bank, scene.query("early"), Reason::grant_not_yet_valid, scene.granted);
    scene.at({noon_of(20261101).ms - half});
    accepted(scene, bank, scene.query("first"));
    scene.at({noon_of(20261231).ms + half - 1});
    accepted(scene, bank, scene.query("last"));
    scene.at({noon_of(20261231).ms + half});
    refused(scene, bank, scene.query("late"), Reason::grant_expired, scene.granted);
}

TEST_CASE("a grant without end does not expire") {
    Granted scene;
    Entry endless = grant_of(scene, "endless");
    endless.public_until = date_forever;
    accepted(scene, bureau, endless);
    scene.on(21991231);
    accepted(scene, bank, query_of(scene, endless, "q"));
}

TEST_CASE("a grant is used as often as it says") {
    Granted scene;
    accepted(scene, bank, scene.query("1"));
    accepted(scene, bank, scene.query("2"));
    const std::uint64_t third = accepted(scene, bank, scene.query("3"));
    CHECK(scene.state().used == 3);
    CHECK(scene.state().last_use == third);
    refused(scene, bank, scene.query("4"), Reason::grant_used_up, third);
}

TEST_CASE("queries of one batch use up a grant together") {
    Granted scene;
    refused_at(scene, bank, {scene.query("1"), scene.query("2"), scene.query("3"), scene.query("4")}, 3,
               {Reason::grant_used_up, scene.granted});
    CHECK(scene.state().used == 0);
    const BatchOutcome two = scene.write(bank, {scene.query("1"), scene.query("2")});
    CHECK(two.reason == Reason::accepted);
    CHECK(scene.state().used == 2);
    CHECK(scene.state().last_use == two.first_index + 1);
    refused_at(scene, bank, {scene.query("3"), scene.query("4")}, 1, {Reason::grant_used_up, two.first_index + 1});
    // Two grants are counted each for itself.
    const Entry other = grant_of(scene, "other");
    accepted(scene, bureau, other);
    CHECK(scene.write(bank, {scene.query("3"), query_of(scene, other, "4")}).reason == Reason::accepted);
    CHECK(scene.state().used == 3);
}

TEST_CASE("batches of one block use up a grant one after the other") {
    Granted scene;
    const BatchPtr first = scene.batch(bank, {scene.query("1"), scene.query("2"), scene.query("3")});
    const BatchPtr second =
        batch_of(scene.genesis, std::string(bank), first->batch.header.sequence + 1, first->id, {scene.query("4")});
    const auto outcomes = scene.put({first, second});
    CHECK(outcomes[0].reason == Reason::accepted);
    CHECK(outcomes[1].reason == Reason::grant_used_up);
    CHECK(outcomes[1].conflicting_entry == outcomes[0].first_index + 2);
}

TEST_CASE("a query is put to another member that writes") {
    Granted scene;
    Entry query = scene.query("q");
    for (const std::string_view party : {bank, std::string_view("100000-pbc")}) {
        query.party = scene.number(party);
        refused(scene, bank, query, Reason::wrong_party);
    }
    query.party = static_cast<MemberNumber>(scene.genesis.members().size());
    refused(scene, bank, query, Reason::wrong_party);
    query.party = scene.number(bureau);
    accepted(scene, bank, query);
}

TEST_CASE("a query is answered once, by the member that was asked, to the one that asked") {
    Asked scene;
    refused(scene, "310000", answer_of(scene, scene.query("absent"), 1), Reason::no_such_query);
    refused(scene, "320000", scene.answer(), Reason::wrong_provider, scene.asked);
    refused(scene, bank, scene.answer(), Reason::wrong_provider, scene.asked);
    Entry other = scene.answer();
    other.subject = named("another company");
    refused(scene, "310000", other, Reason::wrong_subject, scene.asked);
    other = scene.answer();
    other.category = Category::licence;
    refused(scene, "310000", other, Reason::wrong_subject, scene.asked);
    other = scene.answer();
    for (const MemberNumber party : {scene.number(bureau), MemberNumber{1000}}) {
        other.party = party;
        refused(scene, "310000", other, Reason::wrong_party, scene.asked);
    }
    const std::uint64_t answered = accepted(scene, "310000", scene.answer());
    CHECK(scene.state().answered == answered);
    CHECK(scene.state().report == named("the report"));
    CHECK(scene.state().report_height == 1);
    refused(scene, "310000", scene.answer(), Reason::already_answered, answered);
}

TEST_CASE("an answer's report is of a height below the block that carries the answer") {
    Asked scene;
    const auto at = [&](std::uint64_t height) {
        return answer_of(scene, scene.question, static_cast<std::uint32_t>(height));
    };
    refused(scene, "310000", at(UINT32_MAX), Reason::future_height);
    refused(scene, "310000", at(scene.height() + 1), Reason::future_height);
    accepted(scene, "310000", at(scene.height()));
}

TEST_CASE("a requester acknowledges once, and exactly the report that was answered with") {
    Asked scene;
    const Entry acknowledge = acknowledge_of(scene.question);
    refused(scene, bank, acknowledge_of(scene.query("absent")), Reason::no_such_query);
    refused(scene, bureau, acknowledge, Reason::wrong_requester, scene.asked);
    Entry other = acknowledge;
    other.subject = named("another company");
    refused(scene, bank, other, Reason::wrong_subject, scene.asked);
    other = acknowledge;
    other.category = Category::licence;
    refused(scene, bank, other, Reason::wrong_subject, scene.asked);
    other = acknowledge;
    other.party = scene.number("320000");
    refused(scene, bank, other, Reason::wrong_party, scene.asked);
    refused(scene, bank, acknowledge, Reason::not_answered, scene.asked);
    const std::uint64_t answered = accepted(scene, "310000", scene.answer());
    other = acknowledge;
    other.digest = named("another report");
    refused(scene, bank, other, Reason::wrong_report, answered);
    const std::uint64_t acknowledged = accepted(scene, bank, acknowledge);
    CHECK(scene.state().acknowledged == acknowledged);
    refused(scene, bank, acknowledge, Reason::already_acknowledged, acknowledged);
}

TEST_CASE("what was asked under a grant is answered and acknowledged after its end") {
    Asked scene;
    accepted(scene, bank, revoke_of(scene.grant, 20261124));
    scene.on(20280101);
    accepted(scene, "310000", scene.answer());
    accepted(scene, bank, acknowledge_of(scene.question));
}

TEST_CASE("the account of a month counts the queries acknowledged in it, and both sides agree once, afterwards") {
    Asked scene;
    accepted(scene, "310000", scene.answer());
    accepted(scene, bank, acknowledge_of(scene.question));
    const auto says = [&](Side side, std::uint32_t count, Date month = 20261101) {
        return account_of(scene, bank, "310000", month, side, count);
    };
    scene.at({noon_of(20261130).ms + 12 * 3'600'000 - 1});
    refused(scene, bank, says(Side::requester, 1), Reason::month_not_over);
    refused(scene, "310000", says(Side::provider, 1), Reason::month_not_over);
    scene.at({noon_of(20261130).ms + 12 * 3'600'000});
    for (const std::uint32_t count : {0U, 2U}) {
        refused(scene, bank, says(Side::requester, count), Reason::wrong_count);
        refused(scene, "310000", says(Side::provider, count), Reason::wrong_count);
    }
    const std::uint64_t by_requester = accepted(scene, bank, says(Side::requester, 1));
    refused(scene, bank, says(Side::requester, 1), Reason::already_agreed, by_requester);
    const std::uint64_t by_provider = accepted(scene, "310000", says(Side::provider, 1));
    refused(scene, "310000", says(Side::provider, 1), Reason::already_agreed, by_provider);
    const Hash id = says(Side::requester, 1).record;
    CHECK(scene.tip->after.account(id) == AccountState{1, by_requester, by_provider});
    // A month in which there was nothing.
    accepted(scene, bank, says(Side::requester, 0, 20261001));
    refused(scene, bank, says(Side::requester, 0, 20261201), Reason::month_not_over);
}

TEST_CASE("an acknowledgement counts in the month of its block in Beijing, whenever the query was made") {
    Asked scene;
    accepted(scene, "310000", scene.answer());
    scene.at({noon_of(20261130).ms + 12 * 3'600'000});
    accepted(scene, bank, acknowledge_of(scene.question));
    scene.on(20270101);
    accepted(scene, bank, account_of(scene, bank, "310000", 20261101, Side::requester, 0));
    refused(scene, bank, account_of(scene, bank, "310000", 20261201, Side::requester, 0), Reason::wrong_count);
    accepted(scene, bank, account_of(scene, bank, "310000", 20261201, Side::requester, 1));
}

TEST_CASE("an account is named after its two members and its month, and spoken of by one of them") {
    Asked scene;
    scene.on(20261201);
    const auto wrong = [&](std::string_view by, const Entry& entry) {
        refused(scene, by, entry, Reason::wrong_account);
    };
    const Entry good = account_of(scene, bank, "310000", 20261101, Side::requester, 0);
    wrong("320000", good);
    Entry other = good;
    other.code = static_cast<std::uint16_t>(Side::provider);
    wrong(bank, other);
    other = good;
    other.party = scene.number("320000");
    wrong(bank, other);
    other = good;
    other.decided = 20261001;
    wrong(bank, other);
    wrong(bank, account_of(scene, bank, bank, 20261101, Side::requester, 0));             // with itself
    wrong(bank, account_of(scene, bank, "100000-pbc", 20261101, Side::requester, 0));     // which answers nobody
    wrong("310000", account_of(scene, "320000", "310000", 20261101, Side::provider, 0));  // which asks nobody
    wrong("310000", account_of(scene, "310000", "320000", 20261101, Side::requester, 0));
    accepted(scene, bank, good);
}

TEST_CASE("only bureaus register grants and ask, only issuers speak of records, and both answer and settle") {
    const Scene scene;
    const auto may = [&](std::string_view id, Op op) { return may_do(scene.genesis.member(id)->roles, op); };
    for (auto op = Op::create; is_known(op); op = static_cast<Op>(static_cast<unsigned>(op) + 1)) {
        INFO(name_of(op));
        const bool shared = op == Op::answer || op == Op::account;
        CHECK(may("310000", op) == (is_about_record(op) || shared || op == Op::resolve));
        CHECK(may(bank, op) == !is_about_record(op));
        CHECK(may(both, op));
        CHECK_FALSE(may("100000-pbc", op));
    }
}

TEST_CASE("an operation that its issuer may not do is refused") {
    Scene scene;
    refused(scene, "310000", grant_of(scene, "g"), Reason::no_role);
    refused(scene, "310000", query_of(scene, grant_of(scene, "g"), "q"), Reason::no_role);
    refused(scene, bank, create("r"), Reason::no_role);
    refused(scene, bank, about(create("r"), Op::held), Reason::no_role);
}

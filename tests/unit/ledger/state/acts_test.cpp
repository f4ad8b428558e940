// Tests authorizations and queries: acceptance and refusal by each rule, with the conflicting entry.
#include "ledger/state/acts.hpp"

#include "tests/unit/ledger/state/acts_fixture.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::rules_test;

namespace {

using Op = Operation;

// On 2026-11-24; the bureau has registered a grant to the bank, for three queries in November and December.
struct Granted : Fixture {
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

// The bank has also asked 310000, as leaf `asked`.
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
    Granted fixture;
    refused(fixture, bureau, fixture.grant, Reason::already_exists, fixture.granted);
    refused(fixture, bank, fixture.grant, Reason::already_exists, fixture.granted);
    Entry other = grant_of(fixture, "other");
    for (const std::string_view party : {"310000", "100000-pbc"}) {
        other.party = fixture.number(party);
        refused(fixture, bureau, other, Reason::wrong_party);
    }
    other.party = static_cast<MemberNumber>(fixture.genesis.members().size());
    refused(fixture, bureau, other, Reason::wrong_party);
    other.party = fixture.number(bureau);
    const std::uint64_t index = accepted(fixture, bureau, other);
    CHECK(fixture.tip->after.grant(named("other")) == GrantState{std::string(bureau), other, index, 0, 0, {}});
}

TEST_CASE("a grant is revoked once, by the bureau that registered it or the one that it names") {
    for (const std::string_view by : {bureau, bank}) {
        Granted fixture;
        const Entry revoke = revoke_of(fixture.grant, 20261124);
        refused(fixture, by, revoke_of(grant_of(fixture, "absent"), 20261124), Reason::no_such_grant);
        refused(fixture, both, revoke, Reason::wrong_issuer, fixture.granted);
        Entry other = revoke;
        other.subject = named("another company");
        refused(fixture, by, other, Reason::wrong_subject, fixture.granted);
        other = revoke;
        other.category = Category::licence;
        refused(fixture, by, other, Reason::wrong_subject, fixture.granted);
        refused(fixture, by, revoke_of(fixture.grant, 20261125), Reason::future_day);
        const std::uint64_t revoked = accepted(fixture, by, revoke);
        CHECK(fixture.state().revoked == revoked);
        refused(fixture, by, revoke, Reason::grant_revoked, revoked);
        refused(fixture, bank, fixture.query("q"), Reason::grant_revoked, revoked);
    }
}

TEST_CASE("a grant that a batch revokes is not used later in the same batch") {
    Granted fixture;
    const Entry revoke = revoke_of(fixture.grant, 20261124);
    refused_at(fixture, bank, {revoke, fixture.query("q")}, 1, {Reason::grant_revoked, {}});
    const BatchOutcome outcome = fixture.write(bank, {fixture.query("q"), revoke});  // in the other order it is
    CHECK(outcome.reason == Reason::accepted);
    CHECK(fixture.state().used == 1);
    CHECK(fixture.state().revoked == outcome.first_index + 1);
}

TEST_CASE("a query is made once, under a grant that there is") {
    Granted fixture;
    const Entry absent = grant_of(fixture, "absent");
    refused(fixture, bank, query_of(fixture, absent, "q"), Reason::no_such_grant);
    // A grant of the same batch does not exist yet.
    refused_at(fixture, bank, {absent, query_of(fixture, absent, "q")}, 1, {Reason::no_such_grant, {}});
    const std::uint64_t asked = accepted(fixture, bank, fixture.query("q"));
    refused(fixture, bank, fixture.query("q"), Reason::already_exists, asked);
    refused(fixture, bureau, fixture.query("q"), Reason::already_exists, asked);
    CHECK(fixture.tip->after.query(named("q")) ==
          QueryState{std::string(bank), fixture.query("q"), asked, {}, {}, 0, {}});
}

TEST_CASE("a grant covers its requester, subject, purpose and category, and nothing else") {
    Granted fixture;
    refused(fixture, bureau, fixture.query("q"), Reason::wrong_requester, fixture.granted);  // which registered it
    Entry query = fixture.query("q");
    query.subject = named("another company");
    refused(fixture, bank, query, Reason::wrong_subject, fixture.granted);
    query = fixture.query("q");
    query.code = code(Purpose::guarantee);
    refused(fixture, bank, query, Reason::wrong_purpose, fixture.granted);
    for (const Category category : {Category::licence, Category::any}) {
        query = fixture.query("q");
        query.category = category;
        refused(fixture, bank, query, Reason::outside_scope, fixture.granted);
    }
    Entry wide = grant_of(fixture, "wide");
    wide.category = Category::any;
    accepted(fixture, bureau, wide);
    for (const Category category : {Category::penalty, Category::licence, Category::any}) {
        query = query_of(fixture, wide, "of " + std::string(name_of(category)));
        query.category = category;
        accepted(fixture, bank, query);
    }
}

TEST_CASE("a grant is used from its first day to its last, in Beijing") {
    Granted fixture;
    const std::uint64_t half = 12 * 3'600'000;
    fixture.at({noon_of(20261101).ms - half - 1});
    refused(fixture, bank, fixture.query("early"), Reason::grant_not_yet_valid, fixture.granted);
    fixture.at({noon_of(20261101).ms - half});
    accepted(fixture, bank, fixture.query("first"));
    fixture.at({noon_of(20261231).ms + half - 1});
    accepted(fixture, bank, fixture.query("last"));
    fixture.at({noon_of(20261231).ms + half});
    refused(fixture, bank, fixture.query("late"), Reason::grant_expired, fixture.granted);
}

TEST_CASE("a grant without end does not expire") {
    Granted fixture;
    Entry endless = grant_of(fixture, "endless");
    endless.public_until = date_forever;
    accepted(fixture, bureau, endless);
    fixture.on(21991231);
    accepted(fixture, bank, query_of(fixture, endless, "q"));
}

TEST_CASE("a grant is used as often as it says") {
    Granted fixture;
    accepted(fixture, bank, fixture.query("1"));
    accepted(fixture, bank, fixture.query("2"));
    const std::uint64_t third = accepted(fixture, bank, fixture.query("3"));
    CHECK(fixture.state().used == 3);
    CHECK(fixture.state().last_use == third);
    refused(fixture, bank, fixture.query("4"), Reason::grant_used_up, third);
}

TEST_CASE("queries of one batch use up a grant together") {
    Granted fixture;
    refused_at(fixture, bank, {fixture.query("1"), fixture.query("2"), fixture.query("3"), fixture.query("4")}, 3,
               {Reason::grant_used_up, fixture.granted});
    CHECK(fixture.state().used == 0);
    const BatchOutcome two = fixture.write(bank, {fixture.query("1"), fixture.query("2")});
    CHECK(two.reason == Reason::accepted);
    CHECK(fixture.state().used == 2);
    CHECK(fixture.state().last_use == two.first_index + 1);
    refused_at(fixture, bank, {fixture.query("3"), fixture.query("4")}, 1,
               {Reason::grant_used_up, two.first_index + 1});
    // Two grants are counted separately.
    const Entry other = grant_of(fixture, "other");
    accepted(fixture, bureau, other);
    CHECK(fixture.write(bank, {fixture.query("3"), query_of(fixture, other, "4")}).reason == Reason::accepted);
    CHECK(fixture.state().used == 3);
}

TEST_CASE("batches of one block use up a grant one after the other") {
    Granted fixture;
    const BatchPtr first = fixture.batch(bank, {fixture.query("1"), fixture.query("2"), fixture.query("3")});
    const BatchPtr second =
        batch_of(fixture.genesis, std::string(bank), first->batch.header.sequence + 1, first->id, {fixture.query("4")});
    const auto outcomes = fixture.put({first, second});
    CHECK(outcomes[0].reason == Reason::accepted);
    CHECK(outcomes[1].reason == Reason::grant_used_up);
    CHECK(outcomes[1].conflicting_entry == outcomes[0].first_index + 2);
}

TEST_CASE("a query is put to another member that writes") {
    Granted fixture;
    Entry query = fixture.query("q");
    for (const std::string_view party : {bank, std::string_view("100000-pbc")}) {
        query.party = fixture.number(party);
        refused(fixture, bank, query, Reason::wrong_party);
    }
    query.party = static_cast<MemberNumber>(fixture.genesis.members().size());
    refused(fixture, bank, query, Reason::wrong_party);
    query.party = fixture.number(bureau);
    accepted(fixture, bank, query);
}

TEST_CASE("a query is answered once, by the member that was asked, to the one that asked") {
    Asked fixture;
    refused(fixture, "310000", answer_of(fixture, fixture.query("absent"), 1), Reason::no_such_query);
    refused(fixture, "320000", fixture.answer(), Reason::wrong_provider, fixture.asked);
    refused(fixture, bank, fixture.answer(), Reason::wrong_provider, fixture.asked);
    Entry other = fixture.answer();
    other.subject = named("another company");
    refused(fixture, "310000", other, Reason::wrong_subject, fixture.asked);
    other = fixture.answer();
    other.category = Category::licence;
    refused(fixture, "310000", other, Reason::wrong_subject, fixture.asked);
    other = fixture.answer();
    for (const MemberNumber party : {fixture.number(bureau), MemberNumber{1000}}) {
        other.party = party;
        refused(fixture, "310000", other, Reason::wrong_party, fixture.asked);
    }
    const std::uint64_t answered = accepted(fixture, "310000", fixture.answer());
    CHECK(fixture.state().answered == answered);
    CHECK(fixture.state().report == named("the report"));
    CHECK(fixture.state().report_height == 1);
    refused(fixture, "310000", fixture.answer(), Reason::already_answered, answered);
}

TEST_CASE("an answer's report is of a height below the block that carries the answer") {
    Asked fixture;
    const auto at = [&](std::uint64_t height) {
        return answer_of(fixture, fixture.question, static_cast<std::uint32_t>(height));
    };
    refused(fixture, "310000", at(UINT32_MAX), Reason::future_height);
    refused(fixture, "310000", at(fixture.height() + 1), Reason::future_height);
    accepted(fixture, "310000", at(fixture.height()));
}

TEST_CASE("a requester acknowledges once, and exactly the report that was answered with") {
    Asked fixture;
    const Entry acknowledge = acknowledge_of(fixture.question);
    refused(fixture, bank, acknowledge_of(fixture.query("absent")), Reason::no_such_query);
    refused(fixture, bureau, acknowledge, Reason::wrong_requester, fixture.asked);
    Entry other = acknowledge;
    other.subject = named("another company");
    refused(fixture, bank, other, Reason::wrong_subject, fixture.asked);
    other = acknowledge;
    other.category = Category::licence;
    refused(fixture, bank, other, Reason::wrong_subject, fixture.asked);
    other = acknowledge;
    other.party = fixture.number("320000");
    refused(fixture, bank, other, Reason::wrong_party, fixture.asked);
    refused(fixture, bank, acknowledge, Reason::not_answered, fixture.asked);
    const std::uint64_t answered = accepted(fixture, "310000", fixture.answer());
    other = acknowledge;
    other.digest = named("another report");
    refused(fixture, bank, other, Reason::wrong_report, answered);
    const std::uint64_t acknowledged = accepted(fixture, bank, acknowledge);
    CHECK(fixture.state().acknowledged == acknowledged);
    refused(fixture, bank, acknowledge, Reason::already_acknowledged, acknowledged);
}

TEST_CASE("what was asked under a grant is answered and acknowledged after its end") {
    Asked fixture;
    accepted(fixture, bank, revoke_of(fixture.grant, 20261124));
    fixture.on(20280101);
    accepted(fixture, "310000", fixture.answer());
    accepted(fixture, bank, acknowledge_of(fixture.question));
}

TEST_CASE("the account of a month counts the queries acknowledged in it, and both sides agree once, afterwards") {
    Asked fixture;
    accepted(fixture, "310000", fixture.answer());
    accepted(fixture, bank, acknowledge_of(fixture.question));
    const auto says = [&](Side side, std::uint32_t count, Date month = 20261101) {
        return account_of(fixture, bank, "310000", month, side, count);
    };
    fixture.at({noon_of(20261130).ms + 12 * 3'600'000 - 1});
    refused(fixture, bank, says(Side::requester, 1), Reason::month_not_over);
    refused(fixture, "310000", says(Side::provider, 1), Reason::month_not_over);
    fixture.at({noon_of(20261130).ms + 12 * 3'600'000});
    for (const std::uint32_t count : {0U, 2U}) {
        refused(fixture, bank, says(Side::requester, count), Reason::wrong_count);
        refused(fixture, "310000", says(Side::provider, count), Reason::wrong_count);
    }
    const std::uint64_t by_requester = accepted(fixture, bank, says(Side::requester, 1));
    refused(fixture, bank, says(Side::requester, 1), Reason::already_agreed, by_requester);
    const std::uint64_t by_provider = accepted(fixture, "310000", says(Side::provider, 1));
    refused(fixture, "310000", says(Side::provider, 1), Reason::already_agreed, by_provider);
    const Hash id = says(Side::requester, 1).record;
    CHECK(fixture.tip->after.account(id) == AccountState{1, by_requester, by_provider});
    // A month without any queries.
    accepted(fixture, bank, says(Side::requester, 0, 20261001));
    refused(fixture, bank, says(Side::requester, 0, 20261201), Reason::month_not_over);
}

TEST_CASE("an acknowledgement counts in the month of its block in Beijing, whenever the query was made") {
    Asked fixture;
    accepted(fixture, "310000", fixture.answer());
    fixture.at({noon_of(20261130).ms + 12 * 3'600'000});
    accepted(fixture, bank, acknowledge_of(fixture.question));
    fixture.on(20270101);
    accepted(fixture, bank, account_of(fixture, bank, "310000", 20261101, Side::requester, 0));
    refused(fixture, bank, account_of(fixture, bank, "310000", 20261201, Side::requester, 0), Reason::wrong_count);
    accepted(fixture, bank, account_of(fixture, bank, "310000", 20261201, Side::requester, 1));
}

TEST_CASE("an account is named after its two members and its month, and spoken of by one of them") {
    Asked fixture;
    fixture.on(20261201);
    const auto wrong = [&](std::string_view by, const Entry& entry) {
        refused(fixture, by, entry, Reason::wrong_account);
    };
    const Entry good = account_of(fixture, bank, "310000", 20261101, Side::requester, 0);
    wrong("320000", good);
    Entry other = good;
    other.code = static_cast<std::uint16_t>(Side::provider);
    wrong(bank, other);
    other = good;
    other.party = fixture.number("320000");
    wrong(bank, other);
    other = good;
    other.decided = 20261001;
    wrong(bank, other);
    wrong(bank, account_of(fixture, bank, bank, 20261101, Side::requester, 0));             // with itself
    wrong(bank, account_of(fixture, bank, "100000-pbc", 20261101, Side::requester, 0));     // which answers nobody
    wrong("310000", account_of(fixture, "320000", "310000", 20261101, Side::provider, 0));  // which asks nobody
    wrong("310000", account_of(fixture, "310000", "320000", 20261101, Side::requester, 0));
    accepted(fixture, bank, good);
}

TEST_CASE("only bureaus register grants and ask, only issuers speak of records, and both answer and settle") {
    const Fixture fixture;
    const auto may = [&](std::string_view id, Op op) { return may_do(fixture.genesis.member(id)->roles, op); };
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
    Fixture fixture;
    refused(fixture, "310000", grant_of(fixture, "g"), Reason::no_role);
    refused(fixture, "310000", query_of(fixture, grant_of(fixture, "g"), "q"), Reason::no_role);
    refused(fixture, bank, create("r"), Reason::no_role);
    refused(fixture, bank, about(create("r"), Op::held), Reason::no_role);
}

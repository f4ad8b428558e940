// Tests the review of queries: each query is checked again against its grant.
#include "ledger/audit/review_queries.hpp"

#include "ledger/rules/terms.hpp"
#include "tests/unit/ledger/state/acts_fixture.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::rules_test;

namespace {

constexpr Date monday = 20261123, tuesday = 20261124, wednesday = 20261125;

// A review that sees every block of a fixture.
struct Reviewed {
    explicit Reviewed(const Period& period = {}) : review(fixture.genesis, period) {}
    std::uint64_t write(std::string_view issuer, const Entry& entry) {
        const std::uint64_t index = accepted(fixture, issuer, entry);
        review.take(*fixture.tip);
        return index;
    }
    // Puts an entry into the log that execution would have refused.
    void smuggle(std::string_view issuer, const Entry& entry, Date day) {
        review.take(smuggled++, {fixture.height(), noon_of(day), std::string(issuer), entry});
    }
    const ReviewedQuery& last() const { return review.queries().back(); }

    Fixture fixture;
    QueryReview review;
    std::uint64_t smuggled = 1'000;
};

// A query under a grant of two uses. Each section changes one of them, and states what the review must report of the
// query.
struct Attempt : Reviewed {
    Attempt() {
        fixture.on(tuesday);
        grant = grant_of(fixture, "g");
        grant.version = 2;
        write(bureau, grant);
        query = query_of(fixture, grant, "q");
    }
    void check() {
        smuggle(by, query, day);
        CHECK(name_of(last().against) == name_of(due));
    }

    Entry grant, query;
    std::string_view by = bank;
    Date day = tuesday;
    Reason due = Reason::accepted;
};

}  // namespace

TEST_CASE("a review lists each query with its grant, answer and acknowledgement") {
    Reviewed at;
    at.fixture.on(tuesday);
    const Entry grant = grant_of(at.fixture, "g");
    at.write(bureau, grant);
    const Entry query = query_of(at.fixture, grant, "q");
    const std::uint64_t asked = at.write(bank, query);
    CHECK_FALSE(at.last().answered);
    CHECK_FALSE(at.last().acknowledge_state(tuesday));
    at.fixture.on(wednesday);
    const std::uint64_t answered = at.write("310000", answer_of(at.fixture, query, 1));
    const std::uint64_t acknowledged = at.write(bank, acknowledge_of(query));
    REQUIRE(at.review.queries().size() == 1);
    const ReviewedQuery& found = at.last();
    CHECK(found.id == query.record);
    CHECK(found.grant == grant.record);
    CHECK(found.asked.index == asked);
    CHECK(found.asked_on() == tuesday);
    CHECK(found.requester == at.fixture.number(bank));
    CHECK(found.provider == at.fixture.number("310000"));
    CHECK(found.purpose == grant.code);
    CHECK(found.against == Reason::accepted);
    CHECK(found.answered->index == answered);
    CHECK(date_of(found.answered->time) == wednesday);
    CHECK(found.acknowledged->index == acknowledged);
    CHECK(at.review.today() == wednesday);
}

TEST_CASE("a review finds by itself each way in which a query lacks a live grant") {
    Attempt at;
    SECTION("in order") {}
    SECTION("a grant that is not there") {
        at.query.digest = named("another grant");
        at.due = Reason::no_such_grant;
    }
    SECTION("by another bureau") {
        at.by = bureau;
        at.due = Reason::wrong_requester;
    }
    SECTION("by nobody of the federation") {
        at.by = "999999";
        at.due = Reason::wrong_requester;
    }
    SECTION("about another subject") {
        at.query.subject = named("another company");
        at.due = Reason::wrong_subject;
    }
    SECTION("for another purpose") {
        at.query.code = static_cast<std::uint16_t>(Purpose::guarantee);
        at.due = Reason::wrong_purpose;
    }
    SECTION("in another category") {
        at.query.category = Category::licence;
        at.due = Reason::outside_scope;
    }
    SECTION("in any category, of a grant for one") {
        at.query.category = Category::any;
        at.due = Reason::outside_scope;
    }
    SECTION("of itself") {
        at.query.party = at.fixture.number(bank);
        at.due = Reason::wrong_party;
    }
    SECTION("of a member that has neither role") {
        at.query.party = at.fixture.number("100000-pbc");
        at.due = Reason::wrong_party;
    }
    SECTION("under an id that was used before") {
        at.write(bank, at.query);
        at.due = Reason::already_exists;
    }
    at.check();
}

TEST_CASE("a review finds by itself that a grant is not valid on the day, revoked or used up") {
    Attempt at;
    SECTION("on the first day") { at.day = at.grant.decided; }
    SECTION("before it") {
        at.day = day_before(at.grant.decided);
        at.due = Reason::grant_not_yet_valid;
    }
    SECTION("on the last day") { at.day = at.grant.public_until; }
    SECTION("after it") {
        at.day = day_after(at.grant.public_until);
        at.due = Reason::grant_expired;
    }
    SECTION("after the revocation") {
        at.write(bureau, revoke_of(at.grant, tuesday));
        at.due = Reason::grant_revoked;
    }
    SECTION("with the last use") { at.write(bank, query_of(at.fixture, at.grant, "q1")); }
    SECTION("with one more than granted") {
        at.write(bank, query_of(at.fixture, at.grant, "q1"));
        at.write(bank, query_of(at.fixture, at.grant, "q2"));
        at.due = Reason::grant_used_up;
    }
    at.check();
}

TEST_CASE("a second grant of the same id does not widen the first") {
    Reviewed at;
    at.fixture.on(tuesday);
    Entry grant = grant_of(at.fixture, "g");
    at.write(bureau, grant);
    grant.public_until = 20280101;
    at.smuggle(bureau, grant, tuesday);
    at.smuggle(bank, query_of(at.fixture, grant, "q"), 20270101);
    CHECK(at.last().against == Reason::grant_expired);
}

TEST_CASE("queries before the period are not listed, but use the grant up") {
    Reviewed at({tuesday, tuesday});
    at.fixture.on(monday);
    Entry grant = grant_of(at.fixture, "g");
    grant.version = 1;
    at.write(bureau, grant);
    at.write(bank, query_of(at.fixture, grant, "monday"));
    at.smuggle(bank, query_of(at.fixture, grant, "tuesday"), tuesday);
    at.smuggle(bank, query_of(at.fixture, grant, "wednesday"), wednesday);
    REQUIRE(at.review.queries().size() == 1);
    CHECK(at.last().id == named("tuesday"));
    CHECK(at.last().against == Reason::grant_used_up);
}

TEST_CASE("only the member asked answers, and only who asked acknowledges") {
    Reviewed at;
    at.fixture.on(tuesday);
    const Entry grant = grant_of(at.fixture, "g");
    at.write(bureau, grant);
    const Entry query = query_of(at.fixture, grant, "q");
    at.write(bank, query);
    at.smuggle(bank, acknowledge_of(query), tuesday);  // of nothing yet
    CHECK_FALSE(at.last().acknowledged);
    at.smuggle("320000", answer_of(at.fixture, query, 1), tuesday);
    CHECK_FALSE(at.last().answered);
    at.write("310000", answer_of(at.fixture, query, 1));
    at.smuggle(bureau, acknowledge_of(query), tuesday);
    CHECK_FALSE(at.last().acknowledged);
    at.write(bank, acknowledge_of(query));
    CHECK(at.last().acknowledged);
}

TEST_CASE("an answer is overdue on the day after its term, and a late one stays late") {
    Reviewed at;
    at.fixture.on(tuesday);
    const Entry grant = grant_of(at.fixture, "g");
    at.write(bureau, grant);
    const Entry query = query_of(at.fixture, grant, "q");
    at.write(bank, query);
    CHECK(shipped_terms().answer_due(tuesday) == wednesday);
    CHECK(at.last().answer_state(wednesday) == TermState::pending);
    CHECK(at.last().answer_state(day_after(wednesday)) == TermState::overdue);
    const bool late = GENERATE(false, true);
    at.fixture.on(late ? day_after(wednesday) : wednesday);
    at.write("310000", answer_of(at.fixture, query, 1));
    CHECK(at.last().answer_state(20270101) == (late ? TermState::late : TermState::in_time));
}

TEST_CASE("an acknowledgement is overdue on the day after its term, counted from the answer in working days") {
    Reviewed at;
    at.fixture.on(tuesday);
    const Entry grant = grant_of(at.fixture, "g");
    at.write(bureau, grant);
    const Entry query = query_of(at.fixture, grant, "q");
    at.write(bank, query);
    at.write("310000", answer_of(at.fixture, query, 1));
    constexpr Date due = 20261201;  // Wednesday, Thursday, Friday, Monday, Tuesday
    CHECK(shipped_terms().acknowledge_due(tuesday) == due);
    CHECK(at.last().acknowledge_state(due) == TermState::pending);
    CHECK(at.last().acknowledge_state(day_after(due)) == TermState::overdue);
    const bool late = GENERATE(false, true);
    at.fixture.on(late ? day_after(due) : due);
    at.write(bank, acknowledge_of(query));
    CHECK(at.last().acknowledge_state(20270101) == (late ? TermState::late : TermState::in_time));
}

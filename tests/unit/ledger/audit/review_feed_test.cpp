// Tests the review of a feed: late reports, withdrawals and disputes, and the quality of reporting.
#include "ledger/audit/review_feed.hpp"

#include "ledger/audit/quality.hpp"
#include "ledger/rules/terms.hpp"
#include "tests/unit/ledger/state/acts_fixture.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::rules_test;

namespace {

constexpr Date tuesday = 20261124;
constexpr std::string_view shanghai = "310000", nanjing = "320000", hangzhou = "330000";

// Shanghai's feed and the quality of all members; both reviews see every block of a fixture.
struct Watched {
    explicit Watched(const Period& period = {})
        : feed(std::string(shanghai), period), quality(fixture.genesis, period) {}
    void see() {
        feed.take(*fixture.tip);
        quality.take(*fixture.tip);
    }
    std::uint64_t write(std::string_view issuer, const Entry& entry) {
        const std::uint64_t index = accepted(fixture, issuer, entry);
        see();
        return index;
    }
    IssuerQuality of(std::string_view issuer) const {
        const auto at = quality.issuers().find(std::string(issuer));
        return at == quality.issuers().end() ? IssuerQuality{} : at->second;
    }

    Fixture fixture;
    FeedReview feed;
    Quality quality;
};

Entry decided_on(std::string_view record, Date day) {
    Entry entry = create(record);
    entry.decided = day;
    return entry;
}

}  // namespace

TEST_CASE("a create is late from the day after its term, and not before") {
    Watched at;
    constexpr Date decided = 20261109, due = 20261118;
    REQUIRE(shipped_terms().report_due(decided) == due);
    at.fixture.on(due);
    at.write(shanghai, decided_on("in time", decided));
    CHECK(at.feed.late_reports().empty());
    at.fixture.on(day_after(due));
    const std::uint64_t index = at.write(shanghai, decided_on("late", decided));
    at.write(shanghai, decided_on("undated", date_none));
    at.write(nanjing, decided_on("another's", decided));
    REQUIRE(at.feed.late_reports().size() == 1);
    const DueEntry& late = at.feed.late_reports().front();
    CHECK(late.index == index);
    CHECK(late.record == named("late"));
    CHECK(late.counted_from == decided);
    CHECK(late.due == due);
    CHECK(late.done == day_after(due));
    CHECK(at.of(shanghai).creates == 3);
    CHECK(at.of(shanghai).late == 1);
    CHECK(at.of(shanghai).lateness() == Rate{1, 3});
    CHECK(at.of(nanjing).lateness() == Rate{1, 1});
}

TEST_CASE("an update of an old decision is not a late report") {
    Watched at;
    at.fixture.on(20261110);
    const Entry record = create("r");
    at.write(shanghai, record);
    at.fixture.on(20270301);
    at.write(shanghai, next(record, Operation::update));
    CHECK(at.feed.late_reports().empty());
    CHECK(at.of(shanghai).late == 0);
    CHECK(at.of(shanghai).creates == 1);
    CHECK(at.of(shanghai).reported == 2);
}

TEST_CASE("a withdrawal is late from the fourth day") {
    Watched at;
    at.fixture.on(tuesday);
    const Entry first = create("first"), second = create("second");
    at.write(shanghai, first);
    at.write(shanghai, second);
    at.fixture.on(20261127);
    at.write(shanghai, about(first, Operation::withdrawn, tuesday));
    CHECK(at.feed.late_withdrawals().empty());
    at.fixture.on(20261128);
    const std::uint64_t index = at.write(shanghai, about(second, Operation::withdrawn, tuesday));
    REQUIRE(at.feed.late_withdrawals().size() == 1);
    CHECK(at.feed.late_withdrawals().front().index == index);
    CHECK(at.feed.late_withdrawals().front().due == 20261127);
}

TEST_CASE("a dispute is past due from the day after, open or resolved too late") {
    Watched at;
    at.fixture.on(tuesday);
    const Entry first = create("first"), second = create("second"), third = create("third");
    const Date due = shipped_terms().dispute_due(shanghai, tuesday);
    for (const Entry& record : {first, second, third}) {
        at.write(shanghai, record);
        at.write(shanghai, dispute(record, tuesday, due));
    }
    at.fixture.on(due);
    at.write(shanghai, resolved(first, due, DisputeOutcome::refused));
    CHECK(at.feed.late_disputes().empty());  // the others are due today
    at.fixture.on(day_after(due));
    at.write(shanghai, resolved(second, due, DisputeOutcome::refused));
    const std::vector<DueEntry> late = at.feed.late_disputes();
    REQUIRE(late.size() == 2);
    CHECK(late[0].record == second.record);
    CHECK(late[0].done == day_after(due));
    CHECK(late[1].record == third.record);
    CHECK_FALSE(late[1].done);
    CHECK(late[1].due == due);
    CHECK(at.of(shanghai).disputes_timely() == Rate{1, 2});
}

TEST_CASE("after a repair each member with a copy is waited for, and how long it took is told") {
    Watched at;
    at.fixture.on(20261110);
    Entry record = create("r");
    record.decided = 20260109;
    at.write(shanghai, record);
    at.write(nanjing, about(record, Operation::held));
    at.write(hangzhou, about(record, Operation::held));
    at.write(shanghai, about(record, Operation::repair_accepted, 20261110));
    CHECK(at.feed.copies().empty());
    at.fixture.on(tuesday);
    const std::uint64_t index = at.write(shanghai, about(record, Operation::repaired, tuesday));
    at.fixture.on(20261126);
    at.write(hangzhou, about(record, Operation::repair_ack, 20261125));
    at.write(shanghai, about(record, Operation::withdrawn, 20261126));  // ended already
    REQUIRE(at.feed.copies().size() == 2);
    const CopyEnd &open = at.feed.copies()[0], &done = at.feed.copies()[1];
    CHECK(open.index == index);
    CHECK(open.holder == nanjing);
    CHECK_FALSE(open.acknowledged);
    CHECK(done.holder == hangzhou);
    CHECK(done.because == Operation::repaired);
    CHECK(done.since == tuesday);
    CHECK(done.acknowledged == 20261126);
    CHECK(at.of(shanghai).repairs == 1);
}

TEST_CASE("a record that ended before the period waits for nobody in it") {
    Watched at({20261125, 20261130});
    at.fixture.on(tuesday);
    const Entry record = create("r");
    at.write(shanghai, record);
    at.write(nanjing, about(record, Operation::held));
    at.write(shanghai, about(record, Operation::withdrawn, tuesday));
    CHECK(at.feed.copies().empty());
    CHECK(at.feed.run().batches == 0);
}

TEST_CASE("a feed's batches follow each other, and rejected ones are named with their reason") {
    Watched at({tuesday, tuesday});
    at.fixture.on(day_before(tuesday));
    at.write(shanghai, create("r"));
    at.fixture.on(tuesday);
    at.write(shanghai, create("s"));
    const BatchPtr twice = at.fixture.batch(shanghai, {create("t"), create("r")});
    at.fixture.put({twice});
    at.see();
    at.write(shanghai, create("u"));
    at.fixture.on(day_after(tuesday));
    at.write(shanghai, create("v"));
    const FeedRun& run = at.feed.run();
    CHECK(run.batches == 2);
    CHECK(run.entries == 2);
    CHECK(run.first == 2);
    CHECK(run.last == 3);
    CHECK(run.gaps.empty());
    REQUIRE(at.feed.rejected().size() == 1);
    const RejectedBatch& rejected = at.feed.rejected().front();
    CHECK(rejected.id == twice->id);
    CHECK(rejected.sequence == 3);
    CHECK(rejected.entries == 2);
    CHECK(rejected.outcome.reason == Reason::already_exists);
    CHECK(rejected.outcome.entry == 1);
    CHECK(at.of(shanghai).rejected_batches == 1);
    CHECK(at.of(shanghai).compliance() == Rate{2, 4});
}

TEST_CASE("a feed that lacks a batch has a gap, between which numbers") {
    Watched at;
    at.fixture.on(tuesday);
    at.write(shanghai, create("r"));
    accepted(at.fixture, shanghai, create("not seen"));
    at.write(shanghai, create("s"));
    REQUIRE(at.feed.run().gaps.size() == 1);
    CHECK(at.feed.run().gaps.front() == std::pair<std::uint64_t, std::uint64_t>(1, 3));
}

TEST_CASE("quality counts what is said of records, on the days of the period") {
    Watched at({tuesday, tuesday});
    at.fixture.on(day_before(tuesday));
    at.write(shanghai, create("before"));
    at.fixture.on(tuesday);
    at.write(both, create("record"));
    Entry grant = grant_of(at.fixture, "grant");
    at.write(both, grant);  // no report
    at.fixture.on(day_after(tuesday));
    at.write(both, create("after"));
    CHECK(at.of(both).reported == 1);
    CHECK(at.of(both).submitted == 1);
    CHECK(at.of(both).accepted_batches == 2);
    CHECK(at.of(shanghai) == IssuerQuality{});
}

TEST_CASE("a dispute opened before the period is resolved in it by its own due day") {
    const Date due = shipped_terms().dispute_due(shanghai, tuesday);
    const bool late = GENERATE(false, true);
    Watched at({due, 20991231});
    at.fixture.on(tuesday);
    const Entry record = create("r");
    at.write(shanghai, record);
    at.write(shanghai, dispute(record, tuesday, due));
    at.fixture.on(late ? day_after(due) : due);
    at.write(shanghai, resolved(record, due, DisputeOutcome::refused));
    CHECK(at.of(shanghai).disputes_timely() == Rate{late ? 0u : 1u, 1});
}

TEST_CASE("a rate is printed in hundredths of a per cent, halves up") {
    CHECK(percent_text({0, 0}) == "-");
    CHECK(percent_text({0, 7}) == "0.00%");
    CHECK(percent_text({1, 3}) == "33.33%");
    CHECK(percent_text({2, 3}) == "66.67%");
    CHECK(percent_text({1, 16}) == "6.25%");
    CHECK(percent_text({1, 800}) == "0.13%");
    CHECK(percent_text({1, 801}) == "0.12%");
    CHECK(percent_text({1, 20'000}) == "0.01%");
    CHECK(percent_text({1, 20'001}) == "0.00%");
    CHECK(percent_text({19'999, 20'000}) == "100.00%");
    CHECK(percent_text({7, 7}) == "100.00%");
    CHECK(percent_text({(1ull << 48) - 1, (1ull << 48) - 1}) == "100.00%");
}

// Tests the standing of a record: each standing on its day and on the days around it, and at earlier heights, from the
// list of all entries about a subject.
#include "ledger/proof/standing.hpp"

#include <set>

#include "tests/unit/ledger/state/acts_fixture.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::rules_test;

namespace {

using Op = Operation;

// A penalty of Shanghai or Zhejiang, decided on 2026-05-01 and public until 2027-05-01, written on 2026-11-24.
struct Standings : Fixture {
    std::string issuer;
    Entry record = create("r");
    std::uint64_t index = 0;
    explicit Standings(std::string by = "310000") : issuer(std::move(by)) {
        on(20261124);
        record.decided = 20260501;
        record.public_until = 20270501;
        accepted(*this, "320000", create("another", "another company"));
        index = accepted(*this, issuer, record);
    }
    std::uint64_t write(const Entry& entry) { return accepted(*this, issuer, entry); }
    void stands(Date day, DisplayStatus status, std::optional<Date> named_day, std::uint64_t cause) const {
        INFO(day);
        const Reading reading = read_record(Fixture::record("r"), day);
        CHECK(name_of(reading.status) == name_of(status));
        CHECK(reading.day == named_day);
        CHECK(reading.cause == cause);
    }
};

}  // namespace

TEST_CASE("a record is current until its last day of publicity, and expired from the day after") {
    const Standings fixture;
    fixture.stands(20261124, DisplayStatus::current, {}, fixture.index);
    fixture.stands(20270501, DisplayStatus::current, {}, fixture.index);
    fixture.stands(20270502, DisplayStatus::expired, Date{20270501}, fixture.index);
    fixture.stands(20991231, DisplayStatus::expired, Date{20270501}, fixture.index);
}

TEST_CASE("a record without a last day of publicity, or for ever, does not expire") {
    for (const Date until : {date_none, date_forever}) {
        Standings fixture;
        fixture.record = next(fixture.record, Op::update);
        fixture.record.public_until = until;
        const std::uint64_t index = fixture.write(fixture.record);
        fixture.stands(21991231, DisplayStatus::current, {}, index);
    }
}

TEST_CASE("a penalty of Zhejiang is past retention five years after its decision, rather than expired") {
    const Standings fixture("330000"), elsewhere("310000");
    fixture.stands(20270502, DisplayStatus::expired, Date{20270501}, fixture.index);
    fixture.stands(20310501, DisplayStatus::expired, Date{20270501}, fixture.index);
    fixture.stands(20310502, DisplayStatus::past_retention, Date{20310501}, fixture.index);
    elsewhere.stands(20310502, DisplayStatus::expired, Date{20270501}, elsewhere.index);
}

TEST_CASE("a record is disputed from the opening of a dispute to its end, as long as it is public") {
    Standings fixture;
    const std::uint64_t opened = fixture.write(dispute(fixture.record, 20261124, 20261201));
    fixture.stands(20261124, DisplayStatus::disputed, Date{20261201}, opened);
    fixture.stands(20270501, DisplayStatus::disputed, Date{20261201}, opened);  // late, and still open
    fixture.stands(20270502, DisplayStatus::expired, Date{20270501}, fixture.index);
    fixture.write(resolved(fixture.record, 20261124, DisputeOutcome::refused));
    fixture.stands(20261124, DisplayStatus::current, {}, fixture.index);
}

TEST_CASE("a record is repaired from the day of the repair; accepted or refused repairs change nothing") {
    Standings fixture;
    fixture.write(about(fixture.record, Op::repair_accepted, 20261120));
    fixture.stands(20261124, DisplayStatus::current, {}, fixture.index);
    fixture.write(about(fixture.record, Op::repair_refused, 20261121));
    fixture.stands(20261124, DisplayStatus::current, {}, fixture.index);
    fixture.write(about(fixture.record, Op::repair_accepted, 20261121));
    fixture.write(dispute(fixture.record, 20261124, 20261201));
    const std::uint64_t repaired = fixture.write(about(fixture.record, Op::repaired, 20261122));
    fixture.stands(20261121, DisplayStatus::disputed, Date{20261201}, fixture.life("r").dispute->index);
    fixture.stands(20261122, DisplayStatus::repaired, Date{20261122}, repaired);
    fixture.stands(20261123, DisplayStatus::repaired, Date{20261122}, repaired);
    fixture.stands(20991231, DisplayStatus::repaired, Date{20261122}, repaired);  // before expired
}

TEST_CASE("a record is withdrawn from the day of the withdrawal, also when it was repaired") {
    Standings fixture;
    fixture.write(about(fixture.record, Op::repair_accepted, 20261120));
    const std::uint64_t repaired = fixture.write(about(fixture.record, Op::repaired, 20261120));
    const std::uint64_t withdrawn = fixture.write(about(fixture.record, Op::withdrawn, 20261123));
    fixture.stands(20261119, DisplayStatus::current, {}, fixture.index);
    fixture.stands(20261122, DisplayStatus::repaired, Date{20261120}, repaired);
    fixture.stands(20261123, DisplayStatus::withdrawn, Date{20261123}, withdrawn);
    fixture.stands(20261124, DisplayStatus::withdrawn, Date{20261123}, withdrawn);
}

TEST_CASE("a deleted record is deleted on every day, whatever else became of it") {
    Standings fixture;
    fixture.write(about(fixture.record, Op::withdrawn, 20261123));
    const std::uint64_t removed = fixture.write(next(fixture.record, Op::remove));
    for (const Date day : {Date{20260101}, Date{20261124}, Date{20991231}}) {
        fixture.stands(day, DisplayStatus::deleted, {}, removed);
    }
}

TEST_CASE("erasure is said beside the standing, which it does not change") {
    Standings fixture;
    CHECK_FALSE(read_record(fixture.Fixture::record("r"), 20261124).erased);
    fixture.write(about(fixture.record, Op::erased, 20261124));
    CHECK(read_record(fixture.Fixture::record("r"), 20261124).erased);
    fixture.stands(20261124, DisplayStatus::current, {}, fixture.index);
}

TEST_CASE("holders that have not said that they stopped are counted from the repair on") {
    Standings fixture;
    for (const std::string_view holder : {"320000", "330000", "340000"}) {
        accepted(fixture, holder, about(fixture.record, Op::held));
    }
    const auto open = [&](Date day) { return read_record(fixture.Fixture::record("r"), day).unacknowledged; };
    CHECK(open(20261124) == 0);
    fixture.write(about(fixture.record, Op::repair_accepted, 20261124));
    fixture.write(about(fixture.record, Op::repaired, 20261124));
    CHECK(open(20261123) == 0);
    CHECK(open(20261124) == 3);
    accepted(fixture, "330000", about(fixture.record, Op::repair_ack, 20261124));
    CHECK(open(20261124) == 2);
    fixture.write(about(fixture.record, Op::withdrawn, 20261124));
    CHECK(open(20261124) == 2);
}

TEST_CASE("only disputed and current records may be shown, and each standing has a name of its own") {
    std::set<std::string_view> names;
    for (auto status = DisplayStatus::deleted; status <= DisplayStatus::current;
         status = static_cast<DisplayStatus>(static_cast<unsigned>(status) + 1)) {
        names.insert(name_of(status));
        CHECK(may_be_shown(status) == (status == DisplayStatus::disputed || status == DisplayStatus::current));
    }
    CHECK(names.size() == 7);
    CHECK_FALSE(names.contains("unknown"));
}

TEST_CASE("the entries about a subject say how its records stood at every height") {
    Standings fixture;
    const Entry copy = about(fixture.record, Op::held);
    std::vector<ListAnswer::Item> items;
    std::map<Height, std::map<Hash, RecordState>> expected;
    const auto note = [&] {
        const ExecutedBlock& done = *fixture.tip;
        for (std::size_t i = 0; i < done.entries.size(); ++i) {
            items.push_back({done.entries[i], done.after.log.size() - done.entries.size() + i});
        }
        for (const std::string name : {"r", "s"}) {
            if (const auto state = done.after.record(named(name))) expected[fixture.height()][named(name)] = *state;
        }
    };
    note();
    const auto write = [&](std::string_view issuer, const std::vector<Entry>& entries) {
        REQUIRE(name_of(fixture.Fixture::write(issuer, entries).reason) == "accepted");
        note();
    };
    write("320000", {copy});
    write("310000", {about(fixture.record, Op::repair_accepted, 20261124), create("s")});
    write("310000", {about(fixture.record, Op::repaired, 20261124), dispute(create("s"), 20261124, 20261201)});
    write("320000", {about(fixture.record, Op::repair_ack, 20261124)});
    write("310000", {next(fixture.record, Op::update), next(create("s"), Op::overwrite)});
    write("310000", {resolved(create("s"), 20261124, DisputeOutcome::corrected)});
    fixture.record = next(fixture.record, Op::update);
    write("310000", {next(fixture.record, Op::remove), about(create("s"), Op::withdrawn, 20261124)});
    write("310000", {about(next(fixture.record, Op::remove), Op::erased, 20261124)});
    REQUIRE(expected.size() == 9);
    CHECK(records_at(items, 0).empty());
    CHECK(records_at(items, 1).empty());
    for (const auto& [height, records] : expected) {
        INFO(height);
        CHECK(records_at(items, height) == records);
    }
    CHECK(records_at(items, UINT64_MAX) == expected.rbegin()->second);
    CHECK(records_at({}, UINT64_MAX).empty());
    // Entries without their record's create, which no verified list has, are passed over.
    CHECK(records_at(std::span(items).subspan(1, 1), UINT64_MAX).empty());
}

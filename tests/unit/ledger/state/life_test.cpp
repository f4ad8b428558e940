// Tests the life cycle of a record: acceptance and refusal by each rule, with the conflicting entry.
#include "ledger/state/life.hpp"

#include "tests/unit/ledger/state/acts_fixture.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::rules_test;

namespace {

using Op = Operation;

// A penalty of 2026-05-01, on the ledger since 2026-11-24 as leaf 1. Its grade is not stated: three months.
struct Penalty : Fixture {
    Entry record = create("r");
    std::uint64_t index = 0;
    Penalty() {
        on(20261124);
        accepted(*this, "320000", create("another", "another company"));
        record.decided = 20260501;
        index = accepted(*this, "310000", record);
    }
    std::uint64_t write(const Entry& entry) { return accepted(*this, "310000", entry); }
    void refuse(const Entry& entry, Reason reason, std::optional<std::uint64_t> conflicting_entry = {}) {
        refused(*this, "310000", entry, reason, conflicting_entry);
    }
    std::uint64_t repair() {
        write(about(record, Op::repair_accepted, 20261124));
        return write(about(record, Op::repaired, 20261124));
    }
};

// What an issuer may write about a record besides creating it, in a form that the rules accept.
std::vector<Entry> by_issuer(const Entry& record) {
    return {next(record, Op::update),
            next(record, Op::overwrite),
            next(record, Op::remove),
            about(record, Op::repair_accepted, 20261124),
            about(record, Op::repair_refused, 20261124),
            about(record, Op::repaired, 20261124),
            dispute(record, 20261124, 20261201),
            resolved(record, 20261124, DisputeOutcome::refused),
            about(record, Op::withdrawn, 20261124),
            about(record, Op::erased, 20261124)};
}
std::vector<Entry> by_holder(const Entry& record) {
    return {about(record, Op::held), about(record, Op::repair_ack, 20261124)};
}

}  // namespace

TEST_CASE("a record is created once, whoever creates it again") {
    Penalty fixture;
    fixture.refuse(fixture.record, Reason::already_exists, fixture.index);
    refused(fixture, "320000", fixture.record, Reason::already_exists, fixture.index);
    const std::uint64_t removed = fixture.write(next(fixture.record, Op::remove));
    fixture.refuse(fixture.record, Reason::already_exists, removed);
}

TEST_CASE("no entry about an unknown record is accepted") {
    Penalty fixture;
    const Entry absent = create("absent");
    for (const Entry& entry : by_issuer(absent)) fixture.refuse(entry, Reason::no_such_record);
    for (const Entry& entry : by_holder(absent)) refused(fixture, "320000", entry, Reason::no_such_record);
}

TEST_CASE("only its issuer says what becomes of a record, and only others keep copies of it") {
    Penalty fixture;
    for (const Entry& entry : by_issuer(fixture.record)) {
        refused(fixture, "320000", entry, Reason::wrong_issuer, fixture.index);
    }
    for (const Entry& entry : by_holder(fixture.record)) fixture.refuse(entry, Reason::own_record, fixture.index);
    accepted(fixture, "320000", about(fixture.record, Op::held));
}

TEST_CASE("an entry names the record's subject and category") {
    Penalty fixture;
    const auto moved = [&](std::string_view issuer, Entry entry) {
        Entry other = entry;
        other.subject = named("another company");
        refused(fixture, issuer, other, Reason::wrong_subject, fixture.index);
        entry.category = Category::licence;
        refused(fixture, issuer, entry, Reason::wrong_subject, fixture.index);
    };
    for (const Entry& entry : by_issuer(fixture.record)) moved("310000", entry);
    for (const Entry& entry : by_holder(fixture.record)) moved("320000", entry);
}

TEST_CASE("an entry names the record's version, a change of content the next one") {
    Penalty fixture;
    const auto off = [&](std::string_view issuer, Entry entry) {
        ++entry.version;
        refused(fixture, issuer, entry, Reason::wrong_version, fixture.index);
    };
    for (const Entry& entry : by_issuer(fixture.record)) off("310000", entry);
    for (const Entry& entry : by_holder(fixture.record)) off("320000", entry);

    const Entry old = fixture.record;
    fixture.record = next(fixture.record, Op::update);
    fixture.index = fixture.write(fixture.record);
    fixture.refuse(about(old, Op::repair_accepted, 20261124), Reason::wrong_version, fixture.index);
    fixture.refuse(next(old, Op::update), Reason::wrong_version, fixture.index);
    refused(fixture, "320000", about(old, Op::held), Reason::wrong_version, fixture.index);
    fixture.write(about(fixture.record, Op::repair_accepted, 20261124));
    accepted(fixture, "320000", about(fixture.record, Op::held));
}

TEST_CASE("a deleted record can be erased, and nothing else") {
    Penalty fixture;
    accepted(fixture, "320000", about(fixture.record, Op::held));
    fixture.record = next(fixture.record, Op::remove);
    const std::uint64_t removed = fixture.write(fixture.record);
    for (const Entry& entry : by_issuer(fixture.record)) {
        if (entry.operation != Op::erased) fixture.refuse(entry, Reason::deleted, removed);
    }
    Entry held = about(fixture.record, Op::held);
    held.digest = named("what was there");
    refused(fixture, "330000", held, Reason::deleted, removed);
    const std::uint64_t erased = fixture.write(about(fixture.record, Op::erased, 20261124));
    CHECK(fixture.life("r").erased == Mark{erased, 20261124});
}

TEST_CASE("a withdrawn record can be deleted and erased, and its holders say that they stopped showing it") {
    Penalty fixture;
    accepted(fixture, "320000", about(fixture.record, Op::held));
    const std::uint64_t withdrawn = fixture.write(about(fixture.record, Op::withdrawn, 20261120));
    CHECK(fixture.life("r").withdrawn == Mark{withdrawn, 20261120});
    for (const Entry& entry : by_issuer(fixture.record)) {
        if (entry.operation == Op::erased || entry.operation == Op::remove) continue;
        fixture.refuse(entry, Reason::withdrawn, withdrawn);  // includes a second withdrawal
    }
    refused(fixture, "330000", about(fixture.record, Op::held), Reason::withdrawn, withdrawn);
    accepted(fixture, "320000", about(fixture.record, Op::repair_ack, 20261124));
    fixture.record = next(fixture.record, Op::remove);
    fixture.write(fixture.record);
    fixture.write(about(fixture.record, Op::erased, 20261124));
}

TEST_CASE("an erased record takes no more entries except its holders' notices that they stopped showing it") {
    Penalty fixture;
    accepted(fixture, "320000", about(fixture.record, Op::held));
    fixture.repair();
    const std::uint64_t erased = fixture.write(about(fixture.record, Op::erased, 20261124));
    for (const Entry& entry : by_issuer(fixture.record)) fixture.refuse(entry, Reason::erased, erased);
    refused(fixture, "330000", about(fixture.record, Op::held), Reason::erased, erased);
    accepted(fixture, "320000", about(fixture.record, Op::repair_ack, 20261124));
}

TEST_CASE("an entry names no day after that of its block, which begins at midnight in Beijing") {
    Penalty fixture;
    accepted(fixture, "320000", about(fixture.record, Op::held));
    const Time midnight{noon_of(20261125).ms - 12 * 3'600'000};
    const auto at_midnight = [&](std::string_view issuer, const Entry& entry) {
        fixture.at({midnight.ms - 1});
        refused(fixture, issuer, entry, Reason::future_day);
        fixture.at(midnight);
        return accepted(fixture, issuer, entry);
    };
    at_midnight("310000", about(fixture.record, Op::repair_accepted, 20261125));
    at_midnight("310000", about(fixture.record, Op::repair_refused, 20261125));
    fixture.write(about(fixture.record, Op::repair_accepted, 20261125));
    at_midnight("310000", about(fixture.record, Op::repaired, 20261125));
    at_midnight("310000", dispute(fixture.record, 20261125, 20261202));
    at_midnight("310000", resolved(fixture.record, 20261125, DisputeOutcome::refused));
    at_midnight("320000", about(fixture.record, Op::repair_ack, 20261125));
    at_midnight("310000", about(fixture.record, Op::withdrawn, 20261125));
    at_midnight("310000", about(fixture.record, Op::erased, 20261125));
}

TEST_CASE("a record's content may name days to come") {
    Penalty fixture;
    Entry later = create("later");
    later.decided = 20270101;
    fixture.write(later);
}

TEST_CASE("only dated penalties can be repaired") {
    Penalty fixture;
    Entry licence = create("licence"), undated = create("undated");
    licence.category = Category::licence;
    undated.decided = undated.public_until = date_none;
    const std::uint64_t of_licence = fixture.write(licence), of_undated = fixture.write(undated);
    for (const Op op : {Op::repair_accepted, Op::repair_refused, Op::repaired}) {
        fixture.refuse(about(licence, op, 20261124), Reason::not_repairable, of_licence);
    }
    fixture.refuse(about(undated, Op::repair_accepted, 20261124), Reason::not_repairable, of_undated);
    const std::uint64_t index = fixture.write(about(fixture.record, Op::repair_accepted, 20261124));
    CHECK(fixture.life("r").repair == RepairStage::accepted);
    CHECK(fixture.life("r").repair_mark == Mark{index, 20261124});

    // A record that loses its date while its repair is pending can only be refused.
    Entry changed = next(fixture.record, Op::update);
    changed.decided = date_none;
    const std::uint64_t at = fixture.write(changed);
    fixture.refuse(about(changed, Op::repaired, 20261124), Reason::not_repairable, at);
    fixture.write(about(changed, Op::repair_refused, 20261124));
}

TEST_CASE("one repair is under way at a time, and decided after it was accepted") {
    Penalty fixture;
    const Entry apply = about(fixture.record, Op::repair_accepted, 20261120);
    for (const Op op : {Op::repair_refused, Op::repaired}) {
        fixture.refuse(about(fixture.record, op, 20261124), Reason::repair_not_accepted, fixture.index);
    }
    const std::uint64_t first = fixture.write(apply);
    fixture.refuse(apply, Reason::repair_under_way, first);
    for (const Op op : {Op::repair_refused, Op::repaired}) {  // decided before it was accepted
        fixture.refuse(about(fixture.record, op, 20261119), Reason::repair_not_accepted, first);
    }
    const std::uint64_t no = fixture.write(about(fixture.record, Op::repair_refused, 20261120));
    CHECK(fixture.life("r").repair == RepairStage::refused);
    CHECK(fixture.life("r").repair_mark == Mark{no, 20261120});
    fixture.refuse(about(fixture.record, Op::repaired, 20261124), Reason::repair_not_accepted, fixture.index);
    const std::uint64_t second = fixture.write(apply);
    fixture.refuse(apply, Reason::repair_under_way, second);
    const std::uint64_t yes = fixture.write(about(fixture.record, Op::repaired, 20261120));
    CHECK(fixture.life("r").repair == RepairStage::repaired);
    CHECK(fixture.life("r").repair_mark == Mark{yes, 20261120});
    for (const Op op : {Op::repair_accepted, Op::repair_refused, Op::repaired}) {
        fixture.refuse(about(fixture.record, op, 20261124), Reason::already_repaired, yes);
    }
    // Content may still be corrected; the repair remains.
    fixture.write(next(fixture.record, Op::update));
    CHECK(fixture.life("r").repair == RepairStage::repaired);
}

TEST_CASE("a repair is accepted from the last day of the shortest term, and not on the day before") {
    struct Case {
        Date decided;
        unsigned grade;
        Date first;
    };
    const unsigned minor = 1, general = 2, serious = 3;
    const std::vector<Case> cases{
        {20260501, 0, 20260801},       {20260501, minor, 20260501}, {20260501, general, 20260801},
        {20260501, serious, 20270501}, {20261130, 0, 20270228},     {20250401, serious | grade_special, 20260401},
        {20230102, general, 20230402}, {20230205, 0, 20230505},     {20240229, grade_special, 20250228},
        {20220430, serious, 20221030}};
    for (const Case& c : cases) {
        INFO(c.decided << " grade " << c.grade);
        Fixture fixture;
        Entry record = create("r");
        record.decided = c.decided;
        record.code = static_cast<std::uint16_t>(c.grade);
        const std::uint64_t index = accepted(fixture.on(c.first), "310000", record);
        if (c.first != c.decided) {
            refused(fixture, "310000", about(record, Op::repair_accepted, day_before(c.first)),
                    Reason::repair_too_early, index);
        }
        accepted(fixture, "310000", about(record, Op::repair_accepted, c.first));
    }
}

TEST_CASE("a repair waits for the graver of the grades that were stated, when it is accepted and when it is decided") {
    Penalty fixture;
    Entry apply = about(fixture.record, Op::repair_accepted, 20261124);
    apply.code = static_cast<std::uint16_t>(Grade::serious);
    fixture.refuse(apply, Reason::repair_too_early, fixture.index);
    apply.code = static_cast<std::uint16_t>(Grade::minor);
    fixture.write(apply);
    Entry decide = about(fixture.record, Op::repaired, 20261124);
    decide.code = static_cast<std::uint16_t>(Grade::serious);
    fixture.refuse(decide, Reason::repair_too_early, fixture.index);
    // The day of the application counts, not that of the decision.
    fixture.on(20280101);
    decide.decided = 20280101;
    fixture.refuse(decide, Reason::repair_too_early, fixture.index);
    // A record that became grave meanwhile.
    Entry graver = next(fixture.record, Op::overwrite);
    graver.code = static_cast<std::uint16_t>(Grade::serious);
    const std::uint64_t index = fixture.write(graver);
    decide.code = 0;
    fixture.refuse(decide, Reason::repair_too_early, index);
    // "Special" is independent of the grade: it does not make a minor conduct the graver one.
    decide.code = static_cast<std::uint16_t>(Grade::minor) | grade_special;
    fixture.refuse(decide, Reason::repair_too_early, index);
}

TEST_CASE("one dispute is open at a time") {
    Penalty fixture;
    const Entry open = dispute(fixture.record, 20261124, 20261201);
    fixture.refuse(resolved(fixture.record, 20261124, DisputeOutcome::refused), Reason::not_disputed, fixture.index);
    const std::uint64_t first = fixture.write(open);
    CHECK(fixture.life("r").dispute == Mark{first, 20261201});
    fixture.refuse(open, Reason::already_disputed, first);
    fixture.write(resolved(fixture.record, 20261124, DisputeOutcome::undecided));
    CHECK_FALSE(fixture.life("r").dispute);
    fixture.refuse(resolved(fixture.record, 20261124, DisputeOutcome::refused), Reason::not_disputed, fixture.index);
    fixture.write(open);
}

TEST_CASE("a dispute is due when the issuer's region says, to the day") {
    const auto due = [](std::string_view issuer, Date day) {
        Penalty fixture;
        const std::string name = "of " + std::string(issuer);
        const Entry record = create(name);
        const std::uint64_t index = accepted(fixture, issuer, record);
        for (const Date other : {day_before(day), day_after(day)}) {
            refused(fixture, issuer, dispute(record, 20261124, other), Reason::wrong_due_day, index);
        }
        accepted(fixture, issuer, dispute(record, 20261124, day));
    };
    due("310000", 20261201);  // five working days from a Tuesday
    due("320000", 20261214);  // twenty days
    due("330000", 20261222);  // twenty working days
    due("340000-both", 20261214);
}

TEST_CASE("a dispute ends as corrected only if the record has changed since") {
    Penalty fixture;
    fixture.record = next(fixture.record, Op::update);
    fixture.write(fixture.record);
    const std::uint64_t opened = fixture.write(dispute(fixture.record, 20261124, 20261201));
    fixture.refuse(resolved(fixture.record, 20261124, DisputeOutcome::corrected), Reason::nothing_corrected, opened);
    fixture.record = next(fixture.record, Op::overwrite);
    fixture.write(fixture.record);
    fixture.write(resolved(fixture.record, 20261124, DisputeOutcome::corrected));
}

TEST_CASE("a copy is of the record's content, and kept once by each member") {
    Penalty fixture;
    Entry copy = about(fixture.record, Op::held);
    copy.digest = named("something else");
    refused(fixture, "320000", copy, Reason::wrong_copy, fixture.index);
    copy.digest = fixture.record.digest;
    const std::uint64_t held = accepted(fixture, "320000", copy);
    refused(fixture, "320000", copy, Reason::already_held, held);
    accepted(fixture, "330000", copy);
    CHECK(fixture.life("r").holders == 2);
    CHECK(fixture.tip->after.holder(named("r"), fixture.number("320000")) == HolderState{held, {}});
    CHECK_FALSE(fixture.tip->after.holder(named("r"), fixture.number("340000")));
    const std::uint64_t repaired = fixture.repair();
    refused(fixture, "340000", copy, Reason::already_repaired, repaired);
}

TEST_CASE("who keeps a copy says once that it has stopped showing it, after the repair") {
    Penalty fixture;
    const Entry stop = about(fixture.record, Op::repair_ack, 20261124);
    refused(fixture, "320000", stop, Reason::not_held, fixture.index);
    const std::uint64_t held = accepted(fixture, "320000", about(fixture.record, Op::held));
    refused(fixture, "320000", stop, Reason::not_repaired, fixture.index);
    fixture.write(about(fixture.record, Op::repair_accepted, 20261124));
    refused(fixture, "320000", stop, Reason::not_repaired, fixture.index);
    fixture.write(about(fixture.record, Op::repaired, 20261124));
    const std::uint64_t acknowledged = accepted(fixture, "320000", stop);
    refused(fixture, "320000", stop, Reason::already_acknowledged, acknowledged);
    refused(fixture, "330000", stop, Reason::not_held, fixture.index);
    CHECK(fixture.life("r").acknowledged == 1);
    CHECK(fixture.tip->after.holder(named("r"), fixture.number("320000")) == HolderState{held, acknowledged});
}

TEST_CASE("of a batch, the first entry that breaks a rule is named, and none of them counts") {
    Penalty fixture;
    refused_at(fixture, "310000",
               {create("new"), about(fixture.record, Op::repair_accepted, 20261124),
                about(create("gone"), Op::erased, 20261124)},
               2, {Reason::no_such_record, {}});
}

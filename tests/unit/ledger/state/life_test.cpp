// What becomes of a record: each rule from both sides, with the entry that stands in the way.
#include "ledger/state/life.hpp"

#include "tests/unit/ledger/state/acts_scene.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::rules_test;

namespace {

using Op = Operation;

// A penalty of 2026-05-01, on the ledger since 2026-11-24 as leaf 1. Its grade is not stated: three months.
struct Penalty : Scene {
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

// What an issuer may say about a record besides creating it, in a form that the rules would let pass.
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
    Penalty scene;
    scene.refuse(scene.record, Reason::already_exists, scene.index);
    refused(scene, "320000", scene.record, Reason::already_exists, scene.index);
    const std::uint64_t removed = scene.write(next(scene.record, Op::remove));
    scene.refuse(scene.record, Reason::already_exists, removed);
}

TEST_CASE("nothing can be said about a record that there is not") {
    Penalty scene;
    const Entry absent = create("absent");
    for (const Entry& entry : by_issuer(absent)) scene.refuse(entry, Reason::no_such_record);
    for (const Entry& entry : by_holder(absent)) refused(scene, "320000", entry, Reason::no_such_record);
}

TEST_CASE("only its issuer says what becomes of a record, and only others keep copies of it") {
    Penalty scene;
    for (const Entry& entry : by_issuer(scene.record)) {
        refused(scene, "320000", entry, Reason::wrong_issuer, scene.index);
    }
    for (const Entry& entry : by_holder(scene.record)) scene.refuse(entry, Reason::own_record, scene.index);
    accepted(scene, "320000", about(scene.record, Op::held));
}

TEST_CASE("an entry names the record's subject and category") {
    Penalty scene;
    const auto moved = [&](std::string_view issuer, Entry entry) {
        Entry other = entry;
        other.subject = named("another company");
        refused(scene, issuer, other, Reason::wrong_subject, scene.index);
        entry.category = Category::licence;
        refused(scene, issuer, entry, Reason::wrong_subject, scene.index);
    };
    for (const Entry& entry : by_issuer(scene.record)) moved("310000", entry);
    for (const Entry& entry : by_holder(scene.record)) moved("320000", entry);
}

TEST_CASE("an entry names the record's version, a change of content the next one") {
    Penalty scene;
    const auto off = [&](std::string_view issuer, Entry entry) {
        ++entry.version;
        refused(scene, issuer, entry, Reason::wrong_version, scene.index);
    };
    for (const Entry& entry : by_issuer(scene.record)) off("310000", entry);
    for (const Entry& entry : by_holder(scene.record)) off("320000", entry);

    const Entry old = scene.record;
    scene.record = next(scene.record, Op::update);
    scene.index = scene.write(scene.record);
    scene.refuse(about(old, Op::repair_accepted, 20261124), Reason::wrong_version, scene.index);
    scene.refuse(next(old, Op::update), Reason::wrong_version, scene.index);
    refused(scene, "320000", about(old, Op::held), Reason::wrong_version, scene.index);
    scene.write(about(scene.record, Op::repair_accepted, 20261124));
    accepted(scene, "320000", about(scene.record, Op::held));
}

TEST_CASE("a deleted record can be erased, and nothing else") {
    Penalty scene;
    accepted(scene, "320000", about(scene.record, Op::held));
    scene.record = next(scene.record, Op::remove);
    const std::uint64_t removed = scene.write(scene.record);
    for (const Entry& entry : by_issuer(scene.record)) {
        if (entry.operation != Op::erased) scene.refuse(entry, Reason::deleted, removed);
    }
    Entry held = about(scene.record, Op::held);
    held.digest = named("what was there");
    refused(scene, "330000", held, Reason::deleted, removed);
    const std::uint64_t erased = scene.write(about(scene.record, Op::erased, 20261124));
    CHECK(scene.life("r").erased == Mark{erased, 20261124});
}

TEST_CASE("a withdrawn record can be deleted and erased, and its holders say that they stopped showing it") {
    Penalty scene;
    accepted(scene, "320000", about(scene.record, Op::held));
    const std::uint64_t withdrawn = scene.write(about(scene.record, Op::withdrawn, 20261120));
    CHECK(scene.life("r").withdrawn == Mark{withdrawn, 20261120});
    for (const Entry& entry : by_issuer(scene.record)) {
        if (entry.operation == Op::erased || entry.operation == Op::remove) continue;
        scene.refuse(entry, Reason::withdrawn, withdrawn);  // a second withdrawal among them
    }
    refused(scene, "330000", about(scene.record, Op::held), Reason::withdrawn, withdrawn);
    accepted(scene, "320000", about(scene.record, Op::repair_ack, 20261124));
    scene.record = next(scene.record, Op::remove);
    scene.write(scene.record);
    scene.write(about(scene.record, Op::erased, 20261124));
}

TEST_CASE("an erased record is the end, but for its holders' words that they stopped showing it") {
    Penalty scene;
    accepted(scene, "320000", about(scene.record, Op::held));
    scene.repair();
    const std::uint64_t erased = scene.write(about(scene.record, Op::erased, 20261124));
    for (const Entry& entry : by_issuer(scene.record)) scene.refuse(entry, Reason::erased, erased);
    refused(scene, "330000", about(scene.record, Op::held), Reason::erased, erased);
    accepted(scene, "320000", about(scene.record, Op::repair_ack, 20261124));
}

TEST_CASE("an entry names no day after that of its block, which begins at midnight in Beijing") {
    Penalty scene;
    accepted(scene, "320000", about(scene.record, Op::held));
    const Time midnight{noon_of(20261125).ms - 12 * 3'600'000};
    const auto at_midnight = [&](std::string_view issuer, const Entry& entry) {
        scene.at({midnight.ms - 1});
        refused(scene, issuer, entry, Reason::future_day);
        scene.at(midnight);
        return accepted(scene, issuer, entry);
    };
    at_midnight("310000", about(scene.record, Op::repair_accepted, 20261125));
    at_midnight("310000", about(scene.record, Op::repair_refused, 20261125));
    scene.write(about(scene.record, Op::repair_accepted, 20261125));
    at_midnight("310000", about(scene.record, Op::repaired, 20261125));
    at_midnight("310000", dispute(scene.record, 20261125, 20261202));
    at_midnight("310000", resolved(scene.record, 20261125, DisputeOutcome::refused));
    at_midnight("320000", about(scene.record, Op::repair_ack, 20261125));
    at_midnight("310000", about(scene.record, Op::withdrawn, 20261125));
    at_midnight("310000", about(scene.record, Op::erased, 20261125));
}

TEST_CASE("a record's content may name days to come") {
    Penalty scene;
    Entry later = create("later");
    later.decided = 20270101;
    scene.write(later);
}

TEST_CASE("only dated penalties can be repaired") {
    Penalty scene;
    Entry licence = create("licence"), undated = create("undated");
    licence.category = Category::licence;
    undated.decided = undated.public_until = date_none;
    const std::uint64_t of_licence = scene.write(licence), of_undated = scene.write(undated);
    for (const Op op : {Op::repair_accepted, Op::repair_refused, Op::repaired}) {
        scene.refuse(about(licence, op, 20261124), Reason::not_repairable, of_licence);
    }
    scene.refuse(about(undated, Op::repair_accepted, 20261124), Reason::not_repairable, of_undated);
    const std::uint64_t index = scene.write(about(scene.record, Op::repair_accepted, 20261124));
    CHECK(scene.life("r").repair == RepairStage::accepted);
    CHECK(scene.life("r").repair_mark == Mark{index, 20261124});

    // A record that loses its date while its repair is under way can be refused only.
    Entry changed = next(scene.record, Op::update);
    changed.decided = date_none;
    const std::uint64_t at = scene.write(changed);
    scene.refuse(about(changed, Op::repaired, 20261124), Reason::not_repairable, at);
    scene.write(about(changed, Op::repair_refused, 20261124));
}

TEST_CASE("one repair is under way at a time, and decided after it was accepted") {
    Penalty scene;
    const Entry apply = about(scene.record, Op::repair_accepted, 20261120);
    for (const Op op : {Op::repair_refused, Op::repaired}) {
        scene.refuse(about(scene.record, op, 20261124), Reason::repair_not_accepted, scene.index);
    }
    const std::uint64_t first = scene.write(apply);
    scene.refuse(apply, Reason::repair_under_way, first);
    for (const Op op : {Op::repair_refused, Op::repaired}) {  // decided before it was accepted
        scene.refuse(about(scene.record, op, 20261119), Reason::repair_not_accepted, first);
    }
    const std::uint64_t no = scene.write(about(scene.record, Op::repair_refused, 20261120));
    CHECK(scene.life("r").repair == RepairStage::refused);
    CHECK(scene.life("r").repair_mark == Mark{no, 20261120});
    scene.refuse(about(scene.record, Op::repaired, 20261124), Reason::repair_not_accepted, scene.index);
    const std::uint64_t second = scene.write(apply);
    scene.refuse(apply, Reason::repair_under_way, second);
    const std::uint64_t yes = scene.write(about(scene.record, Op::repaired, 20261120));
    CHECK(scene.life("r").repair == RepairStage::repaired);
    CHECK(scene.life("r").repair_mark == Mark{yes, 20261120});
    for (const Op op : {Op::repair_accepted, Op::repair_refused, Op::repaired}) {
        scene.refuse(about(scene.record, op, 20261124), Reason::already_repaired, yes);
    }
    // Content may still be corrected; the repair stays.
    scene.write(next(scene.record, Op::update));
    CHECK(scene.life("r").repair == RepairStage::repaired);
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
        Scene scene;
        Entry record = create("r");
        record.decided = c.decided;
        record.code = static_cast<std::uint16_t>(c.grade);
        const std::uint64_t index = accepted(scene.on(c.first), "310000", record);
        if (c.first != c.decided) {
            refused(scene, "310000", about(record, Op::repair_accepted, day_before(c.first)), Reason::repair_too_early,
                    index);
        }
        accepted(scene, "310000", about(record, Op::repair_accepted, c.first));
    }
}

TEST_CASE("a repair waits for the graver of the grades that were stated, when it is accepted and when it is decided") {
    Penalty scene;
    Entry apply = about(scene.record, Op::repair_accepted, 20261124);
    apply.code = static_cast<std::uint16_t>(Grade::serious);
    scene.refuse(apply, Reason::repair_too_early, scene.index);
    apply.code = static_cast<std::uint16_t>(Grade::minor);
    scene.write(apply);
    Entry decide = about(scene.record, Op::repaired, 20261124);
    decide.code = static_cast<std::uint16_t>(Grade::serious);
    scene.refuse(decide, Reason::repair_too_early, scene.index);
    // The day of the application counts, not that of the decision.
    scene.on(20280101);
    decide.decided = 20280101;
    scene.refuse(decide, Reason::repair_too_early, scene.index);
    // A record that turned out to be grave meanwhile.
    Entry graver = next(scene.record, Op::overwrite);
    graver.code = static_cast<std::uint16_t>(Grade::serious);
    const std::uint64_t index = scene.write(graver);
    decide.code = 0;
    scene.refuse(decide, Reason::repair_too_early, index);
    // Special is another matter than grade: it does not make a minor conduct the graver one.
    decide.code = static_cast<std::uint16_t>(Grade::minor) | grade_special;
    scene.refuse(decide, Reason::repair_too_early, index);
}

TEST_CASE("one dispute is open at a time") {
    Penalty scene;
    const Entry open = dispute(scene.record, 20261124, 20261201);
    scene.refuse(resolved(scene.record, 20261124, DisputeOutcome::refused), Reason::not_disputed, scene.index);
    const std::uint64_t first = scene.write(open);
    CHECK(scene.life("r").dispute == Mark{first, 20261201});
    scene.refuse(open, Reason::already_disputed, first);
    scene.write(resolved(scene.record, 20261124, DisputeOutcome::undecided));
    CHECK_FALSE(scene.life("r").dispute);
    scene.refuse(resolved(scene.record, 20261124, DisputeOutcome::refused), Reason::not_disputed, scene.index);
    scene.write(open);
}

TEST_CASE("a dispute is due when the issuer's region says, to the day") {
    const auto due = [](std::string_view issuer, Date day) {
        Penalty scene;
        const std::string name = "of " + std::string(issuer);
        const Entry record = create(name);
        const std::uint64_t index = accepted(scene, issuer, record);
        for (const Date other : {day_before(day), day_after(day)}) {
            refused(scene, issuer, dispute(record, 20261124, other), Reason::wrong_due_day, index);
        }
        accepted(scene, issuer, dispute(record, 20261124, day));
    };
    due("310000", 20261201);  // five working days from a Tuesday
    due("320000", 20261214);  // twenty days
    due("330000", 20261222);  // twenty working days
    due("340000-both", 20261214);
}

TEST_CASE("a dispute ends as corrected only if the record has changed since") {
    Penalty scene;
    scene.record = next(scene.record, Op::update);
    scene.write(scene.record);
    const std::uint64_t opened = scene.write(dispute(scene.record, 20261124, 20261201));
    scene.refuse(resolved(scene.record, 20261124, DisputeOutcome::corrected), Reason::nothing_corrected, opened);
    scene.record = next(scene.record, Op::overwrite);
    scene.write(scene.record);
    scene.write(resolved(scene.record, 20261124, DisputeOutcome::corrected));
}

TEST_CASE("a copy is of the record's content, and kept once by each member") {
    Penalty scene;
    Entry copy = about(scene.record, Op::held);
    copy.digest = named("something else");
    refused(scene, "320000", copy, Reason::wrong_copy, scene.index);
    copy.digest = scene.record.digest;
    const std::uint64_t held = accepted(scene, "320000", copy);
    refused(scene, "320000", copy, Reason::already_held, held);
    accepted(scene, "330000", copy);
    CHECK(scene.life("r").holders == 2);
    CHECK(scene.tip->after.holder(named("r"), scene.number("320000")) == HolderState{held, {}});
    CHECK_FALSE(scene.tip->after.holder(named("r"), scene.number("340000")));
    const std::uint64_t repaired = scene.repair();
    refused(scene, "340000", copy, Reason::already_repaired, repaired);
}

TEST_CASE("who keeps a copy says once that it has stopped showing it, after the repair") {
    Penalty scene;
    const Entry stop = about(scene.record, Op::repair_ack, 20261124);
    refused(scene, "320000", stop, Reason::not_held, scene.index);
    const std::uint64_t held = accepted(scene, "320000", about(scene.record, Op::held));
    refused(scene, "320000", stop, Reason::not_repaired, scene.index);
    scene.write(about(scene.record, Op::repair_accepted, 20261124));
    refused(scene, "320000", stop, Reason::not_repaired, scene.index);
    scene.write(about(scene.record, Op::repaired, 20261124));
    const std::uint64_t acknowledged = accepted(scene, "320000", stop);
    refused(scene, "320000", stop, Reason::already_acknowledged, acknowledged);
    refused(scene, "330000", stop, Reason::not_held, scene.index);
    CHECK(scene.life("r").acknowledged == 1);
    CHECK(scene.tip->after.holder(named("r"), scene.number("320000")) == HolderState{held, acknowledged});
}

TEST_CASE("of a batch, the first entry that breaks a rule is named, and none of them counts") {
    Penalty scene;
    refused_at(scene, "310000",
               {create("new"), about(scene.record, Op::repair_accepted, 20261124),
                about(create("gone"), Op::erased, 20261124)},
               2, {Reason::no_such_record, {}});
}

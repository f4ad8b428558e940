// A federation with two bureaus, a block on any day, and short ways to write acts on records and queries. Shared by the
// tests of record life cycles, acts and their readings.
#pragma once

#include <chrono>

#include "ledger/state/life.hpp"
#include "tests/unit/ledger/federation.hpp"

namespace xinlian::ledger::rules_test {

// "330000-bank" and "310000-bureau" ask; "340000-both" issues and asks; the provinces issue.
inline std::vector<Member> members_with_bureaus(Suite suite) {
    std::vector<Member> members = members_of(suite);
    for (const std::string id : {"330000-bank", "310000-bureau", "340000-both"}) {
        Member member;
        member.id = id;
        member.name = "征信机构 " + id;
        member.roles.bureau = true;
        member.roles.issuer = id == "340000-both";
        member.issuer_key = key_of(suite, id + " issuer").public_key();
        member.transport_key = key_of(Suite::ed25519_sha256, id + " transport").public_key();
        members.push_back(member);
    }
    return members;
}

// Computed by the standard library's calendar, so that ours is checked and not repeated.
inline std::chrono::sys_days sys_day(Date day) {
    using namespace std::chrono;
    return year(static_cast<int>(day / 10'000)) / month(day / 100 % 100) / std::chrono::day(day % 100);
}
inline Date date_of_sys(std::chrono::sys_days day) {
    const std::chrono::year_month_day of(day);
    return static_cast<Date>(static_cast<int>(of.year())) * 10'000 + static_cast<unsigned>(of.month()) * 100 +
           static_cast<unsigned>(of.day());
}
inline Date day_before(Date day) { return date_of_sys(sys_day(day) - std::chrono::days(1)); }
inline Date day_after(Date day) { return date_of_sys(sys_day(day) + std::chrono::days(1)); }
// Noon of the day at +08:00.
inline Time noon_of(Date day) {
    const std::chrono::milliseconds at = sys_day(day).time_since_epoch();
    return {static_cast<std::uint64_t>(at.count()) + 4 * 3'600'000};
}

inline constexpr std::string_view bank = "330000-bank", bureau = "310000-bureau", both = "340000-both";

class Fixture {
public:
    explicit Fixture(Suite suite = Suite::ed25519_sha256)
        : genesis(genesis_of(print_genesis("长三角征信链", suite, genesis_time, members_with_bureaus(suite), {}))),
          tip(genesis_executed(genesis)),
          now(genesis_time) {}

    Suite suite() const { return genesis.suite(); }
    MemberNumber number(std::string_view id) const {
        return static_cast<MemberNumber>(genesis.number_of(*genesis.member(id)));
    }
    // The next blocks have the time noon on this day.
    Fixture& on(Date day) { return at(noon_of(day)); }
    Fixture& at(Time time) {
        now = time;
        return *this;
    }
    BatchOutcome write(std::string_view issuer, const std::vector<Entry>& entries) {
        return put({batch(issuer, entries)}).front();
    }
    // The next batch of the feed. A batch is decided once: after a refused one with the same entries, the feed
    // continues with another batch first.
    BatchPtr batch(std::string_view issuer, const std::vector<Entry>& entries) {
        BatchPtr made = next_batch(issuer, entries);
        if (!tip->after.outcome(made->id)) return made;
        put({next_batch(issuer, {filler(issuer)})});
        return next_batch(issuer, entries);
    }
    std::vector<BatchOutcome> put(const std::vector<BatchPtr>& batches) {
        Block block = block_after(genesis, tip->block.header, batches);
        block.header.time = now;
        tip = execute(genesis, tip->after, std::move(block), batches);
        return tip->outcomes;
    }
    Height height() const { return tip->block.header.height; }
    RecordState record(std::string_view name) const { return must_be(tip->after.record(named(name))); }
    Life life(std::string_view name) const { return record(name).life.value_or(Life{}); }

    template <class T>
    static T must_be(std::optional<T> value) {
        REQUIRE(value);
        return *std::move(value);
    }

    Genesis genesis;
    ExecutedBlockPtr tip;
    Time now;

private:
    BatchPtr next_batch(std::string_view issuer, const std::vector<Entry>& entries) const {
        const FeedState feed = tip->after.feed(issuer);
        return batch_of(genesis, std::string(issuer), feed.next_sequence, feed.head, entries);
    }
    Entry filler(std::string_view issuer) const {
        Entry entry = create("filler " + std::to_string(height()), "somebody else");
        if (genesis.member(issuer)->roles.issuer) return entry;
        entry.operation = Operation::grant;
        entry.version = 1;
        entry.party = number(issuer);
        entry.code = static_cast<std::uint16_t>(Purpose::loan);
        return entry;
    }
};

// Writes the entry, which must be accepted; returns the index of its leaf.
inline std::uint64_t accepted(Fixture& fixture, std::string_view issuer, const Entry& entry) {
    const BatchOutcome outcome = fixture.write(issuer, {entry});
    INFO(issuer << " " << name_of(entry.operation));
    REQUIRE(name_of(outcome.reason) == "accepted");
    CHECK_FALSE(outcome.conflicting_entry);
    return outcome.first_index;
}

// Writes the entries, of which `position` must be refused for this reason and conflicting leaf; nothing changes.
inline void refused_at(Fixture& fixture, std::string_view issuer, const std::vector<Entry>& entries,
                       std::uint32_t position, const Refusal& because) {
    INFO(issuer << " " << name_of(entries.at(position).operation));
    const BatchPtr batch = fixture.batch(issuer, entries);
    const ExecutedBlockPtr before = fixture.tip;
    const BatchOutcome outcome = fixture.put({batch}).front();
    CHECK(name_of(outcome.reason) == name_of(because.reason));
    CHECK(outcome.conflicting_entry == because.conflicting_entry);
    CHECK(outcome.entry == position);
    CHECK(fixture.tip->changes.size() == 1);  // the outcome
    CHECK(fixture.tip->result.log_root == before->result.log_root);
}
inline void refused(Fixture& fixture, std::string_view issuer, const Entry& entry, Reason reason,
                    std::optional<std::uint64_t> conflicting_entry = {}) {
    refused_at(fixture, issuer, {entry}, 0, {reason, conflicting_entry});
}

// An entry about a record in the form that its operation requires; `day` is the first day, unless it has none.
inline Entry about(const Entry& record, Operation operation, Date day = date_none) {
    Entry entry;
    entry.operation = operation;
    entry.category = record.category;
    entry.record = record.record;
    entry.subject = record.subject;
    entry.version = record.version;
    entry.decided = day;
    if (operation == Operation::held) entry.digest = record.digest;
    if (operation != Operation::held && operation != Operation::erased && operation != Operation::repair_ack) {
        entry.digest = named("the document");
    }
    return entry;
}
inline Entry dispute(const Entry& record, Date day, Date due) {
    Entry entry = about(record, Operation::dispute_opened, day);
    entry.public_until = due;
    return entry;
}
inline Entry resolved(const Entry& record, Date day, DisputeOutcome outcome) {
    Entry entry = about(record, Operation::dispute_resolved, day);
    entry.code = static_cast<std::uint16_t>(outcome);
    return entry;
}
inline Entry next(Entry record, Operation operation) {
    record.operation = operation;
    if (operation != Operation::overwrite) ++record.version;
    record.digest = operation == Operation::remove ? Hash{} : hash(Suite::ed25519_sha256, record.digest.view());
    return record;
}

// An authorization to the bank, for loans, from 2026-11-01 to 2026-12-31, three times.
inline Entry grant_of(const Fixture& fixture, std::string_view name, std::string_view subject = "a company") {
    Entry entry;
    entry.operation = Operation::grant;
    entry.category = Category::penalty;
    entry.record = named(name);
    entry.version = 3;
    entry.digest = named("the signed form");
    entry.subject = named(subject);
    entry.decided = 20261101;
    entry.public_until = 20261231;
    entry.party = fixture.number(bank);
    entry.code = static_cast<std::uint16_t>(Purpose::loan);
    return entry;
}
inline Entry revoke_of(const Entry& grant, Date day) {
    Entry entry = about(grant, Operation::revoke, day);
    entry.version = 0;
    return entry;
}
inline Entry query_of(const Fixture& fixture, const Entry& grant, std::string_view name,
                      std::string_view provider = "310000") {
    Entry entry;
    entry.operation = Operation::query;
    entry.category = grant.category;
    entry.record = named(name);
    entry.digest = grant.record;
    entry.subject = grant.subject;
    entry.party = fixture.number(provider);
    entry.code = grant.code;
    return entry;
}
inline Entry answer_of(const Fixture& fixture, const Entry& query, std::uint32_t height,
                       std::string_view requester = bank) {
    Entry entry = about(query, Operation::answer);
    entry.version = height;
    entry.digest = named("the report");
    entry.party = fixture.number(requester);
    return entry;
}
inline Entry acknowledge_of(const Entry& query) {
    Entry entry = about(query, Operation::acknowledge);
    entry.digest = named("the report");
    entry.party = query.party;
    return entry;
}
// What `side` reports for the month between the two.
inline Entry account_of(const Fixture& fixture, std::string_view requester, std::string_view provider, Date month,
                        Side side, std::uint32_t count) {
    Entry entry;
    entry.operation = Operation::account;
    entry.category = Category::any;
    entry.record = account_id(fixture.suite(), fixture.number(requester), fixture.number(provider), month);
    entry.version = count;
    entry.decided = month;
    entry.party = fixture.number(side == Side::requester ? provider : requester);
    entry.code = static_cast<std::uint16_t>(side);
    return entry;
}

}  // namespace xinlian::ledger::rules_test

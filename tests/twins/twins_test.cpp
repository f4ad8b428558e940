// Plays a small number of Twins schedules, and tests that the invariants detect violations. All schedules: ./run twins
// (docs/testing.md).
#include <catch2/catch.hpp>

#include "tests/twins/play.hpp"

using namespace xinlian;
using namespace xinlian::twins;

namespace {

std::string told(const Schedule& schedule, const Outcome& outcome) {
    std::string text = schedule.id();
    for (const auto& [promise, how] : outcome.broken) text += "; " + std::string(name_of(promise)) + ": " + how;
    return text;
}

void play_all(const std::vector<Schedule>& schedules) {
    const Cast cast(schedules.front().shape().members);
    for (const Schedule& schedule : schedules) {
        const Outcome outcome = play(cast, schedule);
        INFO(told(schedule, outcome));
        CHECK(outcome.kept());
    }
}

// The same two halves in every round, led by a member that is on both sides.
Schedule torn(std::size_t doubled, std::size_t rounds) {
    // Nodes 0 and 2 against 1 and 3; the copies of 0 and 1 are on the opposite sides.
    const Shape shape{4, doubled, rounds};
    const std::uint32_t other_side = 0b011010;  // nodes 1, 3, 4
    return {shape, std::vector<std::uint32_t>(rounds, other_side / 2 * 4)};
}

}  // namespace

TEST_CASE("with one of four members doubled every invariant holds, in every 131st schedule of three rounds") {
    play_all(every({4, 1, 3}, 131));
}

TEST_CASE("with two of seven members doubled every invariant holds, in 300 schedules of seven rounds") {
    play_all(sample({7, 2, 7}, 300, 1));
}

TEST_CASE("a doubled member is found out, and nobody else is blamed") {
    const Cast cast(4);
    std::size_t found = 0;
    for (const Schedule& schedule : sample({4, 1, 3}, 100, 7)) {
        const Outcome outcome = play(cast, schedule);
        CHECK(outcome.kept());
        for (const MemberIndex member : outcome.blamed) CHECK(member == 0);
        if (!outcome.blamed.empty()) ++found;
    }
    CHECK(found > 0);
}

TEST_CASE("with more than a third doubled agreement breaks, which is detected, and only doubled members are blamed") {
    const Cast cast(4);
    const Schedule schedule = torn(2, 2);
    const Outcome outcome = play(cast, schedule);
    INFO(schedule.text());
    CHECK(outcome.broken.contains(Promise::agreement));
    CHECK(outcome.broken.size() == 1);
    CHECK(outcome.blamed == std::set<MemberIndex>{0, 1});
}

TEST_CASE("of two doubled members out of four, every 7th schedule of two rounds: who is blamed is guilty") {
    const Cast cast(4);
    std::size_t split = 0;
    for (const Schedule& schedule : every({4, 2, 2}, 7)) {
        Outcome outcome = play(cast, schedule);
        split += outcome.broken.erase(Promise::agreement);
        INFO(told(schedule, outcome));
        CHECK(outcome.kept());
    }
    CHECK(split > 0);
}

TEST_CASE("a member that forgets its journal is detected as one that runs twice") {
    const Cast cast(4);
    const Schedule schedule = torn(2, 2);
    // Member 0 is known to be faulty; member 1 counts as honest, but answers from two journals.
    const Outcome outcome = Play(cast, schedule, 1).run();
    REQUIRE_FALSE(outcome.kept());
    // The first violation ends a play, and a contradiction comes before two chains.
    CHECK(outcome.broken.contains(Promise::one_word));
}

TEST_CASE("a doubled member that counts as honest is found by its contradictions or by the evidence against it") {
    const Cast cast(4);
    std::set<Promise> found;
    for (const Schedule& schedule : sample({4, 1, 3}, 200, 3)) {
        for (const auto& [promise, how] : Play(cast, schedule, 0).run().broken) found.insert(promise);
    }
    CHECK(found.contains(Promise::one_word));
}

TEST_CASE("the same schedule gives the same play, step for step") {
    const Cast cast(4), again(4);
    std::set<std::uint64_t> traces;
    for (const Schedule& schedule : sample({4, 1, 3}, 50, 5)) {
        const Outcome first = play(cast, schedule);
        CHECK(first.trace == play(again, schedule).trace);
        traces.insert(first.trace);
    }
    CHECK(traces.size() > 40);
}

TEST_CASE("the signatures of these plays are the cheap ones, and a wrong one is refused all the same") {
    const Cast cast(4);
    const Bytes message = to_bytes("message");
    const Signature good = cast.keys[0].sign(message);
    const Hash r = hash(Suite::ed25519_sha256, {as_bytes("cheap/r"), cast.keys[0].public_key().view(), message});
    CHECK(std::equal(r.bytes.begin(), r.bytes.end(), good.bytes.begin()));
    CHECK(verify(cast.keys[0].public_key(), message, good));
    CHECK_FALSE(verify(cast.keys[1].public_key(), message, good));
    CHECK_FALSE(verify(cast.keys[0].public_key(), to_bytes("massage"), good));
    for (const std::size_t byte : {0u, 31u, 32u, 63u}) {
        Signature bad = good;
        bad.bytes[byte] ^= 1;
        CHECK_FALSE(verify(cast.keys[0].public_key(), message, bad));
    }
}

// Tests the detection of clock skew from the times of proposals.
#include "node/replica/clock_watch.hpp"

#include <catch2/catch.hpp>

namespace xinlian::node {

namespace {

constexpr Duration ahead_max{5'000};
constexpr std::uint64_t wall_ms = 1'800'000'000'000;

ledger::BlockHeader proposal(MemberIndex proposer, std::uint64_t time_ms) {
    ledger::BlockHeader header;
    header.proposer = proposer;
    header.time = {time_ms};
    return header;
}

Clock at(std::uint64_t steady_ms) { return {{steady_ms}, {wall_ms}}; }

}  // namespace

TEST_CASE("a timestamp within the limits is not reported, one beyond them is") {
    ClockWatch watch(1);
    CHECK(!watch.compare(proposal(0, wall_ms), ahead_max, at(0)));
    CHECK(!watch.compare(proposal(0, wall_ms + 5'000), ahead_max, at(0)));
    CHECK(!watch.compare(proposal(1, wall_ms - 60'000), ahead_max, at(0)));
    const auto ahead = watch.compare(proposal(0, wall_ms + 5'001), ahead_max, at(0));
    REQUIRE(ahead);
    CHECK(ahead->proposer == 0);
    CHECK(ahead->block.ms == wall_ms + 5'001);
    CHECK(ahead->own.ms == wall_ms);
    CHECK(!ahead->own_suspected);
    CHECK(watch.compare(proposal(1, wall_ms - 60'001), ahead_max, at(0)));
}

TEST_CASE("a proposer is reported once a minute while its clock is wrong, and anew after it was right") {
    ClockWatch watch(1);
    const auto wrong = proposal(0, wall_ms + 60'000);
    CHECK(watch.compare(wrong, ahead_max, at(1'000)));
    CHECK(!watch.compare(wrong, ahead_max, at(60'999)));
    CHECK(watch.compare(wrong, ahead_max, at(61'000)));
    CHECK(!watch.compare(proposal(0, wall_ms), ahead_max, at(61'001)));
    CHECK(watch.compare(wrong, ahead_max, at(61'002)));
}

TEST_CASE("this node's clock is suspected if more than f proposers differ in the same direction") {
    ClockWatch watch(1);
    CHECK(!watch.compare(proposal(0, wall_ms + 60'000), ahead_max, at(0))->own_suspected);
    CHECK(!watch.compare(proposal(1, wall_ms - 90'000), ahead_max, at(0))->own_suspected);
    CHECK(watch.compare(proposal(2, wall_ms + 60'000), ahead_max, at(0))->own_suspected);
    CHECK(!watch.compare(proposal(0, wall_ms), ahead_max, at(0)));
    CHECK(!watch.compare(proposal(2, wall_ms + 60'000), ahead_max, at(60'000))->own_suspected);
}

}  // namespace xinlian::node

// Tests clocks that differ: the federation continues, and the skew is reported.
#include "tests/unit/node/replica/replica_federation.hpp"

namespace xinlian::node {

using test::Blocks;

namespace {

constexpr Suite suite = Suite::ed25519_sha256;

}  // namespace

TEST_CASE("a leader whose clock is ahead within the limit is waited for, not skipped for ever") {
    ReplicaFederation harness;
    harness.node(1).skew_ms = 4'000;
    harness.node(2).skew_ms = 8'000;  // beyond the limit of five seconds for those at zero
    harness.begin();
    Blocks blocks(harness.federation());
    std::vector<ledger::BatchPtr> all;
    for (std::uint64_t i = 0; i < 12; ++i) {
        all.push_back(blocks.batch("310000", {test::create(suite, i, 7)}));
        REQUIRE(harness.submit(i % 4, all.back()).ok());
        harness.run_ms(200);
    }
    harness.run_until([&] { return harness.all_hold(all); }, 60'000);
    harness.check_agreement();
    for (Height h = 1; h <= harness.height(0); ++h) {
        const auto block = harness.node(0).chain->block(h);
        CHECK(block->block.header.time.ms <= ReplicaFederation::epoch_ms + harness.now_ms() + 5'000);
    }
}

TEST_CASE("a leader whose clock is ahead within the limit costs the others no time") {
    ReplicaFederation harness;
    harness.node(1).skew_ms = 4'000;
    harness.begin();
    Blocks blocks(harness.federation());
    std::vector<ledger::BatchPtr> all;
    for (std::uint64_t i = 0; i < 12; ++i) {
        all.push_back(blocks.batch("310000", {test::create(suite, i, 7)}));
        REQUIRE(harness.submit(i % 4, all.back()).ok());
        harness.run_until([&] { return harness.all_hold(all); }, 300);
    }
    harness.check_agreement();
}

TEST_CASE("a node whose clock is a day off stops no other, is told so, and is reported to the others") {
    constexpr std::int64_t day_ms = 86'400'000;
    const bool fast = GENERATE(true, false);
    ReplicaFederation harness;
    harness.node(2).skew_ms = fast ? day_ms : -day_ms;
    harness.begin();
    Blocks blocks(harness.federation());
    std::vector<ledger::BatchPtr> all;
    for (std::uint64_t i = 0; i < 24; ++i) {
        all.push_back(blocks.batch("310000", {test::create(suite, i, 7)}));
        REQUIRE(harness.submit(i % 4, all.back()).ok());
        harness.run_until([&] { return harness.all_hold(all); }, 5'000);
    }
    harness.check_agreement();
    // One in four is not a third: the others report it, and not their own clocks. It sees that all others differ.
    for (const std::size_t i : {0u, 1u, 3u}) {
        for (const ClockDifference& seen : harness.node(i).clocks) {
            CHECK(seen.proposer == 2);
            CHECK((seen.block > seen.own) == fast);
            CHECK_FALSE(seen.own_suspected);
        }
        // A clock that is behind does no harm: its block takes its parent's time.
        CHECK(harness.node(i).clocks.empty() != fast);
    }
    const auto& own = harness.node(2).clocks;
    REQUIRE(own.size() >= 2);
    CHECK((own.back().block > own.back().own) != fast);
    CHECK(std::any_of(own.begin(), own.end(), [](const auto& seen) { return seen.own_suspected; }));
}

TEST_CASE("clocks are compared within limits, and a proposer's is reported once a minute") {
    ReplicaFederation harness;
    Blocks blocks(harness.federation());
    std::uint64_t next = 0;
    const auto order_some = [&] {
        std::vector<ledger::BatchPtr> all;
        for (int i = 0; i < 8; ++i) {
            all.push_back(blocks.batch("310000", {test::create(suite, next++, 7)}));
            REQUIRE(harness.submit(0, all.back()).ok());
            harness.run_until([&] { return harness.all_hold(all); }, 10'000);
        }
    };
    const auto told = [&](std::size_t i) { return harness.node(i).clocks.size(); };
    harness.node(1).skew_ms = 4'900;  // a block may be 5 s ahead
    harness.begin();
    order_some();
    CHECK(told(0) == 0);
    harness.node(1).skew_ms = 60'000;
    order_some();
    CHECK(told(0) == 1);
    order_some();
    CHECK(told(0) == 1);
    harness.run_ms(61'000);
    order_some();
    CHECK(told(0) == 2);
}

}  // namespace xinlian::node

// Tests damage that is found while a replica runs: it reports the damage and signs nothing more.
#include <catch2/catch.hpp>

#include "consensus/journal.hpp"
#include "ledger/chain/layout.hpp"
#include "tests/unit/node/replica/replica_federation.hpp"

namespace xinlian::node {

namespace {

// A federation with some final blocks.
struct Fixture {
    ReplicaFederation harness;
    test::Blocks blocks{harness.federation()};
    std::uint64_t record = 0;

    Fixture() {
        harness.begin();
        for (int i = 0; i < 3; ++i) add();
    }
    ledger::BatchPtr next() { return blocks.batch("310000", {test::create(harness.genesis().suite(), record++, 7)}); }
    void add() {
        const auto batch = next();
        REQUIRE(harness.submit(0, batch).ok());
        harness.run_until([&] { return harness.all_hold({batch}); });
    }
    void damage_block(std::size_t i, Height height) {
        harness.node(i).store.flip(ledger::layout::key(ledger::layout::Table::block, height), 11);
    }
};

}  // namespace

TEST_CASE("a replica that is told of damage signs nothing more, reports why, and the others continue") {
    Fixture fixture;
    fixture.harness.replica(2).damaged("a bit of block 1", fixture.harness.clock(2));
    const auto effects = fixture.harness.replica(2).take();
    CHECK_FALSE(effects.fatal);
    CHECK(fixture.harness.replica(2).overview().halted);
    CHECK(fixture.harness.replica(2).overview().halt_reason == "a bit of block 1");
    const std::size_t said = fixture.harness.node(2).said.size();
    const auto batch = fixture.next();
    REQUIRE(fixture.harness.submit(0, batch).ok());
    fixture.harness.run_until([&] { return fixture.harness.node(0).receipts.contains(batch->id); });
    fixture.harness.run_ms(5'000);
    CHECK(fixture.harness.node(2).said.size() == said);
}

TEST_CASE("a node asked for a damaged row names it, signs no more, and serves what is intact") {
    Fixture fixture;
    fixture.harness.run_ms(2'000);
    fixture.harness.sent.clear();
    const Hash id = fixture.harness.node(1).chain->block(2)->id;
    const Hash batch = fixture.harness.node(1).chain->block(2)->block.batches.at(0);
    SECTION("a range") {
        fixture.damage_block(1, 2);
        fixture.harness.deliver(0, 1, wire::RangeRequest{1});
    }
    SECTION("a block") {
        fixture.damage_block(1, 2);
        fixture.harness.deliver(0, 1, wire::BlockRequest{id});
    }
    SECTION("a batch") {
        fixture.harness.node(1).store.flip(ledger::layout::body_key(batch, 0), 11);
        fixture.harness.deliver(0, 1, wire::BatchRequest{{batch}});
    }
    REQUIRE_FALSE(fixture.harness.node(1).fatal);
    REQUIRE(fixture.harness.replica(1).overview().halted);
    CHECK(fixture.harness.replica(1).overview().halt_reason.find("does not match its checksum") != std::string::npos);
    CHECK(fixture.harness.sent["range"] + fixture.harness.sent["block-body"] == 0);
    fixture.harness.deliver(0, 1, wire::RangeRequest{3});
    CHECK(fixture.harness.sent["range"] == 1);
}

TEST_CASE("a node asked for what it does not have continues") {
    Fixture fixture;
    const Hash unknown = test::named(fixture.harness.genesis().suite(), "unknown", 1);
    fixture.harness.deliver(0, 1, wire::BlockRequest{unknown});
    fixture.harness.deliver(0, 1, wire::BatchRequest{{unknown}});
    fixture.harness.deliver(0, 1, wire::RangeRequest{99});
    CHECK_FALSE(fixture.harness.node(1).fatal);
    fixture.add();
}

TEST_CASE("a node that lost its whole disk follows, and votes again only when it is safe") {
    Fixture fixture;
    ReplicaFederation& harness = fixture.harness;
    harness.crash(3);
    harness.node(3).journal.clear();
    harness.node(3).store = test::MemoryStore();
    harness.node(3).receipts.clear();
    harness.start(3, consensus::Memory::fresh);
    for (std::size_t i = 0; i < 3; ++i) harness.connect(3, i);
    for (int i = 0; i < 9; ++i) fixture.add();
    harness.run_ms(5'000);
    const auto& journal = harness.node(3).journal;
    CHECK(std::any_of(journal.begin(), journal.end(), [](const JournalRecord& record) {
        return record.kind == JournalRecord::Kind::core &&
               std::holds_alternative<consensus::SilentThrough>(test::must(consensus::decode_persist(record.body)));
    }));
    harness.crash(1);  // now it is needed
    for (int i = 0; i < 3; ++i) fixture.add();
    harness.check_agreement();
}

}  // namespace xinlian::node

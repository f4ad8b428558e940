// Damage that is found while a replica runs: it says so, and nothing more is signed.
#include <catch2/catch.hpp>

#include "consensus/journal.hpp"
#include "ledger/chain/layout.hpp"
#include "tests/unit/node/replica/replica_federation.hpp"

namespace xinlian::node {

namespace {

// A federation of some final blocks.
struct Scene {
    ReplicaFederation lab;
    test::Blocks blocks{lab.federation()};
    std::uint64_t record = 0;

    Scene() {
        lab.begin();
        for (int i = 0; i < 3; ++i) add();
    }
    ledger::BatchPtr next() { return blocks.batch("310000", {test::create(lab.genesis().suite(), record++, 7)}); }
    void add() {
        const auto batch = next();
        REQUIRE(lab.submit(0, batch).ok());
        lab.run_until([&] { return lab.all_hold({batch}); });
    }
    void damage_block(std::size_t i, Height height) {
        lab.node(i).store.flip(ledger::layout::key(ledger::layout::Table::block, height), 11);
    }
};

}  // namespace

TEST_CASE("a replica that is told of damage signs nothing any more, says why, and the others go on") {
    Scene scene;
    scene.lab.replica(2).damaged("a bit of block 1", scene.lab.clock(2));
    const auto effects = scene.lab.replica(2).take();
    CHECK_FALSE(effects.fatal);
    CHECK(scene.lab.replica(2).overview().halted);
    CHECK(scene.lab.replica(2).overview().halt_reason == "a bit of block 1");
    const std::size_t said = scene.lab.node(2).said.size();
    const auto batch = scene.next();
    REQUIRE(scene.lab.submit(0, batch).ok());
    scene.lab.run_until([&] { return scene.lab.node(0).receipts.contains(batch->id); });
    scene.lab.run_ms(5'000);
    CHECK(scene.lab.node(2).said.size() == said);
}

TEST_CASE("who is asked for what is damaged signs no more and names it, and serves what is whole") {
    Scene scene;
    scene.lab.run_ms(2'000);
    scene.lab.sent.clear();
    const Hash id = scene.lab.node(1).chain->block(2)->id;
    const Hash batch = scene.lab.node(1).chain->block(2)->block.batches.at(0);
    SECTION("a range") {
        scene.damage_block(1, 2);
        scene.lab.deliver(0, 1, wire::RangeRequest{1});
    }
    SECTION("a block") {
        scene.damage_block(1, 2);
        scene.lab.deliver(0, 1, wire::BlockRequest{id});
    }
    SECTION("a batch") {
        scene.lab.node(1).store.flip(ledger::layout::body_key(batch, 0), 11);
        scene.lab.deliver(0, 1, wire::BatchRequest{{batch}});
    }
    REQUIRE_FALSE(scene.lab.node(1).fatal);
    REQUIRE(scene.lab.replica(1).overview().halted);
    CHECK(scene.lab.replica(1).overview().halt_reason.find("does not fit its seal") != std::string::npos);
    CHECK(scene.lab.sent["range"] + scene.lab.sent["block-body"] == 0);
    scene.lab.deliver(0, 1, wire::RangeRequest{3});
    CHECK(scene.lab.sent["range"] == 1);
}

TEST_CASE("who is asked for what it does not have goes on") {
    Scene scene;
    const Hash unknown = test::named(scene.lab.genesis().suite(), "unknown", 1);
    scene.lab.deliver(0, 1, wire::BlockRequest{unknown});
    scene.lab.deliver(0, 1, wire::BatchRequest{{unknown}});
    scene.lab.deliver(0, 1, wire::RangeRequest{99});
    CHECK_FALSE(scene.lab.node(1).fatal);
    scene.add();
}

TEST_CASE("a node that lost its whole disk follows, and votes again only when it is safe") {
    Scene scene;
    ReplicaFederation& lab = scene.lab;
    lab.crash(3);
    lab.node(3).journal.clear();
    lab.node(3).store = test::MemoryStore();
    lab.node(3).receipts.clear();
    lab.start(3, consensus::Memory::fresh);
    for (std::size_t i = 0; i < 3; ++i) lab.connect(3, i);
    for (int i = 0; i < 9; ++i) scene.add();
    lab.run_ms(5'000);
    const auto& journal = lab.node(3).journal;
    CHECK(std::any_of(journal.begin(), journal.end(), [](const JournalRecord& record) {
        return record.kind == JournalRecord::Kind::core &&
               std::holds_alternative<consensus::SilentThrough>(test::must(consensus::decode_persist(record.body)));
    }));
    lab.crash(1);  // now it is needed
    for (int i = 0; i < 3; ++i) scene.add();
    lab.check_agreement();
}

}  // namespace xinlian::node

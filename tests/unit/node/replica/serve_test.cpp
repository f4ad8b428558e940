// Tests requests of peers to a node: how much of it they get, and that no peer's requests delay others.
#include <catch2/catch.hpp>

#include "tests/unit/node/replica/replica_federation.hpp"

namespace xinlian::node {

using test::Blocks;
using Fate = ReplicaFederation::Fate;

namespace {

constexpr Suite suite = Suite::ed25519_sha256;

// The ranges that one turn sends, by node; and those of this node's next turns.
std::vector<std::size_t> given(ReplicaFederation& harness, const Effects& effects) {
    std::vector<std::size_t> to;
    for (const auto& [peer, frame] : effects.send) {
        if (std::holds_alternative<wire::Range>(test::must(wire::decode_message(frame))))
            to.push_back(harness.node_of_peer(0, peer));
    }
    return to;
}

// Starts a federation in which all have the one batch and all requests in between are answered.
ledger::BatchPtr final_batch(ReplicaFederation& harness) {
    harness.begin();
    auto batch = Blocks(harness.federation()).batch("310000", {test::create(suite, 1, 7)});
    REQUIRE(harness.submit(0, batch).ok());
    harness.run_until([&] { return harness.all_hold({batch}); });
    harness.run_ms(1'000);
    return batch;
}

}  // namespace

TEST_CASE("one peer gets bodies at a limited rate, each once for a request") {
    ReplicaFederation harness;
    std::map<std::size_t, std::size_t> bodies;  // by whom they are for
    harness.filter = [&bodies](std::size_t, std::size_t to, const wire::Message& message) {
        bodies[to] += std::holds_alternative<wire::BatchBody>(message) ? 1 : 0;
        return Fate::lose;
    };
    harness.begin();
    Blocks blocks(harness.federation());
    std::vector<ledger::Entry> entries;
    for (std::uint64_t i = 0; i < 10'000; ++i) entries.push_back(test::create(suite, i, 7));
    const auto batch = blocks.batch("310000", std::move(entries));  // more than a megabyte
    REQUIRE(harness.submit(0, batch).ok());
    bodies.clear();
    harness.deliver(1, 0, wire::BatchRequest{{batch->id, batch->id, batch->id}});
    CHECK(bodies[1] == 1);
    for (int i = 0; i < 500; ++i) harness.deliver(1, 0, wire::BatchRequest{{batch->id}});
    CHECK(bodies[1] > 20);
    CHECK(bodies[1] < 100);
    harness.deliver(2, 0, wire::BatchRequest{{batch->id}});
    CHECK(bodies[2] == 1);
}

TEST_CASE("ranges are served to a peer at a limited rate, whatever it asks") {
    ReplicaFederation harness;
    final_batch(harness);
    harness.sent.clear();
    const auto ask = [&] {
        for (std::size_t i = 0; i < 50; ++i) harness.deliver(1, 0, wire::RangeRequest{1});
    };
    ask();
    CHECK(harness.sent["range"] == 8);
    harness.deliver(2, 0, wire::RangeRequest{1});  // one peer's requests do not reduce another's share
    CHECK(harness.sent["range"] == 9);
    harness.run_ms(2'000);
    ask();
    CHECK(harness.sent["range"] == 9 + 8);
}

TEST_CASE("of what peers want from the chain a turn serves one piece, and they take turns") {
    ReplicaFederation harness;
    const auto batch = final_batch(harness);
    Replica& node = harness.replica(0);
    const auto ask = [&](std::size_t from, const wire::Message& what) {
        node.receive(harness.peer(0, from), what, harness.clock(0));
    };
    for (int i = 0; i < 5; ++i) ask(1, wire::RangeRequest{1});
    ask(2, wire::RangeRequest{1});
    ask(3, wire::BatchRequest{{batch->id}});
    std::vector<std::size_t> ranges;
    std::size_t bodies = 0, turns = 0;
    for (bool more = true; more; ++turns) {
        const Effects effects = node.take();
        const auto now = given(harness, effects);
        CHECK(effects.send.size() <= 1);
        bodies += effects.send.size() - now.size();
        ranges.insert(ranges.end(), now.begin(), now.end());
        more = effects.wake && *effects.wake <= harness.clock(0).steady;
        node.tick(harness.clock(0));
    }
    std::sort(ranges.begin(), ranges.end());
    CHECK(ranges == std::vector<std::size_t>{1, 2});
    CHECK(bodies == 1);
    CHECK(turns >= 3);
}

TEST_CASE("batches that nobody has, named by hundreds, keep nobody from catching up") {
    ReplicaFederation harness;
    harness.begin();
    Blocks blocks(harness.federation());
    // The leader of an idle view names batches that nobody has: the others request them from each other.
    ledger::Block block;
    block.header.time = harness.clock(0).wall;
    for (int i = 0; i < 500; ++i) block.batches.push_back(test::named(suite, "no batch", i));
    harness.run_ms(2'000);
    for (std::size_t voter = 0; voter < 4; ++voter) harness.propose(block, voter);
    harness.run_ms(60'000);
    CHECK(harness.sent["batch-request"] < 2'000);  // one for all of them, every 300 ms
    for (std::size_t other : {0, 1, 3}) harness.replica(other).disconnected(harness.peer(other, 2));
    harness.crash(2);
    std::vector<ledger::BatchPtr> all;
    for (std::uint64_t i = 0; i < 5; ++i) {
        all.push_back(blocks.batch("310000", {test::create(suite, i, 7)}));
        REQUIRE(harness.submit(0, all.back()).ok());
        harness.run_ms(3'000);
    }
    harness.restart(2);
    harness.run_until([&] { return harness.all_hold(all); }, 30'000);
    harness.check_agreement();
}

TEST_CASE("a peer that violated the protocol is ignored until it connects again") {
    ReplicaFederation harness;
    harness.begin();
    harness.run_ms(1'000);
    const auto accuse = [&harness](View view, std::uint8_t flip) {
        Evidence evidence = harness.federation().equivocation(2, view);
        evidence.first_signature.bytes[0] ^= flip;
        harness.deliver(1, 0, wire::Accusation{evidence});
    };
    accuse(7, 1);
    accuse(8, 1);
    accuse(9, 0);
    harness.deliver(
        1, 0, wire::BatchBody{Blocks(harness.federation()).batch("310000", {test::create(suite, 1, 7)})->encoded});
    CHECK(harness.node(0).banned.size() == 1);
    CHECK(harness.replica(0).overview().accused.empty());
    CHECK(harness.replica(0).overview().pool_batches == 0);
    harness.replica(0).connected(harness.peer(0, 1), harness.clock(0));
    accuse(9, 0);
    CHECK(harness.replica(0).overview().accused.size() == 1);
}

TEST_CASE("batches that were wanted for a proposal whose view is over are not kept") {
    ReplicaFederation harness;
    std::size_t bodies = 0;
    harness.filter = [&bodies](std::size_t from, std::size_t, const wire::Message& message) {
        bodies += from == 0 && std::holds_alternative<wire::BatchBody>(message) ? 1 : 0;
        return Fate::lose;
    };
    harness.begin();
    // All have one number: the pool takes at most one.
    std::vector<ledger::BatchPtr> batches;
    wire::BatchRequest request;
    ledger::Block block;
    block.header.time = harness.clock(0).wall;
    for (std::uint64_t i = 0; i < 10; ++i) {
        batches.push_back(Blocks(harness.federation()).batch("310000", {test::create(suite, i, 7)}));
        block.batches.push_back(batches.back()->id);
        request.ids.push_back(batches.back()->id);
    }
    const View view = harness.replica(0).overview().current;
    harness.propose(block, 0);
    bool over = true;
    SECTION("the view is over") {
        harness.deliver(1, 0,
                        wire::Consensus{consensus::encode_message(
                            harness.federation().certify({VoteKind::nullify, 0, view, {}, {}}))});
    }
    SECTION("the view is not over: they are kept") { over = false; }
    for (const auto& batch : batches) harness.deliver(1, 0, wire::BatchBody{batch->encoded});
    harness.deliver(1, 0, request);
    CHECK(bodies == (over ? 1U : 10U));
}

}  // namespace xinlian::node

// Tests whole replicas together: how batches become final, how lost messages are fetched, and how little is sent when
// there is nothing to do. Crashes and Byzantine members: faults_test.cpp.
#include <catch2/catch.hpp>

#include "tests/unit/node/replica/replica_federation.hpp"

namespace xinlian::node {

using test::Blocks;
using Fate = ReplicaFederation::Fate;

namespace {

constexpr Suite suite = Suite::ed25519_sha256;

std::vector<ledger::BatchPtr> batches_of(Blocks& blocks, std::string_view issuer, std::size_t count,
                                         std::uint64_t first_record = 0) {
    std::vector<ledger::BatchPtr> made;
    for (std::size_t i = 0; i < count; ++i)
        made.push_back(blocks.batch(issuer, {test::create(suite, first_record + i, 7)}));
    return made;
}

template <class T>
bool is(const wire::Message& message) {
    return std::holds_alternative<T>(message);
}

}  // namespace

TEST_CASE("batches become final on all four with equal roots") {
    ReplicaFederation harness;
    harness.begin();
    Blocks blocks(harness.federation());
    std::vector<ledger::BatchPtr> all;
    std::uint64_t record = 0;
    for (const std::string issuer : {"310000", "320000", "330000", "340000"}) {
        for (const auto& batch : batches_of(blocks, issuer, 3, record)) {
            const auto answer = harness.submit(all.size() % 4, batch);
            REQUIRE(answer.ok());
            CHECK_FALSE(answer->has_value());  // it waits
            all.push_back(batch);
        }
        record += 3;
    }
    harness.run_until([&] { return harness.all_hold(all); }, 5'000);
    harness.run_ms(2'000);
    harness.check_agreement();
    const auto first = harness.node(0).chain->snapshot();
    CHECK(first->state.result().log_size == 12);
    for (std::size_t i = 1; i < 4; ++i) {
        const auto other = harness.node(i).chain->snapshot();
        CHECK(other->tip_id == first->tip_id);
        CHECK(other->state.result() == first->state.result());
        CHECK(harness.node(i).receipts.size() == all.size());
    }
}

TEST_CASE("a batch submitted again, anywhere, gives the same receipt and nothing new") {
    ReplicaFederation harness;
    harness.begin();
    Blocks blocks(harness.federation());
    const auto batch = batches_of(blocks, "310000", 1)[0];
    REQUIRE(harness.submit(0, batch).ok());
    REQUIRE_FALSE(harness.submit(0, batch)->has_value());  // while it waits: it still waits
    harness.run_until([&] { return harness.all_hold({batch}); });
    const ledger::Receipt receipt = harness.node(0).receipts.at(batch->id);
    for (std::size_t i = 0; i < 4; ++i) {
        const auto again = harness.submit(i, batch);
        REQUIRE(again.ok());
        REQUIRE(again->has_value());
        CHECK((*again)->outcome == receipt.outcome);
        CHECK((*again)->block == receipt.block);
        CHECK((*again)->time == receipt.time);
        CHECK(harness.replica(i).overview().pool_batches == 0);
    }
}

TEST_CASE("a rejected batch has a receipt with its reason, and what follows it is dropped") {
    ReplicaFederation harness;
    harness.begin();
    Blocks blocks(harness.federation());
    ledger::Entry orphan = test::update(test::create(suite, 99, 7));  // of a record that nobody created
    const auto bad = blocks.batch("310000", {test::create(suite, 1, 7), orphan});
    const auto follower = blocks.batch("310000", {test::create(suite, 2, 7)});
    const auto second_follower = blocks.batch("310000", {test::create(suite, 3, 7)});
    REQUIRE(harness.submit(1, second_follower).ok());
    REQUIRE(harness.submit(1, follower).ok());
    harness.run_ms(3'000);
    REQUIRE(harness.height(1) == 0);  // a gap in the feed waits
    REQUIRE(harness.submit(1, bad).ok());
    harness.run_until([&] { return harness.node(1).receipts.contains(bad->id); });
    CHECK(harness.node(1).receipts.at(bad->id).outcome.reason != ledger::Reason::accepted);
    CHECK(harness.node(1).receipts.at(bad->id).outcome.entry == 1);
    harness.run_ms(5'000);
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(harness.replica(i).overview().pool_batches == 0);
        CHECK(harness.node(i).chain->snapshot()->state.result().log_size == 0);
    }
    std::set<Hash> dropped;
    for (const auto& [id, why] : harness.node(1).dropped) dropped.insert(id);
    for (const auto& [id, receipt] : harness.node(1).receipts) dropped.insert(id);
    CHECK(dropped.contains(follower->id));
    CHECK(dropped.contains(second_follower->id));
    const auto again = harness.submit(2, bad);
    REQUIRE(again.ok());
    REQUIRE(again->has_value());
    CHECK((*again)->outcome == harness.node(1).receipts.at(bad->id).outcome);
}

TEST_CASE("bodies whose push was lost are fetched") {
    ReplicaFederation harness;
    std::set<Hash> asked;
    harness.filter = [&](std::size_t, std::size_t, const wire::Message& message) {
        if (const auto* request = std::get_if<wire::BatchRequest>(&message))
            asked.insert(request->ids.begin(), request->ids.end());
        if (const auto* body = std::get_if<wire::BatchBody>(&message)) {
            const auto batch = ledger::check_batch(harness.genesis(), body->batch);
            return asked.contains((*batch)->id) ? Fate::deliver : Fate::lose;
        }
        return Fate::deliver;
    };
    harness.begin();
    Blocks blocks(harness.federation());
    const auto batches = batches_of(blocks, "310000", 5);
    for (const auto& batch : batches) REQUIRE(harness.submit(2, batch).ok());
    harness.run_until([&] { return harness.all_hold(batches); }, 10'000);
    CHECK(asked.size() == 5);
    harness.check_agreement();
}

TEST_CASE("a batch that only one node holds is final even if that node never leads") {
    ReplicaFederation harness;
    std::set<Hash> asked;  // of node 2, whose pushes are lost: it only reports what waits there
    harness.filter = [&](std::size_t from, std::size_t to, const wire::Message& message) {
        if (const auto* request = std::get_if<wire::BatchRequest>(&message); request != nullptr && to == 2)
            asked.insert(request->ids.begin(), request->ids.end());
        if (from != 2) return Fate::deliver;
        if (const auto* body = std::get_if<wire::BatchBody>(&message)) {
            const auto batch = ledger::check_batch(harness.genesis(), body->batch);
            return asked.contains((*batch)->id) ? Fate::deliver : Fate::lose;
        }
        const auto* inner = std::get_if<wire::Consensus>(&message);
        if (inner == nullptr) return Fate::deliver;
        const auto said = consensus::decode_message(inner->message);
        return said && std::holds_alternative<consensus::Proposal>(*said) ? Fate::lose : Fate::deliver;
    };
    harness.begin();
    Blocks blocks(harness.federation());
    const auto batches = batches_of(blocks, "310000", 3);
    for (const auto& batch : batches) REQUIRE(harness.submit(2, batch).ok());
    harness.run_until([&] { return harness.all_hold(batches); }, 20'000);
    CHECK(asked.size() == 3);
}

TEST_CASE("a node that missed everything catches up by ranges and then votes") {
    ReplicaFederation harness;
    harness.begin();
    harness.crash(3);
    Blocks blocks(harness.federation());
    std::vector<ledger::BatchPtr> all;
    for (std::uint64_t i = 0; i < 40; ++i) {
        all.push_back(blocks.batch("310000", {test::create(suite, i, 7)}));
        REQUIRE(harness.submit(0, all.back()).ok());
        harness.run_until([&] { return harness.all_hold({all.back()}); });
    }
    REQUIRE(harness.height(0) >= 40);
    harness.sent.clear();
    harness.restart(3);
    harness.run_until([&] { return harness.all_hold(all); }, 5'000);
    CHECK(harness.sent["range"] <= 3);
    CHECK(harness.sent["block-request"] <= 3);  // at most one request to each
    // Its vote is needed now.
    harness.crash(1);
    all.push_back(blocks.batch("310000", {test::create(suite, 100, 7)}));
    REQUIRE(harness.submit(3, all.back()).ok());
    harness.run_until([&] { return harness.all_hold(all); }, 20'000);
    harness.check_agreement();
}

TEST_CASE("a node that holds a finalization of what it lacks knows that it is behind, whatever the others claim") {
    ReplicaFederation harness;
    harness.begin();
    Blocks blocks(harness.federation());
    // Node 3 receives certificates and nothing else: no claim of a height, no block, no batch.
    harness.filter = [](std::size_t, std::size_t to, const wire::Message& message) {
        return to != 3 || std::holds_alternative<wire::Consensus>(message) ? Fate::deliver : Fate::lose;
    };
    std::vector<ledger::BatchPtr> all;
    for (std::uint64_t i = 0; i < 6; ++i) {
        all.push_back(blocks.batch("310000", {test::create(suite, i, 7)}));
        REQUIRE(harness.submit(0, all.back()).ok());
        harness.run_until([&] { return harness.node(0).receipts.contains(all.back()->id); }, 20'000);
    }
    harness.run_ms(2'000);
    REQUIRE(harness.height(3) == 0);
    CHECK(harness.replica(3).overview().highest_known >= harness.height(0));
    harness.filter = nullptr;
    harness.run_until([&] { return harness.all_hold(all); });
    harness.run_ms(3'000);
    CHECK(harness.replica(3).overview().highest_known == harness.height(0));
}

TEST_CASE("a node that catches up asks again until nothing has come meanwhile, and is not ready before") {
    ReplicaFederation harness;
    harness.begin();
    harness.crash(3);
    Blocks blocks(harness.federation());
    std::vector<ledger::BatchPtr> all;
    const auto order_some = [&] {
        for (int i = 0; i < 6; ++i) {
            all.push_back(blocks.batch("310000", {test::create(suite, all.size(), 7)}));
            REQUIRE(harness.submit(0, all.back()).ok());
            harness.run_until([&] { return harness.node(0).receipts.contains(all.back()->id); }, 20'000);
        }
    };
    order_some();
    // Node 3 receives no votes, and its ranges arrive when this test allows it.
    std::optional<std::pair<std::size_t, wire::Range>> held;
    harness.filter = [&](std::size_t from, std::size_t to, const wire::Message& message) {
        if (to != 3) return Fate::deliver;
        if (const auto* range = std::get_if<wire::Range>(&message)) held.emplace(from, *range);
        return std::holds_alternative<wire::SyncStatus>(message) ? Fate::deliver : Fate::lose;
    };
    const auto let_through = [&] {
        harness.run_until([&] { return held.has_value(); });
        const auto [from, range] = *std::exchange(held, std::nullopt);
        harness.deliver(from, 3, range);
    };
    harness.start(3);
    for (std::size_t i = 0; i < 3; ++i) harness.connect(3, i);
    harness.run_until([&] { return held.has_value(); });
    order_some();
    while (harness.height(3) < harness.height(0)) {
        let_through();
        CHECK(harness.replica(3).overview().catching_up);
    }
    let_through();  // nothing
    CHECK_FALSE(harness.replica(3).overview().catching_up);
    harness.check_agreement();
}

TEST_CASE("an observer follows, signs nothing and serves others") {
    ReplicaFederation harness(5);
    harness.filter = [](std::size_t from, std::size_t, const wire::Message& message) {
        if (from == 4) CHECK_FALSE(is<wire::Consensus>(message));
        return Fate::deliver;
    };
    harness.begin();
    Blocks blocks(harness.federation());
    const auto batches = batches_of(blocks, "310000", 20);
    for (const auto& batch : batches) {
        REQUIRE(harness.submit(4, batch).ok());  // its pool passes them on
        harness.run_ms(100);
    }
    harness.run_until([&] { return harness.all_hold(batches); }, 10'000);
    harness.check_agreement();
    CHECK(harness.node(4).receipts.size() == 20);

    // A validator that is behind learns only from the observer; the core must learn of it too, whichever member is 0.
    for (const std::size_t behind : {0, 2}) {
        harness.crash(behind);
        harness.node(behind).store = test::MemoryStore();
        harness.node(behind).journal.clear();
        harness.node(behind).receipts.clear();
        harness.start(behind, consensus::Memory::lost);
        harness.connect(behind, 4);
        harness.filter = [behind](std::size_t from, std::size_t to, const wire::Message&) {
            return (from == behind && to != 4) || (to == behind && from != 4) ? Fate::lose : Fate::deliver;
        };
        harness.run_until([&] { return harness.all_hold(batches); }, 20'000);
        CHECK(harness.replica(behind).overview().finalized > 0);
    }
}

TEST_CASE("an idle federation sends nothing but sync statuses") {
    ReplicaFederation harness;
    harness.timing.heartbeat = {3'600'000};
    harness.begin();
    Blocks blocks(harness.federation());
    const auto batch = batches_of(blocks, "310000", 1)[0];
    REQUIRE(harness.submit(0, batch).ok());
    harness.run_until([&] { return harness.all_hold({batch}); });
    harness.run_ms(10'000);
    const Height height = harness.height(0);
    CHECK(height <= 2);
    harness.sent.clear();
    for (std::size_t i = 0; i < 4; ++i) harness.node(i).ticks = 0;
    harness.run_ms(300'000);
    std::size_t others = 0;
    for (const auto& [name, count] : harness.sent) {
        if (name != "sync-status") others += count;
    }
    INFO(harness.describe());
    CHECK(others == 0);
    CHECK(harness.sent["sync-status"] <= 4 * 3 * (300 / 5 + 1));
    CHECK(harness.height(0) == height);
    for (std::size_t i = 0; i < 4; ++i) CHECK(harness.node(i).ticks <= 200);
}

TEST_CASE("an idle federation makes a block at every heartbeat, and only then") {
    ReplicaFederation harness;
    harness.timing.heartbeat = {10'000};
    harness.begin();
    harness.run_ms(9'000);
    REQUIRE(harness.height(0) == 0);
    harness.run_ms(91'000);
    INFO(harness.describe());
    CHECK(harness.height(0) >= 5);
    CHECK(harness.height(0) <= 12);
    harness.check_agreement();
}

TEST_CASE("a resolution sets the federation's times from its height on, also for who starts later") {
    ReplicaFederation harness;
    harness.begin();
    Blocks blocks(harness.federation());
    const auto resolution = blocks.resolution(
        "310000", 1, 2, R"({"parameters":{"heartbeat_ms":10000,"block_interval_min_ms":2000,"view_timeout_ms":5000}})");
    REQUIRE(harness.submit(0, resolution).ok());
    harness.run_until([&] { return harness.all_hold({resolution}); });
    REQUIRE(harness.node(0).receipts.at(resolution->id).outcome.reason == ledger::Reason::accepted);
    harness.run_ms(1'000);
    const Height before = harness.height(0);
    harness.restart(3);
    harness.run_ms(100'000);  // of the genesis file: 60 s
    INFO(harness.describe());
    CHECK(harness.height(0) - before >= 5);
    CHECK(harness.height(0) - before <= 12);

    std::vector<ledger::BatchPtr> all;
    for (std::uint64_t i = 0; i < 20; ++i) {
        all.push_back(blocks.batch("310000", {test::create(suite, i, 7)}));
        REQUIRE(harness.submit(i % 4, all.back()).ok());
        harness.run_ms(300);
    }
    harness.run_until([&] { return harness.all_hold(all); });
    for (Height h = 2; h <= harness.height(0); ++h) {
        const Time parent = harness.node(0).chain->block(h - 1)->block.header.time;
        CHECK(harness.node(0).chain->block(h)->block.header.time >= parent + Duration{2'000});
    }
    harness.check_agreement();
}

TEST_CASE("views last longer where blocks are far apart: nobody gives up a leader that has to wait") {
    ReplicaFederation harness;
    harness.begin();
    Blocks blocks(harness.federation());
    const auto resolution =
        blocks.resolution("310000", 1, 2, R"({"parameters":{"block_interval_min_ms":2000,"view_timeout_ms":500}})");
    REQUIRE(harness.submit(0, resolution).ok());
    harness.run_until([&] { return harness.all_hold({resolution}); });
    harness.run_ms(1'000);
    const auto first = blocks.batch("310000", {test::create(suite, 1, 7)});
    REQUIRE(harness.submit(1, first).ok());
    harness.run_until([&] { return harness.all_hold({first}); });
    const View before = harness.replica(0).overview().current;
    const auto second = blocks.batch("310000", {test::create(suite, 2, 7)});
    REQUIRE(harness.submit(2, second).ok());
    harness.run_until([&] { return harness.all_hold({second}); });
    for (std::size_t i = 0; i < 4; ++i) {
        for (const auto& [what, said] : harness.node(i).said)
            CHECK_FALSE((std::get<VoteKind>(what) == VoteKind::nullify && std::get<View>(what) >= before));
    }
}

TEST_CASE("no empty block is built while the tail is fresh") {
    ReplicaFederation harness;
    harness.delay_max_ms = 5;
    harness.begin();
    Blocks blocks(harness.federation());
    std::vector<ledger::BatchPtr> all;
    for (std::uint64_t i = 0; i < 30; ++i) {
        all.push_back(blocks.batch("310000", {test::create(suite, i, 7)}));
        REQUIRE(harness.submit(i % 4, all.back()).ok());
        harness.run_ms(100);
    }
    harness.run_until([&] { return harness.all_hold(all); });
    harness.run_ms(3'000);
    std::size_t empty = 0;
    for (Height h = 1; h <= harness.height(0); ++h)
        empty += harness.node(0).chain->block(h)->block.batches.empty() ? 1 : 0;
    CHECK(empty <= 1);
}

TEST_CASE("a full pool says busy, and takes batches again once some are final") {
    ReplicaFederation harness;
    Blocks sizing(harness.federation());
    const std::size_t bytes = batches_of(sizing, "310000", 1)[0]->encoded.size();
    harness.pool.bytes_max = 3 * bytes;
    harness.pool.issuer_bytes_max = 3 * bytes;
    bool cut = true;
    harness.filter = [&](std::size_t, std::size_t, const wire::Message&) { return cut ? Fate::lose : Fate::deliver; };
    harness.begin();
    Blocks blocks(harness.federation());
    const auto batches = batches_of(blocks, "310000", 4);
    for (std::size_t i = 0; i < 3; ++i) REQUIRE(harness.submit(0, batches[i]).ok());
    const auto full = harness.submit(0, batches[3]);
    REQUIRE_FALSE(full.ok());
    CHECK(full.error().code == Errc::busy);
    CHECK(harness.replica(0).overview().pool_batches == 3);
    cut = false;
    harness.run_until([&] { return harness.all_hold({batches[0], batches[1], batches[2]}); });
    REQUIRE(harness.submit(0, batches[3]).ok());
    harness.run_until([&] { return harness.all_hold(batches); });
}

TEST_CASE("a full pool stays full whatever peers announce") {
    ReplicaFederation harness;
    Blocks sizing(harness.federation());
    const std::size_t bytes = batches_of(sizing, "310000", 1)[0]->encoded.size();
    harness.pool.bytes_max = 2 * bytes;
    harness.filter = [](std::size_t, std::size_t, const wire::Message&) { return Fate::lose; };
    harness.begin();
    Blocks blocks(harness.federation());
    const auto batches = batches_of(blocks, "310000", 6);
    for (std::size_t i = 0; i < 2; ++i) REQUIRE(harness.submit(0, batches[i]).ok());
    wire::SyncStatus status;
    for (const auto& batch : batches) status.waiting.push_back(batch->id);
    harness.deliver(1, 0, status);
    for (const auto& batch : batches) harness.deliver(1, 0, wire::BatchBody{batch->encoded});
    CHECK(harness.replica(0).overview().pool_batches == 2);
    CHECK(harness.replica(0).overview().pool_bytes <= 2 * bytes);
}

TEST_CASE("of two batches of one number the first stays, whatever peers announce") {
    ReplicaFederation harness;
    harness.filter = [](std::size_t, std::size_t, const wire::Message&) { return Fate::lose; };
    harness.begin();
    Blocks one(harness.federation()), two(harness.federation());
    const auto first = one.batch("310000", {test::create(suite, 1, 7)});
    const auto second = two.batch("310000", {test::create(suite, 2, 7)});
    REQUIRE(harness.submit(0, first).ok());
    harness.deliver(1, 0, wire::SyncStatus{0, {}, {second->id}});
    harness.deliver(1, 0, wire::BatchBody{second->encoded});
    CHECK(harness.submit(0, second).ok() == false);
    CHECK(harness.submit(0, first).ok());
}

TEST_CASE("two batches of one number, submitted at once in two places: one is final, the other's submitter is told") {
    ReplicaFederation harness;
    harness.begin();
    Blocks one(harness.federation()), two(harness.federation());
    const auto first = one.batch("310000", {test::create(suite, 1, 7)});
    const auto second = two.batch("310000", {test::create(suite, 2, 7)});
    REQUIRE(harness.submit(0, first).ok());
    REQUIRE(harness.submit(3, second).ok());
    const auto told = [&](std::size_t i, const Hash& id) {
        const auto& dropped = harness.node(i).dropped;
        const bool gone = std::any_of(dropped.begin(), dropped.end(), [&](const auto& d) { return d.first == id; });
        return gone || harness.node(i).receipts.contains(id);
    };
    harness.run_until([&] { return told(0, first->id) && told(3, second->id); }, 20'000);
    harness.run_ms(3'000);
    harness.check_agreement();
    CHECK(harness.node(0).chain->snapshot()->state.result().log_size == 1);
}

TEST_CASE("a node that is given no ranges catches up block by block, from a certificate down") {
    ReplicaFederation harness;
    harness.begin();
    harness.crash(3);
    Blocks blocks(harness.federation());
    std::vector<ledger::BatchPtr> all;
    for (std::uint64_t i = 0; i < 5; ++i) {
        all.push_back(blocks.batch("310000", {test::create(suite, i, 7)}));
        REQUIRE(harness.submit(0, all.back()).ok());
        harness.run_until([&] { return harness.all_hold({all.back()}); });
    }
    harness.filter = [](std::size_t, std::size_t, const wire::Message& message) {
        return is<wire::RangeRequest>(message) ? Fate::lose : Fate::deliver;
    };
    harness.restart(3);
    harness.run_until([&] { return harness.all_hold(all); }, 30'000);
    harness.check_agreement();
}

}  // namespace xinlian::node

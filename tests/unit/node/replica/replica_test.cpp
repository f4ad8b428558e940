// Whole replicas together: how batches become final, how what was lost on the way is fetched, and how quiet it is when
// there is nothing to do. Crashes and liars: replica_faults_test.cpp.
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
    ReplicaFederation lab;
    lab.begin();
    Blocks blocks(lab.federation());
    std::vector<ledger::BatchPtr> all;
    std::uint64_t record = 0;
    for (const std::string issuer : {"310000", "320000", "330000", "340000"}) {
        for (const auto& batch : batches_of(blocks, issuer, 3, record)) {
            const auto answer = lab.submit(all.size() % 4, batch);
            REQUIRE(answer.ok());
            CHECK_FALSE(answer->has_value());  // it waits
            all.push_back(batch);
        }
        record += 3;
    }
    lab.run_until([&] { return lab.all_hold(all); }, 5'000);
    lab.run_ms(2'000);
    lab.check_agreement();
    const auto first = lab.node(0).chain->snapshot();
    CHECK(first->state.result().log_size == 12);
    for (std::size_t i = 1; i < 4; ++i) {
        const auto other = lab.node(i).chain->snapshot();
        CHECK(other->tip_id == first->tip_id);
        CHECK(other->state.result() == first->state.result());
        CHECK(lab.node(i).receipts.size() == all.size());
    }
}

TEST_CASE("a batch submitted again, anywhere, gives the same receipt and nothing new") {
    ReplicaFederation lab;
    lab.begin();
    Blocks blocks(lab.federation());
    const auto batch = batches_of(blocks, "310000", 1)[0];
    REQUIRE(lab.submit(0, batch).ok());
    REQUIRE_FALSE(lab.submit(0, batch)->has_value());  // while it waits: it still waits
    lab.run_until([&] { return lab.all_hold({batch}); });
    const ledger::Receipt receipt = lab.node(0).receipts.at(batch->id);
    for (std::size_t i = 0; i < 4; ++i) {
        const auto again = lab.submit(i, batch);
        REQUIRE(again.ok());
        REQUIRE(again->has_value());
        CHECK((*again)->outcome == receipt.outcome);
        CHECK((*again)->block == receipt.block);
        CHECK((*again)->time == receipt.time);
        CHECK(lab.replica(i).overview().pool_batches == 0);
    }
}

TEST_CASE("a rejected batch has a receipt with its reason, and what follows it is dropped") {
    ReplicaFederation lab;
    lab.begin();
    Blocks blocks(lab.federation());
    ledger::Entry orphan = test::update(test::create(suite, 99, 7));  // of a record that nobody created
    const auto bad = blocks.batch("310000", {test::create(suite, 1, 7), orphan});
    const auto follower = blocks.batch("310000", {test::create(suite, 2, 7)});
    const auto second_follower = blocks.batch("310000", {test::create(suite, 3, 7)});
    REQUIRE(lab.submit(1, second_follower).ok());
    REQUIRE(lab.submit(1, follower).ok());
    lab.run_ms(3'000);
    REQUIRE(lab.height(1) == 0);  // a gap in the feed waits
    REQUIRE(lab.submit(1, bad).ok());
    lab.run_until([&] { return lab.node(1).receipts.contains(bad->id); });
    CHECK(lab.node(1).receipts.at(bad->id).outcome.reason != ledger::Reason::accepted);
    CHECK(lab.node(1).receipts.at(bad->id).outcome.entry == 1);
    lab.run_ms(5'000);
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(lab.replica(i).overview().pool_batches == 0);
        CHECK(lab.node(i).chain->snapshot()->state.result().log_size == 0);
    }
    std::set<Hash> dropped;
    for (const auto& [id, why] : lab.node(1).dropped) dropped.insert(id);
    for (const auto& [id, receipt] : lab.node(1).receipts) dropped.insert(id);
    CHECK(dropped.contains(follower->id));
    CHECK(dropped.contains(second_follower->id));
    const auto again = lab.submit(2, bad);
    REQUIRE(again.ok());
    REQUIRE(again->has_value());
    CHECK((*again)->outcome == lab.node(1).receipts.at(bad->id).outcome);
}

TEST_CASE("bodies whose push was lost are fetched") {
    ReplicaFederation lab;
    std::set<Hash> asked;
    lab.filter = [&](std::size_t, std::size_t, const wire::Message& message) {
        if (const auto* request = std::get_if<wire::BatchRequest>(&message))
            asked.insert(request->ids.begin(), request->ids.end());
        if (const auto* body = std::get_if<wire::BatchBody>(&message)) {
            const auto batch = ledger::check_batch(lab.genesis(), body->batch);
            return asked.contains((*batch)->id) ? Fate::deliver : Fate::lose;
        }
        return Fate::deliver;
    };
    lab.begin();
    Blocks blocks(lab.federation());
    const auto batches = batches_of(blocks, "310000", 5);
    for (const auto& batch : batches) REQUIRE(lab.submit(2, batch).ok());
    lab.run_until([&] { return lab.all_hold(batches); }, 10'000);
    CHECK(asked.size() == 5);
    lab.check_agreement();
}

TEST_CASE("a batch that only one node holds is final even if that node never leads") {
    ReplicaFederation lab;
    std::set<Hash> asked;  // of node 2, whose pushes are lost: it only says what waits there
    lab.filter = [&](std::size_t from, std::size_t to, const wire::Message& message) {
        if (const auto* request = std::get_if<wire::BatchRequest>(&message); request != nullptr && to == 2)
            asked.insert(request->ids.begin(), request->ids.end());
        if (from != 2) return Fate::deliver;
        if (const auto* body = std::get_if<wire::BatchBody>(&message)) {
            const auto batch = ledger::check_batch(lab.genesis(), body->batch);
            return asked.contains((*batch)->id) ? Fate::deliver : Fate::lose;
        }
        const auto* inner = std::get_if<wire::Consensus>(&message);
        if (inner == nullptr) return Fate::deliver;
        const auto said = consensus::decode_message(inner->message);
        return said && std::holds_alternative<consensus::Proposal>(*said) ? Fate::lose : Fate::deliver;
    };
    lab.begin();
    Blocks blocks(lab.federation());
    const auto batches = batches_of(blocks, "310000", 3);
    for (const auto& batch : batches) REQUIRE(lab.submit(2, batch).ok());
    lab.run_until([&] { return lab.all_hold(batches); }, 20'000);
    CHECK(asked.size() == 3);
}

TEST_CASE("a node that missed everything catches up by ranges and then votes") {
    ReplicaFederation lab;
    lab.begin();
    lab.crash(3);
    Blocks blocks(lab.federation());
    std::vector<ledger::BatchPtr> all;
    for (std::uint64_t i = 0; i < 40; ++i) {
        all.push_back(blocks.batch("310000", {test::create(suite, i, 7)}));
        REQUIRE(lab.submit(0, all.back()).ok());
        lab.run_until([&] { return lab.all_hold({all.back()}); });
    }
    REQUIRE(lab.height(0) >= 40);
    lab.sent.clear();
    lab.restart(3);
    lab.run_until([&] { return lab.all_hold(all); }, 5'000);
    CHECK(lab.sent["range"] <= 3);
    CHECK(lab.sent["block-request"] <= 3);  // one question to everybody at most
    // Its vote is needed now.
    lab.crash(1);
    all.push_back(blocks.batch("310000", {test::create(suite, 100, 7)}));
    REQUIRE(lab.submit(3, all.back()).ok());
    lab.run_until([&] { return lab.all_hold(all); }, 20'000);
    lab.check_agreement();
}

TEST_CASE("a node that holds a finalization of what it lacks knows that it is behind, whatever the others claim") {
    ReplicaFederation lab;
    lab.begin();
    Blocks blocks(lab.federation());
    // Certificates reach node 3, and nothing else: no claim of a height, no block, no batch.
    lab.filter = [](std::size_t, std::size_t to, const wire::Message& message) {
        return to != 3 || std::holds_alternative<wire::Consensus>(message) ? Fate::deliver : Fate::lose;
    };
    std::vector<ledger::BatchPtr> all;
    for (std::uint64_t i = 0; i < 6; ++i) {
        all.push_back(blocks.batch("310000", {test::create(suite, i, 7)}));
        REQUIRE(lab.submit(0, all.back()).ok());
        lab.run_until([&] { return lab.node(0).receipts.contains(all.back()->id); }, 20'000);
    }
    lab.run_ms(2'000);
    REQUIRE(lab.height(3) == 0);
    CHECK(lab.replica(3).overview().highest_known >= lab.height(0));
    lab.filter = nullptr;
    lab.run_until([&] { return lab.all_hold(all); });
    lab.run_ms(3'000);
    CHECK(lab.replica(3).overview().highest_known == lab.height(0));
}

TEST_CASE("a node that catches up asks again until nothing has come meanwhile, and is not ready before") {
    ReplicaFederation lab;
    lab.begin();
    lab.crash(3);
    Blocks blocks(lab.federation());
    std::vector<ledger::BatchPtr> all;
    const auto order_some = [&] {
        for (int i = 0; i < 6; ++i) {
            all.push_back(blocks.batch("310000", {test::create(suite, all.size(), 7)}));
            REQUIRE(lab.submit(0, all.back()).ok());
            lab.run_until([&] { return lab.node(0).receipts.contains(all.back()->id); }, 20'000);
        }
    };
    order_some();
    // Node 3 hears no votes, and its ranges come when this test lets them.
    std::optional<std::pair<std::size_t, wire::Range>> held;
    lab.filter = [&](std::size_t from, std::size_t to, const wire::Message& message) {
        if (to != 3) return Fate::deliver;
        if (const auto* range = std::get_if<wire::Range>(&message)) held.emplace(from, *range);
        return std::holds_alternative<wire::SyncStatus>(message) ? Fate::deliver : Fate::lose;
    };
    const auto let_through = [&] {
        lab.run_until([&] { return held.has_value(); });
        const auto [from, range] = *std::exchange(held, std::nullopt);
        lab.deliver(from, 3, range);
    };
    lab.start(3);
    for (std::size_t i = 0; i < 3; ++i) lab.connect(3, i);
    lab.run_until([&] { return held.has_value(); });
    order_some();
    while (lab.height(3) < lab.height(0)) {
        let_through();
        CHECK(lab.replica(3).overview().catching_up);
    }
    let_through();  // nothing
    CHECK_FALSE(lab.replica(3).overview().catching_up);
    lab.check_agreement();
}

TEST_CASE("an observer follows, signs nothing and serves others") {
    ReplicaFederation lab(5);
    lab.filter = [](std::size_t from, std::size_t, const wire::Message& message) {
        if (from == 4) CHECK_FALSE(is<wire::Consensus>(message));
        return Fate::deliver;
    };
    lab.begin();
    Blocks blocks(lab.federation());
    const auto batches = batches_of(blocks, "310000", 20);
    for (const auto& batch : batches) {
        REQUIRE(lab.submit(4, batch).ok());  // its pool passes them on
        lab.run_ms(100);
    }
    lab.run_until([&] { return lab.all_hold(batches); }, 10'000);
    lab.check_agreement();
    CHECK(lab.node(4).receipts.size() == 20);

    // A validator behind learns from the observer alone; the core must hear of it too, whoever is member 0.
    for (const std::size_t behind : {0, 2}) {
        lab.crash(behind);
        lab.node(behind).store = test::MemoryStore();
        lab.node(behind).journal.clear();
        lab.node(behind).receipts.clear();
        lab.start(behind, consensus::Memory::lost);
        lab.connect(behind, 4);
        lab.filter = [behind](std::size_t from, std::size_t to, const wire::Message&) {
            return (from == behind && to != 4) || (to == behind && from != 4) ? Fate::lose : Fate::deliver;
        };
        lab.run_until([&] { return lab.all_hold(batches); }, 20'000);
        CHECK(lab.replica(behind).overview().finalized > 0);
    }
}

TEST_CASE("an idle federation sends nothing but sync statuses") {
    ReplicaFederation lab;
    lab.timing.heartbeat = {3'600'000};
    lab.begin();
    Blocks blocks(lab.federation());
    const auto batch = batches_of(blocks, "310000", 1)[0];
    REQUIRE(lab.submit(0, batch).ok());
    lab.run_until([&] { return lab.all_hold({batch}); });
    lab.run_ms(10'000);
    const Height height = lab.height(0);
    CHECK(height <= 2);
    lab.sent.clear();
    for (std::size_t i = 0; i < 4; ++i) lab.node(i).ticks = 0;
    lab.run_ms(300'000);
    std::size_t others = 0;
    for (const auto& [name, count] : lab.sent) {
        if (name != "sync-status") others += count;
    }
    INFO(lab.describe());
    CHECK(others == 0);
    CHECK(lab.sent["sync-status"] <= 4 * 3 * (300 / 5 + 1));
    CHECK(lab.height(0) == height);
    for (std::size_t i = 0; i < 4; ++i) CHECK(lab.node(i).ticks <= 200);
}

TEST_CASE("an idle federation makes a block at every heartbeat, and only then") {
    ReplicaFederation lab;
    lab.timing.heartbeat = {10'000};
    lab.begin();
    lab.run_ms(9'000);
    REQUIRE(lab.height(0) == 0);
    lab.run_ms(91'000);
    INFO(lab.describe());
    CHECK(lab.height(0) >= 5);
    CHECK(lab.height(0) <= 12);
    lab.check_agreement();
}

TEST_CASE("a resolution sets the federation's times from its height on, also for who starts later") {
    ReplicaFederation lab;
    lab.begin();
    Blocks blocks(lab.federation());
    const auto resolution = blocks.resolution(
        "310000", 1, 2, R"({"parameters":{"heartbeat_ms":10000,"block_interval_min_ms":2000,"view_timeout_ms":5000}})");
    REQUIRE(lab.submit(0, resolution).ok());
    lab.run_until([&] { return lab.all_hold({resolution}); });
    REQUIRE(lab.node(0).receipts.at(resolution->id).outcome.reason == ledger::Reason::accepted);
    lab.run_ms(1'000);
    const Height before = lab.height(0);
    lab.restart(3);
    lab.run_ms(100'000);  // of the genesis file: 60 s
    INFO(lab.describe());
    CHECK(lab.height(0) - before >= 5);
    CHECK(lab.height(0) - before <= 12);

    std::vector<ledger::BatchPtr> all;
    for (std::uint64_t i = 0; i < 20; ++i) {
        all.push_back(blocks.batch("310000", {test::create(suite, i, 7)}));
        REQUIRE(lab.submit(i % 4, all.back()).ok());
        lab.run_ms(300);
    }
    lab.run_until([&] { return lab.all_hold(all); });
    for (Height h = 2; h <= lab.height(0); ++h) {
        const Time parent = lab.node(0).chain->block(h - 1)->block.header.time;
        CHECK(lab.node(0).chain->block(h)->block.header.time >= parent + Duration{2'000});
    }
    lab.check_agreement();
}

TEST_CASE("views last longer where blocks are far apart: nobody gives up a leader that has to wait") {
    ReplicaFederation lab;
    lab.begin();
    Blocks blocks(lab.federation());
    const auto resolution =
        blocks.resolution("310000", 1, 2, R"({"parameters":{"block_interval_min_ms":2000,"view_timeout_ms":500}})");
    REQUIRE(lab.submit(0, resolution).ok());
    lab.run_until([&] { return lab.all_hold({resolution}); });
    lab.run_ms(1'000);
    const auto first = blocks.batch("310000", {test::create(suite, 1, 7)});
    REQUIRE(lab.submit(1, first).ok());
    lab.run_until([&] { return lab.all_hold({first}); });
    const View before = lab.replica(0).overview().current;
    const auto second = blocks.batch("310000", {test::create(suite, 2, 7)});
    REQUIRE(lab.submit(2, second).ok());
    lab.run_until([&] { return lab.all_hold({second}); });
    for (std::size_t i = 0; i < 4; ++i) {
        for (const auto& [what, said] : lab.node(i).said)
            CHECK_FALSE((std::get<VoteKind>(what) == VoteKind::nullify && std::get<View>(what) >= before));
    }
}

TEST_CASE("no empty block is built while the tail is fresh") {
    ReplicaFederation lab;
    lab.delay_max_ms = 5;
    lab.begin();
    Blocks blocks(lab.federation());
    std::vector<ledger::BatchPtr> all;
    for (std::uint64_t i = 0; i < 30; ++i) {
        all.push_back(blocks.batch("310000", {test::create(suite, i, 7)}));
        REQUIRE(lab.submit(i % 4, all.back()).ok());
        lab.run_ms(100);
    }
    lab.run_until([&] { return lab.all_hold(all); });
    lab.run_ms(3'000);
    std::size_t empty = 0;
    for (Height h = 1; h <= lab.height(0); ++h) empty += lab.node(0).chain->block(h)->block.batches.empty() ? 1 : 0;
    CHECK(empty <= 1);
}

TEST_CASE("a full pool says busy, and takes batches again once some are final") {
    ReplicaFederation lab;
    Blocks sizing(lab.federation());
    const std::size_t bytes = batches_of(sizing, "310000", 1)[0]->encoded.size();
    lab.pool.bytes_max = 3 * bytes;
    lab.pool.issuer_bytes_max = 3 * bytes;
    bool cut = true;
    lab.filter = [&](std::size_t, std::size_t, const wire::Message&) { return cut ? Fate::lose : Fate::deliver; };
    lab.begin();
    Blocks blocks(lab.federation());
    const auto batches = batches_of(blocks, "310000", 4);
    for (std::size_t i = 0; i < 3; ++i) REQUIRE(lab.submit(0, batches[i]).ok());
    const auto full = lab.submit(0, batches[3]);
    REQUIRE_FALSE(full.ok());
    CHECK(full.error().code == Errc::busy);
    CHECK(lab.replica(0).overview().pool_batches == 3);
    cut = false;
    lab.run_until([&] { return lab.all_hold({batches[0], batches[1], batches[2]}); });
    REQUIRE(lab.submit(0, batches[3]).ok());
    lab.run_until([&] { return lab.all_hold(batches); });
}

TEST_CASE("a full pool stays full whatever peers announce") {
    ReplicaFederation lab;
    Blocks sizing(lab.federation());
    const std::size_t bytes = batches_of(sizing, "310000", 1)[0]->encoded.size();
    lab.pool.bytes_max = 2 * bytes;
    lab.filter = [](std::size_t, std::size_t, const wire::Message&) { return Fate::lose; };
    lab.begin();
    Blocks blocks(lab.federation());
    const auto batches = batches_of(blocks, "310000", 6);
    for (std::size_t i = 0; i < 2; ++i) REQUIRE(lab.submit(0, batches[i]).ok());
    wire::SyncStatus status;
    for (const auto& batch : batches) status.waiting.push_back(batch->id);
    lab.deliver(1, 0, status);
    for (const auto& batch : batches) lab.deliver(1, 0, wire::BatchBody{batch->encoded});
    CHECK(lab.replica(0).overview().pool_batches == 2);
    CHECK(lab.replica(0).overview().pool_bytes <= 2 * bytes);
}

TEST_CASE("of two batches of one number the first stays, whatever peers announce") {
    ReplicaFederation lab;
    lab.filter = [](std::size_t, std::size_t, const wire::Message&) { return Fate::lose; };
    lab.begin();
    Blocks one(lab.federation()), two(lab.federation());
    const auto first = one.batch("310000", {test::create(suite, 1, 7)});
    const auto second = two.batch("310000", {test::create(suite, 2, 7)});
    REQUIRE(lab.submit(0, first).ok());
    lab.deliver(1, 0, wire::SyncStatus{0, {}, {second->id}});
    lab.deliver(1, 0, wire::BatchBody{second->encoded});
    CHECK(lab.submit(0, second).ok() == false);
    CHECK(lab.submit(0, first).ok());
}

TEST_CASE("two batches of one number, submitted at once in two places: one is final, the other's submitter is told") {
    ReplicaFederation lab;
    lab.begin();
    Blocks one(lab.federation()), two(lab.federation());
    const auto first = one.batch("310000", {test::create(suite, 1, 7)});
    const auto second = two.batch("310000", {test::create(suite, 2, 7)});
    REQUIRE(lab.submit(0, first).ok());
    REQUIRE(lab.submit(3, second).ok());
    const auto told = [&](std::size_t i, const Hash& id) {
        const auto& dropped = lab.node(i).dropped;
        const bool gone = std::any_of(dropped.begin(), dropped.end(), [&](const auto& d) { return d.first == id; });
        return gone || lab.node(i).receipts.contains(id);
    };
    lab.run_until([&] { return told(0, first->id) && told(3, second->id); }, 20'000);
    lab.run_ms(3'000);
    lab.check_agreement();
    CHECK(lab.node(0).chain->snapshot()->state.result().log_size == 1);
}

TEST_CASE("a node that is given no ranges catches up block by block, from a certificate down") {
    ReplicaFederation lab;
    lab.begin();
    lab.crash(3);
    Blocks blocks(lab.federation());
    std::vector<ledger::BatchPtr> all;
    for (std::uint64_t i = 0; i < 5; ++i) {
        all.push_back(blocks.batch("310000", {test::create(suite, i, 7)}));
        REQUIRE(lab.submit(0, all.back()).ok());
        lab.run_until([&] { return lab.all_hold({all.back()}); });
    }
    lab.filter = [](std::size_t, std::size_t, const wire::Message& message) {
        return is<wire::RangeRequest>(message) ? Fate::lose : Fate::deliver;
    };
    lab.restart(3);
    lab.run_until([&] { return lab.all_hold(all); }, 30'000);
    lab.check_agreement();
}

}  // namespace xinlian::node

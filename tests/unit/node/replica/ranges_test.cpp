// Tests what peers send and request while one catches up, valid and invalid.
#include <catch2/catch.hpp>

#include "tests/unit/node/replica/replica_federation.hpp"

namespace xinlian::node {

using test::Blocks;
using Fate = ReplicaFederation::Fate;

namespace {

constexpr Suite suite = Suite::ed25519_sha256;

// Blocks that others made: the frames that a peer would serve.
struct Foreign {
    explicit Foreign(const test::Federation& f) : federation(f), blocks(f) {}
    wire::RangeBlock block(std::vector<ledger::BatchPtr> batches) {
        const auto executed = blocks.block(batches);
        wire::RangeBlock item{executed->block, {}, blocks.certificate()};
        for (const auto& batch : batches) item.batches.push_back(batch->encoded);
        return item;
    }
    const test::Federation& federation;
    Blocks blocks;
};
// Only frames that tests deliver reach a node; the peers asked for a range are recorded.
void isolate(ReplicaFederation& harness, std::vector<std::size_t>& asked) {
    harness.filter = [&asked](std::size_t, std::size_t to, const wire::Message& message) {
        if (std::holds_alternative<wire::RangeRequest>(message)) asked.push_back(to);
        return Fate::lose;
    };
}

// A federation in which no node hears another, and blocks that others could have made.
struct Alone {
    Alone() : foreign(harness.federation()) {
        isolate(harness, asked);
        harness.begin();
    }
    ReplicaFederation harness;
    std::vector<std::size_t> asked;
    Foreign foreign;
};

}  // namespace

TEST_CASE("a peer that sends a bad range is banned and another one is asked") {
    Alone alone;
    auto& [harness, asked, foreign] = alone;
    const auto good = foreign.block({foreign.blocks.batch("310000", {test::create(suite, 1, 7)})});
    for (std::size_t i = 1; i < 4; ++i) harness.deliver(i, 0, wire::SyncStatus{20, {}, {}});
    REQUIRE(asked.size() == 1);

    wire::RangeBlock bad = good;
    SECTION("with a certificate of too few") { bad.certificate->signatures.pop_back(); }
    SECTION("with a certificate of another kind") { bad.certificate->statement.kind = VoteKind::notarize; }
    SECTION("without a certificate") { bad.certificate.reset(); }
    SECTION("without a body") { bad.batches.clear(); }
    SECTION("with another body") {
        Blocks other(harness.federation());
        bad.batches[0] = other.batch("320000", {test::create(suite, 5, 7)})->encoded;
    }
    SECTION("with a body of rubbish") { bad.batches[0] = Bytes(100, 0x11); }
    SECTION("with a block of another height") { bad.block.header.height = 2; }
    SECTION("with a block of another leader") { bad.block.header.proposer ^= 1; }
    harness.deliver(asked[0], 0, wire::Range{{bad}});
    CHECK(harness.height(0) == 0);
    CHECK_FALSE(harness.node(0).fatal);
    REQUIRE(harness.node(0).banned.size() == 1);
    CHECK(harness.node(0).banned[0].first == asked[0]);
    harness.run_ms(2'000);
    REQUIRE(asked.size() >= 2);
    CHECK(asked[1] != asked[0]);
    harness.deliver(asked.back(), 0, wire::Range{{good}});
    CHECK(harness.height(0) == 1);
}

TEST_CASE("a range with more bytes of batches than a block may have is refused, whoever signed it") {
    Alone alone;
    auto& [harness, asked, foreign] = alone;
    std::vector<ledger::BatchPtr> batches;
    for (const char* issuer : {"310000", "320000", "330000", "340000"}) {
        std::vector<ledger::Entry> entries;
        for (std::uint64_t i = 0; i < 10'000; ++i)
            entries.push_back(test::create(suite, batches.size() * 10'000 + i, 7));
        batches.push_back(foreign.blocks.batch(issuer, std::move(entries)));
    }
    const auto large = foreign.block(std::move(batches));
    for (std::size_t i = 1; i < 4; ++i) harness.deliver(i, 0, wire::SyncStatus{20, {}, {}});
    REQUIRE(asked.size() == 1);
    harness.deliver(asked[0], 0, wire::Range{{large}});
    CHECK(harness.height(0) == 0);
    CHECK(harness.node(0).banned.size() == 1);
}

TEST_CASE("a block with another body than its header names does not take the place of the right one") {
    Alone alone;
    auto& [harness, asked, foreign] = alone;
    const auto good = foreign.block({foreign.blocks.batch("310000", {test::create(suite, 1, 7)})});
    const Statement notarized{
        VoteKind::notarize, 0, good.block.header.view, ledger::block_id(suite, good.block.header), {}};
    harness.deliver(
        1, 0, wire::Consensus{consensus::encode_message(harness.federation().certify(notarized))});  // it is wanted
    wire::BlockBody bad{good.block};
    bad.block.batches.clear();
    harness.deliver(2, 0, bad);
    bad.block = good.block;
    bad.block.evidence = {harness.federation().equivocation(2, 9)};
    harness.deliver(2, 0, bad);
    CHECK(harness.replica(0).overview().tree_blocks == 0);
    harness.deliver(3, 0, wire::BlockBody{good.block});
    CHECK(harness.replica(0).overview().tree_blocks == 1);
}

TEST_CASE("a peer that sends a signature which does not hold is banned, and one that is merely early is not") {
    ReplicaFederation harness;
    std::vector<std::size_t> asked;
    isolate(harness, asked);
    harness.begin();
    const Statement said{VoteKind::nullify, 0, 2, {}, {}};
    Certificate certificate = harness.federation().certify(said);
    const auto deliver = [&harness](const consensus::Message& message) {
        harness.deliver(1, 0, wire::Consensus{consensus::encode_message(message)});
    };
    const consensus::Vote early{{VoteKind::nullify, 0, 5'000, {}, {}}, certificate.signatures[1]};
    deliver(early);
    CHECK(harness.node(0).banned.empty());
    deliver(certificate);
    CHECK(harness.node(0).banned.empty());
    certificate.statement.view = 3;
    deliver(certificate);
    REQUIRE(harness.node(0).banned.size() == 1);
    CHECK(harness.node(0).banned[0].first == 1);
}

TEST_CASE("a range that nobody asked for changes nothing") {
    Alone alone;
    auto& [harness, asked, foreign] = alone;
    const auto good = foreign.block({});
    harness.deliver(1, 0, wire::Range{{good}});
    CHECK(harness.height(0) == 0);
}

TEST_CASE("another result that a quorum certified stops the node, loudly and before anything is written") {
    Alone alone;
    auto& [harness, asked, foreign] = alone;
    auto item = foreign.block({foreign.blocks.batch("310000", {test::create(suite, 1, 7)})});
    Statement other = item.certificate->statement;
    other.result->state_root = test::named(suite, "another root", 1);
    harness.deliver(1, 0, wire::SyncStatus{20, {}, {}});
    REQUIRE(asked == std::vector<std::size_t>{1});
    item.certificate = harness.federation().certify(other);
    harness.deliver(1, 0, wire::Range{{item}});
    REQUIRE(harness.node(0).fatal.has_value());
    CHECK(harness.node(0).fatal->code == Errc::corrupt);
    CHECK(harness.height(0) == 0);
}

TEST_CASE("a run that does not fit in a range is fetched block by block, from its end down, and ranges follow") {
    ReplicaFederation harness;
    Foreign foreign(harness.federation());
    std::vector<ledger::BatchPtr> batches;
    std::vector<ledger::ExecutedBlockPtr> made;
    // A run of this many blocks, its first and last with a batch, on the first three nodes.
    const auto append = [&](std::size_t count) {
        made.clear();
        for (std::size_t i = 0; i < count; ++i) {
            const bool at_the_ends = i == 0 || i + 1 == count;
            std::vector<ledger::BatchPtr> picked;
            if (at_the_ends) picked.push_back(foreign.blocks.batch("310000", {test::create(suite, batches.size(), 7)}));
            batches.insert(batches.end(), picked.begin(), picked.end());
            made.push_back(foreign.blocks.block(std::move(picked)));
        }
        for (std::size_t i = 0; i < 3; ++i) {
            const auto chain = test::must(ledger::Chain::open(harness.node(i).store, harness.genesis()));
            test::must(chain->append(made, foreign.blocks.certificate()));
        }
    };
    append(2);
    append(wire::range_blocks_max + 20);
    const Height first_end = made.back()->block.header.height;
    append(wire::range_blocks_max + 30);
    append(5);
    // Only what it asks for arrives: no certificate from which to fetch downwards.
    std::size_t told_late = 0;
    harness.filter = [&](std::size_t, std::size_t to, const wire::Message& message) {
        if (to == 3 && std::holds_alternative<wire::Consensus>(message)) return Fate::lose;
        const auto* range = std::get_if<wire::Range>(&message);
        if (range != nullptr && range->blocks.size() == 1 && range->blocks[0].block.header.height > first_end)
            ++told_late;
        return Fate::deliver;
    };
    harness.begin();
    const Height all = foreign.blocks.last()->block.header.height;
    REQUIRE(harness.height(0) == all);
    SECTION("as peers tell it") {}
    SECTION("whatever end a liar named first") {
        harness.run_ms(1);
        harness.deliver(0, 3, wire::Range{{{made.back()->block, {}, foreign.blocks.certificate()}}});
        CHECK(harness.replica(3).overview().tree_blocks == 1);
    }
    harness.run_until([&] { return harness.all_hold(batches); }, 120'000);
    CHECK(harness.height(3) == all);
    CHECK(told_late > 0);
    CHECK(test::must(harness.node(3).chain->block(first_end)).certificate.has_value());  // the nearest end went first
    CHECK(harness.node(3).banned.empty());
    harness.check_agreement();
}

TEST_CASE("the end of a run is taken only if a quorum made it final") {
    Alone alone;
    auto& [harness, asked, foreign] = alone;
    for (int i = 0; i < 3; ++i) foreign.blocks.block();
    wire::RangeBlock end = foreign.block({});
    for (std::size_t i = 1; i < 4; ++i) harness.deliver(i, 0, wire::SyncStatus{20, {}, {}});
    REQUIRE(asked.size() == 1);
    bool holds = false;
    SECTION("as it is") { holds = true; }
    SECTION("without a certificate") { end.certificate.reset(); }
    SECTION("with a certificate of too few") { end.certificate->signatures.pop_back(); }
    SECTION("with another block's certificate") { ++end.block.header.time.ms; }
    SECTION("with another body") { end.block.evidence = {harness.federation().equivocation(2, 9)}; }
    harness.deliver(asked[0], 0, wire::Range{{end}});
    CHECK(harness.replica(0).overview().tree_blocks == (holds ? 1U : 0U));
    CHECK(harness.node(0).banned.empty() == holds);
    CHECK(harness.height(0) == 0);
}

TEST_CASE("a range that comes late is as good as any") {
    Alone alone;
    auto& [harness, asked, foreign] = alone;
    const auto good = foreign.block({foreign.blocks.batch("310000", {test::create(suite, 1, 7)})});
    for (std::size_t i = 1; i < 4; ++i) harness.deliver(i, 0, wire::SyncStatus{20, {}, {}});
    harness.run_ms(12'000);
    REQUIRE(asked.size() >= 2);
    const std::size_t first = asked[0];
    REQUIRE(asked.back() != first);
    harness.deliver(first, 0, wire::Range{{good}});
    CHECK(harness.height(0) == 1);
    CHECK(harness.node(0).banned.empty());
}

TEST_CASE("a peer that sends tiny ranges does not keep this node from asking others") {
    ReplicaFederation harness;
    harness.begin();
    harness.crash(3);
    Blocks blocks(harness.federation());
    std::vector<ledger::BatchPtr> all;
    for (std::uint64_t i = 0; i < 60; ++i) {
        all.push_back(blocks.batch("310000", {test::create(suite, i, 7)}));
        REQUIRE(harness.submit(0, all.back()).ok());
        harness.run_until([&] { return harness.node(0).receipts.contains(all.back()->id); });
    }
    harness.run_ms(3'000);
    // Node 0 is asked first, and answers with one block, after almost five seconds. Only it claims its height.
    std::optional<Height> crumb;
    std::uint64_t crumb_at = 0;
    harness.filter = [&](std::size_t from, std::size_t to, const wire::Message& message) {
        if (to == 3 && std::holds_alternative<wire::Consensus>(message)) return Fate::lose;
        if (to == 3 && from != 0 && harness.height(3) < 2) return Fate::lose;
        if (from != 3 || to != 0 || !std::holds_alternative<wire::RangeRequest>(message)) return Fate::deliver;
        crumb = std::get<wire::RangeRequest>(message).from;
        crumb_at = harness.now_ms() + 4'900;
        return Fate::lose;
    };
    harness.start(3);
    for (std::size_t i = 0; i < 3; ++i) harness.connect(3, i);
    const auto feed = [&] {
        if (!crumb || harness.now_ms() < crumb_at) return;
        const auto stored = test::must(harness.node(0).chain->block(*crumb));
        wire::RangeBlock item{stored.block, {}, stored.certificate};
        for (const Hash& id : stored.block.batches)
            item.batches.push_back(test::must(harness.node(0).chain->batch(id)));
        crumb.reset();
        if (item.certificate) harness.deliver(0, 3, wire::Range{{item}});
    };
    harness.run_until([&] { return feed(), harness.height(3) == harness.height(0); }, 40'000);
    harness.check_agreement();
}

TEST_CASE("a node that is far behind does not fetch downwards from the newest final block") {
    ReplicaFederation harness;
    Foreign foreign(harness.federation());
    for (int n = 0; n < 1'500; ++n) {
        const ledger::ExecutedBlockPtr made = foreign.blocks.block();
        for (std::size_t i = 0; i < 3; ++i) {
            if (!harness.node(i).chain)
                harness.node(i).chain = test::must(ledger::Chain::open(harness.node(i).store, harness.genesis()));
            test::must(harness.node(i).chain->append(std::span(&made, 1), foreign.blocks.certificate()));
        }
    }
    harness.filter = [](std::size_t, std::size_t to, const wire::Message& message) {
        return to == 3 && std::holds_alternative<wire::Range>(message) ? Fate::lose : Fate::deliver;
    };
    harness.begin();
    harness.run_ms(200'000);
    CHECK(harness.height(3) == 0);
    CHECK(harness.replica(3).overview().tree_blocks > 1'000);
    CHECK(harness.replica(3).overview().tree_blocks < 1'100);
    harness.filter = {};
    harness.run_until([&] { return harness.height(3) == harness.height(0); }, 60'000);
}

}  // namespace xinlian::node

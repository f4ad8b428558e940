// Tests how requests of peers are served, and their limits.
#include "node/replica/peer_server.hpp"

#include <catch2/catch.hpp>

#include "tests/support/builders.hpp"
#include "tests/support/memory_store.hpp"

namespace xinlian::node {

namespace {

constexpr Suite suite = Suite::ed25519_sha256;
constexpr Time start{1'000};

struct Setting {
    test::Federation federation;
    test::Blocks blocks{federation};
    test::MemoryStore store;
    std::unique_ptr<ledger::Chain> chain = test::must(ledger::Chain::open(store, federation.genesis()));
    PeerServer server{*chain, 3};

    Height tip() const { return chain->height(); }
    ledger::BatchPtr batch(std::uint64_t record) { return blocks.batch("310000", {test::create(suite, record, 7)}); }
    // What was sent in one turn: the peer and the message.
    std::vector<std::pair<PeerIndex, wire::Message>> serve(Time now) {
        PeerServer::Served served = server.serve(tip(), now);
        CHECK(!served.failure);
        return std::move(served.out.send);
    }
};

const wire::Range& range_of(const wire::Message& message) { return std::get<wire::Range>(message); }

ledger::BatchPtr body(std::size_t bytes) {
    auto made = std::make_shared<ledger::CheckedBatch>();
    made->encoded = Bytes(bytes);
    return made;
}

}  // namespace

TEST_CASE("a range begins at the requested height and ends with a certified block, bodies included") {
    Setting s;
    const auto batch = s.batch(1);
    s.blocks.append(*s.chain, {batch});
    const std::vector<ledger::ExecutedBlockPtr> run{s.blocks.block(), s.blocks.block()};
    test::must(s.chain->append(run, s.blocks.certificate()));
    s.server.on_range_request(1, 1, start);
    const auto sent = s.serve(start);
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].first == 1);
    const wire::Range& range = range_of(sent[0].second);
    REQUIRE(range.blocks.size() == 3);
    CHECK(range.blocks[0].batches == std::vector<Bytes>{batch->encoded});
    CHECK(range.blocks[0].certificate);
    CHECK(!range.blocks[1].certificate);
    CHECK(range.blocks[2].certificate);
    CHECK(s.serve(start).empty());
}

TEST_CASE("a run with more blocks than a range may have is answered by its last block alone") {
    Setting s;
    std::vector<ledger::ExecutedBlockPtr> run;
    for (std::size_t i = 0; i <= wire::range_blocks_max; ++i) run.push_back(s.blocks.block());
    test::must(s.chain->append(run, s.blocks.certificate()));
    s.server.on_range_request(0, 1, start);
    const auto sent = s.serve(start);
    REQUIRE(sent.size() == 1);
    const wire::Range& range = range_of(sent[0].second);
    REQUIRE(range.blocks.size() == 1);
    CHECK(range.blocks[0].block.header.height == wire::range_blocks_max + 1);
    CHECK(range.blocks[0].certificate);
}

TEST_CASE("a range above the tip is empty, and one from height zero is no request") {
    Setting s;
    s.server.on_range_request(0, 5, start);
    const auto sent = s.serve(start);
    REQUIRE(sent.size() == 1);
    CHECK(range_of(sent[0].second).blocks.empty());
    s.server.on_range_request(0, 0, start);
    CHECK(s.serve(start).empty());
}

TEST_CASE("a turn serves one peer, the peers take turns, and who waits is served in the next turn") {
    Setting s;
    s.blocks.append(*s.chain);
    for (PeerIndex peer = 0; peer < 3; ++peer) s.server.on_range_request(peer, 1, start);
    std::vector<PeerIndex> order;
    for (int turn = 0; turn < 3; ++turn) {
        const PeerServer::Served served = s.server.serve(s.tip(), start);
        REQUIRE(served.out.send.size() == 1);
        order.push_back(served.out.send[0].first);
        CHECK(served.out.wake.has_value() == (turn < 2));
        s.server.on_range_request(0, 1, start);  // a peer that asks for much
        if (turn == 1) s.server.disconnected(0);
    }
    CHECK(order == std::vector<PeerIndex>{0, 1, 2});
}

TEST_CASE("a peer's questions are limited, and only its own") {
    Setting s;
    const auto batch = s.batch(1);
    const auto block = s.blocks.append(*s.chain, {batch});
    std::size_t answers = 0;
    for (int i = 0; i < 50; ++i) answers += s.server.on_block_request(0, block->id, start)->send.size();
    CHECK(answers == PeerServer::questions_at_once);
    s.server.on_range_request(0, 1, start);
    CHECK(s.serve(start).empty());
    CHECK(s.server.on_block_request(1, block->id, start)->send.size() == 1);
    CHECK(s.server.on_block_request(0, block->id, start + Duration{1'000})->send.size() == 1);
}

TEST_CASE("an unknown block is not answered") {
    Setting s;
    const auto answer = s.server.on_block_request(0, test::named(suite, "no block", 1), start);
    REQUIRE(answer.ok());
    CHECK(answer->send.empty());
}

TEST_CASE("batches in memory are sent at once, within the bytes of an answer and of a peer") {
    Setting s;
    const std::vector<ledger::BatchPtr> here(40, body(1u << 20));
    const auto sent = [&](PeerIndex peer) { return s.server.on_batch_request(peer, here, {}, start).send.size(); };
    const std::size_t at_once = wire::range_bytes_max / (1u << 20) + 1;  // the last one may cross the limit
    CHECK(sent(0) == at_once);
    std::size_t all = at_once;
    for (int i = 0; i < 20; ++i) all += sent(0);
    CHECK(all == PeerServer::bytes_at_once / (1u << 20));
    CHECK(sent(1) == at_once);
}

TEST_CASE("a batch that is not in memory is sent from the chain in a later turn, an unknown one never") {
    Setting s;
    const auto batch = s.batch(1);
    s.blocks.append(*s.chain, {batch});
    const Hash unknown = test::named(suite, "no batch", 1);
    CHECK(s.server.on_batch_request(2, {}, {batch->id, unknown}, start).send.empty());
    const auto sent = s.serve(start);
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].first == 2);
    CHECK(std::get<wire::BatchBody>(sent[0].second).batch == batch->encoded);
    CHECK(s.serve(start).empty());
}

TEST_CASE("what a peer requested is dropped when it disconnects") {
    Setting s;
    const auto batch = s.batch(1);
    s.blocks.append(*s.chain, {batch});
    s.server.on_range_request(0, 1, start);
    s.server.on_batch_request(0, {}, {batch->id}, start);
    s.server.disconnected(0);
    CHECK(s.serve(start).empty());
}

TEST_CASE("damage that is met while serving is reported with its place, and nothing damaged is sent") {
    Setting s;
    const auto block = s.blocks.append(*s.chain, {s.batch(1)});
    s.server.on_range_request(0, 1, start);
    for (const auto& [key, value] : test::MemoryStore::Rows(s.store.rows())) s.store.put(key, Bytes{1, 2, 3});
    const PeerServer::Served served = s.server.serve(s.tip(), start);
    CHECK(served.out.send.empty());
    REQUIRE(served.failure);
    CHECK(served.failure->code == Errc::corrupt);
    CHECK(served.failure->text.find("serving height 1") != std::string::npos);
    const auto answer = s.server.on_block_request(1, block->id, start);
    REQUIRE(!answer.ok());
    CHECK(answer.error().text.find("serving block " + block->id.hex()) != std::string::npos);
}

}  // namespace xinlian::node

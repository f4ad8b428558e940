// Tests how missing batches and blocks are requested from peers.
#include "node/replica/fetcher.hpp"

#include <catch2/catch.hpp>

#include "tests/support/builders.hpp"

namespace xinlian::node {

namespace {

Hash id(std::uint64_t n) { return test::named(Suite::ed25519_sha256, "batch", n); }

std::vector<Hash> ids(std::uint64_t from, std::uint64_t count) {
    std::vector<Hash> made;
    for (std::uint64_t n = from; n < from + count; ++n) made.push_back(id(n));
    return made;
}

ledger::BatchPtr batch(std::uint64_t n, std::size_t bytes = 100) {
    auto made = std::make_shared<ledger::CheckedBatch>();
    made->id = id(n);
    made->encoded = Bytes(bytes);
    return made;
}

ConnectedPeers peers(std::initializer_list<PeerIndex> connected) {
    ConnectedPeers made;
    for (const PeerIndex peer : connected) made.connect(peer);
    return made;
}

// The peers from which batches are requested, and how many of each.
std::vector<std::pair<PeerIndex, std::size_t>> requested(const OutgoingMessages& out) {
    std::vector<std::pair<PeerIndex, std::size_t>> found;
    for (const auto& [peer, message] : out.send)
        found.emplace_back(peer, std::get<wire::BatchRequest>(message).ids.size());
    return found;
}

using Requests = std::vector<std::pair<PeerIndex, std::size_t>>;

}  // namespace

TEST_CASE("wanted batches are requested once, from the first peer if it is connected") {
    Fetcher fetcher(4);
    const auto connected = peers({1, 3});
    const OutgoingMessages first = fetcher.want_batches(ids(0, 3), PeerIndex{3}, connected, {1'000});
    CHECK(requested(first) == Requests{{3, 3}});
    CHECK(first.wake == Time{1'300});
    const OutgoingMessages again = fetcher.want_batches(ids(0, 3), PeerIndex{3}, connected, {1'100});
    CHECK(again.send.empty());
    CHECK(!again.wake);
    CHECK(requested(fetcher.want_batches(ids(2, 3), PeerIndex{2}, connected, {1'100})) == Requests{{1, 2}});
    CHECK(fetcher.want_batches(ids(9, 1), std::nullopt, {}, {1'100}).send.empty());
}

TEST_CASE("many batches are requested in as few messages as their limit allows") {
    Fetcher fetcher(1);
    const OutgoingMessages out = fetcher.want_batches(ids(0, wire::request_ids_max + 1), std::nullopt, peers({0}), {});
    CHECK(requested(out) == Requests{{0, wire::request_ids_max}, {0, 1}});
}

TEST_CASE("a wanted batch is requested from one peer after the other until it arrives") {
    Fetcher fetcher(3);
    const auto connected = peers({0, 1, 2});
    fetcher.want_batches(ids(0, 2), PeerIndex{0}, connected, {0});
    CHECK(fetcher.retry(connected, {299}).send.empty());
    CHECK(requested(fetcher.retry(connected, {300})) == Requests{{1, 2}});
    CHECK(fetcher.batch_arrived(id(0)));
    CHECK(!fetcher.batch_arrived(id(0)));
    CHECK(requested(fetcher.retry(connected, {600})) == Requests{{2, 1}});
    fetcher.batch_final(id(1));
    const OutgoingMessages idle = fetcher.retry(connected, {900});
    CHECK(idle.send.empty());
    CHECK(!idle.wake);
}

TEST_CASE("a request that nobody answers ends, and may be made again") {
    Fetcher fetcher(1);
    const auto connected = peers({0});
    fetcher.want_batches(ids(0, 1), std::nullopt, connected, {0});
    fetcher.want_block(id(7), {0});
    std::size_t batches = 0, blocks = 0;
    for (std::uint64_t ms = 300; ms <= 300 * 40; ms += 300) {
        const OutgoingMessages out = fetcher.retry(connected, {ms});
        batches += out.send.size();
        blocks += out.broadcast.size();
    }
    CHECK(batches == Fetcher::tries_max);
    CHECK(blocks == Fetcher::tries_max);
    CHECK(requested(fetcher.want_batches(ids(0, 1), std::nullopt, connected, {20'000})) == Requests{{0, 1}});
}

TEST_CASE("a wanted block is requested from all peers once, and taken once") {
    Fetcher fetcher(2);
    CHECK(!fetcher.block_arrived(id(7)));
    CHECK(fetcher.want_block(id(7), {0}).broadcast.size() == 1);
    CHECK(fetcher.want_block(id(7), {0}).broadcast.empty());
    CHECK(fetcher.block_arrived(id(7)));
    CHECK(!fetcher.block_arrived(id(7)));
    CHECK(fetcher.want_block(id(7), {0}).broadcast.size() == 1);
    fetcher.block_final(id(7));
    CHECK(!fetcher.block_arrived(id(7)));
}

TEST_CASE("no more batches and blocks are wanted than the limit allows") {
    Fetcher fetcher(1);
    const auto connected = peers({0});
    std::size_t asked = 0;
    for (const auto& [peer, count] : requested(fetcher.want_batches(ids(0, 5'000), std::nullopt, connected, {0})))
        asked += count;
    CHECK(asked == Fetcher::wanted_max);
    CHECK(fetcher.want_batches(ids(6'000, 1), std::nullopt, connected, {0}).send.empty());
    for (std::uint64_t n = 0; n < Fetcher::wanted_max; ++n) fetcher.want_block(id(n), {0});
    CHECK(fetcher.want_block(id(6'000), {0}).broadcast.empty());
    fetcher.clear();
    CHECK(fetcher.want_block(id(6'000), {0}).broadcast.size() == 1);
    CHECK(fetcher.want_batches(ids(6'000, 1), std::nullopt, connected, {0}).send.size() == 1);
}

TEST_CASE("an announced batch is requested once, from the peer that announced it first") {
    Fetcher fetcher(2);
    const OutgoingMessages out = fetcher.announced(0, ids(0, 3), {0});
    CHECK(requested(out) == Requests{{0, 3}});
    CHECK(out.wake == Time{300});
    CHECK(requested(fetcher.announced(1, ids(0, 4), {0})) == Requests{{1, 1}});
    CHECK(!fetcher.batch_arrived(id(0)));  // no block names it
    const OutgoingMessages later = fetcher.retry(peers({0, 1}), {300});
    CHECK(later.send.empty());
    CHECK(!later.wake);
    CHECK(requested(fetcher.announced(1, ids(0, 4), {300})) == Requests{{1, 4}});
    fetcher.want_batches(ids(9, 1), std::nullopt, peers({0}), {300});
    CHECK(fetcher.announced(0, ids(9, 1), {300}).send.empty());
}

TEST_CASE("a peer has a limited number of announced batches under way") {
    Fetcher fetcher(2);
    CHECK(requested(fetcher.announced(0, ids(0, 300), {0})) == Requests{{0, 300}});
    CHECK(requested(fetcher.announced(0, ids(300, 300), {0})) == Requests{{0, Fetcher::announced_max - 300}});
    CHECK(fetcher.announced(0, ids(600, 1), {0}).send.empty());
    CHECK(requested(fetcher.announced(1, ids(600, 1), {0})) == Requests{{1, 1}});
    fetcher.batch_arrived(id(0));
    CHECK(requested(fetcher.announced(0, ids(601, 9), {0})) == Requests{{0, 1}});
}

TEST_CASE("required batches are kept until they are released, decided or too many") {
    Fetcher fetcher(1);
    fetcher.require(batch(0));
    fetcher.require(batch(1));
    CHECK(fetcher.required(id(0))->id == id(0));
    CHECK(fetcher.required(id(2)) == nullptr);
    ledger::Block block;
    block.batches = {id(0)};
    fetcher.release(block);
    CHECK(fetcher.required(id(0)) == nullptr);
    fetcher.drop_required([](const Hash& which) { return which == id(1); });
    CHECK(fetcher.required(id(1)) == nullptr);
    fetcher.require(batch(3, Fetcher::required_bytes_max));
    CHECK(fetcher.required(id(3)) != nullptr);
    fetcher.require(batch(4, 1));
    CHECK(fetcher.required(id(3)) == nullptr);
    CHECK(fetcher.required(id(4)) != nullptr);
}

TEST_CASE("what was wanted for a released block is not requested again") {
    Fetcher fetcher(1);
    ledger::Block block;
    block.batches = {id(0)};
    fetcher.want_batches(ids(0, 2), std::nullopt, peers({0}), {0});
    fetcher.release(block);
    CHECK(requested(fetcher.retry(peers({0}), {300})) == Requests{{0, 1}});
}

}  // namespace xinlian::node

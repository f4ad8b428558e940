// Tests messages between nodes: each has one canonical form, and every limit holds at its value and not above.
#include "node/replica/wire.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "tests/support/builders.hpp"

namespace xinlian::node {

namespace {

constexpr Suite suite = Suite::ed25519_sha256;

std::vector<Hash> ids(std::size_t count) {
    std::vector<Hash> made;
    for (std::size_t i = 0; i < count; ++i) made.push_back(test::named(suite, "id", i));
    return made;
}
wire::RangeBlock range_block() {
    const test::Federation federation;
    test::Blocks blocks(federation);
    const auto batch = blocks.batch("310000", {test::create(suite, 1, 1)});
    const auto executed = blocks.block({batch});
    return {executed->block, {batch->encoded}, blocks.certificate()};
}
std::vector<wire::Message> one_of_each() {
    const wire::RangeBlock item = range_block();
    return {wire::Consensus{Bytes(5, 1)},
            wire::SyncStatus{7, test::named(suite, "tip", 1), ids(3)},
            wire::BatchBody{item.batches[0]},
            wire::BatchRequest{ids(2)},
            wire::BlockRequest{ids(1)[0]},
            wire::BlockBody{item.block},
            wire::RangeRequest{9},
            wire::Range{{item, item}},
            wire::Accusation{test::Federation().equivocation(1, 7)}};
}

}  // namespace

TEST_CASE("every message comes back as the same bytes, and its kind has a name of its own") {
    std::set<std::string_view> names;
    for (const wire::Message& message : one_of_each()) {
        const Bytes bytes = wire::encode_message(message);
        const auto decoded = wire::decode_message(bytes);
        REQUIRE(decoded.ok());
        CHECK(decoded->index() == message.index());
        CHECK(wire::encode_message(*decoded) == bytes);
        CHECK(bytes[0] == message.index() + 1);
        names.insert(wire::name_of(message));
    }
    CHECK(names.size() == std::variant_size_v<wire::Message>);
}

TEST_CASE("no message can be cut short or go on") {
    for (const wire::Message& message : one_of_each()) {
        Bytes bytes = wire::encode_message(message);
        for (std::size_t size = 0; size < bytes.size(); ++size)
            REQUIRE_FALSE(wire::decode_message(ByteView(bytes).first(size)).ok());
        bytes.push_back(0);
        CHECK_FALSE(wire::decode_message(bytes).ok());
    }
}

TEST_CASE("no flipped byte makes two encodings of one message") {
    for (const wire::Message& message : one_of_each()) {
        const Bytes bytes = wire::encode_message(message);
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            Bytes flipped = bytes;
            flipped[i] ^= 0x81;
            const auto decoded = wire::decode_message(flipped);
            if (decoded) REQUIRE(wire::encode_message(*decoded) == flipped);
        }
    }
}

TEST_CASE("unknown kinds are refused") {
    CHECK_FALSE(wire::decode_message({}).ok());
    for (const int kind : {0, 10, 128, 255}) {
        const auto decoded = wire::decode_message(Bytes(40, static_cast<std::uint8_t>(kind)));
        REQUIRE_FALSE(decoded.ok());
        CHECK(decoded.error().code == Errc::malformed);
    }
}

TEST_CASE("the lists of messages hold what they may, and not one more") {
    const auto accepted = [](const Bytes& bytes) { return wire::decode_message(bytes).ok(); };
    // One element more than our own encoder would write: the count at `offset` is raised, and the element is there.
    const auto one_more = [](Bytes bytes, std::size_t offset, const Bytes& element) {
        std::uint32_t count = 0;
        for (std::size_t i = 0; i < 4; ++i) count = count << 8 | bytes.at(offset + i);
        ++count;
        for (std::size_t i = 0; i < 4; ++i) bytes.at(offset + i) = static_cast<std::uint8_t>(count >> (24 - 8 * i));
        bytes.insert(bytes.end(), element.begin(), element.end());
        return bytes;
    };
    struct Case {
        wire::Message fewer, most;
        std::size_t offset;
        Bytes element;
    };
    const wire::RangeBlock small;
    const std::vector<wire::RangeBlock> blocks(wire::range_blocks_max, small);
    const std::vector<Case> cases{
        {wire::SyncStatus{1, {}, ids(wire::pool_ids_max - 1)}, wire::SyncStatus{1, {}, ids(wire::pool_ids_max)}, 41,
         Bytes(32, 1)},
        {wire::BatchRequest{ids(wire::request_ids_max - 1)}, wire::BatchRequest{ids(wire::request_ids_max)}, 1,
         Bytes(32, 1)},
        {wire::BatchBody{Bytes(wire::batch_bytes_max - 1, 1)}, wire::BatchBody{Bytes(wire::batch_bytes_max, 1)}, 1,
         Bytes(1, 1)},
        {wire::Range{{blocks.begin() + 1, blocks.end()}}, wire::Range{blocks}, 1, encode(small)}};
    for (const Case& one : cases) {
        INFO(wire::name_of(one.most));
        CHECK(accepted(one_more(wire::encode_message(one.fewer), one.offset, one.element)));
        CHECK(accepted(wire::encode_message(one.most)));
        CHECK_FALSE(accepted(one_more(wire::encode_message(one.most), one.offset, one.element)));
    }
    wire::RangeBlock full;
    full.batches.resize(ledger::block_batches_max);
    CHECK(accepted(wire::encode_message(wire::Range{{full}})));
    full.batches.resize(ledger::block_batches_max + 1);
    CHECK_FALSE(accepted(wire::encode_message(wire::Range{{full}})));
}

TEST_CASE("a claimed count far beyond the bytes that are there costs nothing") {
    // A range of 256 blocks that ends after the count.
    CHECK_FALSE(wire::decode_message(Bytes{8, 0, 0, 1, 0}).ok());
    CHECK_FALSE(wire::decode_message(Bytes{8, 0xff, 0xff, 0xff, 0xff}).ok());
    CHECK_FALSE(wire::decode_message(Bytes{3, 0xff, 0xff, 0xff, 0xff}).ok());
}

}  // namespace xinlian::node

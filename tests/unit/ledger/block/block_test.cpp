// Tests the rules of blocks, and of the evidence in them.
#include "ledger/block/block.hpp"

#include "tests/unit/ledger/federation.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::rules_test;

namespace {

constexpr Suite sha = Suite::ed25519_sha256;

Block block_of(const Genesis& genesis, const BlockHeader& parent, std::vector<Hash> ids) {
    Block block = block_after(genesis, parent, {});
    block.batches = std::move(ids);
    block.header.body_hash = body_hash(genesis.suite(), block);
    return block;
}

Block block_with(const Genesis& genesis, const BlockHeader& parent, std::vector<Evidence> evidence) {
    Block block = block_after(genesis, parent, {});
    block.evidence = std::move(evidence);
    block.header.body_hash = body_hash(genesis.suite(), block);
    return block;
}

std::vector<Hash> ids_of(std::size_t count) {
    std::vector<Hash> ids;
    for (std::size_t i = 0; i < count; ++i) ids.push_back(named("batch " + std::to_string(i)));
    return ids;
}

}  // namespace

TEST_CASE("the genesis block is of the chain, at height and view 0") {
    const Genesis genesis = genesis_with({});
    const Block block = genesis_block(genesis);
    CHECK(block.header.height == 0);
    CHECK(block.header.view == 0);
    CHECK(block.header.parent == genesis.chain_id());
    CHECK(block.header.time == genesis.time());
    CHECK(block.batches.empty());
    CHECK(block.evidence.empty());
    CHECK(block.header.body_hash == body_hash(sha, Block()));
}

TEST_CASE("the block id covers every field of the header") {
    const BlockHeader header = genesis_block(genesis_with({})).header;
    const Hash id = block_id(sha, header);
    const auto changes = [&](auto change) {
        BlockHeader changed = header;
        change(changed);
        CHECK(block_id(sha, changed) != id);
    };
    changes([](BlockHeader& h) { ++h.epoch; });
    changes([](BlockHeader& h) { ++h.height; });
    changes([](BlockHeader& h) { ++h.view; });
    changes([](BlockHeader& h) { h.parent = named("x"); });
    changes([](BlockHeader& h) { ++h.proposer; });
    changes([](BlockHeader& h) { ++h.time.ms; });
    changes([](BlockHeader& h) { h.body_hash = named("x"); });
    CHECK(block_id(Suite::sm2_sm3, header) != id);
}

TEST_CASE("a block that follows its parent is accepted, also after skipped views") {
    const Genesis genesis = genesis_with({});
    const BlockHeader parent = genesis_block(genesis).header;
    Block block = block_of(genesis, parent, ids_of(3));
    CHECK(check_block(genesis, genesis.parameters(), block, parent).ok());
    block.header.view = 9;
    block.header.proposer = genesis.committee().leader(9);
    CHECK(check_block(genesis, genesis.parameters(), block, parent).ok());
    CHECK(*decode<Block>(encode(block)) == block);
}

TEST_CASE("a block that does not follow its parent is refused") {
    const Genesis genesis = genesis_with({});
    const BlockHeader grandparent = genesis_block(genesis).header;
    const BlockHeader parent = block_of(genesis, grandparent, ids_of(1)).header;
    const Block good = block_of(genesis, parent, ids_of(3));
    REQUIRE(check_block(genesis, genesis.parameters(), good, parent).ok());
    const auto refused = [&](auto change, const std::string& because) {
        Block bad = good;
        change(bad);
        const Status status = check_block(genesis, genesis.parameters(), bad, parent);
        REQUIRE(!status.ok());
        CHECK(status.error().code == Errc::invalid);
        CHECK_THAT(status.error().text, Catch::Contains(because));
    };
    refused([](Block& b) { ++b.header.epoch; }, "epoch");
    refused([](Block& b) { ++b.header.height; }, "height");
    refused([](Block& b) { b.header.height = 1; }, "height");
    refused([](Block& b) { b.header.view = 1; }, "it must be after its parent's");
    refused([](Block& b) { b.header.view = 0; }, "it must be after its parent's");
    refused([](Block& b) { ++b.header.view; }, "is not the leader");
    refused([](Block& b) { b.header.proposer = 77; }, "is not the leader");
    refused([&](Block& b) { b.header.time.ms = parent.time.ms - 1; }, "before its parent's");
    refused([&](Block& b) { b.header.time.ms = parent.time.ms + 19; }, "less than 20 ms");
    refused([&](Block& b) { b.header.parent = grandparent.parent; }, "another parent");
    refused([](Block& b) { b.header.body_hash = named("x"); }, "does not match");
    refused([](Block& b) { std::swap(b.batches[0], b.batches[1]); }, "does not match");
    refused([](Block& b) { b.batches.pop_back(); }, "does not match");
    refused(
        [](Block& b) {
            b.batches[2] = b.batches[0];
            b.header.body_hash = body_hash(sha, b);
        },
        "twice");
    Block timely = good;
    timely.header.time.ms = parent.time.ms + 20;
    CHECK(check_block(genesis, genesis.parameters(), timely, parent).ok());
}

TEST_CASE("no block follows one of the greatest height or view") {
    const Genesis genesis = genesis_with({});
    BlockHeader parent = genesis_block(genesis).header;
    parent.height = UINT64_MAX;
    CHECK(!check_block(genesis, genesis.parameters(), block_of(genesis, parent, {}), parent).ok());
    parent.height = 7;
    parent.view = UINT64_MAX;
    CHECK(!check_block(genesis, genesis.parameters(), block_of(genesis, parent, {}), parent).ok());
    parent.view = 7;
    parent.time.ms = UINT64_MAX;
    Block block = block_of(genesis, parent, {});
    block.header.time.ms = UINT64_MAX;
    CHECK(!check_block(genesis, genesis.parameters(), block, parent).ok());
}

TEST_CASE("a block lists as many batches as the genesis file allows and not one more") {
    Parameters parameters;
    parameters.block_batches_max = 4;
    const Genesis genesis = genesis_with(parameters);
    const BlockHeader parent = genesis_block(genesis).header;
    CHECK(check_block(genesis, genesis.parameters(), block_of(genesis, parent, ids_of(4)), parent).ok());
    CHECK(!check_block(genesis, genesis.parameters(), block_of(genesis, parent, ids_of(5)), parent).ok());
    CHECK(check_block(genesis, genesis.parameters(), block_of(genesis, parent, {}), parent).ok());
}

TEST_CASE("an encoded block holds at most 1,024 batch ids") {
    const Genesis genesis = genesis_with({});
    Bytes bytes = encode(block_of(genesis, genesis_block(genesis).header, ids_of(block_batches_max)));
    CHECK(bytes.size() == block_bytes_max - block_evidence_max * evidence_bytes_max);
    CHECK(decode<Block>(bytes).ok());
    ++bytes[bytes.size() - 4 - 32 * block_batches_max - 1];
    bytes.insert(bytes.end() - 4, 32, 0);
    CHECK(!decode<Block>(bytes).ok());
}

// --- evidence ---

TEST_CASE("a block carries as much evidence as its limit, and an encoded one not one piece more") {
    const Genesis genesis = genesis_with({});
    const BlockHeader parent = genesis_block(genesis).header;
    std::vector<Evidence> all;
    for (MemberIndex member = 0; member < block_evidence_max; ++member)
        all.push_back(evidence_against(genesis, member));
    const Block full = block_with(genesis, parent, all);
    CHECK(check_block(genesis, genesis.parameters(), full, parent).ok());
    const auto encoded = [&](const std::vector<Evidence>& evidence) {
        Writer writer;
        writer(full.header, bounded(full.batches, block_batches_max), bounded(evidence, 1'000));
        return writer.take();
    };
    CHECK(encoded(all) == encode(full));
    CHECK(*decode<Block>(encoded(all)) == full);
    CHECK(encoded(all).size() <= block_bytes_max);
    all.push_back(all.back());
    CHECK(!decode<Block>(encoded(all)).ok());
}

TEST_CASE("a block with evidence that does not hold, or holds twice, is refused") {
    const Genesis genesis = genesis_with({});
    const BlockHeader parent = genesis_block(genesis).header;
    const Evidence one = evidence_against(genesis, 1), two = evidence_against(genesis, 2);
    REQUIRE(check_block(genesis, genesis.parameters(), block_with(genesis, parent, {one, two}), parent).ok());
    const auto refused = [&](std::vector<Evidence> evidence, const std::string& because) {
        const Status status =
            check_block(genesis, genesis.parameters(), block_with(genesis, parent, std::move(evidence)), parent);
        REQUIRE(!status.ok());
        CHECK(status.error().code == Errc::invalid);
        CHECK_THAT(status.error().text, Catch::Contains(because));
    };
    refused({one, one}, "repeated or out of order");
    refused({one, evidence_against(genesis, 1, 9)}, "repeated or out of order");
    refused({two, one}, "repeated or out of order");
    Evidence bad = one;
    bad.member = 2;  // another member
    refused({bad}, "signature");
    bad = one;
    bad.second_signature.bytes[7] ^= 1;
    refused({bad}, "second signature");
    bad = one;
    bad.second = bad.first;  // the same statement twice
    bad.second_signature = bad.first_signature;
    refused({bad}, "do not conflict");
    const Genesis foreign = genesis_of(print_genesis("another", sha, genesis_time, members_of(sha), {}));
    refused({evidence_against(foreign, 1)}, "signature");  // signed for another chain
    Evidence later = one;
    later.first.epoch = later.second.epoch = 1;
    refused({later}, "another epoch");
    refused({one, bad}, "repeated");
    bad.member = 77;
    refused({bad}, "which is not in the committee");
}

TEST_CASE("the header commits to the evidence as it does to the batches") {
    const Genesis genesis = genesis_with({});
    const BlockHeader parent = genesis_block(genesis).header;
    Block block = block_with(genesis, parent, {evidence_against(genesis, 1)});
    REQUIRE(check_block(genesis, genesis.parameters(), block, parent).ok());
    SECTION("left out") { block.evidence.clear(); }
    SECTION("put in") { block.evidence.push_back(evidence_against(genesis, 2)); }
    SECTION("other evidence against the same member") { block.evidence = {evidence_against(genesis, 1, 9)}; }
    const Status status = check_block(genesis, genesis.parameters(), block, parent);
    REQUIRE(!status.ok());
    CHECK_THAT(status.error().text, Catch::Contains("does not match"));
}

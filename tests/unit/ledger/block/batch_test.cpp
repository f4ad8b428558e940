// Tests making and checking batches.
#include "ledger/block/batch.hpp"

#include "crypto/merkle_log.hpp"
#include "tests/unit/ledger/federation.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::rules_test;

namespace {

constexpr Suite sha = Suite::ed25519_sha256;

std::vector<Entry> entries_of(std::size_t count) {
    std::vector<Entry> entries;
    for (std::size_t i = 0; i < count; ++i) entries.push_back(create("record " + std::to_string(i)));
    return entries;
}

// Recomputes root and signature for the present header and entries.
Bytes resigned(const Genesis& genesis, Batch batch, const std::string& signer = "310000 issuer") {
    std::vector<Hash> leaves;
    for (const Entry& entry : batch.entries) leaves.push_back(log_leaf_hash(genesis.suite(), encode(entry)));
    batch.header.entries_root = log_root_of(genesis.suite(), leaves);
    const Bytes message = batch_signing_bytes(batch.header.chain_id, batch_id(genesis.suite(), batch.header));
    batch.signature = key_of(genesis.suite(), signer).sign(message);
    return encode(batch);
}

void refused(const Genesis& genesis, Bytes encoded, Errc code, const std::string& because) {
    const auto batch = check_batch(genesis, std::move(encoded));
    REQUIRE(!batch.ok());
    CHECK(batch.error().code == code);
    CHECK_THAT(batch.error().text, Catch::Contains(because));
}

}  // namespace

TEST_CASE("a made batch is accepted, in both suites, with its id") {
    for (const Suite suite : {sha, Suite::sm2_sm3}) {
        const Genesis genesis = genesis_with({}, suite);
        const Batch batch = signed_batch(genesis, "310000", 1, {}, entries_of(3));
        const auto checked = check_batch(genesis, encode(batch));
        REQUIRE(checked.ok());
        CHECK((*checked)->batch == batch);
        CHECK((*checked)->encoded == encode(batch));
        CHECK((*checked)->id == batch_id(suite, batch.header));
        CHECK(batch.header.entry_count == 3);
    }
}

TEST_CASE("the batch id covers every field of the header, and the signature is not part of it") {
    const Genesis genesis = genesis_with({});
    const Batch batch = signed_batch(genesis, "310000", 2, named("before"), entries_of(2));
    const Hash id = batch_id(sha, batch.header);
    const auto changes = [&](auto change) {
        BatchHeader header = batch.header;
        change(header);
        CHECK(batch_id(sha, header) != id);
    };
    changes([](BatchHeader& h) { h.chain_id = named("x"); });
    changes([](BatchHeader& h) { h.issuer = "320000"; });
    changes([](BatchHeader& h) { ++h.sequence; });
    changes([](BatchHeader& h) { h.previous = named("x"); });
    changes([](BatchHeader& h) { ++h.entry_count; });
    changes([](BatchHeader& h) { h.entries_root = named("x"); });
    changes([](BatchHeader& h) { ++h.nonce; });
    CHECK(encode(batch.header).size() == batch_header_bytes(batch.header.issuer));
    CHECK(as_text(batch_signing_bytes(genesis.chain_id(), id)).substr(0, 26) == "xinlian/v1/batch-signature");
    CHECK(batch_signing_bytes(genesis.chain_id(), id).size() == 26 + 64);
}

TEST_CASE("a batch is only made with the issuer's own key, role and sound entries") {
    const Genesis genesis = genesis_with({});
    const SecretKey key = key_of(sha, "310000 issuer");
    const auto fails = [&](std::string_view issuer, std::uint64_t sequence, const Hash& previous,
                           std::vector<Entry> entries) {
        const auto batch = make_batch(genesis, issuer, sequence, previous, std::move(entries), key);
        REQUIRE(!batch.ok());
        return batch.error().code;
    };
    CHECK(fails("320000", 1, {}, entries_of(1)) == Errc::unknown_key);
    CHECK(fails("100000-pbc", 1, {}, entries_of(1)) == Errc::unknown_key);
    CHECK(fails("999999", 1, {}, entries_of(1)) == Errc::unknown_key);
    CHECK(fails("310000", 1, {}, {}) == Errc::invalid);
    CHECK(fails("310000", 1, {}, {change(Operation::update, "r", 0)}) == Errc::invalid);
    CHECK(fails("310000", 1, {}, {create("r"), create("r")}) == Errc::invalid);
    CHECK(fails("310000", 0, {}, entries_of(1)) == Errc::invalid);
    CHECK(fails("310000", 1, named("x"), entries_of(1)) == Errc::invalid);
    CHECK(fails("310000", 2, {}, entries_of(1)) == Errc::invalid);
}

TEST_CASE("a batch for another chain, or by somebody without the role, is refused") {
    const Genesis genesis = genesis_with({});
    Batch batch = signed_batch(genesis, "310000", 1, {}, entries_of(2));
    Batch bad = batch;
    bad.header.chain_id = named("another chain");
    refused(genesis, resigned(genesis, bad), Errc::invalid, "another chain");
    bad = batch;
    bad.header.issuer = "999999";
    refused(genesis, resigned(genesis, bad), Errc::unknown_key, "not a member");
    bad.header.issuer = "";
    refused(genesis, resigned(genesis, bad), Errc::unknown_key, "not a member");
    bad.header.issuer = "100000-pbc";
    refused(genesis, resigned(genesis, bad), Errc::unknown_key, "has neither the role issuer nor bureau");
    bad.header.issuer = "320000";
    refused(genesis, resigned(genesis, bad), Errc::invalid, "signature");
}

TEST_CASE("a batch whose header contradicts itself or its entries is refused, even signed") {
    const Genesis genesis = genesis_with({});
    const Batch batch = signed_batch(genesis, "310000", 1, {}, entries_of(2));
    Batch bad = batch;
    bad.header.sequence = 0;
    refused(genesis, resigned(genesis, bad), Errc::invalid, "sequence number 0");
    bad = batch;
    bad.header.previous = named("x");
    refused(genesis, resigned(genesis, bad), Errc::invalid, "first batch");
    bad = batch;
    bad.header.sequence = 2;
    refused(genesis, resigned(genesis, bad), Errc::invalid, "names no previous batch");
    for (const std::uint32_t count : {0U, 1U, 3U, UINT32_MAX}) {
        bad = batch;
        bad.header.entry_count = count;
        refused(genesis, resigned(genesis, bad), Errc::invalid, "counts");
    }
    bad = batch;
    bad.entries.clear();
    bad.header.entry_count = 0;
    refused(genesis, resigned(genesis, bad), Errc::invalid, "no entries");
    bad = batch;
    bad.entries[1] = bad.entries[0];
    refused(genesis, resigned(genesis, bad), Errc::invalid, "appears twice");
    bad = batch;
    bad.entries[1].version = 7;
    refused(genesis, resigned(genesis, bad), Errc::invalid, "entry 1:");
    bad = batch;
    std::swap(bad.entries[0], bad.entries[1]);
    refused(genesis, encode(bad), Errc::invalid, "does not match its entries");
    bad = batch;
    bad.entries[0].digest = named("something else");
    refused(genesis, encode(bad), Errc::invalid, "does not match its entries");
}

TEST_CASE("a signature by another key, over other bytes, or altered, is refused") {
    for (const Suite suite : {sha, Suite::sm2_sm3}) {
        const Genesis genesis = genesis_with({}, suite);
        const Batch batch = signed_batch(genesis, "310000", 1, {}, entries_of(2));
        refused(genesis, resigned(genesis, batch, "320000 issuer"), Errc::invalid, "signature");
        refused(genesis, resigned(genesis, batch, "310000 validator"), Errc::invalid, "signature");
        Batch bad = batch;
        bad.signature = {};
        refused(genesis, encode(bad), Errc::invalid, "signature");
        bad.signature = batch.signature;
        bad.signature.bytes[40] ^= 1;
        refused(genesis, encode(bad), Errc::invalid, "signature");
        bad.signature = key_of(suite, "310000 issuer").sign(batch_id(suite, batch.header).view());
        refused(genesis, encode(bad), Errc::invalid, "signature");
    }
}

TEST_CASE("no changed byte of a batch gets through") {
    const Genesis genesis = genesis_with({});
    const Bytes good = encode(signed_batch(genesis, "310000", 1, {}, entries_of(2)));
    for (std::size_t i = 0; i < good.size(); ++i) {
        Bytes bad = good;
        bad[i] = static_cast<std::uint8_t>(bad[i] ^ (1U << (i % 8)));
        CHECK(!check_batch(genesis, bad).ok());
    }
    for (std::size_t size = 0; size < good.size(); size += 7) {
        CHECK(!check_batch(genesis, Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size))).ok());
    }
    Bytes longer = good;
    longer.push_back(0);
    refused(genesis, longer, Errc::malformed, "unexpected bytes after the end");
}

TEST_CASE("a batch takes as many entries as the genesis file allows and not one more") {
    Parameters parameters;
    parameters.batch_entries_max = 5;
    const Genesis narrow = genesis_with(parameters);
    CHECK(check_batch(narrow, resigned(narrow, signed_batch(narrow, "310000", 1, {}, entries_of(5)))).ok());
    const SecretKey key = key_of(sha, "310000 issuer");
    CHECK(make_batch(narrow, "310000", 1, {}, entries_of(6), key).error().code == Errc::too_large);
    Batch six = signed_batch(narrow, "310000", 1, {}, entries_of(5));
    six.entries = entries_of(6);
    six.header.entry_count = 6;
    refused(narrow, resigned(narrow, six), Errc::too_large, "6 entries");
}

TEST_CASE("a batch must fit a block") {
    Parameters parameters;
    parameters.block_body_bytes_max = 64u << 10;
    const Genesis genesis = genesis_with(parameters);
    const std::size_t fixed = encode(signed_batch(genesis, "310000", 1, {}, entries_of(1))).size() - entry_bytes;
    const std::size_t most = ((64u << 10) - fixed) / entry_bytes;
    CHECK(check_batch(genesis, encode(signed_batch(genesis, "310000", 1, {}, entries_of(most)))).ok());
    const SecretKey key = key_of(sha, "310000 issuer");
    CHECK(make_batch(genesis, "310000", 1, {}, entries_of(most + 1), key).error().code == Errc::too_large);
    refused(genesis, Bytes((64u << 10) + 1), Errc::too_large, "split the batch");
    refused(genesis, Bytes(64u << 10), Errc::malformed, "");
}

TEST_CASE("the most entries that can be encoded are 20,000") {
    Parameters parameters;
    parameters.batch_entries_max = 20'000;
    const Genesis genesis = genesis_with(parameters);
    Batch batch = signed_batch(genesis, "310000", 1, {}, entries_of(batch_entries_max));
    Bytes bytes = encode(batch);
    CHECK(check_batch(genesis, bytes).ok());
    // One more in the count, and bytes enough for it.
    const std::size_t count_at = entries_offset("310000") - 1;
    ++bytes[count_at];
    bytes.resize(bytes.size() + entry_bytes);
    refused(genesis, bytes, Errc::malformed, "a count exceeds its limit");
}

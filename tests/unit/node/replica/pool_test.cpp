// Tests the pool of batches: order within feeds, limits and eviction.
#include "node/replica/pool.hpp"

#include <algorithm>

#include "tests/support/builders.hpp"
#include "tests/unit/ledger/federation.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::rules_test;

namespace {

using test::must;

struct Setting {
    explicit Setting(const Parameters& parameters = {}, PoolLimits limits = {})
        : genesis(genesis_with(parameters)), tip(genesis_executed(genesis)), pool(genesis, limits) {}
    Genesis genesis;
    ExecutedBlockPtr tip;
    Pool pool;

    // The first `count` batches of a feed, of `entries` entries each.
    std::vector<BatchPtr> feed(const std::string& issuer, std::size_t count, std::size_t entries = 1,
                               const std::string& variant = "") {
        std::vector<BatchPtr> batches;
        Hash previous;
        for (std::size_t i = 1; i <= count; ++i) {
            std::vector<Entry> list;
            for (std::size_t j = 0; j < entries; ++j) {
                list.push_back(create(issuer + variant + " " + std::to_string(i) + " " + std::to_string(j)));
            }
            batches.push_back(batch_of(genesis, issuer, i, previous, list));
            previous = batches.back()->id;
        }
        return batches;
    }
    void admit(const BatchPtr& batch) {
        const auto admitted = pool.admit(batch, tip->after);
        INFO((admitted ? std::string() : admitted.error().text));
        REQUIRE(admitted.ok());
        CHECK(!admitted->known);
    }
    void admit(const std::vector<BatchPtr>& batches) {
        for (const BatchPtr& batch : batches) admit(batch);
    }
    Errc refusal(const BatchPtr& batch) {
        const std::size_t before = pool.size();
        const auto admitted = pool.admit(batch, tip->after);
        REQUIRE(!admitted.ok());
        CHECK(pool.size() == before);
        return admitted.error().code;
    }
    // The block of these batches becomes final.
    std::vector<Hash> finish(const std::vector<BatchPtr>& batches) {
        tip = run(genesis, tip, batches);
        return pool.settle(tip->after, tip->block.batches);
    }
};

std::vector<std::string> names(const std::vector<BatchPtr>& batches) {
    std::vector<std::string> names;
    for (const BatchPtr& batch : batches) {
        names.push_back(batch->batch.header.issuer.substr(0, 2) + ":" + std::to_string(batch->batch.header.sequence));
    }
    return names;
}

}  // namespace

TEST_CASE("an admitted batch is held, found, counted and picked") {
    Setting s;
    CHECK(!s.pool.has_work(s.tip->after));
    const auto batches = s.feed("310000", 2);
    s.admit(batches);
    CHECK(s.pool.size() == 2);
    CHECK(s.pool.bytes() == batches[0]->encoded.size() + batches[1]->encoded.size());
    CHECK(s.pool.find(batches[1]->id) == batches[1]);
    CHECK(s.pool.find(named("another")) == nullptr);
    CHECK(s.pool.has_work(s.tip->after));
    CHECK(s.pool.pick(*s.tip) == batches);
    CHECK(s.pool.ids(1, s.tip->after).size() == 1);
    CHECK(s.pool.ids(9, s.tip->after).size() == 2);
}

TEST_CASE("what can be ordered is named first, the issuers taking turns") {
    Setting s;
    const auto much = s.feed("310000", 9), loose = s.feed("320000", 9), little = s.feed("330000", 2);
    s.admit(much);
    for (std::size_t i = 1; i < loose.size(); ++i) s.admit(loose[i]);
    s.admit(little);
    const std::vector<Hash> first{much[0]->id, little[0]->id, much[1]->id, little[1]->id, much[2]->id};
    CHECK(s.pool.ids(5, s.tip->after) == first);
    const std::vector<Hash> all = s.pool.ids(99, s.tip->after);
    CHECK(std::set<Hash>(all.begin(), all.end()).size() == 19);
    CHECK(all.size() == 19);
    CHECK(std::find(all.begin(), all.begin() + 11, loose[1]->id) == all.begin() + 11);
}

TEST_CASE("batches that wait for a missing one give way where the pool is full, and take nobody's place") {
    const std::size_t one = Setting().feed("310000", 1)[0]->encoded.size();
    Setting s({}, {.bytes_max = 8 * one, .issuer_bytes_max = 6 * one});
    const auto first = s.feed("310000", 7), second = s.feed("320000", 5), third = s.feed("330000", 3);
    for (const std::size_t i : {1, 2, 3, 4, 5}) s.admit(first[i]);  // never the first
    for (const std::size_t i : {1, 2, 3}) s.admit(second[i]);
    CHECK(s.refusal(third[1]) == Errc::busy);  // has a gap itself
    s.admit(third[0]);
    CHECK_FALSE(s.pool.find(first[5]->id));  // the farthest
    s.admit(third[1]);
    s.admit(third[2]);
    CHECK(s.pool.bytes() <= 8 * one);
    CHECK(names(s.pool.pick(*s.tip)) == std::vector<std::string>{"33:1", "33:2", "33:3"});
    // The missing batch comes: the rest connects, and is not evicted any more.
    s.admit(second[0]);
    CHECK(s.pool.find(second[3]->id));
    CHECK(names(s.pool.pick(*s.tip)).size() == 7);
}

TEST_CASE("sending a batch again is harmless") {
    Setting s;
    const auto batches = s.feed("310000", 1);
    s.admit(batches);
    const auto again = s.pool.admit(batches[0], s.tip->after);
    REQUIRE(again.ok());
    CHECK(again->known);
    CHECK(again->id == batches[0]->id);
    CHECK(s.pool.size() == 1);
    s.pool.require(batches[0]);
    CHECK(s.pool.size() == 1);
    CHECK(s.pool.bytes() == batches[0]->encoded.size());
}

TEST_CASE("a batch with a gap in its feed waits for the missing one") {
    Setting s;
    const auto batches = s.feed("310000", 4);
    s.admit({batches[1], batches[3]});
    CHECK(s.pool.pick(*s.tip).empty());
    CHECK(!s.pool.has_work(s.tip->after));
    s.admit(batches[0]);
    CHECK(names(s.pool.pick(*s.tip)) == std::vector<std::string>{"31:1", "31:2"});
    s.admit(batches[2]);
    CHECK(s.pool.pick(*s.tip).size() == 4);
}

TEST_CASE("what is picked fits the state it is picked for, also one that is not final") {
    Setting s;
    const auto batches = s.feed("310000", 3);
    s.admit(batches);
    const ExecutedBlockPtr unfinal = run(s.genesis, s.tip, {batches[0], batches[1]});
    CHECK(names(s.pool.pick(*unfinal)) == std::vector<std::string>{"31:3"});
    CHECK(s.pool.pick(*s.tip).size() == 3);
}

TEST_CASE("issuers take turns") {
    Setting s;
    s.admit(s.feed("310000", 4));
    s.admit(s.feed("320000", 2));
    const auto picked = names(s.pool.pick(*s.tip));
    REQUIRE(picked.size() == 6);
    for (const std::size_t turn : {std::size_t{0}, std::size_t{2}}) CHECK(picked[turn][1] != picked[turn + 1][1]);
    CHECK(picked[4] == "31:3");
    CHECK(picked[5] == "31:4");
}

TEST_CASE("with room for one batch a block, no issuer waits for ever") {
    Parameters parameters;
    parameters.block_batches_max = 1;
    Setting s(parameters);
    for (const std::string issuer : {"310000", "320000", "330000"}) s.admit(s.feed(issuer, 40));
    std::map<std::string, int> served;
    for (int i = 0; i < 40; ++i) {
        const auto picked = s.pool.pick(*s.tip);
        REQUIRE(picked.size() == 1);
        ++served[picked[0]->batch.header.issuer];
        CHECK(s.finish(picked).empty());
    }
    CHECK(served.size() == 3);
    for (const auto& [issuer, count] : served) CHECK(count >= 4);
}

TEST_CASE("a pick keeps to the genesis limits: as many batches and bytes as fit, and not one more") {
    Parameters parameters;
    parameters.block_batches_max = 3;
    Setting few(parameters);
    few.admit(few.feed("310000", 5));
    CHECK(few.pool.pick(*few.tip).size() == 3);

    parameters.block_batches_max = 512;
    parameters.block_body_bytes_max = 64u << 10;
    Setting small(parameters);
    const auto batches = small.feed("310000", 8, 100);
    small.admit(batches);
    const std::size_t most = (64u << 10) / batches[0]->encoded.size();
    REQUIRE(most < batches.size());
    CHECK(small.pool.pick(*small.tip).size() == most);
}

TEST_CASE("an old, far, contradicting or decided batch is refused with its reason") {
    PoolLimits limits;
    limits.sequence_ahead_max = 2;
    Setting s({}, limits);
    const auto batches = s.feed("310000", 5);
    const auto others = s.feed("310000", 3, 1, "b");
    s.admit(batches[2]);
    CHECK(s.refusal(batches[3]) == Errc::busy);     // 4 is 3 ahead of 1
    CHECK(s.refusal(others[2]) == Errc::conflict);  // another number 3
    CHECK(s.finish({batches[0]}).empty());
    s.admit(batches[3]);
    CHECK(s.refusal(batches[0]) == Errc::stale);
    CHECK(s.refusal(others[0]) == Errc::stale);
    CHECK(s.refusal(others[1]) == Errc::conflict);  // follows a batch that is not the feed's head
    s.admit(batches[1]);
    CHECK(s.pool.pick(*s.tip).size() == 3);
}

TEST_CASE("a full pool refuses, and one issuer cannot fill it alone") {
    Setting measure;
    const auto first = measure.feed("310000", 4);
    const std::size_t one = first[0]->encoded.size();
    PoolLimits limits;
    limits.issuer_bytes_max = 2 * one;
    limits.bytes_max = 3 * one;
    Setting s({}, limits);
    s.admit({first[0], first[1]});
    CHECK(s.refusal(first[2]) == Errc::busy);
    const auto second = s.feed("320000", 2);
    s.admit(second[0]);
    CHECK(s.refusal(second[1]) == Errc::busy);
    CHECK(s.pool.bytes() == 3 * one);
    CHECK(s.finish({first[0]}).empty());
    CHECK(s.pool.bytes() == 2 * one);
    s.admit(first[2]);
    PoolLimits tiny;
    tiny.issuer_bytes_max = one - 1;
    Setting none({}, tiny);
    CHECK(none.refusal(first[0]) == Errc::busy);
}

TEST_CASE("a batch that a proposal names replaces another of its number, whatever the limits") {
    PoolLimits limits;
    limits.bytes_max = limits.issuer_bytes_max = 1;
    Setting s({}, limits);
    const auto batches = s.feed("310000", 1);
    const auto others = s.feed("310000", 1, 3, "b");
    s.pool.require(batches[0]);
    s.pool.require(others[0]);
    CHECK(s.pool.size() == 1);
    CHECK(s.pool.bytes() == others[0]->encoded.size());
    CHECK(s.pool.find(batches[0]->id) == nullptr);
    CHECK(s.pool.pick(*s.tip) == others);
}

TEST_CASE("a rejected batch is not picked again, and what follows it is given back") {
    Setting s;
    CHECK(s.finish({batch_of(s.genesis, "320000", 1, {}, {create("taken")})}).empty());
    const BatchPtr bad = batch_of(s.genesis, "310000", 1, {}, {create("taken")});
    const BatchPtr next = batch_of(s.genesis, "310000", 2, bad->id, {create("x")});
    const BatchPtr after = batch_of(s.genesis, "310000", 3, next->id, {create("y")});
    s.admit({bad, next, after});
    CHECK(s.pool.pick(*s.tip).size() == 3);
    const ExecutedBlockPtr unfinal = run(s.genesis, s.tip, {bad});
    CHECK(unfinal->outcomes[0].reason == Reason::already_exists);
    CHECK(s.pool.pick(*unfinal).empty());
    CHECK(!s.pool.has_work(unfinal->after));
    CHECK(s.finish({bad}) == std::vector<Hash>{next->id, after->id});
    CHECK(s.pool.size() == 0);
    CHECK(s.pool.bytes() == 0);
    CHECK(s.refusal(bad) == Errc::stale);
    const BatchPtr better = batch_of(s.genesis, "310000", 1, {}, {create("x")});
    s.admit(better);
    CHECK(s.pool.pick(*s.tip).size() == 1);
}

TEST_CASE("when another batch took its number, a batch and its followers are given back") {
    Setting s;
    const auto ours = s.feed("310000", 3);
    const auto theirs = s.feed("310000", 1, 1, "b");
    s.admit(ours);
    auto dropped = s.finish(theirs);
    CHECK(dropped.size() == 3);
    CHECK(s.pool.size() == 0);
    s.admit(s.feed("320000", 1));
    CHECK(s.pool.size() == 1);
}

TEST_CASE("settling leaves what can still fit") {
    Setting s;
    const auto ours = s.feed("310000", 5);
    const auto theirs = s.feed("320000", 2);
    s.admit({ours[0], ours[1], ours[3], ours[4], theirs[0], theirs[1]});
    CHECK(s.finish({ours[0], theirs[0]}).empty());
    CHECK(s.pool.size() == 4);
    CHECK(names(s.pool.pick(*s.tip)).size() == 2);
}

TEST_CASE("picking from a long feed and many issuers is not quadratic") {
    Setting s;
    s.admit(s.feed("310000", 600));
    CHECK(s.pool.pick(*s.tip).size() == 512);
    CHECK(s.finish(s.pool.pick(*s.tip)).empty());
    CHECK(s.pool.size() == 88);
}

TEST_CASE("batches are picked by the limits of the height that the block will have") {
    Setting s;
    const Height from = 2;
    SignedRules rules{must(print_resolution(s.genesis, 1, from, R"({"parameters":{"block_batches_max":1}})")), {}};
    const Bytes message = resolution_signing_bytes(s.genesis.chain_id(), resolution_id(s.genesis.suite(), rules.text));
    for (MemberIndex i = 0; i < s.genesis.committee().quorum(); ++i) {
        const SecretKey key = key_of(s.genesis.suite(), s.genesis.validator(i).id + " validator");
        rules.signatures.push_back({i, key.sign(message)});
    }
    const Entry entry = entry_of(s.genesis.suite(), must(parse_resolution(s.genesis, rules.text)), rules);
    const Batch resolve =
        must(make_batch(s.genesis, "310000", 1, {}, {entry}, key_of(s.genesis.suite(), "310000 issuer"), 0, {rules}));
    s.admit(s.feed("320000", 1));
    s.admit(s.feed("330000", 1));
    CHECK(s.pool.pick(*s.tip).size() == 2);
    s.finish({must(check_batch(s.genesis, encode(resolve)))});
    REQUIRE(s.tip->block.header.height + 1 == from);
    CHECK(s.pool.pick(*s.tip).size() == 1);
}

// Tests the Merkle map against its definition: roots, changes, proofs of presence and absence.
#include "crypto/merkle_map.hpp"

#include <catch2/catch.hpp>

#include <map>

#include "tests/support/key_source.hpp"

using namespace xinlian;

namespace {

using Model = std::map<Hash, Bytes>;

using Source = test::KeySource;

// The definition, word for word: the reference for the tree.
Hash definition_of_root(Suite suite, Model::const_iterator begin, Model::const_iterator end, unsigned depth) {
    if (begin == end) return Hash{};
    if (std::next(begin) == end) {
        const std::uint8_t two = 2;
        return hash(suite, {ByteView(&two, 1), begin->first.view(), hash(suite, begin->second).view()});
    }
    auto middle = begin;
    while (middle != end && (middle->first.bytes[depth / 8] & (0x80 >> depth % 8)) == 0) ++middle;
    const std::uint8_t three = 3;
    return hash(suite, {ByteView(&three, 1), definition_of_root(suite, begin, middle, depth + 1).view(),
                        definition_of_root(suite, middle, end, depth + 1).view()});
}
Hash definition_of_root(Suite suite, const Model& model) {
    return definition_of_root(suite, model.begin(), model.end(), 0);
}

std::optional<ByteView> view_of(const Bytes* value) {
    return value == nullptr ? std::nullopt : std::optional<ByteView>(*value);
}

Hash flipped(Hash hash, std::size_t bit) {
    hash.bytes[bit / 8] = static_cast<std::uint8_t>(hash.bytes[bit / 8] ^ (0x80 >> bit % 8));
    return hash;
}

// Every single change to a proof, its key or its value must invalidate it.
void check_that_changes_spoil(const MerkleMap& map, const Hash& key) {
    const Suite suite = map.suite();
    const Hash root = map.root();
    const MapProof proof = map.prove(key);
    const Bytes* value = map.get(key);
    REQUIRE(check_map_proof(suite, root, key, view_of(value), proof));
    REQUIRE(decode<MapProof>(encode(proof)).value() == proof);
    const auto holds = [&](const MapProof& changed) {
        return check_map_proof(suite, root, key, view_of(value), changed).ok();
    };

    CHECK_FALSE(check_map_proof(suite, flipped(root, 100), key, view_of(value), proof));
    const Bytes other_value = value == nullptr ? Bytes{} : Bytes{0xde, 0xad};
    CHECK_FALSE(check_map_proof(suite, root, key, ByteView(other_value), proof));
    if (value != nullptr) CHECK_FALSE(check_map_proof(suite, root, key, std::nullopt, proof));
    if (value != nullptr) CHECK_FALSE(check_map_proof(suite, root, flipped(key, 255), view_of(value), proof));
    for (std::size_t i = 0; i < proof.siblings.size(); ++i) {
        MapProof changed = proof;
        changed.siblings[i] = flipped(changed.siblings[i], 9);
        CHECK_FALSE(holds(changed));
        changed.siblings[i] = Hash{};
        CHECK(holds(changed) == proof.siblings[i].is_zero());
    }
    MapProof changed = proof;
    changed.siblings.push_back(Hash{});
    CHECK_FALSE(holds(changed));
    changed = proof;
    if (!proof.siblings.empty()) changed.siblings.pop_back();
    CHECK(holds(changed) == proof.siblings.empty());
    changed = proof;
    if (proof.other) {
        changed.other->value_hash = flipped(changed.other->value_hash, 0);
        CHECK_FALSE(holds(changed));
        changed.other = MapProof::OtherLeaf{key, proof.other->value_hash};
        CHECK_FALSE(holds(changed));
        changed.other.reset();
        CHECK_FALSE(holds(changed));
    } else {
        changed.other = MapProof::OtherLeaf{flipped(key, 255), Hash{}};
        CHECK_FALSE(holds(changed));
    }
}

}  // namespace

TEST_CASE("an empty map has the zero root and proves any absence") {
    const MerkleMap map(Suite::ed25519_sha256);
    CHECK(map.root().is_zero());
    CHECK(map.size() == 0);
    CHECK(map.get(Hash{}) == nullptr);
    check_that_changes_spoil(map, hash(Suite::ed25519_sha256, as_bytes("any")));
    CHECK(map.apply({}).root().is_zero());
    CHECK(map.apply({{Hash{}, std::nullopt}}).root().is_zero());
}

TEST_CASE("whatever the order and the batches, the map is the one its content defines") {
    for (std::uint32_t seed = 1; seed <= 30; ++seed) {
        INFO("seed " << seed);
        const Suite suite = seed % 3 == 0 ? Suite::sm2_sm3 : Suite::ed25519_sha256;
        Source source(seed);
        MerkleMap map(suite);
        Model model;
        for (int batch = 0; batch < 25; ++batch) {
            std::vector<MapChange> changes;
            const std::uint32_t count = source.below(12);
            // In one of five rounds nearly everything is removed.
            const bool shrink = source.below(5) == 0;
            if (shrink) {
                for (const auto& [key, value] : model) {
                    if (source.below(8) != 0) changes.push_back({key, std::nullopt});
                }
            }
            for (std::uint32_t i = 0; i < count; ++i) {
                const bool remove = source.below(3) == 0;
                const Hash key = source.key();
                if (remove) {
                    changes.push_back({key, std::nullopt});
                } else {
                    changes.push_back({key, Bytes(source.below(4), static_cast<std::uint8_t>(source.below(3)))});
                }
            }
            for (const MapChange& change : changes) {
                if (change.value) model[change.key] = *change.value;
                if (!change.value) model.erase(change.key);
            }
            map = map.apply(changes);
            REQUIRE(map.root() == definition_of_root(suite, model));
            REQUIRE(map.size() == model.size());
        }
        Model seen;
        map.visit([&](const Hash& key, const Bytes& value) { return seen.emplace(key, value).second; });
        CHECK(seen == model);
        std::vector<MapChange> at_once;
        for (const auto& [key, value] : model) at_once.insert(at_once.begin(), {key, value});
        CHECK(MerkleMap(suite).apply(at_once).root() == map.root());
    }
}

TEST_CASE("every presence and absence has a proof, and every change spoils it") {
    for (std::uint32_t seed = 1; seed <= 6; ++seed) {
        INFO("seed " << seed);
        Source source(seed);
        std::vector<MapChange> changes;
        for (std::uint32_t i = 0; i < 8 * seed; ++i)
            changes.push_back({source.key(), Bytes{static_cast<std::uint8_t>(i)}});
        const MerkleMap map = MerkleMap(seed == 2 ? Suite::sm2_sm3 : Suite::ed25519_sha256).apply(changes);
        for (const MapChange& change : changes) check_that_changes_spoil(map, change.key);
        for (int i = 0; i < 30; ++i) check_that_changes_spoil(map, source.key());
        check_that_changes_spoil(map, Hash{});
    }
}

TEST_CASE("two keys that differ in the last bit lie at the full depth") {
    const Hash first = hash(Suite::ed25519_sha256, as_bytes("key"));
    const Hash second = flipped(first, 255);
    const MerkleMap map = MerkleMap(Suite::ed25519_sha256).apply({{first, Bytes{1}}, {second, Bytes{2}}});
    CHECK(map.prove(first).siblings.size() == MapProof::siblings_max);
    check_that_changes_spoil(map, first);
    check_that_changes_spoil(map, flipped(first, 254));
    check_that_changes_spoil(map, flipped(first, 0));
    MapProof deep = map.prove(first);
    deep.siblings.push_back(Hash{});
    CHECK(
        check_map_proof(map.suite(), map.root(), first, ByteView(*map.get(first)), deep).error().text.find("deeper") !=
        std::string::npos);
    // When one is removed, the other becomes the root.
    const MerkleMap one = map.apply({{second, std::nullopt}});
    CHECK(one.root() == MerkleMap(Suite::ed25519_sha256).apply({{first, Bytes{1}}}).root());
    CHECK(one.prove(first).siblings.empty());
}

TEST_CASE("of two changes of one key in a batch the later counts") {
    const Hash key = hash(Suite::ed25519_sha256, as_bytes("key"));
    const MerkleMap empty(Suite::ed25519_sha256);
    CHECK(*empty.apply({{key, Bytes{1}}, {key, std::nullopt}, {key, Bytes{2}}}).get(key) == Bytes{2});
    CHECK(empty.apply({{key, Bytes{1}}, {key, std::nullopt}}).get(key) == nullptr);
}

TEST_CASE("an older map stays what it was, and an empty value is not an absence") {
    const Hash key = hash(Suite::ed25519_sha256, as_bytes("key"));
    const MerkleMap before = MerkleMap(Suite::ed25519_sha256).apply({{key, Bytes{1}}, {Hash{}, Bytes{}}});
    const Hash root = before.root();
    const MerkleMap after = before.apply({{key, std::nullopt}, {Hash{}, Bytes{9}}});
    CHECK(before.root() == root);
    CHECK(*before.get(key) == Bytes{1});
    CHECK(after.get(key) == nullptr);
    REQUIRE(before.get(Hash{}) != nullptr);
    CHECK(before.get(Hash{})->empty());
    CHECK(after.size() == 1);
    // Setting a value that is there already shares the whole tree.
    CHECK(before.apply({{key, Bytes{1}}}).get(key) == before.get(key));
}

TEST_CASE("a visitor sees the keys in order and stops the visit") {
    std::vector<MapChange> changes;
    for (int i = 0; i < 50; ++i)
        changes.push_back({hash(Suite::ed25519_sha256, as_bytes(std::to_string(i))), Bytes{1}});
    const MerkleMap map = MerkleMap(Suite::ed25519_sha256).apply(changes);
    std::vector<Hash> seen;
    map.visit([&](const Hash& key, const Bytes&) {
        seen.push_back(key);
        return seen.size() < 20;
    });
    CHECK(seen.size() == 20);
    CHECK(std::is_sorted(seen.begin(), seen.end()));
}

TEST_CASE("an encoded proof has one spelling") {
    const Hash first = hash(Suite::ed25519_sha256, as_bytes("key"));
    const MerkleMap map = MerkleMap(Suite::ed25519_sha256).apply({{first, Bytes{1}}, {flipped(first, 11), Bytes{2}}});
    const MapProof proof = map.prove(flipped(first, 40));
    REQUIRE(proof.siblings.size() == 12);
    REQUIRE(proof.other);
    const Bytes bytes = encode(proof);
    CHECK(bytes.size() == 2 + 2 + 32 + 1 + 64);
    for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(decode<MapProof>(ByteView(bytes).first(size)));
    Bytes beyond = bytes;
    beyond[3] |= 0x08;
    CHECK(decode<MapProof>(beyond).error().text.find("beyond its depth") != std::string::npos);
    Bytes deep = bytes;
    deep[0] = 1, deep[1] = 1;
    CHECK(decode<MapProof>(deep).error().text.find("deeper") != std::string::npos);
    Bytes zero = bytes;
    std::fill(zero.begin() + 4, zero.begin() + 36, std::uint8_t{0});
    CHECK(decode<MapProof>(zero).error().text.find("empty sibling") != std::string::npos);
}

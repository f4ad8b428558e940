// Tests proofs of many keys of a Merkle map: completeness, and the refusal of every change.
#include "crypto/map_multiproof.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <set>

#include "tests/support/key_source.hpp"

using namespace xinlian;

namespace {

using Kind = MapItem::Kind;

// The claims of a proof, and the items that should prove them.
struct Made {
    std::vector<std::pair<Hash, std::optional<Bytes>>> claims;
    std::vector<MapItem> items;
};

Made make(const MerkleMap& map, const std::vector<Hash>& keys) {
    Made made;
    const auto rest = prove_keys(map, keys, [&](const Hash& key, const Bytes* value, std::span<const MapItem> items) {
        made.claims.emplace_back(key, value == nullptr ? std::nullopt : std::optional(*value));
        made.items.insert(made.items.end(), items.begin(), items.end());
        return Status();
    });
    REQUIRE(rest.ok());
    made.items.insert(made.items.end(), rest->begin(), rest->end());
    return made;
}

Status check(Suite suite, const Hash& root, const Made& made) {
    std::size_t used = 0;
    const MultiproofChecker::Next next = [&]() -> Result<MapItem> {
        if (used == made.items.size()) return Error{Errc::malformed, "no more items"};
        return made.items[used++];
    };
    MultiproofChecker checker(suite);
    for (const auto& [key, value] : made.claims) {
        XL_TRY_STATUS(checker.key(key, value ? std::optional<ByteView>(*value) : std::nullopt, next));
    }
    XL_TRY_STATUS(checker.finish(root, next));
    if (used != made.items.size()) return Error{Errc::malformed, "items are left"};
    return {};
}

Hash flipped(Hash hash, std::size_t bit) {
    hash.bytes[bit / 8] = static_cast<std::uint8_t>(hash.bytes[bit / 8] ^ (0x80 >> bit % 8));
    return hash;
}

class Source : public test::KeySource {
public:
    using KeySource::KeySource;
    MerkleMap map(Suite suite, std::uint32_t size) {
        std::vector<MapChange> changes;
        for (std::uint32_t i = 0; i < size; ++i) {
            changes.push_back({key(), Bytes(below(4), static_cast<std::uint8_t>(below(3)))});
        }
        return MerkleMap(suite).apply(changes);
    }
    std::vector<Hash> keys(std::uint32_t count) {
        std::set<Hash> made;
        for (std::uint32_t i = 0; i < count; ++i) made.insert(key());
        return {made.begin(), made.end()};
    }
};

// All ways to write something else at one place.
std::vector<MapItem> others(const MapItem& item) {
    const Hash any = hash(Suite::ed25519_sha256, as_bytes("any"));
    std::vector<MapItem> changed{{Kind::empty, {}, {}},       {Kind::node, {}, {}},     {Kind::leaf, {}, {}},
                                 {Kind::subtree, {}, {}},     {Kind::subtree, any, {}}, {Kind::subtree, item.first, {}},
                                 {Kind::other_leaf, any, any}};
    for (const std::size_t bit : {0, 7, 128, 255}) {
        if (item.kind == Kind::subtree) changed.push_back({item.kind, flipped(item.first, bit), {}});
        if (item.kind == Kind::other_leaf) {
            changed.push_back({item.kind, flipped(item.first, bit), item.second});
            changed.push_back({item.kind, item.first, flipped(item.second, bit)});
        }
    }
    std::erase(changed, item);
    return changed;
}

// Every single change of items or claims must invalidate the proof.
void check_that_changes_spoil(Suite suite, const Hash& root, const Made& made) {
    REQUIRE(check(suite, root, made));
    CHECK_FALSE(check(suite, flipped(root, 3), made));
    for (std::size_t i = 0; i < made.items.size(); ++i) {
        Made changed = made;
        for (const MapItem& other : others(made.items[i])) {
            changed.items[i] = other;
            CHECK_FALSE(check(suite, root, changed));
        }
        const auto at = static_cast<std::ptrdiff_t>(i);
        changed = made;
        changed.items.erase(changed.items.begin() + at);
        CHECK_FALSE(check(suite, root, changed));
        changed = made;
        changed.items.insert(changed.items.begin() + at, made.items[i]);
        CHECK_FALSE(check(suite, root, changed));
        if (i > 0 && made.items[i] != made.items[i - 1]) {
            changed = made;
            std::swap(changed.items[i], changed.items[i - 1]);
            CHECK_FALSE(check(suite, root, changed));
        }
    }
    for (std::size_t i = 0; i < made.claims.size(); ++i) {
        Made changed = made;
        auto& value = changed.claims[i].second;
        value = value ? std::optional<Bytes>() : Bytes{};
        CHECK_FALSE(check(suite, root, changed));
        value = Bytes{0xde, 0xad};
        CHECK_FALSE(check(suite, root, changed));
        changed = made;
        changed.claims.insert(changed.claims.begin() + static_cast<std::ptrdiff_t>(i), made.claims[i]);
        CHECK_FALSE(check(suite, root, changed));
        if (i == 0) continue;
        changed = made;
        std::swap(changed.claims[i], changed.claims[i - 1]);
        CHECK_FALSE(check(suite, root, changed));
        changed.claims[i] = changed.claims[i - 1];
        CHECK_FALSE(check(suite, root, changed));
    }
}

}  // namespace

TEST_CASE("a proof of many keys says what the single proofs say") {
    for (std::uint32_t seed = 1; seed <= 60; ++seed) {
        INFO("seed " << seed);
        const Suite suite = seed % 3 == 0 ? Suite::sm2_sm3 : Suite::ed25519_sha256;
        Source source(seed);
        const MerkleMap map = source.map(suite, source.below(60));
        const std::vector<Hash> keys = source.keys(source.below(40));
        const Made made = make(map, keys);
        REQUIRE(made.claims.size() == keys.size());
        REQUIRE(check(suite, map.root(), made));
        for (std::size_t i = 0; i < keys.size(); ++i) {
            const auto& [key, value] = made.claims[i];
            CHECK(key == keys[i]);
            const std::optional<ByteView> view = value ? std::optional<ByteView>(*value) : std::nullopt;
            CHECK(check_map_proof(suite, map.root(), key, view, map.prove(key)));
        }
    }
}

TEST_CASE("whatever is changed in a proof of many keys, it does not hold") {
    for (std::uint32_t seed = 1; seed <= 12; ++seed) {
        INFO("seed " << seed);
        const Suite suite = seed % 4 == 0 ? Suite::sm2_sm3 : Suite::ed25519_sha256;
        Source source(seed);
        const MerkleMap map = source.map(suite, 1 + source.below(14));
        check_that_changes_spoil(suite, map.root(), make(map, source.keys(1 + source.below(8))));
    }
}

TEST_CASE("no key, every key, and a key beside each of them can be proven") {
    const Suite suite = GENERATE(Suite::ed25519_sha256, Suite::sm2_sm3);
    Source source(5);
    const MerkleMap map = source.map(suite, 16);
    std::set<Hash> all, beside;
    map.visit([&](const Hash& key, const Bytes&) {
        all.insert(key);
        beside.insert(key);
        beside.insert(flipped(key, 255));
        beside.insert(flipped(key, 1));
        return true;
    });
    const Made none = make(map, {});
    CHECK(none.items == std::vector<MapItem>{{Kind::subtree, map.root(), {}}});
    check_that_changes_spoil(suite, map.root(), none);
    const Made every = make(map, {all.begin(), all.end()});
    CHECK(every.claims.size() == map.size());
    for (const MapItem& item : every.items) CHECK((item.kind != Kind::subtree && item.kind != Kind::other_leaf));
    check_that_changes_spoil(suite, map.root(), every);
    check_that_changes_spoil(suite, map.root(), make(map, {beside.begin(), beside.end()}));
}

TEST_CASE("an empty map proves the absence of many keys with one item") {
    Source source(9);
    const MerkleMap map(Suite::ed25519_sha256);
    const Made made = make(map, source.keys(20));
    CHECK(made.items == std::vector<MapItem>{MapItem{}});
    check_that_changes_spoil(map.suite(), map.root(), made);
    check_that_changes_spoil(map.suite(), map.root(), make(map, {}));
}

TEST_CASE("keys that end in one leaf share it: the leaf is the first key's, or another's that may come later") {
    const Suite suite = Suite::ed25519_sha256;
    Hash held;
    held.bytes[31] = 8;
    Hash far;
    far.bytes[0] = 0x80;
    const MerkleMap map = MerkleMap(suite).apply({{held, Bytes{1}}, {far, Bytes{2}}});
    const Hash before = flipped(held, 252), after = flipped(held, 255);
    REQUIRE(before < held);
    const Made made = make(map, {before, held, after});
    CHECK(made.items == std::vector<MapItem>{{Kind::node, {}, {}},
                                             {Kind::other_leaf, held, hash(suite, Bytes{1})},
                                             {Kind::subtree, map.top().child(true).hash(), {}}});
    check_that_changes_spoil(suite, map.root(), made);
    const Made first = make(map, {held, after});
    CHECK(first.items[1].kind == Kind::leaf);
    check_that_changes_spoil(suite, map.root(), first);
}

TEST_CASE("the deepest path there can be is proven, and one deeper is refused") {
    const Suite suite = Suite::ed25519_sha256;
    const Hash low, high = flipped(low, 255);
    const MerkleMap map = MerkleMap(suite).apply({{low, Bytes{1}}, {high, Bytes{2}}});
    Made made = make(map, {low, high});
    CHECK(made.items.size() == 256 + 2 + 255);
    CHECK(check(suite, map.root(), made));
    made.items.insert(made.items.begin(), MapItem{Kind::node, {}, {}});
    const Status deeper = check(suite, map.root(), made);
    REQUIRE_FALSE(deeper);
    CHECK(deeper.error().text.find("deeper than the map") != std::string::npos);
}

TEST_CASE("a leaf that does not belong where it is shown proves no absence") {
    const Suite suite = Suite::ed25519_sha256;
    const Hash key, elsewhere = flipped(key, 0);
    const Hash value = hash(suite, Bytes{1});
    // No map has such a root: its left side holds a key of the right side.
    const Hash root = map_node_hash(suite, map_leaf_hash(suite, elsewhere, value), Hash{});
    const Made made{{{key, std::nullopt}}, {{Kind::node, {}, {}}, {Kind::other_leaf, elsewhere, value}, MapItem{}}};
    const Status refused = check(suite, root, made);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text.find("another path") != std::string::npos);
}

TEST_CASE("a refusal of the receiver ends the walk") {
    Source source(3);
    const MerkleMap map = source.map(Suite::ed25519_sha256, 20);
    int pieces = 0;
    const auto rest = prove_keys(map, source.keys(10), [&](const Hash&, const Bytes*, std::span<const MapItem>) {
        return ++pieces == 3 ? Status(Error{Errc::io, "full"}) : Status();
    });
    REQUIRE_FALSE(rest.ok());
    CHECK(rest.error().code == Errc::io);
    CHECK(pieces == 3);
}

TEST_CASE("an item has one spelling") {
    for (const MapItem& item :
         {MapItem{}, MapItem{Kind::node, {}, {}}, MapItem{Kind::leaf, {}, {}},
          MapItem{Kind::subtree, hash(Suite::ed25519_sha256, {}), {}}, MapItem{Kind::other_leaf, {}, {}}}) {
        const Bytes bytes = encode(item);
        CHECK(bytes.size() == 1 + (item.kind == Kind::subtree ? 32 : item.kind == Kind::other_leaf ? 64 : 0));
        CHECK(decode<MapItem>(bytes).value() == item);
    }
    CHECK_FALSE(decode<MapItem>(Bytes{5}));
    CHECK(decode<MapItem>(encode(MapItem{Kind::subtree, {}, {}})).error().text.find("empty subtree") !=
          std::string::npos);
}

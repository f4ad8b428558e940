#include "crypto/map_multiproof.hpp"

#include <algorithm>
#include <bit>

namespace xinlian {

namespace {

using Kind = MapItem::Kind;

Error refused(const char* text) { return {Errc::invalid, std::string("the map proof ") + text}; }

// How many of their first bits are equal.
std::size_t common_bits(const Hash& a, const Hash& b) {
    for (std::size_t i = 0; i < a.bytes.size(); ++i) {
        const auto different = static_cast<std::uint8_t>(a.bytes[i] ^ b.bytes[i]);
        if (different != 0) return 8 * i + static_cast<std::size_t>(std::countl_zero(different));
    }
    return 8 * a.bytes.size();
}

// The hash of a side of the tree that no key lies below.
Result<Hash> untouched(const MultiproofChecker::Next& next) {
    XL_TRY(const MapItem item, next());
    switch (item.kind) {
        case Kind::empty:
            return Hash{};
        case Kind::subtree:
            if (item.first.is_zero()) return refused("gives an empty subtree a hash");
            return item.first;
        case Kind::node:
        case Kind::leaf:
        case Kind::other_leaf:
            return refused("contains a part of the map that was not requested");
    }
    return refused("has an item of an unknown kind");
}

class Walk {
public:
    Walk(Suite suite, const OnMapPiece& piece) : suite_(suite), piece_(piece) {}

    // The position at `depth`, with the keys that lie below it.
    Status at(const MerkleMap::Place& place, std::size_t depth, std::span<const Hash> keys) {
        if (keys.empty()) {
            items_.push_back(place.is_empty() ? MapItem{} : MapItem{Kind::subtree, place.hash(), {}});
            return {};
        }
        if (place.is_empty() || place.is_leaf()) return end(place, keys);
        items_.push_back({Kind::node, {}, {}});
        const auto middle = std::partition_point(keys.begin(), keys.end(),
                                                 [depth](const Hash& key) { return !map_key_bit(key, depth); });
        const auto on_left = static_cast<std::size_t>(middle - keys.begin());
        XL_TRY_STATUS(at(place.child(false), depth + 1, keys.first(on_left)));
        return at(place.child(true), depth + 1, keys.subspan(on_left));
    }
    std::vector<MapItem> take() { return std::move(items_); }

private:
    Status end(const MerkleMap::Place& place, std::span<const Hash> keys) {
        if (place.is_empty()) {
            items_.push_back({});
        } else if (place.key() == keys.front()) {
            items_.push_back({Kind::leaf, {}, {}});
        } else {
            items_.push_back({Kind::other_leaf, place.key(), hash(suite_, place.value())});
        }
        for (const Hash& key : keys) {
            const bool here = place.is_leaf() && place.key() == key;
            XL_TRY_STATUS(piece_(key, here ? &place.value() : nullptr, items_));
            items_.clear();
        }
        return {};
    }

    Suite suite_;
    const OnMapPiece& piece_;
    std::vector<MapItem> items_;  // since the last key
};

}  // namespace

Result<std::vector<MapItem>> prove_keys(const MerkleMap& map, std::span<const Hash> keys, const OnMapPiece& piece) {
    const auto disorder =
        std::adjacent_find(keys.begin(), keys.end(), [](const Hash& a, const Hash& b) { return !(a < b); });
    XL_CHECK(disorder == keys.end());
    Walk walk(map.suite(), piece);
    XL_TRY_STATUS(walk.at(map.top(), 0, keys));
    return walk.take();
}

Status MultiproofChecker::key(const Hash& key, std::optional<ByteView> value, const Next& next) {
    if (!last_) {
        XL_TRY_STATUS(open(key, value, next));
    } else {
        if (!(*last_ < key)) return refused("has unsorted or duplicate keys");
        const std::size_t common = common_bits(*last_, key);
        if (common < left_.size()) {
            // The path went left where this key goes right.
            XL_TRY(const Hash left, close(common + 1, next));
            left_.back() = left;
            XL_TRY_STATUS(open(key, value, next));
        }
    }
    XL_TRY_STATUS(claim_at_end(key, value));
    last_ = key;
    return {};
}

// Reads the path of the key from left_.size() down to its end.
Status MultiproofChecker::open(const Hash& key, std::optional<ByteView> value, const Next& next) {
    while (true) {
        XL_TRY(end_, next());
        if (end_.kind != Kind::node) break;
        const std::size_t depth = left_.size();
        if (depth == MapProof::siblings_max) return refused("is deeper than the map");
        left_.emplace_back();
        if (map_key_bit(key, depth)) {
            XL_TRY(left_.back(), untouched(next));
        }
    }
    if (end_.kind == Kind::subtree) return refused("hides a requested key in a subtree");
    if (end_.kind == Kind::leaf) {
        if (!value) return refused("contains the key that it claims to be absent");
        end_.first = key;
        end_.second = hash(suite_, *value);
    } else if (end_.kind == Kind::other_leaf) {
        if (end_.first == key) return refused("presents the key's own leaf as the leaf of another key");
        if (common_bits(end_.first, key) < left_.size()) return refused("shows a leaf on another path");
    }
    end_hash_ = end_.kind == Kind::empty ? Hash{} : map_leaf_hash(suite_, end_.first, end_.second);
    return {};
}

// That the end of the path bears out the claim.
Status MultiproofChecker::claim_at_end(const Hash& key, std::optional<ByteView> value) const {
    const bool here = end_.kind != Kind::empty && end_.first == key;
    if (!value) return here ? Status(refused("contains the key that it claims to be absent")) : Status();
    if (!here) return refused("contains no leaf of a key that it claims to be present");
    if (hash(suite_, *value) != end_.second) return refused("has a different value for the key");
    return {};
}

// The hash at `depth` of the path, which is then no longer than that.
Result<Hash> MultiproofChecker::close(std::size_t depth, const Next& next) {
    Hash computed = end_hash_;
    while (left_.size() > depth) {
        if (map_key_bit(*last_, left_.size() - 1)) {
            computed = map_node_hash(suite_, left_.back(), computed);
        } else {
            XL_TRY(const Hash right, untouched(next));
            computed = map_node_hash(suite_, computed, right);
        }
        left_.pop_back();
    }
    return computed;
}

Status MultiproofChecker::finish(const Hash& root, const Next& next) {
    XL_TRY(const Hash computed, last_ ? close(0, next) : untouched(next));
    if (computed != root) return refused("does not lead to the root");
    return {};
}

}  // namespace xinlian

// One proof for many keys of a MerkleMap under one root, presence and absence mixed, checked in a stream: the reader
// holds one path (at most 256 hashes), never the whole proof.
//
// The proof is the walk, in pre-order, through the part of the tree that the keys touch: one MapItem per position. A
// position that no key lies below is `empty` or `subtree`; one that a key lies below is `empty`, `node`, `leaf` or
// `other_leaf`, of which only `node` is followed by its left and its right side. The tree is fixed by its root and the
// touched part by the keys, so for a root and keys there is exactly one such sequence.
//
// The sequence falls into one piece per key, in the order of the keys, and what is left at the end: the piece of a key
// is what stands between the end of the former key's path and the end of its own. So the pieces need no counts or
// frames.
#pragma once

#include "crypto/merkle_map.hpp"

namespace xinlian {

struct MapItem {
    enum class Kind : std::uint8_t {
        empty = 0,
        subtree = 1,     // `first` is its hash, which is not zero
        node = 2,        // its two sides follow
        leaf = 3,        // of the first key that lies here; the caller brings its value
        other_leaf = 4,  // of another key, `first`, with the value's hash `second`; it may be one of the keys to come
    };
    Kind kind = Kind::empty;
    Hash first, second;
    bool operator==(const MapItem&) const = default;
    template <class Archive>
    void save(Archive& archive) const {
        archive(kind);
        if (kind == Kind::subtree || kind == Kind::other_leaf) archive(first);
        if (kind == Kind::other_leaf) archive(second);
    }
    template <class Archive>
    void load(Archive& archive) {
        archive(kind);
        if (kind == Kind::subtree || kind == Kind::other_leaf) archive(first);
        if (kind == Kind::other_leaf) archive(second);
        if (!archive.failed() && kind == Kind::subtree && first.is_zero()) archive.fail("an empty subtree has a hash");
    }
};
inline bool is_known(MapItem::Kind kind) { return kind <= MapItem::Kind::other_leaf; }

// Walks the map for these keys, which are in ascending order, each once. `piece` gets each key's items and its value
// (nullptr: none) and ends the walk by an error. Returns the items that are left at the end.
using OnMapPiece = std::function<Status(const Hash& key, const Bytes* value, std::span<const MapItem> items)>;
Result<std::vector<MapItem>> prove_keys(const MerkleMap& map, std::span<const Hash> keys, const OnMapPiece& piece);

// Verifies such a proof piece by piece. After an error the object must not be used any more. No claim is proven before
// finish() has confirmed the root.
class MultiproofChecker {
public:
    // The next item of the proof. It is called as often as the piece has items: at most three times per level.
    using Next = std::function<Result<MapItem>()>;

    explicit MultiproofChecker(Suite suite) : suite_(suite) {}

    // Claims a value for the key, or that it has none. Keys in ascending order. Errc::invalid.
    Status key(const Hash& key, std::optional<ByteView> value, const Next& next);
    // Verifies that the claims, and no other items, give this root. Errc::invalid.
    Status finish(const Hash& root, const Next& next);

private:
    Status open(const Hash& key, std::optional<ByteView> value, const Next& next);
    Status claim_at_end(const Hash& key, std::optional<ByteView> value) const;
    Result<Hash> close(std::size_t depth, const Next& next);

    Suite suite_;
    std::optional<Hash> last_;  // the last key: the first left_.size() of its bits are the path
    std::vector<Hash> left_;    // hash of the left side at each depth where the path goes right
    MapItem end_;               // what the path ends in
    Hash end_hash_;
};

}  // namespace xinlian

// The authenticated map: a sparse Merkle tree over 256-bit keys, path-compressed (a subtree with one leaf *is* that
// leaf), so that presence and absence both have short proofs.
//
//   empty subtree: 32 zero bytes      leaf: H(0x02 || key || H(value))      node: H(0x03 || left || right)
//
// A node exists at depth d, for some first d bits, exactly where two keys or more share them. So one of its sides may
// be empty (then the other is a node again), and the depth of every node is its number of leading bits.
//
// The tree is immutable: apply() gives a new one that shares what did not change. So a block that is not yet final has
// its own map, dropping it costs nothing, and a reader in another thread keeps the version that it received.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <functional>
#include <optional>
#include <vector>

#include "crypto/codec.hpp"
#include "crypto/hash.hpp"

namespace xinlian {

namespace merkle_map_detail {
struct Node;
void intrusive_ptr_add_ref(const Node* node);
void intrusive_ptr_release(const Node* node);
}  // namespace merkle_map_detail

// One change: a value, or nothing to remove the key.
struct MapChange {
    Hash key;
    std::optional<Bytes> value;
};

// Proves that `key` has, or has not, a value under a root. siblings[i] is the hash beside the path at depth i, from the
// root down; zero where that side is empty. The path ends in the key's own leaf (presence), in nothing (absence), or in
// the leaf of another key that shares the first siblings.size() bits (absence; `other`).
struct MapProof {
    struct OtherLeaf {
        Hash key;
        Hash value_hash;
        bool operator==(const OtherLeaf&) const = default;
        template <class Archive>
        void serialize(Archive& archive) {
            archive(key, value_hash);
        }
    };
    static constexpr std::size_t siblings_max = 256;
    std::vector<Hash> siblings;
    std::optional<OtherLeaf> other;
    bool operator==(const MapProof&) const = default;

    // Encoded as a 16-bit depth, one bit per depth that says whether the sibling is not empty, and the non-empty ones.
    template <class Archive>
    void save(Archive& archive) const {
        archive(static_cast<std::uint16_t>(siblings.size()));
        std::vector<std::uint8_t> bits((siblings.size() + 7) / 8, 0);
        for (std::size_t i = 0; i < siblings.size(); ++i) {
            if (!siblings[i].is_zero()) bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | (0x80U >> (i % 8)));
        }
        archive.raw(bits);
        for (const Hash& sibling : siblings) {
            if (!sibling.is_zero()) archive(sibling);
        }
        archive(other);
    }
    template <class Archive>
    void load(Archive& archive) {
        const auto depth = archive.template integer<std::uint16_t>();
        if (depth > siblings_max) return archive.fail("a map proof is deeper than the map");
        const ByteView view = archive.raw((depth + 7U) / 8U);
        if (archive.failed()) return;
        const Bytes bits(view.begin(), view.end());
        siblings.assign(depth, Hash{});
        for (std::size_t i = 0; i < bits.size() * 8; ++i) {
            const bool set = (bits[i / 8] & (0x80U >> (i % 8))) != 0;
            if (set && i >= depth) return archive.fail("a map proof has bits beyond its depth");
            if (set) {
                archive(siblings[i]);
                if (!archive.failed() && siblings[i].is_zero())
                    return archive.fail("an empty sibling is marked as present");
            }
            if (archive.failed()) return;
        }
        archive(other);
    }
};

class MerkleMap {
public:
    explicit MerkleMap(Suite suite) : suite_(suite) {}

    // Applies all changes at once; of two changes of one key the later counts. O(changes * log(size)) hashes, shared
    // between changes with a common path.
    MerkleMap apply(std::vector<MapChange> changes) const;

    // Nullptr if there is none. The pointer lives as long as any map that shares the leaf.
    const Bytes* get(const Hash& key) const;
    Hash root() const;
    std::uint64_t size() const;
    MapProof prove(const Hash& key) const;
    // In the order of the keys; stops when the visitor returns false.
    void visit(const std::function<bool(const Hash& key, const Bytes& value)>& visitor) const;
    Suite suite() const { return suite_; }

    // A position of the tree, for walking it. Valid as long as a map that shares it.
    class Place;
    Place top() const;

private:
    using NodePtr = boost::intrusive_ptr<const merkle_map_detail::Node>;
    Suite suite_;
    NodePtr root_;
    std::uint64_t size_ = 0;
};

class MerkleMap::Place {
public:
    bool is_empty() const { return node_ == nullptr; }
    bool is_leaf() const;  // else, if it is not empty, an inner node
    Hash hash() const;     // zero if it is empty
    // Of a leaf:
    const Hash& key() const;
    const Bytes& value() const;
    // Of an inner node:
    Place child(bool right) const;

private:
    friend class MerkleMap;
    explicit Place(const merkle_map_detail::Node* node) : node_(node) {}
    const merkle_map_detail::Node* node_;
};

// The hashes of leaves and inner nodes, for code that verifies parts of the tree.
Hash map_leaf_hash(Suite suite, const Hash& key, const Hash& value_hash);
Hash map_node_hash(Suite suite, const Hash& left, const Hash& right);
bool map_key_bit(const Hash& key, std::size_t depth);  // depth 0 … 255, from the most significant bit

// Presence: value given; absence: none. Depth is checked before anything is hashed. Errc::invalid.
Status check_map_proof(Suite suite, const Hash& root, const Hash& key, std::optional<ByteView> value,
                       const MapProof& proof);

}  // namespace xinlian

#include "crypto/merkle_map.hpp"

#include <algorithm>
#include <atomic>

namespace xinlian {

namespace merkle_map_detail {

// Immutable once made, shared between maps and threads; only the counter of its owners changes.
struct Node {
    explicit Node(bool leaf) : is_leaf(leaf) {}
    mutable std::atomic<std::uint32_t> owners{0};
    const bool is_leaf;
    Hash hash;
};

namespace {

using NodePtr = boost::intrusive_ptr<const Node>;

struct Leaf : Node {
    Leaf(Suite suite, const Hash& its_key, Bytes its_value);
    Hash key;
    Bytes value;
};

// At least one side is not empty; an empty one goes with an inner node on the other, never with a lone leaf.
struct Inner : Node {
    Inner(Suite suite, NodePtr its_left, NodePtr its_right);
    NodePtr left;
    NodePtr right;
};

constexpr std::uint8_t map_leaf_prefix = 0x02;
constexpr std::uint8_t map_node_prefix = 0x03;

// Inputs of fixed size, put together on the stack: one pass of the hash function's own buffering less.
Hash two_part_hash(Suite suite, std::uint8_t prefix, const Hash& first, const Hash& second) {
    std::array<std::uint8_t, 65> bytes;
    bytes[0] = prefix;
    std::copy(first.bytes.begin(), first.bytes.end(), bytes.begin() + 1);
    std::copy(second.bytes.begin(), second.bytes.end(), bytes.begin() + 33);
    return hash(suite, bytes);
}

Hash hash_of(const NodePtr& node) { return node == nullptr ? Hash{} : node->hash; }

Leaf::Leaf(Suite suite, const Hash& its_key, Bytes its_value) : Node(true), key(its_key), value(std::move(its_value)) {
    hash = map_leaf_hash(suite, key, xinlian::hash(suite, value));
}

Inner::Inner(Suite suite, NodePtr its_left, NodePtr its_right)
    : Node(false), left(std::move(its_left)), right(std::move(its_right)) {
    hash = map_node_hash(suite, hash_of(left), hash_of(right));
}

const Leaf& leaf_of(const NodePtr& node) { return static_cast<const Leaf&>(*node); }
const Inner& inner_of(const NodePtr& node) { return static_cast<const Inner&>(*node); }

// The first of `items`, sorted by key and equal in the first `depth` bits, whose bit at `depth` is 1.
template <class Items, class KeyOf>
auto first_on_the_right(Items items, std::size_t depth, const KeyOf& key_of) {
    return std::partition_point(items.begin(), items.end(),
                                [&](const auto& item) { return !map_key_bit(key_of(item), depth); });
}

// One application of changes; counts the keys as it goes.
class Update {
public:
    Update(Suite suite, std::uint64_t size) : suite_(suite), size_(size) {}

    // The subtree at `depth` after the changes, which are sorted, of distinct keys, and all belong below it.
    NodePtr change(const NodePtr& node, std::size_t depth, std::span<MapChange* const> changes) {
        if (changes.empty()) return node;
        if (node == nullptr || node->is_leaf) return change_leaf(node, depth, changes);
        const auto middle =
            first_on_the_right(changes, depth, [](const MapChange* c) -> const Hash& { return c->key; });
        const auto on_left = static_cast<std::size_t>(middle - changes.begin());
        const Inner& inner = inner_of(node);
        NodePtr left = change(inner.left, depth + 1, changes.first(on_left));
        NodePtr right = change(inner.right, depth + 1, changes.subspan(on_left));
        if (left == inner.left && right == inner.right) return node;
        // A removal may leave one leaf, or nothing: then the node must vanish, for the root is to depend on the content
        // only.
        if (left == nullptr && (right == nullptr || right->is_leaf)) return right;
        if (right == nullptr && left->is_leaf) return left;
        return NodePtr(new Inner(suite_, std::move(left), std::move(right)));
    }
    std::uint64_t size() const { return size_; }

private:
    NodePtr change_leaf(const NodePtr& old, std::size_t depth, std::span<MapChange* const> changes) {
        std::vector<NodePtr> leaves;
        leaves.reserve(changes.size() + 1);
        bool placed = old == nullptr;
        for (MapChange* const change : changes) {
            const bool same = old != nullptr && leaf_of(old).key == change->key;
            if (!placed && !same && leaf_of(old).key < change->key) {
                leaves.push_back(old);
                placed = true;
            }
            if (same) placed = true;
            if (!change->value) continue;
            if (same && leaf_of(old).value == *change->value) {
                leaves.push_back(old);
            } else {
                leaves.push_back(NodePtr(new Leaf(suite_, change->key, std::move(*change->value))));
            }
        }
        if (!placed) leaves.push_back(old);
        size_ = size_ - (old == nullptr ? 0 : 1) + leaves.size();
        return build(depth, leaves);
    }

    NodePtr build(std::size_t depth, std::span<const NodePtr> leaves) {
        if (leaves.empty()) return nullptr;
        if (leaves.size() == 1) return leaves.front();
        const auto middle =
            first_on_the_right(leaves, depth, [](const NodePtr& l) -> const Hash& { return leaf_of(l).key; });
        const auto on_left = static_cast<std::size_t>(middle - leaves.begin());
        NodePtr left = build(depth + 1, leaves.first(on_left));
        NodePtr right = build(depth + 1, leaves.subspan(on_left));
        return NodePtr(new Inner(suite_, std::move(left), std::move(right)));
    }

    Suite suite_;
    std::uint64_t size_;
};

bool visit_below(const NodePtr& node, const std::function<bool(const Hash&, const Bytes&)>& visitor) {
    if (node == nullptr) return true;
    if (node->is_leaf) return visitor(leaf_of(node).key, leaf_of(node).value);
    return visit_below(inner_of(node).left, visitor) && visit_below(inner_of(node).right, visitor);
}

}  // namespace

void intrusive_ptr_add_ref(const Node* node) { node->owners.fetch_add(1, std::memory_order_relaxed); }

void intrusive_ptr_release(const Node* node) {
    if (node->owners.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    if (node->is_leaf) {
        delete static_cast<const Leaf*>(node);
    } else {
        delete static_cast<const Inner*>(node);  // recurses no deeper than the 256 bits of a key
    }
}

}  // namespace merkle_map_detail

using namespace merkle_map_detail;

MerkleMap MerkleMap::apply(std::vector<MapChange> changes) const {
    // Sorted by key, and by place among the changes of one key, of which the last stays.
    std::vector<MapChange*> sorted;
    sorted.reserve(changes.size());
    for (MapChange& change : changes) sorted.push_back(&change);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const MapChange* a, const MapChange* b) { return a->key < b->key; });
    std::size_t kept = 0;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        const bool replaced = i + 1 < sorted.size() && sorted[i]->key == sorted[i + 1]->key;
        if (!replaced) sorted[kept++] = sorted[i];
    }
    Update update(suite_, size_);
    MerkleMap changed(suite_);
    changed.root_ = update.change(root_, 0, std::span<MapChange* const>(sorted).first(kept));
    changed.size_ = update.size();
    return changed;
}

const Bytes* MerkleMap::get(const Hash& key) const {
    const NodePtr* node = &root_;
    for (std::size_t depth = 0; *node != nullptr && !(*node)->is_leaf; ++depth) {
        node = map_key_bit(key, depth) ? &inner_of(*node).right : &inner_of(*node).left;
    }
    if (*node == nullptr || leaf_of(*node).key != key) return nullptr;
    return &leaf_of(*node).value;
}

Hash MerkleMap::root() const { return hash_of(root_); }
std::uint64_t MerkleMap::size() const { return size_; }

MapProof MerkleMap::prove(const Hash& key) const {
    MapProof proof;
    const NodePtr* node = &root_;
    for (std::size_t depth = 0; *node != nullptr && !(*node)->is_leaf; ++depth) {
        const Inner& inner = inner_of(*node);
        const bool right = map_key_bit(key, depth);
        proof.siblings.push_back(hash_of(right ? inner.left : inner.right));
        node = right ? &inner.right : &inner.left;
    }
    if (*node != nullptr && leaf_of(*node).key != key) {
        proof.other = MapProof::OtherLeaf{leaf_of(*node).key, hash(suite_, leaf_of(*node).value)};
    }
    return proof;
}

MerkleMap::Place MerkleMap::top() const { return Place(root_.get()); }
bool MerkleMap::Place::is_leaf() const { return node_ != nullptr && node_->is_leaf; }
Hash MerkleMap::Place::hash() const { return node_ == nullptr ? Hash{} : node_->hash; }
const Hash& MerkleMap::Place::key() const {
    XL_CHECK(is_leaf());
    return static_cast<const Leaf*>(node_)->key;
}
const Bytes& MerkleMap::Place::value() const {
    XL_CHECK(is_leaf());
    return static_cast<const Leaf*>(node_)->value;
}
MerkleMap::Place MerkleMap::Place::child(bool right) const {
    XL_CHECK(node_ != nullptr && !node_->is_leaf);
    const auto* inner = static_cast<const Inner*>(node_);
    return Place(right ? inner->right.get() : inner->left.get());
}

void MerkleMap::visit(const std::function<bool(const Hash& key, const Bytes& value)>& visitor) const {
    visit_below(root_, visitor);
}

Hash map_leaf_hash(Suite suite, const Hash& key, const Hash& value_hash) {
    return two_part_hash(suite, map_leaf_prefix, key, value_hash);
}

Hash map_node_hash(Suite suite, const Hash& left, const Hash& right) {
    return two_part_hash(suite, map_node_prefix, left, right);
}

bool map_key_bit(const Hash& key, std::size_t depth) { return (key.bytes[depth / 8] >> (7 - depth % 8) & 1) != 0; }

Status check_map_proof(Suite suite, const Hash& root, const Hash& key, std::optional<ByteView> value,
                       const MapProof& proof) {
    const std::size_t depth = proof.siblings.size();
    if (depth > MapProof::siblings_max) return Error{Errc::invalid, "the map proof is deeper than the map"};
    Hash computed;
    if (value) {
        if (proof.other) return Error{Errc::invalid, "the map proof is a proof of absence, not of presence"};
        computed = map_leaf_hash(suite, key, hash(suite, *value));
    } else if (proof.other) {
        const Hash& other = proof.other->key;
        if (other == key) return Error{Errc::invalid, "the map proof of absence shows the key itself"};
        for (std::size_t i = 0; i < depth; ++i) {
            if (map_key_bit(other, i) != map_key_bit(key, i)) {
                return Error{Errc::invalid, "the map proof of absence shows a leaf on another path"};
            }
        }
        computed = map_leaf_hash(suite, other, proof.other->value_hash);
    }
    for (std::size_t i = depth; i-- > 0;) {
        computed = map_key_bit(key, i) ? map_node_hash(suite, proof.siblings[i], computed)
                                       : map_node_hash(suite, computed, proof.siblings[i]);
    }
    if (computed != root) return Error{Errc::invalid, "the map proof does not lead to the root"};
    return {};
}

}  // namespace xinlian

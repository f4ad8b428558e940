#include "crypto/merkle_log.hpp"

#include <algorithm>
#include <bit>

namespace xinlian {

namespace {

constexpr std::uint8_t log_leaf_prefix = 0x00;
constexpr std::uint8_t log_node_prefix = 0x01;

// The largest power of two below n, for n >= 2 (RFC 9162, 2.1.1).
std::uint64_t split_of(std::uint64_t n) { return std::bit_floor(n - 1); }

// How a path of RFC 9162 divides: `inner` siblings on either side below the tree's right edge, then `border` ones that
// all lie to the left.
struct PathShape {
    unsigned inner;
    unsigned border;
};
PathShape shape_of(std::uint64_t index, std::uint64_t size) {
    const auto inner = static_cast<unsigned>(std::bit_width(index ^ (size - 1)));
    return {inner, static_cast<unsigned>(inner == 64 ? 0 : std::popcount(index >> inner))};
}

// Root of the leaves from `begin` up to `end`, where `begin` starts a subtree of at least that many.
Result<Hash> range_root(Suite suite, std::uint64_t begin, std::uint64_t end, const SubtreeReader& read) {
    const std::uint64_t n = end - begin;
    XL_CHECK(n > 0);
    if (std::has_single_bit(n)) {
        const auto level = static_cast<unsigned>(std::countr_zero(n));
        return read(level, begin >> level);
    }
    const std::uint64_t split = split_of(n);
    XL_TRY(const Hash left, range_root(suite, begin, begin + split, read));
    XL_TRY(const Hash right, range_root(suite, begin + split, end, read));
    return log_node_hash(suite, left, right);
}

Error wrong_length(std::string_view what, std::size_t is, std::size_t should) {
    return Error{Errc::invalid, std::string(what) + " path has " + std::to_string(is) + " hashes instead of " +
                                    std::to_string(should)};
}

}  // namespace

Hash log_leaf_hash(Suite suite, ByteView entry) { return hash(suite, {ByteView(&log_leaf_prefix, 1), entry}); }

Hash log_node_hash(Suite suite, const Hash& left, const Hash& right) {
    std::array<std::uint8_t, 65> bytes;
    bytes[0] = log_node_prefix;
    std::copy(left.bytes.begin(), left.bytes.end(), bytes.begin() + 1);
    std::copy(right.bytes.begin(), right.bytes.end(), bytes.begin() + 33);
    return hash(suite, bytes);
}

Hash log_empty_root(Suite suite) { return hash(suite, ByteView()); }

Hash log_root_of(Suite suite, std::span<const Hash> leaf_hashes) {
    LogTree tree(suite);
    for (const Hash& leaf : leaf_hashes) tree.append(leaf);
    return tree.root();
}

std::vector<Hash> log_path_of(Suite suite, std::span<const Hash> leaf_hashes, std::size_t index) {
    XL_CHECK(index < leaf_hashes.size());
    std::vector<Hash> path;
    while (leaf_hashes.size() > 1) {
        const auto split = static_cast<std::size_t>(split_of(leaf_hashes.size()));
        const auto left = leaf_hashes.first(split);
        const auto right = leaf_hashes.subspan(split);
        const bool goes_left = index < split;
        path.push_back(log_root_of(suite, goes_left ? right : left));
        leaf_hashes = goes_left ? left : right;
        if (!goes_left) index -= split;
    }
    std::reverse(path.begin(), path.end());
    return path;
}

Result<LogTree> LogTree::restore(Suite suite, std::uint64_t size, std::vector<Hash> frontier) {
    if (frontier.size() != static_cast<std::size_t>(std::popcount(size))) {
        return Error{Errc::corrupt, "the frontier of a log of " + std::to_string(size) + " entries has " +
                                        std::to_string(frontier.size()) + " hashes instead of " +
                                        std::to_string(std::popcount(size))};
    }
    LogTree tree(suite);
    tree.size_ = size;
    tree.frontier_ = std::move(frontier);
    return tree;
}

void LogTree::append(const Hash& leaf_hash) {
    Hash root = leaf_hash;
    // Every complete subtree as wide as the new one joins it: a binary counter's carry.
    for (std::uint64_t rest = size_; (rest & 1) != 0; rest >>= 1) {
        root = log_node_hash(suite_, frontier_.back(), root);
        frontier_.pop_back();
    }
    frontier_.push_back(root);
    ++size_;
}

Hash LogTree::root() const {
    if (frontier_.empty()) return log_empty_root(suite_);
    Hash root = frontier_.back();
    for (std::size_t i = frontier_.size() - 1; i-- > 0;) root = log_node_hash(suite_, frontier_[i], root);
    return root;
}

Result<std::vector<Hash>> inclusion_path(Suite suite, std::uint64_t index, std::uint64_t size,
                                         const SubtreeReader& read) {
    if (index >= size) {
        return Error{Errc::not_found, "entry " + std::to_string(index) + " is not in a log of " + std::to_string(size)};
    }
    std::vector<Hash> path;
    std::uint64_t begin = 0;
    std::uint64_t end = size;
    while (end - begin > 1) {
        const std::uint64_t middle = begin + split_of(end - begin);
        const bool goes_left = index < middle;
        XL_TRY(const Hash sibling,
               goes_left ? range_root(suite, middle, end, read) : range_root(suite, begin, middle, read));
        path.push_back(sibling);
        (goes_left ? end : begin) = middle;
    }
    std::reverse(path.begin(), path.end());
    return path;
}

Result<std::vector<Hash>> consistency_path(Suite suite, std::uint64_t old_size, std::uint64_t size,
                                           const SubtreeReader& read) {
    if (old_size > size) {
        return Error{Errc::not_found,
                     "the older size " + std::to_string(old_size) + " exceeds the log's size " + std::to_string(size)};
    }
    std::vector<Hash> path;
    if (old_size == 0 || old_size == size) return path;
    // RFC 9162, 2.1.4.1: SUBPROOF, from the root down. `whole` is its b: the old tree is still the one in hand.
    bool whole = true;
    std::uint64_t begin = 0;
    std::uint64_t end = size;
    while (old_size != end) {
        const std::uint64_t middle = begin + split_of(end - begin);
        const bool goes_left = old_size <= middle;
        XL_TRY(const Hash sibling,
               goes_left ? range_root(suite, middle, end, read) : range_root(suite, begin, middle, read));
        path.push_back(sibling);
        if (!goes_left) whole = false;
        (goes_left ? end : begin) = middle;
    }
    if (!whole) {
        XL_TRY(const Hash seed, range_root(suite, begin, end, read));
        path.push_back(seed);
    }
    std::reverse(path.begin(), path.end());
    return path;
}

Status check_inclusion(Suite suite, const Hash& leaf_hash, std::uint64_t index, std::uint64_t size,
                       std::span<const Hash> path, const Hash& root) {
    if (index >= size) {
        return Error{Errc::invalid, "entry " + std::to_string(index) + " is not in a log of " + std::to_string(size)};
    }
    const PathShape shape = shape_of(index, size);
    if (path.size() != shape.inner + shape.border)
        return wrong_length("an inclusion", path.size(), shape.inner + shape.border);
    Hash computed = leaf_hash;
    for (std::size_t i = 0; i < path.size(); ++i) {
        const bool sibling_is_left = i >= shape.inner || (index >> i & 1) != 0;
        computed = sibling_is_left ? log_node_hash(suite, path[i], computed) : log_node_hash(suite, computed, path[i]);
    }
    if (computed != root) return Error{Errc::invalid, "the inclusion path does not lead to the root"};
    return {};
}

Status check_consistency(Suite suite, std::uint64_t old_size, const Hash& old_root, std::uint64_t size,
                         const Hash& root, std::span<const Hash> path) {
    if (old_size > size) return Error{Errc::invalid, "the older log is longer than the newer one"};
    if (old_size == 0 || old_size == size) {
        if (!path.empty()) return wrong_length("a consistency", path.size(), 0);
        const Hash expected = old_size == size ? root : log_empty_root(suite);
        if (old_root != expected) return Error{Errc::invalid, "the older root does not match the older size"};
        if (size == 0 && root != log_empty_root(suite))
            return Error{Errc::invalid, "the root is not the root of an empty log"};
        return {};
    }
    // The walk starts at the last complete subtree of the old log, which is the old root itself when it is the only
    // one.
    const auto start = static_cast<unsigned>(std::countr_zero(old_size));
    const PathShape shape = shape_of(old_size - 1, size);
    const bool seeded = !std::has_single_bit(old_size);
    const std::size_t inner = shape.inner - start;
    const std::size_t length = inner + shape.border + (seeded ? 1 : 0);
    if (path.size() != length) return wrong_length("a consistency", path.size(), length);
    Hash old_computed = seeded ? path.front() : old_root;
    Hash computed = old_computed;
    if (seeded) path = path.subspan(1);
    for (std::size_t i = 0; i < path.size(); ++i) {
        // Siblings to the left belong to both logs, those to the right only to the newer.
        if (i >= inner || ((old_size - 1) >> start >> i & 1) != 0) {
            old_computed = log_node_hash(suite, path[i], old_computed);
            computed = log_node_hash(suite, path[i], computed);
        } else {
            computed = log_node_hash(suite, computed, path[i]);
        }
    }
    if (old_computed != old_root) return Error{Errc::invalid, "the consistency path does not lead to the older root"};
    if (computed != root) return Error{Errc::invalid, "the consistency path does not lead to the newer root"};
    return {};
}

}  // namespace xinlian

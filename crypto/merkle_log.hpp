// The append-only log tree of RFC 9162 §2.1 with the suite's hash: leaf = H(0x00 || entry), node = H(0x01 || left ||
// right).
#pragma once

#include <functional>
#include <vector>

#include "crypto/codec.hpp"
#include "crypto/hash.hpp"

namespace xinlian {

inline constexpr std::size_t log_path_max = 64;  // no proof of a tree of 2^64 leaves has more

Hash log_leaf_hash(Suite suite, ByteView entry);
Hash log_node_hash(Suite suite, const Hash& left, const Hash& right);
Hash log_empty_root(Suite suite);  // H("")

// Root of a small tree at once (RFC 9162 §2.1.1): field commitments, tests.
Hash log_root_of(Suite suite, std::span<const Hash> leaf_hashes);
// Inclusion path in a small tree at once.
std::vector<Hash> log_path_of(Suite suite, std::span<const Hash> leaf_hashes, std::size_t index);

// A growing log that keeps only its frontier, the roots along its right edge (at most 64 hashes): cheap to copy, so a
// block not yet final has its own.
class LogTree {
public:
    explicit LogTree(Suite suite) : suite_(suite) {}
    // Restores the frontier: the roots of the complete subtrees of a log of `size`, widest first; popcount(size) of
    // them.
    static Result<LogTree> restore(Suite suite, std::uint64_t size, std::vector<Hash> frontier);

    void append(const Hash& leaf_hash);
    std::uint64_t size() const { return size_; }
    Hash root() const;
    const std::vector<Hash>& frontier() const { return frontier_; }
    Suite suite() const { return suite_; }

private:
    Suite suite_;
    std::uint64_t size_ = 0;
    std::vector<Hash> frontier_;  // Invariant: popcount(size_) hashes, widest subtree first.
};

// Reads the root of the complete subtree of 2^level leaves that starts at leaf index << level.
using SubtreeReader = std::function<Result<Hash>(unsigned level, std::uint64_t index)>;

// RFC 9162 §2.1.3.1 and §2.1.4.1. index < size, old_size <= size, or Errc::not_found.
Result<std::vector<Hash>> inclusion_path(Suite suite, std::uint64_t index, std::uint64_t size,
                                         const SubtreeReader& read);
Result<std::vector<Hash>> consistency_path(Suite suite, std::uint64_t old_size, std::uint64_t size,
                                           const SubtreeReader& read);

// RFC 9162 §2.1.3.2 and §2.1.4.2. The path's length is checked against the tree before anything is hashed.
// Errc::invalid says what does not fit.
Status check_inclusion(Suite suite, const Hash& leaf_hash, std::uint64_t index, std::uint64_t size,
                       std::span<const Hash> path, const Hash& root);
Status check_consistency(Suite suite, std::uint64_t old_size, const Hash& old_root, std::uint64_t size,
                         const Hash& root, std::span<const Hash> path);

}  // namespace xinlian

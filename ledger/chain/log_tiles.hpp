// The log's hashes in tiles of 256. Level 0 holds leaf hashes, and level n holds the roots of the full tiles of level n
// - 1. The incomplete tile of each level is in memory, so that appending never reads.
#pragma once

#include "ledger/chain/layout.hpp"

namespace xinlian::ledger {

class LogTiles {
public:
    explicit LogTiles(Suite suite) : suite_(suite) {}
    // Restores the incomplete tiles of a log of `size` leaves. Errc::corrupt.
    static Result<LogTiles> restore(const Store& store, Suite suite, std::uint64_t size);

    void append(const Hash& leaf_hash) { append(0, leaf_hash); }
    // Appends the rows that changed since the last call to `out`.
    void write(std::vector<Change>& out);
    // Roots of the complete subtrees, widest first, the same as LogTree::frontier().
    std::vector<Hash> frontier() const;

private:
    struct Tile {
        std::uint64_t number = 0;
        std::vector<Hash> hashes;  // Invariant: fewer than 256 in levels_.
        bool changed = false;
    };
    void append(unsigned level, const Hash& hash);
    Change row(unsigned level, const Tile& tile) const;

    Suite suite_;
    std::vector<Tile> levels_;
    std::vector<std::pair<unsigned, Tile>> full_;  // completed since the last write()
};

// The root of the complete subtree of 2^level leaves that starts at leaf index << level. Errc::not_found,
// Errc::corrupt.
Result<Hash> read_subtree(const Store& store, Suite suite, unsigned level, std::uint64_t index);

}  // namespace xinlian::ledger

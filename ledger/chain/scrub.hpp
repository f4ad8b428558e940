// Continuously rereads everything that the chain has on disk, in small steps, so that damage to data that is rarely
// read is found while the other members still have it. It checks each block with its place in the chain and its
// certificate, each body and entry against the block and the log, each tile against the one above it, and each row of
// the map against the state. All reads verify the store's checksums. step() may be called from any thread, but by one
// at a time, and never waits for the appending thread.
#pragma once

#include "ledger/chain/chain.hpp"
#include "ledger/chain/layout.hpp"

namespace xinlian::ledger {

class Scrub {
public:
    // Both must outlive this object.
    Scrub(const Store& store, const Chain& chain) : store_(store), chain_(chain) {}

    struct Step {
        std::uint64_t bytes = 0;      // approximate bytes read; the caller limits its rate with them
        std::optional<Error> damage;  // names the place; the next step continues after it
        bool finished = false;        // a whole round is complete; the next step begins another
    };
    // Checks the next block with its bodies, the next tile, or the next rows of the map.
    Step step();

private:
    enum class Part : std::uint8_t { blocks, tiles, leaves };
    Status check_next_block(std::uint64_t& bytes);
    Status check_lists(const layout::BlockRow& row) const;
    Status check_bodies(const layout::BlockRow& row, std::uint64_t& bytes) const;
    Status check_entries(const layout::BlockRow& row, std::size_t batch, ByteView encoded) const;
    Status check_next_tile(std::uint64_t& bytes);
    Status check_next_leaves(std::uint64_t& bytes);
    Status check_leaf(ByteView key, ByteView value);
    Status check_list_row(const Hash& at, ByteView key, ByteView value);
    Status check_leaf_count() const;

    const Store& store_;
    const Chain& chain_;
    Part part_ = Part::blocks;
    bool round_done_ = false;
    Height next_height_ = 0;
    std::optional<Hash> parent_;  // id of the block before next_height_, if it was readable
    unsigned tile_level_ = 1;
    std::uint64_t tile_number_ = 0;
    Bytes next_leaf_;                // key of the next row; empty: the first
    std::optional<Hash> last_leaf_;  // map key of the last row
    std::uint64_t list_count_ = 0;   // for a list: entries that its rows contain so far
    std::uint64_t leaves_ = 0, leaves_at_start_ = 0;
};

}  // namespace xinlian::ledger

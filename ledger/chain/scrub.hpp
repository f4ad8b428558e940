// Reads everything again that the chain has on disk, a little at a time and for ever, so that damage to what nobody
// asks for is found while the other members still have it: each block with its place in the chain and its certificate,
// each body and entry against the block and the log, each tile against the one above it, each row of the map against
// the state. Reading goes past the store's checksums only if they hold. One thread at a time, any thread; never waits
// for the appending one.
#pragma once

#include "ledger/chain/chain.hpp"
#include "ledger/chain/layout.hpp"

namespace xinlian::ledger {

class Scrub {
public:
    // Both outlive it.
    Scrub(const Store& store, const Chain& chain) : store_(store), chain_(chain) {}

    struct Step {
        std::uint64_t bytes = 0;      // read, about: the caller sets its pace by them
        std::optional<Error> damage;  // names the place; the next step goes on behind it
        bool finished = false;        // a whole round is done; the next step begins another
    };
    // The next block with its bodies, the next tile, or the next rows of the map.
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
    std::optional<Hash> parent_;  // id of the block below next_height_, if that was readable
    unsigned tile_level_ = 1;
    std::uint64_t tile_number_ = 0;
    Bytes next_leaf_;                // key of the row to go on with; empty: the first
    std::optional<Hash> last_leaf_;  // map key of the last row
    std::uint64_t list_count_ = 0;   // entries that its rows list so far, if it is a list's
    std::uint64_t leaves_ = 0, leaves_at_start_ = 0;
};

}  // namespace xinlian::ledger

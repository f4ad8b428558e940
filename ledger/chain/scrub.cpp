#include "ledger/chain/scrub.hpp"

#include <algorithm>

namespace xinlian::ledger {

namespace {

using layout::corrupt;
using layout::Table;

constexpr std::size_t leaves_per_slice = 512;

}  // namespace

Scrub::Step Scrub::step() {
    Step step;
    Status status;
    switch (part_) {
        case Part::blocks:
            status = check_next_block(step.bytes);
            break;
        case Part::tiles:
            status = check_next_tile(step.bytes);
            break;
        case Part::leaves:
            status = check_next_leaves(step.bytes);
            break;
    }
    if (!status) step.damage = std::move(status).error();
    step.finished = std::exchange(round_done_, false);
    return step;
}

Status Scrub::check_next_block(std::uint64_t& bytes) {
    const SnapshotPtr snapshot = chain_.snapshot();
    const Suite suite = chain_.genesis().suite();
    if (next_height_ > snapshot->tip.height) {
        part_ = Part::tiles;
        tile_level_ = 1;
        tile_number_ = 0;
        return Status();
    }
    const Height height = next_height_++;
    const std::optional<Hash> parent = std::exchange(parent_, std::nullopt);
    const std::string name = "block " + std::to_string(height);
    XL_TRY(const std::optional<layout::BlockRow> row, layout::read_block(store_, suite, height));
    if (!row) return corrupt(name + " is missing");
    parent_ = row->id;
    bytes += encode(*row).size();
    if (parent && row->block.header.parent != *parent)
        return corrupt(name + " does not name the block below it as its parent");
    if (height == snapshot->tip.height && row->id != snapshot->tip_id) return corrupt(name + " is not the tip");
    XL_TRY_STATUS(check_lists(*row));
    XL_TRY(const StoredBlock stored, chain_.block(height));
    if (height == snapshot->tip.height && height > 0 && !stored.certificate)
        return corrupt("the certificate of the tip, " + name + ", is missing");
    if (stored.certificate) {
        bytes += encode(*stored.certificate).size();
        const Status right = chain_.genesis().committee().check(chain_.genesis().chain_id(), *stored.certificate);
        if (!right) return corrupt("the certificate of " + name + ": " + right.error().text);
    }
    return check_bodies(*row, bytes);
}

// Checks the rows that locate a block, and once a round those of the whole chain.
Status Scrub::check_lists(const layout::BlockRow& row) const {
    const Suite suite = chain_.genesis().suite();
    const std::string name = "block " + std::to_string(row.block.header.height);
    XL_TRY(const std::optional<Height> found, chain_.height_of(row.id));
    if (found != row.block.header.height) return corrupt(name + " is not in the table of block ids");
    std::uint64_t entries = 0;
    for (const layout::Place& place : row.places) {
        if (place.outcome.reason == Reason::accepted) entries += place.outcome.entry_count;
    }
    if (entries > 0) {
        if (entries > row.result.log_size) return corrupt(name + " has more entries than the log");
        XL_TRY(const std::optional<Bytes> first,
               layout::read_row(store_, suite, layout::key(Table::first, row.result.log_size - entries)));
        if (first != encode(row.block.header.height)) return corrupt(name + " is not in the table of first entries");
    }
    if (row.block.header.height > 0) return Status();
    XL_TRY_STATUS(chain_.mark());
    XL_TRY(const std::optional<layout::TipRow> tip, layout::read_tip(store_, suite));
    if (!tip) return corrupt("the tip is missing");
    return Status();
}

Status Scrub::check_bodies(const layout::BlockRow& row, std::uint64_t& bytes) const {
    for (std::size_t i = 0; i < row.block.batches.size(); ++i) {
        XL_TRY(const Bytes encoded, chain_.batch(row.block.batches[i]));
        bytes += encoded.size();
        XL_TRY_STATUS(check_entries(row, i, encoded));
    }
    return Status();
}

// Checks that each entry of an accepted batch is the log leaf at its index.
Status Scrub::check_entries(const layout::BlockRow& row, std::size_t batch, ByteView encoded) const {
    const layout::Place& place = row.places[batch];
    if (place.outcome.reason != Reason::accepted || place.outcome.entry_count == 0) return Status();
    const Suite suite = chain_.genesis().suite();
    const std::string name = "batch " + row.block.batches[batch].hex();
    const std::size_t size = entry_bytes * place.outcome.entry_count, begin = entries_offset(place.issuer);
    if (encoded.size() < begin + size) return corrupt(name + " has fewer entries than its block declares");
    Reader reader(encoded.subspan(begin, size));
    std::vector<Hash> tile;
    for (std::uint64_t i = 0; i < place.outcome.entry_count; ++i) {
        const std::uint64_t index = place.outcome.first_index + i;
        if (tile.empty() || index % layout::tile_hashes == 0) {
            XL_TRY(tile, layout::read_tile(store_, suite, 0, index / layout::tile_hashes));
        }
        LogEntry leaf{row.block.header.height, row.block.header.time, place.issuer, {}};
        reader(leaf.entry);
        const std::size_t at = index % layout::tile_hashes;
        if (reader.failed() || at >= tile.size() || tile[at] != log_leaf_hash(suite, encode(leaf)))
            return corrupt("log entry " + std::to_string(index) + ", of " + name +
                           ", does not match its leaf in the log");
    }
    return Status();
}

// Checks that each hash of a tile is the root of the tile below it.
Status Scrub::check_next_tile(std::uint64_t& bytes) {
    const Suite suite = chain_.genesis().suite();
    const std::uint64_t hashes = tile_level_ * layout::tile_height >= 64
                                     ? 0
                                     : chain_.snapshot()->state.log.size() >> (tile_level_ * layout::tile_height);
    if (tile_number_ * layout::tile_hashes >= hashes) {
        tile_number_ = 0;
        if (hashes > 0) {
            ++tile_level_;
            return Status();
        }
        part_ = Part::leaves;
        next_leaf_.clear();
        last_leaf_.reset();
        leaves_ = 0;
        leaves_at_start_ = chain_.snapshot()->state.map.size();
        return Status();
    }
    const std::uint64_t number = tile_number_++;
    const std::string name = "log tile " + std::to_string(number) + " of level " + std::to_string(tile_level_);
    Result<std::vector<Hash>> tile = layout::read_tile(store_, suite, tile_level_, number);
    if (!tile && tile.error().code == Errc::not_found) return corrupt(name + " is missing");
    if (!tile) return std::move(tile).error();
    const std::uint64_t first = number * layout::tile_hashes;
    const std::uint64_t due = std::min<std::uint64_t>(layout::tile_hashes, hashes - first);
    if (tile->size() < due) return corrupt(name + " is too short");
    for (std::uint64_t i = 0; i < due; ++i) {
        XL_TRY(const std::vector<Hash> below, layout::read_tile(store_, suite, tile_level_ - 1, first + i));
        bytes += 32 * below.size();
        if (below.size() != layout::tile_hashes || log_root_of(suite, below) != (*tile)[i])
            return corrupt(name + " does not match the tile " + std::to_string(first + i) + " below it");
    }
    return Status();
}

Status Scrub::check_next_leaves(std::uint64_t& bytes) {
    const Bytes from = next_leaf_.empty() ? layout::key(Table::leaf) : next_leaf_;
    const Bytes to{static_cast<std::uint8_t>(Table::leaf) + 1};
    std::vector<std::pair<Bytes, Bytes>> rows;
    XL_TRY_STATUS(store_.scan(from, to, [&](ByteView key, ByteView value) {
        rows.emplace_back(Bytes(key.begin(), key.end()), Bytes(value.begin(), value.end()));
        return rows.size() < leaves_per_slice;
    }));
    const bool last = rows.size() < leaves_per_slice;
    if (!last) {
        next_leaf_ = rows.back().first;
        rows.pop_back();  // it is read again
    }
    Status first_damage;
    for (const auto& [key, value] : rows) {
        bytes += key.size() + value.size();
        const Status checked = check_leaf(key, value);
        if (!checked && first_damage) first_damage = checked;
    }
    if (!last) return first_damage;
    if (first_damage) first_damage = check_leaf_count();
    part_ = Part::blocks;
    next_height_ = 0;
    parent_.reset();
    round_done_ = true;
    return first_damage;
}

// Checks that a plain leaf has the value in the state, and that a row of a list has a valid seal. The state may advance
// during the check: a value is right if it was in the state at any time since the check began.
Status Scrub::check_leaf(ByteView key, ByteView value) {
    if (key.size() != layout::leaf_key_bytes && key.size() != layout::list_key_bytes)
        return corrupt("a row of the map has a key of " + std::to_string(key.size()) + " bytes");
    Hash at;
    std::copy_n(key.begin() + 1, 32, at.bytes.begin());
    if (last_leaf_ != at) {
        ++leaves_;
        list_count_ = 0;
    }
    last_leaf_ = at;
    if (key.size() == layout::list_key_bytes) return check_list_row(at, key, value);
    const auto differs = [&](ByteView read) {
        const SnapshotPtr snapshot = chain_.snapshot();
        const Bytes* leaf = snapshot->state.map.get(at);
        return leaf == nullptr || !std::equal(leaf->begin(), leaf->end(), read.begin(), read.end());
    };
    if (!differs(value)) return Status();
    XL_TRY(const std::optional<Bytes> again, store_.get(key));
    if (again && !differs(*again)) return Status();
    // Between the write to the store and the publication of the snapshot, the row is briefly ahead of the state.
    const SnapshotPtr snapshot = chain_.snapshot();
    XL_TRY(const std::optional<layout::TipRow> tip, layout::read_tip(store_, chain_.genesis().suite()));
    if (tip && tip->height != snapshot->tip.height) return Status();  // busy: the next round checks it again
    if (again && !differs(*again)) return Status();
    return corrupt("the leaf " + at.hex() + " of the map differs from the state");
}

// Checks that the rows of a list contain its entries without a gap, and that the row with its state exists.
Status Scrub::check_list_row(const Hash& at, ByteView key, ByteView value) {
    const Suite suite = chain_.genesis().suite();
    const std::uint64_t before = std::exchange(list_count_, layout::number_at(key, layout::leaf_key_bytes));
    XL_TRY(const layout::ListRow row, layout::read_list_row(suite, key, value));
    const std::string name = "the list at leaf " + at.hex() + " of the map";
    if (row.state.count - row.indexes.size() != before)
        return corrupt(name + " has missing entries after " + std::to_string(before));
    const SnapshotPtr snapshot = chain_.snapshot();
    const Bytes* leaf = snapshot->state.map.get(at);
    if (leaf == nullptr) return Status();  // written just now, or unknown: the number of leaves decides
    const Result<ListState> state = decode<ListState>(*leaf);
    if (!state) return corrupt(name + " does not belong to a list in the state");
    if (state->count == row.state.count && state->head != row.state.head)
        return corrupt(name + " has another head than the state");
    XL_TRY(const std::optional<Bytes> last, store_.get(layout::list_key(at, state->count)));
    if (!last) return corrupt(name + " has no last row");
    return Status();
}

// Keys are never removed.
Status Scrub::check_leaf_count() const {
    const std::uint64_t now = chain_.snapshot()->state.map.size();
    if (leaves_ >= leaves_at_start_ && (leaves_ <= now || now != leaves_at_start_)) return Status();
    return corrupt("the map has " + std::to_string(leaves_) + " leaves on disk and " + std::to_string(now) +
                   " in the state");
}

}  // namespace xinlian::ledger

#include "ledger/chain/log_tiles.hpp"

namespace xinlian::ledger {

Result<LogTiles> LogTiles::restore(const Store& store, Suite suite, std::uint64_t size) {
    LogTiles tiles(suite);
    for (unsigned level = 0; size > 0; ++level, size >>= layout::tile_height) {
        Tile& tile = tiles.levels_.emplace_back();
        tile.number = size / layout::tile_hashes;
        const std::size_t count = size % layout::tile_hashes;
        if (count == 0) continue;
        Result<std::vector<Hash>> hashes = layout::read_tile(store, suite, level, tile.number);
        const std::string where = "log tile " + std::to_string(tile.number) + " of level " + std::to_string(level);
        if (!hashes && hashes.error().code == Errc::not_found) return layout::corrupt(where + " is missing");
        if (!hashes) return std::move(hashes).error();
        if (hashes->size() != count) return layout::corrupt(where + " does not match the log's size");
        tile.hashes = *std::move(hashes);
    }
    return tiles;
}

void LogTiles::append(unsigned level, const Hash& hash) {
    while (levels_.size() <= level) levels_.emplace_back();
    Tile& tile = levels_[level];
    tile.hashes.push_back(hash);
    tile.changed = true;
    if (tile.hashes.size() < layout::tile_hashes) return;
    const Hash root = log_root_of(suite_, tile.hashes);
    full_.emplace_back(level, tile);
    tile.number += 1;
    tile.hashes.clear();
    tile.changed = false;
    append(level + 1, root);
}

Change LogTiles::row(unsigned level, const Tile& tile) const {
    Bytes key = layout::tile_key(level, tile.number);
    Bytes value;
    value.reserve(32 * tile.hashes.size() + layout::seal_bytes);
    for (const Hash& hash : tile.hashes) value.insert(value.end(), hash.bytes.begin(), hash.bytes.end());
    value = layout::sealed(suite_, key, std::move(value));
    return {std::move(key), std::move(value)};
}

void LogTiles::write(std::vector<Change>& out) {
    for (const auto& [level, tile] : full_) out.push_back(row(level, tile));
    full_.clear();
    for (unsigned level = 0; level < levels_.size(); ++level) {
        Tile& tile = levels_[level];
        if (tile.changed && !tile.hashes.empty()) out.push_back(row(level, tile));
        tile.changed = false;
    }
}

std::vector<Hash> LogTiles::frontier() const {
    std::vector<Hash> out;
    for (std::size_t level = levels_.size(); level-- > 0;) {
        const std::span<const Hash> hashes = levels_[level].hashes;
        std::size_t at = 0;
        for (std::size_t width = layout::tile_hashes / 2; width > 0; width /= 2) {
            if ((hashes.size() & width) == 0) continue;
            out.push_back(log_root_of(suite_, hashes.subspan(at, width)));
            at += width;
        }
    }
    return out;
}

Result<Hash> read_subtree(const Store& store, Suite suite, unsigned level, std::uint64_t index) {
    const std::string name = "subtree " + std::to_string(index) + " of 2^" + std::to_string(level) + " log entries";
    if (level >= 64 || index > (~std::uint64_t{0} >> level)) return Error{Errc::not_found, "there is no " + name};
    const unsigned within = level % layout::tile_height;
    const std::uint64_t first = index << within;
    XL_TRY(const std::vector<Hash> hashes,
           layout::read_tile(store, suite, level / layout::tile_height, first / layout::tile_hashes));
    const std::size_t offset = first % layout::tile_hashes;
    const std::size_t width = std::size_t{1} << within;
    if (offset + width > hashes.size()) return Error{Errc::not_found, "the log has no " + name + " yet"};
    return log_root_of(suite, std::span(hashes).subspan(offset, width));
}

}  // namespace xinlian::ledger

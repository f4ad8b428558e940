// The layout of the chain in its store: tables, keys, rows (docs/encoding.md, "What a node stores"). Private to the
// chain.
//
// A key is one byte for the table and then big-endian numbers or hashes, so that the store's order is the intended one.
// Every row except a plain leaf of the map ends in a seal (a checksum) over its key and value, so that a row that was
// edited or moved to another key is detected when it is read. Plain leaves are read only at the start, where the state
// root covers all of them.
#pragma once

#include "crypto/merkle_log.hpp"
#include "ledger/block/block.hpp"
#include "ledger/state/values.hpp"
#include "ledger/store/store.hpp"

namespace xinlian::ledger::layout {

enum class Table : std::uint8_t {
    body = 'b',         // batch id, chunk number -> part of the encoded batch
    certificate = 'c',  // height -> Certificate
    first = 'f',        // first log index of a block that has entries -> height
    block = 'h',        // height -> BlockRow
    id = 'i',           // block id -> height
    tile = 'l',         // tile level, tile number -> up to 256 hashes
    mark = 'k',         // -> the mark of the caller of append()
    leaf = 'm',         // map key -> value; map key, count -> ListRow (for lists)
    tip = 't',          // -> TipRow
    format = 'v',       // -> format_text, chain id
};

inline constexpr std::string_view format_text = "xinlian-chain/3\n";
inline constexpr std::size_t seal_bytes = 8;
inline constexpr std::size_t body_chunk_bytes = 4096;  // so that one entry can be read without its whole batch
inline constexpr unsigned tile_height = 8;             // levels of the log's tree in a tile
inline constexpr std::size_t tile_hashes = 1u << tile_height;
inline constexpr std::size_t leaf_key_bytes = 1 + 32;
inline constexpr std::size_t list_key_bytes = leaf_key_bytes + 8;

Bytes key(Table table, std::initializer_list<ByteView> parts = {});
Bytes key(Table table, std::uint64_t number);
Bytes tile_key(unsigned level, std::uint64_t number);
Bytes body_key(const Hash& batch, std::uint32_t chunk);
Bytes list_key(const Hash& map_key, std::uint64_t count);
std::uint64_t number_at(ByteView bytes, std::size_t offset);  // 8 bytes, big-endian

// A batch in its block: the data needed to find one of its entries.
struct Place {
    BatchOutcome outcome;
    std::string issuer;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(outcome, bounded(issuer, member_id_bytes_max));
    }
};
struct BlockRow {
    Hash id;
    Block block;
    ExecutionResult result;
    std::vector<Place> places;  // one per batch
    template <class Archive>
    void serialize(Archive& archive) {
        archive(id, block, result, bounded(places, block_batches_max));
    }
};
struct TipRow {
    Height height = 0;
    Hash id;
    View view = 0;
    ExecutionResult result;
    std::vector<Hash> frontier;              // frontier of the log
    std::optional<Certificate> certificate;  // empty only at genesis
    template <class Archive>
    void serialize(Archive& archive) {
        archive(height, id, view, result, bounded(frontier, log_path_max), certificate);
    }
};

// An Errc::corrupt whose text tells the operator what to do.
Error corrupt(const std::string& what);

Bytes sealed(Suite suite, ByteView key, Bytes value);
Result<Bytes> unsealed(Suite suite, ByteView key, ByteView row);

// Reads a sealed row; empty if it does not exist.
Result<std::optional<Bytes>> read_row(const Store& store, Suite suite, ByteView key);
Result<std::optional<BlockRow>> read_block(const Store& store, Suite suite, Height height);
Result<std::optional<Certificate>> read_certificate(const Store& store, Suite suite, Height height);
Result<std::optional<TipRow>> read_tip(const Store& store, Suite suite);
// The hashes of one tile; Errc::not_found.
Result<std::vector<Hash>> read_tile(const Store& store, Suite suite, unsigned level, std::uint64_t number);

// The state of a list after a run of blocks, and the log indexes of the entries added in that run.
struct ListRow {
    ListState state;
    std::vector<std::uint64_t> indexes;  // for the last indexes.size() entries
};
Bytes list_row(const ListState& state, std::span<const std::uint64_t> indexes);
Result<ListRow> read_list_row(Suite suite, ByteView key, ByteView row);
// Size of the map value inside a list's row: the encoded state.
inline constexpr std::size_t list_state_bytes = 8 + 32;

}  // namespace xinlian::ledger::layout

#include "ledger/chain/layout.hpp"

#include <algorithm>

namespace xinlian::ledger::layout {
namespace {

constexpr std::string_view seal_tag = "xinlian/v1/row";

void put_number(Bytes& out, std::uint64_t value, unsigned bytes) {
    for (unsigned i = bytes; i-- > 0;) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

std::string name(ByteView key) {
    return key.empty() ? std::string("?") : std::string(1, static_cast<char>(key[0])) + " " + to_hex(key.subspan(1));
}

template <class Row>
Result<std::optional<Row>> read_as(const Store& store, Suite suite, ByteView key) {
    XL_TRY(const std::optional<Bytes> bytes, read_row(store, suite, key));
    if (!bytes) return std::optional<Row>();
    Result<Row> row = decode<Row>(*bytes);
    if (!row) return corrupt("the row " + name(key) + " does not decode (" + row.error().text + ")");
    return std::optional<Row>(*std::move(row));
}

}  // namespace

Error corrupt(const std::string& what) {
    return {Errc::corrupt,
            "the ledger's store is damaged: " + what + "; move the folder aside and let the node fetch from its peers"};
}

Bytes key(Table table, std::initializer_list<ByteView> parts) {
    Bytes out;
    out.reserve(leaf_key_bytes + 8);
    out.push_back(static_cast<std::uint8_t>(table));
    for (const ByteView part : parts) out.insert(out.end(), part.begin(), part.end());
    return out;
}

Bytes key(Table table, std::uint64_t number) {
    Bytes out = key(table);
    put_number(out, number, 8);
    return out;
}

Bytes tile_key(unsigned level, std::uint64_t number) {
    Bytes out = key(Table::tile);
    put_number(out, level, 1);
    put_number(out, number, 8);
    return out;
}

Bytes body_key(const Hash& batch, std::uint32_t chunk) {
    Bytes out = key(Table::body, {batch.view()});
    put_number(out, chunk, 4);
    return out;
}

Bytes list_key(const Hash& map_key, std::uint64_t count) {
    Bytes out = key(Table::leaf, {map_key.view()});
    put_number(out, count, 8);
    return out;
}

std::uint64_t number_at(ByteView bytes, std::size_t offset) {
    XL_CHECK(offset + 8 <= bytes.size());
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) value = (value << 8) | bytes[offset + i];
    return value;
}

Bytes sealed(Suite suite, ByteView key, Bytes value) {
    const Hash seal = tagged_hash(suite, seal_tag, {key, value});
    value.insert(value.end(), seal.bytes.begin(), seal.bytes.begin() + seal_bytes);
    return value;
}

Result<Bytes> unsealed(Suite suite, ByteView key, ByteView row) {
    if (row.size() < seal_bytes) return corrupt("the row " + name(key) + " is too short");
    const ByteView value = row.first(row.size() - seal_bytes);
    const Hash seal = tagged_hash(suite, seal_tag, {key, value});
    if (!std::equal(seal.bytes.begin(), seal.bytes.begin() + seal_bytes, row.end() - seal_bytes)) {
        return corrupt("the row " + name(key) + " does not match its checksum");
    }
    return Bytes(value.begin(), value.end());
}

Result<std::optional<Bytes>> read_row(const Store& store, Suite suite, ByteView key) {
    XL_TRY(const std::optional<Bytes> row, store.get(key));
    if (!row) return std::optional<Bytes>();
    XL_TRY(Bytes value, unsealed(suite, key, *row));
    return std::optional<Bytes>(std::move(value));
}

Result<std::optional<BlockRow>> read_block(const Store& store, Suite suite, Height height) {
    XL_TRY(std::optional<BlockRow> row, read_as<BlockRow>(store, suite, key(Table::block, height)));
    if (!row) return row;
    const std::string where = "block " + std::to_string(height);
    if (row->block.header.height != height) return corrupt(where + " has another height in its header");
    if (block_id(suite, row->block.header) != row->id) return corrupt(where + " does not match its id");
    if (body_hash(suite, row->block) != row->block.header.body_hash) {
        return corrupt(where + " has other batches or evidence than its header commits to");
    }
    if (row->places.size() != row->block.batches.size())
        return corrupt(where + " does not have the log positions of all its batches");
    return row;
}

Result<std::optional<Certificate>> read_certificate(const Store& store, Suite suite, Height height) {
    return read_as<Certificate>(store, suite, key(Table::certificate, height));
}

Result<std::optional<TipRow>> read_tip(const Store& store, Suite suite) {
    return read_as<TipRow>(store, suite, key(Table::tip));
}

Result<std::vector<Hash>> read_tile(const Store& store, Suite suite, unsigned level, std::uint64_t number) {
    const Bytes at = tile_key(level, number);
    XL_TRY(const std::optional<Bytes> bytes, read_row(store, suite, at));
    if (!bytes) return Error{Errc::not_found, "there is no log tile " + name(at)};
    const std::size_t count = bytes->size() / 32;
    if (bytes->size() % 32 != 0 || count == 0 || count > tile_hashes) {
        return corrupt("the log tile " + name(at) + " has " + std::to_string(bytes->size()) + " bytes");
    }
    std::vector<Hash> hashes(count);
    for (std::size_t i = 0; i < count; ++i)
        std::copy_n(bytes->begin() + static_cast<std::ptrdiff_t>(32 * i), 32, hashes[i].bytes.begin());
    return hashes;
}

Bytes list_row(const ListState& state, std::span<const std::uint64_t> indexes) {
    Bytes out;
    out.reserve(list_state_bytes + 8 * indexes.size() + seal_bytes);
    put_number(out, state.count, 8);
    out.insert(out.end(), state.head.bytes.begin(), state.head.bytes.end());
    for (const std::uint64_t index : indexes) put_number(out, index, 8);
    return out;
}

Result<ListRow> read_list_row(Suite suite, ByteView key, ByteView row) {
    XL_TRY(const Bytes bytes, unsealed(suite, key, row));
    if (key.size() != list_key_bytes || bytes.size() <= list_state_bytes || bytes.size() % 8 != 0) {
        return corrupt("the row " + name(key) + " does not belong to a list");
    }
    ListRow out;
    out.state.count = number_at(bytes, 0);
    std::copy_n(bytes.begin() + 8, 32, out.state.head.bytes.begin());
    for (std::size_t at = list_state_bytes; at < bytes.size(); at += 8) out.indexes.push_back(number_at(bytes, at));
    if (out.state.count != number_at(key, leaf_key_bytes) || out.indexes.size() > out.state.count) {
        return corrupt("the row " + name(key) + " does not match its key");
    }
    return out;
}

}  // namespace xinlian::ledger::layout

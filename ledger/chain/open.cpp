// Opens a chain. Nothing in the store is trusted before it was checked.
#include <algorithm>

#include "ledger/chain/chain.hpp"
#include "ledger/chain/shared.hpp"

namespace xinlian::ledger {
namespace {

using layout::corrupt;
using layout::Table;

constexpr Height headers_checked = 1000;
constexpr std::size_t leaves_per_step = 1 << 16;

Bytes format_value(const Genesis& genesis) {
    Writer writer;
    writer.raw(as_bytes(layout::format_text));
    writer.raw(genesis.chain_id().view());
    return writer.take();
}

// True if the store is empty. Errc::conflict if it is another chain's.
Result<bool> check_format(const Store& store, const Genesis& genesis) {
    const Suite suite = genesis.suite();
    const Bytes key = layout::key(Table::format);
    XL_TRY(const std::optional<Bytes> sealed, store.get(key));
    if (!sealed) {
        bool empty = true;
        const Bytes from;
        const Bytes to{0xFF};
        XL_TRY_STATUS(store.scan(from, to, [&empty](ByteView, ByteView) { return empty = false; }));
        if (!empty) return corrupt("the row that names the format is missing, although there are other rows");
        return true;
    }
    // Checked before the seal, because another chain may have another suite.
    const Bytes expected = format_value(genesis);
    const std::size_t text = layout::format_text.size();
    if (sealed->size() == expected.size() + layout::seal_bytes &&
        std::equal(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(text), sealed->begin()) &&
        !std::equal(expected.begin(), expected.end(), sealed->begin())) {
        const std::string found = to_hex(ByteView(*sealed).subspan(text, 32));
        return Error{Errc::conflict, "this store contains the chain " + found + ", not " + genesis.chain_id().hex() +
                                         "; use the genesis file of that chain, or another folder"};
    }
    XL_TRY(const Bytes value, layout::unsealed(suite, key, *sealed));
    if (value != expected) {
        return Error{Errc::unsupported, "this store has a format that this program does not know; use a newer program"};
    }
    return false;
}

Status begin(Store& store, const Genesis& genesis) {
    const Suite suite = genesis.suite();
    const ExecutedBlockPtr executed = genesis_executed(genesis);
    std::vector<Change> changes;
    const auto put = [&](Bytes key, Bytes value) {
        value = layout::sealed(suite, key, std::move(value));
        changes.push_back({std::move(key), std::move(value)});
    };
    put(layout::key(Table::format), format_value(genesis));
    put(layout::key(Table::block, 0), encode(layout::BlockRow{executed->id, executed->block, executed->result, {}}));
    put(layout::key(Table::id, {executed->id.view()}), encode(Height{0}));
    put(layout::key(Table::tip), encode(layout::TipRow{0, executed->id, 0, executed->result, {}, std::nullopt}));
    return store.commit(changes);
}

Status check_tip_certificate(const Store& store, const Genesis& genesis, const layout::TipRow& tip) {
    if (tip.height == 0) {
        if (tip.certificate) return corrupt("the genesis block has a certificate");
        return Status();
    }
    if (!tip.certificate) return corrupt("the tip has no certificate");
    const Statement& statement = tip.certificate->statement;
    if (statement.kind != VoteKind::finalize || statement.block != tip.id || statement.result != tip.result ||
        statement.view != tip.view) {
        return corrupt("the certificate of the tip is for another block or result");
    }
    if (Status status = genesis.committee().check(genesis.chain_id(), *tip.certificate); !status) {
        return corrupt("the certificate of the tip: " + status.error().text);
    }
    XL_TRY(const std::optional<Certificate> row, layout::read_certificate(store, genesis.suite(), tip.height));
    if (row != tip.certificate)
        return corrupt("the tip's certificate differs from the certificate of block " + std::to_string(tip.height));
    return Status();
}

// The last blocks, from the tip down, linked by their ids; down to genesis if the chain is short.
Result<BlockHeader> check_headers(const Store& store, const Genesis& genesis, const layout::TipRow& tip) {
    const Suite suite = genesis.suite();
    std::optional<BlockHeader> top;
    Hash expected = tip.id;
    const Height stop = tip.height > headers_checked ? tip.height - headers_checked : 0;
    for (Height height = tip.height;; --height) {
        const std::string name = "block " + std::to_string(height);
        XL_TRY(const std::optional<layout::BlockRow> row, layout::read_block(store, suite, height));
        if (!row) return corrupt(name + " is missing");
        if (row->id != expected) return corrupt(name + " is not the block that the block above it, or the tip, names");
        if (!top) {
            top = row->block.header;
            if (row->result != tip.result || top->view != tip.view) return corrupt("the tip does not match " + name);
        }
        expected = row->block.header.parent;
        if (height == 0 && row->block != genesis_block(genesis))
            return corrupt("block 0 does not match the genesis file");
        if (height == stop) break;
    }
    bool above = false;
    XL_TRY_STATUS(store.scan(layout::key(Table::block, tip.height + 1), layout::key(Table::block, ~std::uint64_t{0}),
                             [&above](ByteView, ByteView) {
                                 above = true;
                                 return false;
                             }));
    if (above) return corrupt("there are blocks above the tip, " + std::to_string(tip.height));
    return *top;
}

Result<LogTree> open_log(const layout::TipRow& tip, const LogTiles& tiles, Suite suite) {
    if (tiles.frontier() != tip.frontier) return corrupt("the log's tiles do not match the frontier of the tip");
    Result<LogTree> log = LogTree::restore(suite, tip.result.log_size, tip.frontier);
    if (!log) return corrupt("the log's frontier: " + log.error().text);
    if (log->root() != tip.result.log_root) return corrupt("the log's frontier does not match the log root of the tip");
    return log;
}

// Builds the map in steps, in the order of the keys, so that there are never two copies of all leaves in memory.
class MapBuilder {
public:
    explicit MapBuilder(Suite suite) : map_(suite) {}

    bool take(ByteView key, ByteView value) {
        const bool list = key.size() == layout::list_key_bytes;
        if ((key.size() != layout::leaf_key_bytes && !list) || (list && value.size() < layout::list_state_bytes)) {
            bad_ = corrupt("the map has a leaf with a key or value of the wrong size");
            return false;
        }
        Hash at;
        std::copy_n(key.begin() + 1, 32, at.bytes.begin());
        const ByteView leaf = list ? value.first(layout::list_state_bytes) : value;
        // The last of a list's rows, with the highest count, contains its state.
        if (!step_.empty() && step_.back().key == at) step_.pop_back();
        if (step_.size() == leaves_per_step) flush();
        step_.push_back({at, Bytes(leaf.begin(), leaf.end())});
        return true;
    }
    Result<MerkleMap> finish(const Hash& root) {
        XL_TRY_STATUS(bad_);
        flush();
        if (map_.root() != root) return corrupt("the leaves of the map do not match the state root of the tip");
        return map_;
    }

private:
    void flush() {
        map_ = map_.apply(std::move(step_));
        step_.clear();
    }
    MerkleMap map_;
    std::vector<MapChange> step_;
    Status bad_;
};

}  // namespace

Result<std::unique_ptr<Chain>> Chain::open(Store& store, const Genesis& genesis) {
    const Suite suite = genesis.suite();
    XL_TRY(const bool empty, check_format(store, genesis));
    if (empty) XL_TRY_STATUS(begin(store, genesis));
    XL_TRY(const std::optional<layout::TipRow> tip, layout::read_tip(store, suite));
    if (!tip) return corrupt("the tip is missing");
    XL_TRY_STATUS(check_tip_certificate(store, genesis, *tip));
    XL_TRY(const BlockHeader header, check_headers(store, genesis, *tip));
    XL_TRY(LogTiles tiles, LogTiles::restore(store, suite, tip->result.log_size));
    XL_TRY(LogTree log, open_log(*tip, tiles, suite));
    MapBuilder builder(suite);
    const Bytes from = layout::key(Table::leaf);
    const Bytes to{static_cast<std::uint8_t>(Table::leaf) + 1};
    XL_TRY_STATUS(store.scan(from, to, [&builder](ByteView key, ByteView value) { return builder.take(key, value); }));
    XL_TRY(MerkleMap map, builder.finish(tip->result.state_root));

    State state(suite);
    state.log = std::move(log);
    state.map = std::move(map);
    state.rulebooks = Rulebooks(genesis, state.rules());
    auto snapshot = std::make_shared<Snapshot>(std::move(state));
    snapshot->tip = header;
    snapshot->tip_id = tip->id;
    std::unique_ptr<Chain> chain(new Chain(store, genesis));
    chain->shared_->tiles = std::move(tiles);
    chain->shared_->current = std::move(snapshot);
    return chain;
}

}  // namespace xinlian::ledger

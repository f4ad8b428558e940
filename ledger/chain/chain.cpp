#include "ledger/chain/chain.hpp"

#include <algorithm>

#include "ledger/chain/shared.hpp"

namespace xinlian::ledger {
namespace {

using layout::Table;

Error refused(std::string text) { return {Errc::invalid, "the blocks cannot be appended: " + std::move(text)}; }

// Checks that an executed block is complete and follows its predecessor.
Status check_follows(Suite suite, const ExecutedBlock& executed, const BlockHeader& tip, const Hash& tip_id,
                     std::uint64_t log_size) {
    const std::string name = "block " + std::to_string(executed.block.header.height);
    const BlockHeader& header = executed.block.header;
    if (header.height != tip.height + 1) return refused(name + " does not follow height " + std::to_string(tip.height));
    if (header.parent != tip_id) return refused(name + " does not name the previous block as its parent");
    if (header.view <= tip.view)
        return refused(name + " has a view that is not later than the view of the previous block");
    if (block_id(suite, header) != executed.id) return refused(name + " does not match its id");
    if (body_hash(suite, executed.block) != header.body_hash) {
        return refused(name + " has other batches or evidence than its header commits to");
    }
    const std::size_t batches = executed.block.batches.size();
    if (executed.batches.size() != batches || executed.outcomes.size() != batches) {
        return refused(name + " does not have the bodies and outcomes of all its batches");
    }
    for (std::size_t i = 0; i < batches; ++i) {
        if (executed.batches[i]->id != executed.block.batches[i])
            return refused(name + " has the bodies of its batches in another order");
    }
    if (executed.leaf_hashes.size() != executed.entries.size())
        return refused(name + " does not have the leaf hashes of all its entries");
    if (executed.after.log.size() != log_size + executed.entries.size()) {
        return refused(name + " was executed against another log");
    }
    if (executed.result != executed.after.result()) return refused(name + " has another result than its log and state");
    return Status();
}

Status check_run(const Genesis& genesis, const Snapshot& before, std::span<const ExecutedBlockPtr> blocks,
                 const Certificate& certificate) {
    if (blocks.empty()) return refused("the list of blocks is empty");
    const BlockHeader* tip = &before.tip;
    const Hash* tip_id = &before.tip_id;
    std::uint64_t log_size = before.state.log.size();
    for (const ExecutedBlockPtr& executed : blocks) {
        XL_TRY_STATUS(check_follows(genesis.suite(), *executed, *tip, *tip_id, log_size));
        tip = &executed->block.header;
        tip_id = &executed->id;
        log_size = executed->after.log.size();
    }
    const Statement& statement = certificate.statement;
    if (statement.kind != VoteKind::finalize) return refused("the certificate is not a finalization");
    if (statement.block != *tip_id) return refused("the certificate is for another block than the last block");
    if (statement.view != tip->view || statement.epoch != tip->epoch) {
        return refused("the certificate is for another view than the last block");
    }
    if (statement.result != blocks.back()->result)
        return refused("the certificate has another result than the execution on this node");
    if (Status status = genesis.committee().check(genesis.chain_id(), certificate); !status) {
        return within("the blocks cannot be appended", std::move(status).error());
    }
    return Status();
}

// Collects the rows of one commit.
class Rows {
public:
    explicit Rows(const Genesis& genesis) : genesis_(genesis), suite_(genesis.suite()) {}

    void reserve(std::size_t rows) { changes_.reserve(rows); }
    void put_plain(Bytes key, Bytes value) { changes_.push_back({std::move(key), std::move(value)}); }
    void put(Bytes key, Bytes value) {
        value = layout::sealed(suite_, key, std::move(value));
        put_plain(std::move(key), std::move(value));
    }
    template <class Row>
    void put_row(Bytes key, const Row& row) {
        Bytes value = encode(row);
        put(std::move(key), std::move(value));
    }
    std::vector<Change>& changes() { return changes_; }

    void put_block(const ExecutedBlock& executed) {
        const BlockHeader& header = executed.block.header;
        layout::BlockRow row{executed.id, executed.block, executed.result, {}};
        row.places.reserve(executed.batches.size());
        for (std::size_t i = 0; i < executed.batches.size(); ++i) {
            row.places.push_back({executed.outcomes[i], executed.batches[i]->batch.header.issuer});
            put_body(*executed.batches[i]);
        }
        put_row(layout::key(Table::block, header.height), row);
        put_row(layout::key(Table::id, {executed.id.view()}), header.height);
        if (executed.entries.empty()) return;
        put_row(layout::key(Table::first, executed.after.log.size() - executed.entries.size()), header.height);
    }

    // Adds the map's leaves after the run, in the order of their keys.
    void put_leaves(std::span<const ExecutedBlockPtr> blocks);

private:
    void put_body(const CheckedBatch& batch) {
        const ByteView all = batch.encoded;
        std::uint32_t chunk = 0;
        for (std::size_t at = 0; at < all.size(); at += layout::body_chunk_bytes, ++chunk) {
            const ByteView part = all.subspan(at, std::min(layout::body_chunk_bytes, all.size() - at));
            put(layout::body_key(batch.id, chunk), Bytes(part.begin(), part.end()));
        }
    }

    const Genesis& genesis_;
    Suite suite_;
    std::vector<Change> changes_;
};

// An entry of the run, with the map key of a list that it belongs to.
struct Mention {
    Hash map_key;
    std::uint64_t index = 0;
    auto operator<=>(const Mention&) const = default;
};

std::vector<Mention> mentions_of(const Genesis& genesis, std::span<const ExecutedBlockPtr> blocks) {
    std::vector<Mention> mentions;
    std::size_t count = 0;
    for (const ExecutedBlockPtr& executed : blocks) count += executed->entries.size();
    mentions.reserve(count);
    for (const ExecutedBlockPtr& executed : blocks) {
        std::uint64_t index = executed->after.log.size() - executed->entries.size();
        for (const LogEntry& leaf : executed->entries) {
            for (const ListKey& list : lists_of(genesis, leaf.issuer, leaf.entry))
                mentions.push_back({list.key, index});
            ++index;
        }
    }
    std::sort(mentions.begin(), mentions.end());
    return mentions;
}

// The last change of each key in a run, in the order of the keys.
std::vector<const MapChange*> last_changes_of(std::span<const ExecutedBlockPtr> blocks) {
    std::vector<const MapChange*> all;
    for (const ExecutedBlockPtr& executed : blocks) {
        for (const MapChange& change : executed->changes) all.push_back(&change);
    }
    if (blocks.size() == 1) return all;  // already sorted, one per key
    std::stable_sort(all.begin(), all.end(), [](const MapChange* a, const MapChange* b) { return a->key < b->key; });
    std::vector<const MapChange*> last;
    last.reserve(all.size());
    for (const MapChange* change : all) {
        if (!last.empty() && last.back()->key == change->key) {
            last.back() = change;
        } else {
            last.push_back(change);
        }
    }
    return last;
}

void Rows::put_leaves(std::span<const ExecutedBlockPtr> blocks) {
    const std::vector<const MapChange*> changes = last_changes_of(blocks);
    const std::vector<Mention> mentions = mentions_of(genesis_, blocks);
    std::vector<std::uint64_t> indexes;
    auto mention = mentions.begin();
    for (const MapChange* change : changes) {
        XL_CHECK(change->value.has_value());  // execution never removes a key
        indexes.clear();
        for (; mention != mentions.end() && mention->map_key == change->key; ++mention)
            indexes.push_back(mention->index);
        if (indexes.empty()) {
            put_plain(layout::key(Table::leaf, {change->key.view()}), *change->value);
            continue;
        }
        // A list's state and its index share one row, because most subjects get one entry in a run.
        const Result<ListState> state = decode<ListState>(*change->value);
        XL_CHECK(state.ok());
        XL_CHECK(state->count >= indexes.size());
        put(layout::list_key(change->key, state->count), layout::list_row(*state, indexes));
    }
    XL_CHECK(mention == mentions.end());  // every entry changes the leaves of its lists
}

// Reads the bytes [from, from + size) of an encoded batch without reading all of it.
Result<Bytes> read_body_part(const Store& store, Suite suite, const Hash& batch, std::size_t from, std::size_t size) {
    Bytes out;
    out.reserve(size);
    while (out.size() < size) {
        const std::size_t at = from + out.size();
        const auto chunk = static_cast<std::uint32_t>(at / layout::body_chunk_bytes);
        XL_TRY(const std::optional<Bytes> row, layout::read_row(store, suite, layout::body_key(batch, chunk)));
        const std::size_t offset = at % layout::body_chunk_bytes;
        if (!row || row->size() <= offset) {
            return layout::corrupt("the body of batch " + batch.hex() + " has no part " + std::to_string(chunk));
        }
        const ByteView rest = ByteView(*row).subspan(offset);
        const ByteView part = rest.first(std::min(rest.size(), size - out.size()));
        out.insert(out.end(), part.begin(), part.end());
    }
    return out;
}

// Checks that a resolution is the one named in its entry.
bool check_attached(Suite suite, ByteView body, const std::string& issuer, std::span<const SignedRules> resolutions) {
    const Result<Entry> first = decode<Entry>(body.subspan(entries_offset(issuer), entry_bytes));
    if (!first || (first->operation == Operation::resolve) == resolutions.empty()) return false;
    return resolutions.empty() || first->digest == resolution_digest(suite, resolutions[0]);
}

// Checks that a body has this id: header, count and root over the entries. The signature was verified before the body
// was stored, and no other stored data depends on it.
Status check_body(Suite suite, const Hash& id, ByteView encoded) {
    const Error edited = layout::corrupt("the body of batch " + id.hex() + " was changed");
    Reader reader(encoded);
    BatchHeader header;
    Signature signature;
    reader(header, signature);
    const std::size_t count = reader.count(batch_entries_max);
    if (reader.failed() || count != header.entry_count || reader.left() < count * entry_bytes) return edited;
    if (batch_id(suite, header) != id) return edited;
    std::vector<Hash> leaves;
    leaves.reserve(count);
    for (std::size_t i = 0; i < count; ++i) leaves.push_back(log_leaf_hash(suite, reader.raw(entry_bytes)));
    if (log_root_of(suite, leaves) != header.entries_root) return edited;
    std::vector<SignedRules> resolutions;
    reader(bounded(resolutions, std::size_t{1}));
    if (reader.failed() || reader.left() != 0) return edited;
    return check_attached(suite, encoded, header.issuer, resolutions) ? Status() : Status(edited);
}

}  // namespace

Chain::Chain(Store& store, const Genesis& genesis)
    : store_(store), genesis_(genesis), shared_(std::make_shared<Shared>(genesis.suite())) {}

SnapshotPtr Chain::snapshot() const {
    const std::lock_guard<std::mutex> lock(shared_->mutex);
    return shared_->current;
}

Result<std::optional<Bytes>> Chain::mark() const {
    return layout::read_row(store_, genesis_.suite(), layout::key(Table::mark));
}

Status Chain::append(std::span<const ExecutedBlockPtr> blocks, const Certificate& certificate, ByteView mark) {
    if (shared_->failed)
        return Error{Errc::io, "the store failed earlier; stop the node, repair the disk and start the node again"};
    const SnapshotPtr before = snapshot();
    XL_TRY_STATUS(check_run(genesis_, *before, blocks, certificate));
    const ExecutedBlock& last = *blocks.back();

    Rows rows(genesis_);
    LogTiles tiles = shared_->tiles;
    for (const ExecutedBlockPtr& executed : blocks) {
        rows.put_block(*executed);
        for (const Hash& leaf_hash : executed->leaf_hashes) tiles.append(leaf_hash);
    }
    rows.put_leaves(blocks);
    tiles.write(rows.changes());
    rows.put_row(layout::key(Table::certificate, last.block.header.height), certificate);
    layout::TipRow tip{last.block.header.height,  last.id,    last.block.header.view, last.result,
                       last.after.log.frontier(), certificate};
    XL_CHECK(tip.frontier == tiles.frontier());  // the log and its tiles must agree
    rows.put_row(layout::key(Table::tip), tip);
    if (!mark.empty()) rows.put(layout::key(Table::mark), Bytes(mark.begin(), mark.end()));

    if (Status status = store_.commit(rows.changes()); !status) {
        shared_->failed = true;
        return status;
    }
    shared_->tiles = std::move(tiles);
    auto after = std::make_shared<Snapshot>(last.after);
    after->tip = last.block.header;
    after->tip_id = last.id;
    const std::lock_guard<std::mutex> lock(shared_->mutex);
    shared_->current = std::move(after);
    return Status();
}

Result<StoredBlock> Chain::block(Height height) const {
    const Height tip = this->height();
    if (height > tip) {
        return Error{Errc::not_found,
                     "there is no block " + std::to_string(height) + "; the tip is " + std::to_string(tip)};
    }
    XL_TRY(std::optional<layout::BlockRow> row, layout::read_block(store_, genesis_.suite(), height));
    if (!row) return layout::corrupt("block " + std::to_string(height) + " is missing");
    XL_TRY(std::optional<Certificate> certificate, layout::read_certificate(store_, genesis_.suite(), height));
    if (certificate && (certificate->statement.block != row->id || certificate->statement.result != row->result)) {
        return layout::corrupt("the certificate of block " + std::to_string(height) + " is for another block");
    }
    return StoredBlock{row->id, std::move(row->block), row->result, std::move(certificate)};
}

Result<std::optional<Height>> Chain::height_of(const Hash& block_id) const {
    XL_TRY(const std::optional<Bytes> row,
           layout::read_row(store_, genesis_.suite(), layout::key(Table::id, {block_id.view()})));
    if (!row) return std::optional<Height>();
    const Result<Height> height = decode<Height>(*row);
    if (!height) return layout::corrupt("the height of block " + block_id.hex() + " does not decode");
    return std::optional<Height>(*height);
}

Result<StoredBlock> Chain::certified_at_or_above(Height height) const {
    const Height tip = this->height();
    std::optional<Height> found;
    XL_TRY_STATUS(store_.scan(layout::key(Table::certificate, height), layout::key(Table::certificate, tip + 1),
                              [&found](ByteView key, ByteView) {
                                  if (key.size() == 9) found = layout::number_at(key, 1);
                                  return false;
                              }));
    if (found) return block(*found);
    if (height > tip || tip == 0) {
        return Error{Errc::not_found, "there is no certified block at or above " + std::to_string(height) +
                                          "; the tip is " + std::to_string(tip)};
    }
    return layout::corrupt("the certificate of the tip, block " + std::to_string(tip) + ", is missing");
}

Result<Bytes> Chain::batch(const Hash& id) const {
    const Suite suite = genesis_.suite();
    Bytes out;
    std::uint32_t chunk = 0;
    Status bad;
    const Bytes to = layout::body_key(id, ~std::uint32_t{0});
    XL_TRY_STATUS(store_.scan(layout::body_key(id, 0), to, [&](ByteView key, ByteView row) {
        const Bytes expected = layout::body_key(id, chunk++);
        if (!std::equal(key.begin(), key.end(), expected.begin(), expected.end())) return false;
        Result<Bytes> part = layout::unsealed(suite, key, row);
        if (!part) {
            bad = std::move(part).error();
            return false;
        }
        out.insert(out.end(), part->begin(), part->end());
        return true;
    }));
    XL_TRY_STATUS(bad);
    if (out.empty() && !snapshot()->state.outcome(id))
        return Error{Errc::not_found, "there is no final batch " + id.hex()};
    XL_TRY_STATUS(check_body(suite, id, out));
    return out;
}

Result<Chain::LocatedEntry> Chain::entry(std::uint64_t index) const {
    const Suite suite = genesis_.suite();
    const std::uint64_t log_size = snapshot()->state.log.size();
    const std::string name = "log entry " + std::to_string(index);
    if (index >= log_size) {
        return Error{Errc::not_found, "there is no " + name + "; the log has " + std::to_string(log_size)};
    }
    XL_TRY(const auto first, store_.last_before(layout::key(Table::first, 0), layout::key(Table::first, index + 1)));
    if (!first) return layout::corrupt("the block of " + name + " is not in the table of first entries");
    XL_TRY(const Bytes height_bytes, layout::unsealed(suite, first->first, first->second));
    const Result<Height> height = decode<Height>(height_bytes);
    if (!height) return layout::corrupt("the block of " + name + " does not decode");
    XL_TRY(const std::optional<layout::BlockRow> row, layout::read_block(store_, suite, *height));
    if (!row) return layout::corrupt("block " + std::to_string(*height) + " is missing");

    const auto holds = [index](const layout::Place& place) {
        const BatchOutcome& outcome = place.outcome;
        return outcome.reason == Reason::accepted && outcome.first_index <= index &&
               index - outcome.first_index < outcome.entry_count;
    };
    const auto place = std::find_if(row->places.begin(), row->places.end(), holds);
    if (place == row->places.end())
        return layout::corrupt(name + " is not in a batch of block " + std::to_string(*height));
    LocatedEntry out;
    out.index = index;
    out.batch = row->block.batches[static_cast<std::size_t>(place - row->places.begin())];
    out.position = static_cast<std::uint32_t>(index - place->outcome.first_index);
    const std::size_t offset = entries_offset(place->issuer) + out.position * entry_bytes;
    XL_TRY(const Bytes bytes, read_body_part(store_, suite, out.batch, offset, entry_bytes));
    const Result<Entry> entry = decode<Entry>(bytes);
    if (!entry) return layout::corrupt(name + " does not decode: " + entry.error().text);
    out.entry = {*height, row->block.header.time, place->issuer, *entry};
    XL_TRY(const Hash leaf_hash, read_subtree(store_, suite, 0, index));
    if (log_leaf_hash(suite, encode(out.entry)) != leaf_hash)
        return layout::corrupt(name + " does not match its leaf in the log");
    return out;
}

Result<std::vector<std::uint64_t>> Chain::list_entries(StateKind list, ByteView id, std::uint64_t from,
                                                       std::uint64_t to) const {
    const Suite suite = genesis_.suite();
    const Hash map_key = state_key(suite, list, id);
    const std::optional<ListState> state = snapshot()->state.list(map_key);
    const std::uint64_t count = state ? state->count : 0;
    to = std::min(to, count);
    std::vector<std::uint64_t> out;
    if (from >= to) return out;

    Status bad;
    std::uint64_t next = from;  // number of the next expected entry
    const auto take = [&](ByteView key, ByteView bytes) {
        if (key.size() != layout::list_key_bytes) return true;
        const Result<layout::ListRow> row = layout::read_list_row(suite, key, bytes);
        if (!row) {
            bad = row.error();
            return false;
        }
        const std::uint64_t first = row->state.count - row->indexes.size();
        if (first > next) return false;  // a row is missing
        for (; next < std::min(to, row->state.count); ++next) out.push_back(row->indexes[next - first]);
        return next < to;
    };
    Bytes end = layout::list_key(map_key, count);
    end.push_back(0);  // number after the last
    XL_TRY_STATUS(store_.scan(layout::list_key(map_key, from + 1), end, take));
    XL_TRY_STATUS(bad);
    if (next != to)
        return layout::corrupt("entry " + std::to_string(next) + " of the list " + map_key.hex() + " is missing");
    return out;
}

Result<Evidence> Chain::evidence(Height height, MemberIndex member) const {
    XL_TRY(const StoredBlock stored, block(height));
    for (const Evidence& evidence : stored.block.evidence) {
        if (evidence.member == member) return evidence;
    }
    return Error{Errc::not_found,
                 "block " + std::to_string(height) + " contains no evidence against member " + std::to_string(member)};
}

Result<Hash> Chain::log_subtree(unsigned level, std::uint64_t index) const {
    return read_subtree(store_, genesis_.suite(), level, index);
}

}  // namespace xinlian::ledger

#include "ledger/audit/audit.hpp"

#include <algorithm>

#include "ledger/audit/expected_rows.hpp"
#include "ledger/chain/chain.hpp"
#include "ledger/chain/layout.hpp"

namespace xinlian::ledger {
namespace {

using layout::Table;

constexpr std::uint64_t rows_per_progress = 4096;

bool same(ByteView a, ByteView b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }
bool is_of(Table table, ByteView key) { return !key.empty() && key[0] == static_cast<std::uint8_t>(table); }

// Plain leaves of the map are covered by the state root; every other row has a seal.
bool has_seal(ByteView key) { return !is_of(Table::leaf, key) || key.size() != layout::leaf_key_bytes; }

class Audit {
public:
    Audit(const RowScan& scan, const Genesis& genesis, const AuditWatch& watch)
        : scan_(scan), genesis_(genesis), watch_(watch), last_(genesis_executed(genesis)) {
        audit_.tip = last_->id;
        audit_.result = last_->result;
        audit_.first_time = audit_.last_time = genesis.time();
    }

    Result<ChainAudit> run() {
        const Status done = check_all();
        if (!done && !audit_.flaw) return done.error();
        return std::move(audit_);
    }

private:
    Status check_all() {
        XL_TRY_STATUS(check_format());
        XL_TRY(chain_, Chain::open(expected_, genesis_));
        XL_TRY_STATUS(read_tip());
        XL_TRY_STATUS(walk());
        XL_TRY_STATUS(check_end());
        return compare_rows();
    }

    // Records the flaw and ends the audit: the error is returned up to run().
    Error flaw(FlawKind kind, ByteView row, std::string what) {
        Flaw found{kind, std::move(what), {}, Bytes(row.begin(), row.end()), {}};
        if (row.size() == 9 && (is_of(Table::block, row) || is_of(Table::certificate, row)))
            found.height = layout::number_at(row, 1);
        audit_.flaw = std::move(found);
        return {Errc::corrupt, audit_.flaw->what};
    }
    Error flaw_at(FlawKind kind, Height height, std::string what) {
        Error error = flaw(kind, layout::key(Table::block, height), std::move(what));
        audit_.flaw->height = height;
        return error;
    }

    Result<std::optional<Bytes>> get(ByteView key) const {
        std::optional<Bytes> found;
        XL_TRY_STATUS(scan_(key, [&](ByteView at, ByteView value) {
            if (same(at, key)) found.emplace(value.begin(), value.end());
            return false;
        }));
        return found;
    }
    template <class Row>
    Result<Row> decoded(ByteView key, ByteView value) {
        const Result<Bytes> bytes = layout::unsealed(genesis_.suite(), key, value);
        if (!bytes) return flaw(FlawKind::row_damaged, key, row_name(key) + " does not match its checksum");
        Result<Row> row = decode<Row>(*bytes);
        if (!row) return flaw(FlawKind::row_damaged, key, row_name(key) + " does not decode: " + row.error().text);
        return row;
    }

    // Rows of another chain are not damage. A row with an invalid seal is checked with all the others.
    Status check_format() const {
        const Bytes key = layout::key(Table::format);
        XL_TRY(const std::optional<Bytes> row, get(key));
        if (!row) return Status();
        const std::string_view format = layout::format_text;
        for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) {
            const Result<Bytes> value = layout::unsealed(suite, key, *row);
            if (!value) continue;
            if (value->size() != format.size() + sizeof(Hash) || !as_text(*value).starts_with(format))
                return Error{Errc::unsupported, "the rows have a format that this program does not know"};
            const ByteView chain = ByteView(*value).subspan(format.size());
            if (same(chain, genesis_.chain_id().view())) return Status();
            return Error{Errc::conflict, "the folder contains the chain " + to_hex(chain) + ", not the chain " +
                                             genesis_.chain_id().hex() + " of the genesis file"};
        }
        return Status();
    }

    // Only for the progress: the row itself is checked at the end.
    Status read_tip() {
        const Bytes key = layout::key(Table::tip);
        XL_TRY(const std::optional<Bytes> row, get(key));
        if (!row) return Status();
        const Result<Bytes> value = layout::unsealed(genesis_.suite(), key, *row);
        if (!value) return Status();
        if (const auto tip = decode<layout::TipRow>(*value)) claimed_ = tip->height;
        return Status();
    }

    Status walk() {
        Status status;
        XL_TRY_STATUS(scan_(layout::key(Table::block), [&](ByteView key, ByteView value) {
            if (!is_of(Table::block, key)) return false;
            status = take_block(key, value);
            return status.ok();
        }));
        return status;
    }

    Status take_block(ByteView key, ByteView value) {
        const Height height = next_;
        if (!same(key, layout::key(Table::block, height))) {
            const bool later = key.size() == 9 && layout::number_at(key, 1) > height;
            if (!later) return flaw(FlawKind::row_unknown, key, row_name(key) + " does not belong to a block");
            return flaw_at(FlawKind::row_missing, height, "block " + std::to_string(height) + " is missing");
        }
        if (height > claimed_.value_or(height))
            return flaw_at(FlawKind::row_unknown, height, "block " + std::to_string(height) + " is above the tip");
        ++next_;
        XL_TRY(layout::BlockRow row, decoded<layout::BlockRow>(key, value));
        if (height == 0) return check_first(key, value);
        XL_TRY(const ExecutedBlockPtr executed, executed_again(height, row.block));
        XL_TRY_STATUS(check_outcome(*executed, row));
        last_ = executed;
        run_.push_back(executed);
        XL_TRY_STATUS(certify());
        if (watch_.progress)
            watch_.progress({AuditPart::blocks, height, claimed_.value_or(0), last_->after.log.size()});
        return Status();
    }

    Status check_first(ByteView key, ByteView value) {
        XL_TRY(const std::optional<Bytes> due, expected_.get(key));
        if (due && same(*due, value)) return Status();
        return flaw_at(FlawKind::row_differs, 0, "block 0 does not match the genesis file");
    }

    Result<ExecutedBlockPtr> executed_again(Height height, const Block& block) {
        const std::string name = "block " + std::to_string(height);
        const Parameters& limits = limits_above(genesis_, *last_);
        if (Status status = check_block(genesis_, limits, block, last_->block.header); !status)
            return flaw_at(FlawKind::block, height, name + ": " + status.error().text);
        std::vector<BatchPtr> batches;
        for (const Hash& id : block.batches) {
            XL_TRY(BatchPtr batch, checked_batch(height, id));
            batches.push_back(std::move(batch));
        }
        if (Status status = check_bodies(limits, batches); !status)
            return flaw_at(FlawKind::block, height, name + ": " + status.error().text);
        if (Status status = check_new(last_->after, block); !status)
            return flaw_at(FlawKind::block, height, name + ": " + status.error().text);
        return execute(genesis_, last_->after, block, std::move(batches));
    }

    Result<BatchPtr> checked_batch(Height height, const Hash& id) {
        XL_TRY(Bytes encoded, read_body(height, id));
        const std::size_t bytes = encoded.size();
        Result<BatchPtr> batch = check_batch(genesis_, std::move(encoded));
        if (batch && (*batch)->id == id) return batch;
        const std::string name = "batch " + id.hex() + " of block " + std::to_string(height);
        Error error = batch ? flaw(FlawKind::batch, layout::body_key(id, 0),
                                   name + " is replaced by another batch: " + (*batch)->id.hex())
                            : flaw(FlawKind::batch, layout::body_key(id, 0), name + ": " + batch.error().text);
        // Truncated after a full chunk.
        if (!batch && batch.error().code == Errc::malformed && bytes % layout::body_chunk_bytes == 0) {
            const Bytes due = layout::body_key(id, static_cast<std::uint32_t>(bytes / layout::body_chunk_bytes));
            error = flaw(FlawKind::row_missing, due, row_name(due) + " is missing");
        }
        audit_.flaw->height = height;
        return error;
    }

    // All chunks of a body, concatenated.
    Result<Bytes> read_body(Height height, const Hash& id) {
        const std::size_t bytes_max = genesis_.parameters().block_body_bytes_max;
        Bytes out;
        std::uint32_t chunk = 0;
        Status bad;
        XL_TRY_STATUS(scan_(layout::body_key(id, 0), [&](ByteView key, ByteView value) {
            const Bytes due = layout::body_key(id, chunk);
            if (key.size() != due.size() || !same(key.first(33), ByteView(due).first(33))) return false;
            const Result<Bytes> part = layout::unsealed(genesis_.suite(), key, value);
            if (!same(key, due)) {
                bad = flaw(FlawKind::row_missing, due, row_name(due) + " is missing");
            } else if (!part) {
                bad = flaw(FlawKind::row_damaged, key, row_name(key) + " does not match its checksum");
            } else if (out.size() + part->size() > bytes_max) {
                bad =
                    flaw(FlawKind::batch, key, row_name(key) + " makes the batch larger than the genesis file allows");
            }
            if (!bad) return false;
            out.insert(out.end(), part->begin(), part->end());
            ++chunk;
            return true;
        }));
        if (bad) return out;
        audit_.flaw->height = height;
        return bad.error();
    }

    // Compares the stored results of the execution with the recomputed ones.
    Status check_outcome(const ExecutedBlock& executed, const layout::BlockRow& row) {
        const Height height = executed.block.header.height;
        const std::string name = "block " + std::to_string(height);
        if (row.id != executed.id) return flaw_at(FlawKind::row_differs, height, name + " is stored with another id");
        if (row.result != executed.result) {
            const char* what = row.result.log_size != executed.result.log_size   ? "log size"
                               : row.result.log_root != executed.result.log_root ? "log root"
                                                                                 : "state root";
            return flaw_at(FlawKind::result, height,
                           name + ": executing it gives another " + what + " than the stored one");
        }
        bool fits = row.places.size() == executed.outcomes.size();
        for (std::size_t i = 0; fits && i < row.places.size(); ++i) {
            fits = row.places[i].outcome == executed.outcomes[i] &&
                   row.places[i].issuer == executed.batches[i]->batch.header.issuer;
        }
        if (fits) return Status();
        return flaw_at(FlawKind::result, height, name + ": its batches are stored with other outcomes");
    }

    // A certificate closes a run of blocks: all of them are final.
    Status certify() {
        const BlockHeader& header = last_->block.header;
        const Bytes key = layout::key(Table::certificate, header.height);
        XL_TRY(const std::optional<Bytes> stored, get(key));
        if (!stored) return Status();
        XL_TRY(const Certificate certificate, decoded<Certificate>(key, *stored));
        const Statement due{VoteKind::finalize, header.epoch, header.view, last_->id, last_->result};
        if (certificate.statement != due)
            return flaw(FlawKind::certificate, key, row_name(key) + " is for another block, view or result");
        if (Status status = chain_->append(run_, certificate); !status)
            return flaw(FlawKind::certificate, key, row_name(key) + ": " + status.error().text);
        ++audit_.certificates;
        for (const ExecutedBlockPtr& executed : run_) count(*executed);
        if (watch_.certificate) watch_.certificate(header, certificate);
        run_.clear();
        return Status();
    }

    void count(const ExecutedBlock& executed) {
        for (std::size_t i = 0; i < executed.batches.size(); ++i) {
            const bool accepted = executed.outcomes[i].reason == Reason::accepted;
            IssuerTotals& issuer = audit_.issuers[executed.batches[i]->batch.header.issuer];
            ++(accepted ? audit_.accepted : audit_.rejected);
            ++(accepted ? issuer.accepted : issuer.rejected);
            if (accepted) issuer.entries += executed.outcomes[i].entry_count;
        }
        const BlockHeader& header = executed.block.header;
        if (header.height == 1) audit_.first_time = header.time;
        audit_.last_time = header.time;
        audit_.evidence += executed.block.evidence.size();
        audit_.height = header.height;
        audit_.tip = executed.id;
        audit_.result = executed.result;
        if (watch_.block) watch_.block(executed);
    }

    // Checks that the blocks end at the tip's height, and with a certificate.
    Status check_end() {
        const Height missing = next_;
        if (missing == 0 || missing <= claimed_.value_or(0))
            return flaw_at(FlawKind::row_missing, missing, "block " + std::to_string(missing) + " is missing");
        if (run_.empty()) return Status();
        const Bytes key = layout::key(Table::certificate, last_->block.header.height);
        return flaw(FlawKind::row_missing, key, row_name(key) + ", the last block, is missing");
    }

    Status compare_rows() {
        expected_.finish();
        std::size_t next = 0;
        Status status;
        XL_TRY_STATUS(scan_({}, [&](ByteView key, ByteView value) {
            status = compare_row(next, key, value);
            if (watch_.progress && audit_.rows % rows_per_progress == 0)
                watch_.progress({AuditPart::rows, audit_.rows, expected_.size(), audit_.result.log_size});
            return status.ok();
        }));
        XL_TRY_STATUS(status);
        if (next == expected_.size()) return Status();
        return missing(expected_.key(next));
    }

    Status compare_row(std::size_t& next, ByteView key, ByteView value) {
        ++audit_.rows;
        const bool more = next < expected_.size();
        if (more && less(expected_.key(next), key)) return missing(expected_.key(next));
        const bool sealed = !has_seal(key) || layout::unsealed(genesis_.suite(), key, value).ok();
        if (more && same(expected_.key(next), key)) {
            if (expected_.fits(next++, value)) return Status();
            if (!sealed) return flaw(FlawKind::row_damaged, key, row_name(key) + " does not match its checksum");
            return flaw(FlawKind::row_differs, key, row_name(key) + " differs from what the blocks determine");
        }
        if (!same(key, layout::key(Table::mark)))
            return flaw(FlawKind::row_unknown, key, row_name(key) + " is present, but no block determines it");
        if (!sealed) return flaw(FlawKind::row_damaged, key, row_name(key) + " does not match its checksum");
        audit_.mark.emplace(value.begin(), value.end() - static_cast<std::ptrdiff_t>(layout::seal_bytes));
        return Status();
    }
    Error missing(ByteView key) { return flaw(FlawKind::row_missing, key, row_name(key) + " is missing"); }

    const RowScan& scan_;
    const Genesis& genesis_;
    const AuditWatch& watch_;
    ExpectedRows expected_;
    std::unique_ptr<Chain> chain_;   // on expected_
    std::optional<Height> claimed_;  // height in the tip row
    Height next_ = 0;                // height of the next block
    ExecutedBlockPtr last_;
    std::vector<ExecutedBlockPtr> run_;  // blocks since the last certificate
    ChainAudit audit_;
};

std::string numbered(std::string_view what, ByteView key, std::size_t at, std::size_t bytes) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < bytes; ++i) number = (number << 8) | key[at + i];
    return std::string(what) + std::to_string(number);
}

}  // namespace

std::string_view name_of(FlawKind kind) {
    switch (kind) {
        case FlawKind::file:
            return "file";
        case FlawKind::row_missing:
            return "row-missing";
        case FlawKind::row_damaged:
            return "row-damaged";
        case FlawKind::row_differs:
            return "row-differs";
        case FlawKind::row_unknown:
            return "row-unknown";
        case FlawKind::block:
            return "block";
        case FlawKind::batch:
            return "batch";
        case FlawKind::result:
            return "result";
        case FlawKind::certificate:
            return "certificate";
        case FlawKind::journal:
            return "journal";
    }
    return "unknown";
}

Result<ChainAudit> audit_chain(const RowScan& scan, const Genesis& genesis, const AuditWatch& watch) {
    return Audit(scan, genesis, watch).run();
}

std::string row_name(ByteView key) {
    std::string other = "the row with the key " + to_hex(key);
    if (key.empty()) return other;
    const std::size_t rest = key.size() - 1;
    switch (static_cast<Table>(key[0])) {
        case Table::body:
            if (rest != 36) return other;
            return numbered("part ", key, 33, 4) + " of the body of batch " + to_hex(key.subspan(1, 32));
        case Table::certificate:
            return rest == 8 ? numbered("the certificate of block ", key, 1, 8) : other;
        case Table::first:
            return rest == 8 ? numbered("the block of log entry ", key, 1, 8) + " (table of first entries)" : other;
        case Table::block:
            return rest == 8 ? numbered("block ", key, 1, 8) : other;
        case Table::id:
            return rest == 32 ? "the height of block " + to_hex(key.subspan(1)) : other;
        case Table::tile:
            return rest == 9 ? numbered("log tile ", key, 2, 8) + numbered(" of level ", key, 1, 1) : other;
        case Table::mark:
            return rest == 0 ? "the node's row about its vote journal" : other;
        case Table::leaf:
            if (rest == 32) return "leaf " + to_hex(key.subspan(1)) + " of the state";
            if (rest != 40) return other;
            return numbered("row ", key, 33, 8) + " of the list at leaf " + to_hex(key.subspan(1, 32)) +
                   " of the state";
        case Table::tip:
            return rest == 0 ? "the tip" : other;
        case Table::format:
            return rest == 0 ? "the row that names the format and the chain" : other;
    }
    return other;
}

}  // namespace xinlian::ledger

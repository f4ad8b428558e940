#include "node/import/importer.hpp"

#include <sodium.h>

#include <algorithm>
#include <unordered_map>

#include "crypto/random.hpp"

namespace xinlian::node {

namespace {

std::uint64_t random_nonce() {
    std::array<std::uint8_t, 8> bytes{};
    random_fill(bytes);
    return Reader(bytes).integer<std::uint64_t>();
}

// One file, row by row; `decide` says what becomes of a row that is not refused.
class FileRun {
public:
    using Decide = std::function<Result<Fate>(const MadeRow& made, std::uint64_t row)>;
    FileRun(const ImportSettings& settings, Decide decide, const OnProgress& on_progress, const OnFate& on_fate)
        : settings_(settings), decide_(std::move(decide)), on_progress_(on_progress), on_fate_(on_fate) {}

    Status run(const FileFacts& facts) {
        summary_.facts = facts;
        errors_ = std::make_unique<ErrorFile>(facts, settings_.errors_path);
        const RowVisitor visitor{[this](const std::vector<std::string>& header) { return take_header(header); },
                                 [this](const RawRow& row) { return take_row(row); },
                                 [this](std::uint64_t bytes) {
                                     if (on_progress_) on_progress_(bytes, summary_.facts.bytes, summary_.rows);
                                 }};
        XL_TRY_STATUS(read_rows(facts, visitor));
        XL_TRY(summary_.error_file, errors_->finish());
        return {};
    }
    ImportSummary& summary() { return summary_; }

private:
    Status take_header(const std::vector<std::string>& header) {
        auto binding = bind_header(header, settings_.profile);
        if (!binding) return binding.error();
        header_ = header;
        binding_ = *std::move(binding);
        summary_.profile = binding_.profile;
        summary_.unknown_columns = binding_.unknown;
        if (maker_) {
            maker_->rebind(binding_);
        } else {
            maker_ = std::make_unique<RowMaker>(binding_);
        }
        return {};
    }

    Status take_row(const RawRow& row) {
        ++summary_.rows;
        maker_->make(row, made_);
        count_findings(row.number);
        Fate fate = Fate::refused;
        if (made_.refused()) {
            XL_TRY_STATUS(errors_->add(header_, binding_, row, made_.findings));
        } else {
            auto decided = decide_(made_, row.number);
            if (!decided) return within("row " + std::to_string(row.number), std::move(decided).error());
            fate = *decided;
        }
        std::uint64_t* const counts[] = {&summary_.created, &summary_.changed, &summary_.same, &summary_.refused,
                                         &summary_.erased};
        ++*counts[static_cast<std::size_t>(fate)];
        if (on_fate_) on_fate_(row, made_, fate);
        return {};
    }

    void count_findings(std::uint64_t row) {
        if (made_.findings.empty()) return;
        if (!made_.refused()) ++summary_.warned;
        for (const RowFinding& finding : made_.findings) {
            ++summary_.problems[finding.problem];
            if (summary_.shown.size() < shown_findings_max) summary_.shown.emplace_back(row, finding);
        }
    }

    const ImportSettings& settings_;
    Decide decide_;
    const OnProgress& on_progress_;
    const OnFate& on_fate_;
    ImportSummary summary_;
    std::unique_ptr<ErrorFile> errors_;
    std::vector<std::string> header_;
    Binding binding_;
    std::unique_ptr<RowMaker> maker_;
    MadeRow made_;
};

Hash seal_key(Suite suite, const Hash& record_key) {
    return keyed_hash(suite, record_key.view(), {as_bytes("xinlian/v1/personal-seal")});
}

Error disagree(const std::string& what, const std::string& what_to_do) {
    return {Errc::conflict, "the vault and the node disagree: " + what + "; " + what_to_do};
}

// What sealing encodes.
struct PersonalFields {
    std::vector<ledger::Field> fields;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(bounded(fields, ledger::record_fields_max));
    }
};

}  // namespace

Status check_feed(Vault& vault, const FeedPosition& node) {
    XL_TRY(const FeedEnd end, vault.feed_end());
    XL_TRY(const std::vector<std::uint64_t> pending, vault.pending());
    const std::uint64_t settled = pending.empty() ? end.sequence : pending.front() - 1;
    const std::uint64_t on_chain = node.next_sequence - 1;
    if (on_chain > end.sequence) {
        return disagree(
            "the chain holds " + std::to_string(on_chain) + " batches of this issuer, the vault only " +
                std::to_string(end.sequence),
            "the vault is an old copy: put back the newest one (or import with the vault that signed the rest)");
    }
    if (on_chain > 0) {
        XL_TRY(const std::optional<VaultBatch> last, vault.batch(on_chain));
        if (!last || last->id != node.head) {
            return disagree("batch " + std::to_string(on_chain) + " of this issuer is another one on the chain",
                            "somebody else signs with this issuer's key, or the vault is of another chain: find out "
                            "before importing");
        }
    }
    if (on_chain < settled) {
        XL_TRY(const std::optional<VaultBatch> next, vault.batch(on_chain + 1));
        if (next && next->state == BatchState::rejected) {
            return disagree("batch " + std::to_string(on_chain + 1) + " was rejected (" +
                                std::string(name_of(next->receipt.outcome.reason)) + ", entry " +
                                std::to_string(next->receipt.outcome.entry) +
                                "), and what follows it cannot be accepted",
                            "put back the newest vault that the chain agrees with");
        }
        return Error{Errc::busy, "the node knows " + std::to_string(on_chain) +
                                     " batches of this issuer, the vault has receipts for " + std::to_string(settled) +
                                     ": the node is catching up; try again when `xinlian node status` says ready"};
    }
    return {};
}

Result<std::unique_ptr<Importer>> Importer::begin(const Issuer& issuer, Vault& vault, const Transport& transport,
                                                  Duration patience) {
    Submitter submitter(transport, patience);
    XL_TRY(const FeedPosition position, submitter.feed(issuer.id));
    XL_TRY_STATUS(check_feed(vault, position));
    std::unique_ptr<Importer> importer(new Importer(issuer, vault, std::move(submitter)));
    XL_TRY(importer->feed_, vault.feed_end());
    return importer;
}

Result<std::uint64_t> Importer::resume() {
    XL_TRY(const std::vector<std::uint64_t> pending, vault_.pending());
    for (const std::uint64_t sequence : pending) {
        XL_TRY(std::optional<VaultBatch> batch, vault_.batch(sequence));
        XL_CHECK(batch);
        XL_TRY_STATUS(store_settled());
        XL_TRY_STATUS(queue_.push({batch->id, std::move(batch->encoded)}));
    }
    XL_TRY_STATUS(wait_for_all());
    return pending.size();
}

Bytes Importer::sealed(const std::vector<ledger::Field>& personal) const {
    const Bytes plain = encode(PersonalFields{personal});
    const Hash key = seal_key(issuer_.genesis.suite(), issuer_.record_key);
    Bytes out(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + plain.size());
    random_fill({out.data(), crypto_secretbox_NONCEBYTES});
    crypto_secretbox_easy(out.data() + crypto_secretbox_NONCEBYTES, plain.data(), plain.size(), out.data(),
                          key.bytes.data());
    return out;
}

Result<std::vector<ledger::Field>> open_sealed(Suite suite, const Hash& record_key, ByteView sealed) {
    constexpr std::size_t front = crypto_secretbox_NONCEBYTES;
    if (sealed.size() < front + crypto_secretbox_MACBYTES) return Error{Errc::malformed, "nothing is sealed here"};
    Bytes plain(sealed.size() - front - crypto_secretbox_MACBYTES);
    const Hash key = seal_key(suite, record_key);
    if (crypto_secretbox_open_easy(plain.data(), sealed.data() + front, sealed.size() - front, sealed.data(),
                                   key.bytes.data()) != 0) {
        return Error{Errc::invalid, "the personal columns were sealed with another record key"};
    }
    XL_TRY(PersonalFields opened, decode<PersonalFields>(plain));
    return std::move(opened.fields);
}

Result<Fate> Importer::take(const MadeRow& made, std::uint64_t row, Personal personal) {
    const Suite suite = issuer_.genesis.suite();
    VaultRecord record;
    record.id = ledger::record_id(suite, issuer_.record_key, *made.key);
    record.canonical = encode(made.record);
    if (const auto found = in_batch_.find(record.id); found != in_batch_.end()) {
        if (rows_[found->second].canonical == record.canonical) return Fate::same;
        XL_TRY_STATUS(flush());  // a batch names a record once
    }
    XL_TRY(const std::optional<Vault::Known> known, vault_.known(record.id, record.canonical));
    if (known && known->erased) return Fate::erased;
    if (known && known->same) return Fate::same;
    XL_TRY_STATUS(ledger::check(made.record));
    record.version = known ? known->version + 1 : 0;
    record.category = made.record.category;
    record.salt = random_hash();
    record.subject = ledger::subject_tag(suite, issuer_.channel_key, made.key->subject_code);
    record.digest = ledger::record_digest(suite, made.record, record.salt);
    record.document = made.key->document_number.text();
    record.file = file_;
    record.row = row;
    if (personal == Personal::seal && !made.personal.empty()) record.sealed = sealed(made.personal);
    entries_.push_back({.operation = known ? ledger::Operation::update : ledger::Operation::create,
                        .category = record.category,
                        .record = record.id,
                        .version = record.version,
                        .digest = record.digest,
                        .subject = record.subject,
                        .decided = made.decided,
                        .public_until = made.public_until,
                        .channel = issuer_.channel});
    in_batch_.emplace(record.id, rows_.size());
    rows_.push_back(std::move(record));
    if (rows_.size() >= batch_rows_) XL_TRY_STATUS(flush());
    return known ? Fate::changed : Fate::created;
}

Status Importer::flush() {
    if (rows_.empty()) return {};
    XL_TRY_STATUS(store_settled());
    const std::uint64_t sequence = feed_.sequence + 1;
    XL_TRY(const ledger::Batch batch, ledger::make_batch(issuer_.genesis, issuer_.id, sequence, feed_.id,
                                                         std::exchange(entries_, {}), issuer_.key, random_nonce()));
    const Hash id = ledger::batch_id(issuer_.genesis.suite(), batch.header);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        rows_[i].batch = sequence;
        rows_[i].position = static_cast<std::uint32_t>(i);
    }
    Bytes encoded = encode(batch);
    XL_TRY_STATUS(vault_.add_batch(batch, id, encoded, rows_));
    feed_ = {sequence, id};
    ++batches_;
    rows_.clear();
    in_batch_.clear();
    return queue_.push({id, std::move(encoded)});
}

Result<ledger::Receipt> Importer::act(const ledger::Entry& entry, std::vector<ledger::SignedRules> rules) {
    const std::uint64_t sequence = feed_.sequence + 1;
    XL_TRY(const ledger::Batch batch, ledger::make_batch(issuer_.genesis, issuer_.id, sequence, feed_.id, {entry},
                                                         issuer_.key, random_nonce(), std::move(rules)));
    const Hash id = ledger::batch_id(issuer_.genesis.suite(), batch.header);
    Bytes encoded = encode(batch);
    XL_TRY_STATUS(vault_.add_batch(batch, id, encoded, {}));
    feed_ = {sequence, id};
    XL_TRY_STATUS(queue_.push({id, std::move(encoded)}));
    const Status finished = queue_.finish();
    const std::vector<Settled> settled = queue_.take_settled();
    if (settled.empty()) return finished ? Error{Errc::unavailable, "the node gave no receipt"} : finished.error();
    const auto& [receipt, proof] = settled.front();
    if (receipt.outcome.reason == ledger::Reason::accepted) {
        XL_TRY_STATUS(vault_.settle(receipt, proof));
    } else {
        XL_TRY_STATUS(vault_.forget_act(id));
        XL_TRY(feed_, vault_.feed_end());
    }
    return receipt;
}

Status Importer::store_settled() {
    Status status;
    for (const auto& [receipt, proof] : queue_.take_settled()) {
        const ledger::BatchOutcome& outcome = receipt.outcome;
        if (outcome.reason != ledger::Reason::accepted) {
            XL_TRY(const bool was_act, vault_.forget_act(receipt.batch));
            if (was_act) {
                XL_TRY(feed_, vault_.feed_end());
                continue;
            }
        }
        XL_TRY_STATUS(vault_.settle(receipt, proof));
        if (outcome.reason == ledger::Reason::accepted || !status) continue;
        status = Error{Errc::conflict,
                       "the federation rejected batch " + receipt.batch.hex().substr(0, 16) + "… at height " +
                           std::to_string(outcome.height) + ": " + std::string(name_of(outcome.reason)) + " (entry " +
                           std::to_string(outcome.entry) +
                           "); the vault does not match the chain: was it restored from an old copy? Put back the "
                           "newest one before importing again"};
    }
    return status;
}

Status Importer::wait_for_all() {
    Status finished = queue_.finish();
    XL_TRY_STATUS(store_settled());  // first: what did settle is worth keeping
    return finished;
}

Result<ImportSummary> Importer::import(const std::string& path, const ImportSettings& settings, Time now,
                                       const OnProgress& on_progress, const OnFate& on_fate) {
    batch_rows_ = std::clamp<std::size_t>(settings.batch_rows, 1, issuer_.genesis.parameters().batch_entries_max);
    XL_TRY(const FileFacts facts, inspect_file(path, issuer_.genesis.suite()));
    VaultFile file;
    file.name = path;
    file.raw_hash = facts.raw_hash;
    file.bytes = facts.bytes;
    file.started = now;
    XL_TRY(file_, vault_.add_file(file));
    batches_ = 0;
    FileRun run(
        settings, [&](const MadeRow& made, std::uint64_t row) { return take(made, row, settings.personal); },
        on_progress, on_fate);
    const Status read = run.run(facts);
    // After a broken file the rows before the fault are good, and importing it again is harmless; all else ends here.
    if (!read && read.error().code != Errc::malformed) {
        XL_TRY_STATUS(store_settled());
        return read.error();
    }
    XL_TRY_STATUS(flush());
    XL_TRY_STATUS(wait_for_all());
    ImportSummary& summary = run.summary();
    summary.batches = batches_;
    file.rows = summary.rows;
    file.created = summary.created;
    file.changed = summary.changed;
    file.same = summary.same;
    file.refused = summary.refused;
    file.warned = summary.warned;
    file.finished = read.ok();
    XL_TRY_STATUS(vault_.update_file(file_, file));
    XL_TRY_STATUS(read);
    return std::move(summary);
}

Result<ImportSummary> dry_run(const std::string& path, const ImportSettings& settings, const OnProgress& on_progress,
                              const OnFate& on_fate) {
    constexpr Suite suite = Suite::ed25519_sha256;  // of no chain: nothing of this leaves
    struct First8 {
        std::size_t operator()(const Hash& hash) const {
            std::size_t value = 0;
            for (std::size_t i = 0; i < 8; ++i) value = (value << 8) | hash.bytes[i];
            return value;
        }
    };
    std::unordered_map<Hash, Hash, First8> seen;  // natural key → content
    const auto decide = [&seen](const MadeRow& made, std::uint64_t) -> Result<Fate> {
        XL_TRY_STATUS(ledger::check(made.record));
        const Hash key = ledger::record_id(suite, Hash{}, *made.key);
        const Hash content = hash(suite, encode(made.record));
        const auto [found, added] = seen.emplace(key, content);
        if (added) return Fate::created;
        const bool same = found->second == content;
        found->second = content;
        return same ? Fate::same : Fate::changed;
    };
    XL_TRY(const FileFacts facts, inspect_file(path, suite));
    FileRun run(settings, decide, on_progress, on_fate);
    XL_TRY_STATUS(run.run(facts));
    return std::move(run.summary());
}

}  // namespace xinlian::node

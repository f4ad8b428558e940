#include "node/import/importer.hpp"

#include <unordered_map>

#include "crypto/random.hpp"
#include "crypto/seal.hpp"

namespace xinlian::node {

namespace {

// Processes one file row by row; `decide` returns the outcome of a row that is not refused.
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

// Of personal columns.
Secret personal_key(Suite suite, const Hash& record_key) {
    return Secret(keyed_hash(suite, record_key.view(), {as_bytes("xinlian/v1/personal-seal")}));
}

// The content of a box of personal columns.
struct PersonalFields {
    std::vector<ledger::Field> fields;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(bounded(fields, ledger::record_fields_max));
    }
};

}  // namespace

Result<std::vector<ledger::Field>> open_personal(Suite suite, const Hash& record_key, ByteView box) {
    const auto plain = open_secretbox(personal_key(suite, record_key), box);
    if (!plain && plain.error().code != Errc::invalid) return plain.error();
    if (!plain) return Error{Errc::invalid, "the personal columns were sealed with another record key"};
    XL_TRY(PersonalFields opened, decode<PersonalFields>(*plain));
    return std::move(opened.fields);
}

Result<Fate> Importer::take(const MadeRow& made, std::uint64_t row, Personal personal) {
    const Issuer& issuer = feed_.issuer();
    const Suite suite = issuer.genesis.suite();
    VaultRecord record;
    record.id = ledger::record_id(suite, issuer.record_key, *made.key);
    record.canonical = encode(made.record);
    if (const VaultRecord* before = feed_.in_preparation(record.id)) {
        if (before->canonical == record.canonical) return Fate::same;
        XL_TRY_STATUS(feed_.flush());  // a batch contains a record only once
    }
    XL_TRY(const std::optional<Vault::Known> known, feed_.vault().known(record.id, record.canonical));
    if (known && known->erased) return Fate::erased;
    if (known && known->same) return Fate::same;
    XL_TRY_STATUS(ledger::check(made.record));
    record.version = known ? known->version + 1 : 0;
    record.category = made.record.category;
    record.salt = random_hash();
    record.subject = ledger::subject_tag(suite, issuer.channel_key, made.key->subject_code);
    record.digest = ledger::record_digest(suite, made.record, record.salt);
    record.document = made.key->document_number.text();
    record.file = file_;
    record.row = row;
    if (personal == Personal::seal && !made.personal.empty()) {
        record.sealed = secretbox(personal_key(suite, issuer.record_key), encode(PersonalFields{made.personal}));
    }
    const ledger::Entry entry{.operation = known ? ledger::Operation::update : ledger::Operation::create,
                              .category = record.category,
                              .record = record.id,
                              .version = record.version,
                              .digest = record.digest,
                              .subject = record.subject,
                              .decided = made.decided,
                              .public_until = made.public_until,
                              .channel = issuer.channel};
    XL_TRY_STATUS(feed_.append(entry, std::move(record)));
    return known ? Fate::changed : Fate::created;
}

Result<ImportSummary> Importer::import(const std::string& path, const ImportSettings& settings, Time now,
                                       const OnProgress& on_progress, const OnFate& on_fate) {
    feed_.set_batch_rows(settings.batch_rows);
    XL_TRY(const FileFacts facts, inspect_file(path, feed_.issuer().genesis.suite()));
    VaultFile file;
    file.name = path;
    file.raw_hash = facts.raw_hash;
    file.bytes = facts.bytes;
    file.started = now;
    XL_TRY(file_, feed_.vault().add_file(file));
    const std::uint64_t batches_before = feed_.batches();
    FileRun run(
        settings, [&](const MadeRow& made, std::uint64_t row) { return take(made, row, settings.personal); },
        on_progress, on_fate);
    const Status read = run.run(facts);
    // If the file has a syntax error, the rows before it are valid, and importing the file again is harmless. Any other
    // error ends the import.
    if (!read && read.error().code != Errc::malformed) {
        XL_TRY_STATUS(feed_.store_settled());
        return read.error();
    }
    XL_TRY_STATUS(feed_.flush());
    XL_TRY_STATUS(feed_.wait_for_all());
    ImportSummary& summary = run.summary();
    summary.batches = feed_.batches() - batches_before;
    file.rows = summary.rows;
    file.created = summary.created;
    file.changed = summary.changed;
    file.same = summary.same;
    file.refused = summary.refused;
    file.warned = summary.warned;
    file.finished = read.ok();
    XL_TRY_STATUS(feed_.vault().update_file(file_, file));
    XL_TRY_STATUS(read);
    return std::move(summary);
}

Result<ImportSummary> dry_run(const std::string& path, const ImportSettings& settings, const OnProgress& on_progress,
                              const OnFate& on_fate) {
    constexpr Suite suite = Suite::ed25519_sha256;  // independent of a chain: the results stay local
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

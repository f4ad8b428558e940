// Importing: files become records, records batches, batches receipts. Rows and the signed batch that carries them are
// in the vault before the batch is sent; what is pending from an earlier run is sent first, byte for byte.
#pragma once

#include <map>

#include "crypto/key.hpp"
#include "node/client/submitter.hpp"
#include "node/import/error_file.hpp"
#include "node/import/row.hpp"
#include "node/vault/vault.hpp"

namespace xinlian::node {

inline constexpr std::size_t batch_rows_default = 1'000;
inline constexpr std::size_t shown_findings_max = 20;

enum class Personal : std::uint8_t { drop, seal };

struct ImportSettings {
    ProfileChoice profile = ProfileChoice::automatic;
    Personal personal = Personal::drop;
    std::size_t batch_rows = batch_rows_default;
    std::string errors_path;  // empty: beside the file
};

// What became of a row.
enum class Fate : std::uint8_t { created, changed, same, refused, erased };  // erased: its record was, and stays so

struct ImportSummary {
    FileFacts facts;
    const Profile* profile = nullptr;
    std::uint64_t rows = 0, created = 0, changed = 0, same = 0, refused = 0, erased = 0, warned = 0, batches = 0;
    std::map<Problem, std::uint64_t> problems;                // rows with each problem
    std::vector<std::pair<std::uint64_t, RowFinding>> shown;  // the first of them, by row
    std::vector<std::string> unknown_columns;
    std::string error_file;  // empty if no row was refused
};

// Called for every row; tests and previews look at what was made of it.
using OnFate = std::function<void(const RawRow& row, const MadeRow& made, Fate fate)>;
using OnProgress = std::function<void(std::uint64_t bytes, std::uint64_t bytes_total, std::uint64_t rows)>;

// Who signs, under which keys.
struct Issuer {
    const ledger::Genesis& genesis;
    std::string id;
    const SecretKey& key;
    Hash channel_key;           // subject tags
    Hash record_key;            // record ids and the seal of personal columns
    std::uint16_t channel = 0;  // whose key that is
};

// Where rows go. One batch is prepared at a time; up to four are on the way.
class Importer {
public:
    // Checks that the node's feed and the vault agree. Errc::conflict says what to do if they do not.
    static Result<std::unique_ptr<Importer>> begin(const Issuer& issuer, Vault& vault, const Transport& transport,
                                                   Duration patience = submit_patience);
    // Sends what an earlier run left pending, and waits. The number of batches.
    Result<std::uint64_t> resume();
    // Signs one entry as a batch of its own and waits until it is final; resume() was called. A refused one is taken
    // out of the feed again and its receipt, with the reason, returned.
    Result<ledger::Receipt> act(const ledger::Entry& entry, std::vector<ledger::SignedRules> rules = {});
    Result<ImportSummary> import(const std::string& path, const ImportSettings& settings, Time now,
                                 const OnProgress& on_progress = {}, const OnFate& on_fate = {});

private:
    Importer(const Issuer& issuer, Vault& vault, Submitter submitter)
        : issuer_(issuer), vault_(vault), queue_(std::move(submitter)) {}
    Result<Fate> take(const MadeRow& made, std::uint64_t row, Personal personal);
    Status flush();
    Status store_settled();
    Status wait_for_all();
    Bytes sealed(const std::vector<ledger::Field>& personal) const;

    const Issuer& issuer_;
    Vault& vault_;
    SendQueue queue_;
    FeedEnd feed_;
    std::size_t batch_rows_ = batch_rows_default;
    std::int64_t file_ = 0;
    std::uint64_t batches_ = 0;
    std::vector<ledger::Entry> entries_;    // of the batch in preparation
    std::vector<VaultRecord> rows_;         // Invariant: rows_[i] belongs to entries_[i].
    std::map<Hash, std::size_t> in_batch_;  // record id → position in rows_
};

// Reads and judges a file: no key, no vault, no node. Remembers 64 bytes per row, to find repetitions.
Result<ImportSummary> dry_run(const std::string& path, const ImportSettings& settings,
                              const OnProgress& on_progress = {}, const OnFate& on_fate = {});

// Agreement of the node's feed with the vault's.
Status check_feed(Vault& vault, const FeedPosition& node);

// Opens personal columns sealed with --personal seal. Errc::invalid for another key.
Result<std::vector<ledger::Field>> open_sealed(Suite suite, const Hash& record_key, ByteView sealed);

}  // namespace xinlian::node

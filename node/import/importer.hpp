// Import: converts files to records and submits them in batches. Rows and the signed batch that carries them are in the
// vault before the batch is sent. Batches pending from an earlier run are sent first, byte for byte.
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

// The outcome of a row. erased: its record was erased and remains so.
enum class Fate : std::uint8_t { created, changed, same, refused, erased };

struct ImportSummary {
    FileFacts facts;
    const Profile* profile = nullptr;
    std::uint64_t rows = 0, created = 0, changed = 0, same = 0, refused = 0, erased = 0, warned = 0, batches = 0;
    std::map<Problem, std::uint64_t> problems;                // number of rows with each problem
    std::vector<std::pair<std::uint64_t, RowFinding>> shown;  // the first findings, by row
    std::vector<std::string> unknown_columns;
    std::string error_file;  // empty if no row was refused
};

// Called for every row, for tests and previews.
using OnFate = std::function<void(const RawRow& row, const MadeRow& made, Fate fate)>;
using OnProgress = std::function<void(std::uint64_t bytes, std::uint64_t bytes_total, std::uint64_t rows)>;

// The member that signs, and its keys.
struct Issuer {
    const ledger::Genesis& genesis;
    std::string id;
    const SecretKey& key;
    Hash channel_key;           // subject tags
    Hash record_key;            // record ids and the seal of personal columns
    std::uint16_t channel = 0;  // the channel of channel_key
};

// Writes rows to the member's feed. One batch is prepared at a time, while up to four are in flight.
class Importer {
public:
    // Checks that the node's feed and the vault agree. The text of Errc::conflict says what to do if they do not.
    static Result<std::unique_ptr<Importer>> begin(const Issuer& issuer, Vault& vault, const Transport& transport,
                                                   Duration patience = submit_patience);
    // Sends the pending batches of an earlier run and waits for them. Returns their number.
    Result<std::uint64_t> resume();
    // Signs one entry as a batch of its own and waits until it is final. resume() must have been called. A rejected
    // batch is removed from the feed, and its receipt with the reason is returned.
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
    std::vector<ledger::Entry> entries_;    // entries of the batch in preparation
    std::vector<VaultRecord> rows_;         // Invariant: rows_[i] belongs to entries_[i].
    std::map<Hash, std::size_t> in_batch_;  // record id → position in rows_
};

// Reads and checks a file without keys, vault or node. Uses 64 bytes of memory per row to detect duplicates.
Result<ImportSummary> dry_run(const std::string& path, const ImportSettings& settings,
                              const OnProgress& on_progress = {}, const OnFate& on_fate = {});

// Checks that the node's feed agrees with the vault's.
Status check_feed(Vault& vault, const FeedPosition& node);

// Opens personal columns sealed with --personal seal. Errc::invalid for another key.
Result<std::vector<ledger::Field>> open_sealed(Suite suite, const Hash& record_key, ByteView sealed);

}  // namespace xinlian::node

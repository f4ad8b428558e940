// The issuer's own memory: canonical records, their salts, signed batches and the receipts of both, in SQLite beside
// the node. Nothing of it ever leaves.
//
// What a record says, its salts and its document number are sealed under a content key of the record's own, and the
// content keys under the key of a file beside the vault (node/vault/key.hpp). So a record is erased by destroying one
// content key, and older backups of the vault with it: then all others are sealed anew under another vault key, and the
// old key file is destroyed.
//
// Rows, salts and the signed batch that carries them are one transaction, on disk before the batch is sent. So a kill
// at any moment loses nothing (a pending batch is re-sent byte for byte) and repeats nothing (its rows are known).
// One process at a time: a lock file beside the vault is held while it is open. Not thread-safe.
#pragma once

#include <functional>
#include <memory>

#include "crypto/time.hpp"
#include "ledger/block/batch.hpp"
#include "ledger/state/receipt.hpp"
#include "node/vault/key.hpp"

namespace xinlian::node {

inline constexpr int vault_schema_version = 2;
inline constexpr std::size_t erasure_reason_bytes_max = 500;

// One version of a record.
struct VaultRecord {
    Hash id;
    std::uint32_t version = 0;
    ledger::Category category = ledger::Category::penalty;
    Bytes canonical;  // encode(ledger::Record)
    Hash salt;
    Hash subject;
    Hash digest;
    std::string document;  // the text of a DocumentNumber, for looking it up
    std::uint64_t batch = 0;
    std::uint32_t position = 0;
    std::int64_t file = 0;
    std::uint64_t row = 0;
    Bytes sealed;  // personal columns, sealed under the record key too, or empty
    // The day its content key was destroyed: canonical, salt, document and sealed are empty since.
    std::optional<ledger::Date> erased{};
};

// What is left to say of a record that was erased.
struct VaultErasure {
    std::string reason;
    ledger::Date day = ledger::date_none;  // at +08:00, of the destruction
    Hash key;                              // id of the vault key that was destroyed with it
    bool entered = false;                  // the ledger says so too
};
// Where an erasure is; tests stop it there.
enum class EraseStep : std::uint8_t { key_made, sealed_anew, committed, old_key_destroyed };
struct EraseWatch {
    std::function<void(EraseStep)> on_step{};
    std::function<void(std::uint64_t done, std::uint64_t total)> on_progress{};  // content keys sealed anew
};

enum class BatchState : std::uint8_t { pending = 0, final = 1, rejected = 2 };

struct VaultBatch {
    std::uint64_t sequence = 0;
    Hash id;
    BatchState state = BatchState::pending;
    Bytes encoded;            // empty once final
    ledger::Receipt receipt;  // meaningful unless pending; without the entry that a rejected batch conflicts with
    Bytes proof;              // ledger/proof/proof.hpp file of the batch; may be empty
    std::uint32_t entry_count = 0;
};

struct VaultFile {
    std::string name;
    Hash raw_hash;
    std::uint64_t bytes = 0;
    Time started;
    std::uint64_t rows = 0, created = 0, changed = 0, same = 0, refused = 0, warned = 0;
    bool finished = false;
};

struct FeedEnd {
    std::uint64_t sequence = 0;  // of the last batch, 0 before the first
    Hash id;                     // its id, zero before the first
};

enum class VaultUse : std::uint8_t { read, write };

class Vault {
public:
    // Makes the file (mode 0600) and its key if `use` is write, and gives an older one the present schema. Errc::busy
    // if another process has it open for writing, Errc::unsupported if its schema is newer (or older, to be read),
    // Errc::conflict if it belongs to another chain, issuer or key, Errc::not_found.
    static Result<std::unique_ptr<Vault>> open(const std::string& path, const Hash& chain_id, VaultKeyPlace key,
                                               VaultUse use);
    ~Vault();
    Vault(const Vault&) = delete;
    Vault& operator=(const Vault&) = delete;

    Result<std::int64_t> add_file(const VaultFile& file);
    Status update_file(std::int64_t id, const VaultFile& file);

    // The newest version of a record.
    Result<std::optional<VaultRecord>> latest(const Hash& record);
    // Without the salt and the canonical bytes' cost of copying: only what tells whether a row is new.
    struct Known {
        std::uint32_t version = 0;
        bool same = false;  // the canonical bytes are equal
        bool erased = false;
    };
    Result<std::optional<Known>> known(const Hash& record, ByteView canonical);
    using OnRecord = std::function<bool(const VaultRecord&)>;  // false to stop
    Status find_document(const ledger::DocumentNumber& document, const OnRecord& on_record);
    Status find_record(const Hash& record, const OnRecord& on_record);

    Result<FeedEnd> feed_end();
    // All or nothing, and on disk when it returns.
    Status add_batch(const ledger::Batch& batch, const Hash& id, const Bytes& encoded,
                     const std::vector<VaultRecord>& rows);
    Status settle(const ledger::Receipt& receipt, ByteView proof);  // `proof` may be empty
    // Of a pending batch that carries no rows (an act: a grant, a query, a repair …) and was refused: takes it out of
    // the feed, where the chain has no place for it. False, and nothing is changed, if rows depend on it.
    Result<bool> forget_act(const Hash& batch);
    Result<std::vector<std::uint64_t>> pending();  // sequence numbers, ascending
    Result<std::optional<VaultBatch>> batch(std::uint64_t sequence);

    // Destroys what opens a record: its content key, salts and contents here; and the vault key, under which backups
    // hold them. When it returns, all of that has happened, durably; a kill before that leaves the record whole or
    // erased, and calling it again (or opening the vault for writing) finishes. Of a record erased before, the day and
    // reason stay. Errc::not_found; Errc::busy if readers keep the write-ahead log from being emptied: call it again.
    Result<VaultErasure> erase(const Hash& record, std::string_view reason, ledger::Date day,
                               const EraseWatch& watch = {});
    Result<std::optional<VaultErasure>> erasure(const Hash& record);
    Status set_entered(const Hash& record);
    Result<std::vector<Hash>> not_entered();  // erased here, but the ledger did not say so yet
    const Hash& key_id() const;               // of the vault key in force

private:
    struct State;
    explicit Vault(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace xinlian::node

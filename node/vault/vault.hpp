// The issuer's private database: canonical records, their salts, signed batches and their receipts, in SQLite beside
// the node. Its contents never leave the issuer.
//
// The content of a record, its salts and its document number are sealed under the record's own content key, and the
// content keys under the key in a file beside the vault (node/vault/key.hpp). To erase a record, its content key is
// destroyed; all other content keys are sealed again under a new vault key, and the old key file is destroyed, so that
// older backups of the vault do not open the record either.
//
// Rows, salts and the signed batch that carries them are one transaction, which is on disk before the batch is sent.
// After a crash at any moment nothing is lost (a pending batch is sent again, byte for byte) and nothing is repeated
// (its rows are known). One process at a time: a lock file beside the vault is held while it is open. Not thread-safe.
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
    Bytes sealed;  // personal columns, additionally sealed under the record key, or empty
    // The day on which its content key was destroyed. Since then canonical, salt, document and sealed are empty.
    std::optional<ledger::Date> erased{};
};

// The remaining data of an erased record.
struct VaultErasure {
    std::string reason;
    ledger::Date day = ledger::date_none;  // day of the destruction, at +08:00
    Hash key;                              // id of the vault key that was destroyed with it
    bool entered = false;                  // the erasure is on the ledger
};
// The steps of an erasure, at which tests interrupt it.
enum class EraseStep : std::uint8_t { key_made, sealed_anew, committed, old_key_destroyed };
struct EraseWatch {
    std::function<void(EraseStep)> on_step{};
    std::function<void(std::uint64_t done, std::uint64_t total)> on_progress{};  // content keys sealed again
};

enum class BatchState : std::uint8_t { pending = 0, final = 1, rejected = 2 };

struct VaultBatch {
    std::uint64_t sequence = 0;
    Hash id;
    BatchState state = BatchState::pending;
    Bytes encoded;            // empty once final
    ledger::Receipt receipt;  // meaningful unless pending; its conflicting_entry is not stored
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
    std::uint64_t sequence = 0;  // sequence number of the last batch; 0 before the first
    Hash id;                     // id of the last batch; zero before the first
};

enum class VaultUse : std::uint8_t { read, write };

class Vault {
public:
    // With `use` write, creates the file (mode 0600) and its key if necessary, and upgrades an older schema. Errc::busy
    // if another process has it open for writing, Errc::unsupported if its schema is newer (or, for reading, older),
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
    // What is needed to decide whether a row is new, without copying the salt and the canonical bytes.
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
    // Atomic, and on disk on return.
    Status add_batch(const ledger::Batch& batch, const Hash& id, const Bytes& encoded,
                     const std::vector<VaultRecord>& rows);
    Status settle(const ledger::Receipt& receipt, ByteView proof);  // `proof` may be empty
    // Removes a rejected act (a grant, a query, a repair …) from the feed: a pending batch without rows that the chain
    // does not accept. Returns false and changes nothing if rows depend on it.
    Result<bool> forget_act(const Hash& batch);
    Result<std::vector<std::uint64_t>> pending();  // sequence numbers, ascending
    Result<std::optional<VaultBatch>> batch(std::uint64_t sequence);

    // Destroys everything that opens a record: its content key, salts and contents in the vault, and the vault key that
    // protects them in backups. On return this is complete and durable. After an earlier crash the record is either
    // intact or erased, and another call, or opening the vault for writing, completes the erasure. If the record was
    // erased before, its day and reason stay. Errc::not_found; Errc::busy if readers prevent the write-ahead log from
    // being emptied: then call again.
    Result<VaultErasure> erase(const Hash& record, std::string_view reason, ledger::Date day,
                               const EraseWatch& watch = {});
    Result<std::optional<VaultErasure>> erasure(const Hash& record);
    Status set_entered(const Hash& record);
    Result<std::vector<Hash>> not_entered();  // erased here, but not yet on the ledger
    const Hash& key_id() const;               // id of the vault key in force

private:
    struct State;
    explicit Vault(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace xinlian::node

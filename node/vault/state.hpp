// The inside of a vault, for its own files alone (vault.cpp, vault_schema.cpp, vault_erase.cpp).
#pragma once

#include "node/vault/sql.hpp"
#include "node/vault/vault.hpp"

namespace xinlian::node {

// What is sealed of a row.
struct VaultContent {
    Bytes canonical;
    Hash salt;
    std::string document;
    Bytes personal;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(bounded(canonical, canonical_bytes_max), salt, bounded(document, ledger::field_value_bytes_max),
                bounded(personal, canonical_bytes_max));
    }
    static constexpr std::size_t canonical_bytes_max = 16u << 20;
};

// The keys in use, and what is sealed under which.
struct VaultKeys {
    VaultKey vault;
    Secret lookup;  // of document numbers; sealed under the vault key in about

    Bytes wrap(const Hash& record, const Secret& content_key) const;
    Result<Secret> unwrap(const Hash& record, ByteView wrapped) const;
    Bytes wrapped_lookup() const;
    Result<Secret> unwrap_lookup(ByteView wrapped) const;
    // Tells nothing without the key; with it only whether a number that one knows already is the one.
    Hash tag_of_document(const ledger::DocumentNumber& document) const;
};
Bytes seal_content(const Secret& content_key, const VaultRecord& record);
Status unseal_content(const Secret& content_key, ByteView sealed, VaultRecord& record);

struct Vault::State {
    std::string path;
    Hash chain_id;
    VaultKeyPlace place;
    VaultKeys keys;
    SqlDatabase db;
    int lock_fd = -1;
    SqlStatement add_file, update_file, latest, by_document, by_record, feed_end, add_batch, add_record, content_key,
        add_content_key, settle, forget_act, pending, batch, erasure;

    ~State();
    Status prepare();
    // vault_schema.cpp
    Status make_or_check(VaultUse use);
    Status make();
    Status upgrade();
    Status finish_upgrade();
    Status check();
    // vault_erase.cpp
    Status seal_anew(const VaultKeys& anew, const EraseWatch& watch);
    Status destroy(const Hash& record, std::string_view reason, ledger::Date day, const VaultKeys& anew,
                   const EraseWatch& watch);

    Result<std::optional<std::string>> about(const char* name);
    Status set_about(const char* name, const std::string& value);
    Result<Secret> key_for(const VaultRecord& row);
    Status insert(const VaultRecord& row);
    Result<VaultRecord> read_record(const SqlUse& use);
    Status visit(SqlUse& use, const OnRecord& on_record);
};

// All of it or nothing.
Status in_transaction(sqlite3* db, const std::function<Status()>& work);
// The write-ahead log empty and every page in its place. Errc::busy if a reader is in the way.
Status empty_wal(sqlite3* db);

}  // namespace xinlian::node

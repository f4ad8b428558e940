// The tables of a vault: creation, check of their owner, and upgrade of older schemas.
#include <unistd.h>

#include "crypto/random.hpp"
#include "node/vault/state.hpp"

namespace xinlian::node {

namespace {

constexpr const char* tables_of_batches = R"(
CREATE TABLE about(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files(id INTEGER PRIMARY KEY, name TEXT NOT NULL, raw_hash BLOB NOT NULL, bytes INTEGER NOT NULL,
  started_ms INTEGER NOT NULL, rows INTEGER NOT NULL, created INTEGER NOT NULL, changed INTEGER NOT NULL,
  same INTEGER NOT NULL, refused INTEGER NOT NULL, warned INTEGER NOT NULL, finished INTEGER NOT NULL);
CREATE TABLE batches(sequence INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, state INTEGER NOT NULL, encoded BLOB NOT NULL,
  entry_count INTEGER NOT NULL, reason INTEGER NOT NULL, entry INTEGER NOT NULL, height INTEGER NOT NULL,
  block BLOB NOT NULL, time_ms INTEGER NOT NULL, first_index INTEGER NOT NULL, proof BLOB NOT NULL);
CREATE INDEX batches_pending ON batches(sequence) WHERE state = 0;
)";

// The plain-text columns of a row: data that is also on the ledger, and the row's origin. `document` is a keyed hash.
constexpr const char* tables_of_records = R"(
CREATE TABLE records(id BLOB NOT NULL, version INTEGER NOT NULL, category INTEGER NOT NULL, subject BLOB NOT NULL,
  digest BLOB NOT NULL, document BLOB NOT NULL, batch INTEGER NOT NULL REFERENCES batches(sequence),
  position INTEGER NOT NULL, file INTEGER NOT NULL, row INTEGER NOT NULL, content BLOB NOT NULL);
CREATE UNIQUE INDEX records_id ON records(id, version);
CREATE INDEX records_document ON records(document);
CREATE TABLE content_keys(record BLOB PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE erasures(record BLOB PRIMARY KEY, reason TEXT NOT NULL, day INTEGER NOT NULL, key BLOB NOT NULL,
  entered INTEGER NOT NULL) WITHOUT ROWID;
)";

Result<int> schema_version(sqlite3* db) {
    XL_TRY(const SqlStatement statement, sql_prepare(db, "PRAGMA user_version"));
    SqlUse use(statement);
    XL_TRY_STATUS(use.step("read the schema version"));
    return static_cast<int>(use.number_at(0));
}

Status set_schema_version(sqlite3* db) {
    return sql_run(db, ("PRAGMA user_version = " + std::to_string(vault_schema_version)).c_str());
}

Error of_another(const char* name, const std::string& has, const std::string& expected) {
    return {Errc::conflict, std::string("this vault belongs to another ") + name + " (" +
                                (has.empty() ? std::string("unknown") : has) + ", not " + expected +
                                "); use it in the folder where it was created"};
}

// A row of schema 1, which was not sealed.
Result<VaultRecord> read_open_row(const SqlUse& use) {
    VaultRecord record;
    XL_TRY(record.id, use.hash_at(0));
    record.version = static_cast<std::uint32_t>(use.number_at(1));
    record.category = static_cast<ledger::Category>(use.number_at(2));
    if (!is_of_record(record.category))
        return Error{Errc::corrupt, "vault: a record has an unknown category; restore the vault from a backup"};
    record.canonical = use.bytes_at(3);
    XL_TRY(record.salt, use.hash_at(4));
    XL_TRY(record.subject, use.hash_at(5));
    XL_TRY(record.digest, use.hash_at(6));
    record.document = use.text_at(7);
    record.batch = use.number_at(8);
    record.position = static_cast<std::uint32_t>(use.number_at(9));
    record.file = static_cast<std::int64_t>(use.number_at(10));
    record.row = use.number_at(11);
    record.sealed = use.bytes_at(12);
    return record;
}

}  // namespace

Status in_transaction(sqlite3* db, const std::function<Status()>& work) {
    XL_TRY_STATUS(sql_run(db, "BEGIN IMMEDIATE"));
    Status done = work();
    if (done) done = sql_run(db, "COMMIT");
    if (!done) static_cast<void>(sql_run(db, "ROLLBACK"));
    return done;
}

Status empty_wal(sqlite3* db) {
    XL_TRY(const SqlStatement statement, sql_prepare(db, "PRAGMA wal_checkpoint(TRUNCATE)"));
    SqlUse use(statement);
    XL_TRY_STATUS(use.step("empty the write-ahead log"));
    if (use.number_at(0) == 0) return {};
    return Error{Errc::busy,
                 "another process reads the vault, so its write-ahead log could not be emptied; end that "
                 "process and run the command again"};
}

Result<std::optional<std::string>> Vault::State::about(const char* name) {
    XL_TRY(const SqlStatement statement, sql_prepare(db.get(), "SELECT value FROM about WHERE name=?"));
    SqlUse use(statement);
    XL_TRY(const bool found, use.text(name).step("read about"));
    if (!found) return std::optional<std::string>();
    return std::optional(use.text_at(0));
}

Status Vault::State::set_about(const char* name, const std::string& value) {
    XL_TRY(const SqlStatement statement, sql_prepare(db.get(), "INSERT OR REPLACE INTO about VALUES(?,?)"));
    SqlUse use(statement);
    return use.text(name).text(value).run("write about");
}

Status Vault::State::make() {
    XL_TRY(keys.vault, open_or_make_vault_key(place));
    keys.lookup = Secret(random_hash());
    return in_transaction(db.get(), [this]() -> Status {
        XL_TRY_STATUS(sql_run(db.get(), tables_of_batches));
        XL_TRY_STATUS(sql_run(db.get(), tables_of_records));
        XL_TRY_STATUS(set_about("chain", chain_id.hex()));
        XL_TRY_STATUS(set_about("issuer", place.owner));
        XL_TRY_STATUS(set_about("vault-key", keys.vault.id.hex()));
        XL_TRY_STATUS(set_about("document-lookup", to_hex(keys.wrapped_lookup())));
        return set_schema_version(db.get());
    });
}

// Upgrades schema 1: seals every row, in one transaction. Plain text is overwritten page by page (secure_delete).
// Remains of it outside SQLite's pages are removed when the file is rewritten, which `upgraded` requests.
Status Vault::State::upgrade() {
    XL_TRY(keys.vault, open_or_make_vault_key(place));
    keys.lookup = Secret(random_hash());
    return in_transaction(db.get(), [this]() -> Status {
        XL_TRY_STATUS(sql_run(db.get(),
                              "ALTER TABLE records RENAME TO open_records; DROP INDEX records_id; "
                              "DROP INDEX records_document;"));
        XL_TRY_STATUS(sql_run(db.get(), tables_of_records));
        XL_TRY_STATUS(prepare());
        {
            XL_TRY(const SqlStatement all,
                   sql_prepare(db.get(),
                               "SELECT id, version, category, canonical, salt, subject, digest, "
                               "document, batch, position, file, row, sealed FROM open_records "
                               "ORDER BY rowid"));
            SqlUse use(all);
            while (true) {
                XL_TRY(const bool found, use.step("read a record of schema 1"));
                if (!found) break;
                XL_TRY(const VaultRecord record, read_open_row(use));
                XL_TRY_STATUS(insert(record));
            }
        }
        XL_TRY_STATUS(sql_run(db.get(), "DROP TABLE open_records"));
        XL_TRY_STATUS(set_about("vault-key", keys.vault.id.hex()));
        XL_TRY_STATUS(set_about("document-lookup", to_hex(keys.wrapped_lookup())));
        XL_TRY_STATUS(set_about("upgraded", "rewrite the file"));
        return set_schema_version(db.get());
    });
}

// Repeated at each opening until it has succeeded once.
Status Vault::State::finish_upgrade() {
    XL_TRY(const std::optional<std::string> due, about("upgraded"));
    if (!due) return {};
    XL_TRY_STATUS(empty_wal(db.get()));
    XL_TRY_STATUS(sql_run(db.get(), "VACUUM"));
    XL_TRY_STATUS(empty_wal(db.get()));
    return sql_run(db.get(), "DELETE FROM about WHERE name='upgraded'");
}

Status Vault::State::check() {
    XL_TRY(const std::optional<std::string> key, about("vault-key"));
    XL_TRY(const std::optional<std::string> wrapped, about("document-lookup"));
    if (!key || !wrapped)
        return Error{Errc::corrupt, "the vault does not name the key that seals it; restore the vault from a backup"};
    XL_TRY(const Hash id, hash_from_hex(*key));
    XL_TRY(keys.vault, open_vault_key(place, id));
    XL_TRY(const Bytes bytes, from_hex(*wrapped));
    XL_TRY(keys.lookup, keys.unwrap_lookup(bytes));
    return {};
}

Status Vault::State::make_or_check(VaultUse use) {
    XL_TRY(const int version, schema_version(db.get()));
    if (version > vault_schema_version) {
        return Error{Errc::unsupported, "the vault has schema " + std::to_string(version) +
                                            "; this program supports up to schema " +
                                            std::to_string(vault_schema_version) + "; use a newer program"};
    }
    const bool writes = use == VaultUse::write;
    if (version == 0) {
        return writes ? make() : Error{Errc::not_found, "the vault " + path + " is empty; import a file first"};
    }
    XL_TRY(const std::optional<std::string> chain, about("chain"));
    if (chain != chain_id.hex()) return of_another("chain", chain.value_or(""), chain_id.hex());
    XL_TRY(const std::optional<std::string> issuer, about("issuer"));
    if (issuer != place.owner) return of_another("issuer", issuer.value_or(""), place.owner);
    if (version < vault_schema_version) {
        if (!writes) {
            return Error{
                Errc::unsupported,
                "the vault has schema 1, in which contents are not sealed; a command that writes seals them, such "
                "as `xinlian import --resume --as " +
                    place.owner + "`"};
        }
        XL_TRY_STATUS(upgrade());
    } else {
        XL_TRY_STATUS(check());
    }
    if (!writes) return {};
    XL_TRY_STATUS(settle_vault_key(place, keys.vault.id));
    return finish_upgrade();
}

}  // namespace xinlian::node

// Erases a record. Each step is durable before the next:
//   1. a new vault key is written beside the old one;
//   2. one transaction: the record's content key and contents are deleted, all other content keys are sealed again
//      under the new vault key, and the vault stores the id of the new key, and what was erased and when;
//   3. the old key file is overwritten, and the new one gets its name;
//   4. the write-ahead log is emptied.
// A crash before the end of the transaction leaves everything as it was, and an unused key file, which the next opening
// for writing destroys. A crash after it leaves the record erased, and the next opening does step 3.
#include <algorithm>
#include <boost/json.hpp>

#include "crypto/jcs.hpp"
#include "node/vault/state.hpp"

namespace xinlian::node {

namespace {

constexpr std::uint64_t told_every = 4'096;  // in content keys

Status check_reason(std::string_view reason) {
    if (reason.empty() || reason.size() > erasure_reason_bytes_max) {
        return Error{Errc::invalid,
                     "the reason for an erasure must have 1 to " + std::to_string(erasure_reason_bytes_max) + " bytes"};
    }
    const bool printable = std::all_of(reason.begin(), reason.end(),
                                       [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; });
    if (printable && jcs(boost::json::serialize(boost::json::string(reason)))) return {};  // which also checks UTF-8
    return Error{Errc::invalid, "the reason for an erasure must be one line of text"};
}

}  // namespace

Status Vault::State::seal_anew(const VaultKeys& anew, const EraseWatch& watch) {
    std::uint64_t total = 0, done = 0;
    {
        XL_TRY(const SqlStatement counting, sql_prepare(db.get(), "SELECT COUNT(*) FROM content_keys"));
        SqlUse use(counting);
        XL_TRY_STATUS(use.step("count content keys"));
        total = use.number_at(0);
    }
    XL_TRY_STATUS(
        sql_run(db.get(), "CREATE TABLE keys_anew(record BLOB PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID"));
    {
        XL_TRY(const SqlStatement all,
               sql_prepare(db.get(), "SELECT record, wrapped FROM content_keys ORDER BY record"));
        XL_TRY(const SqlStatement add, sql_prepare(db.get(), "INSERT INTO keys_anew VALUES(?,?)"));
        SqlUse use(all);
        while (true) {
            XL_TRY(const bool found, use.step("read a content key"));
            if (!found) break;
            XL_TRY(const Hash record, use.hash_at(0));
            XL_TRY(const Secret key, keys.unwrap(record, use.blob_at(1)));
            const Bytes wrapped = anew.wrap(record, key);
            SqlUse adding(add);
            XL_TRY_STATUS(adding.blob(record.view()).blob(wrapped).run("seal a content key again"));
            if (watch.on_progress && ++done % told_every == 0) watch.on_progress(done, total);
        }
    }
    XL_TRY_STATUS(sql_run(db.get(), "DROP TABLE content_keys; ALTER TABLE keys_anew RENAME TO content_keys"));
    XL_TRY_STATUS(set_about("vault-key", anew.vault.id.hex()));
    return set_about("document-lookup", to_hex(anew.wrapped_lookup()));
}

Status Vault::State::destroy(const Hash& record, std::string_view reason, ledger::Date day, const VaultKeys& anew,
                             const EraseWatch& watch) {
    return in_transaction(db.get(), [&]() -> Status {
        const auto run = [&](const char* sql) -> Status {
            XL_TRY(const SqlStatement statement, sql_prepare(db.get(), sql));
            return SqlUse(statement).blob(record.view()).run("erase a record");
        };
        XL_TRY_STATUS(run("DELETE FROM content_keys WHERE record=?"));
        XL_TRY_STATUS(run("UPDATE records SET content=x'' WHERE id=?"));
        {
            XL_TRY(const SqlStatement add, sql_prepare(db.get(), "INSERT INTO erasures VALUES(?,?,?,?,0)"));
            SqlUse use(add);
            use.blob(record.view()).text(reason).number(day).blob(keys.vault.id.view());
            XL_TRY_STATUS(use.run("record the erasure"));
        }
        XL_TRY_STATUS(seal_anew(anew, watch));
        if (watch.on_step) watch.on_step(EraseStep::sealed_anew);
        return {};
    });
}

Result<VaultErasure> Vault::erase(const Hash& record, std::string_view reason, ledger::Date day,
                                  const EraseWatch& watch) {
    XL_TRY(std::optional<VaultErasure> before, erasure(record));
    if (before) {
        XL_TRY_STATUS(empty_wal(state_->db.get()));
        return *std::move(before);
    }
    XL_TRY_STATUS(check_reason(reason));
    if (day == ledger::date_none || !ledger::is_valid(day))
        return Error{Errc::invalid, "the day of the erasure is not a valid date"};
    XL_TRY(const std::optional<VaultRecord> row, latest(record));
    if (!row) return Error{Errc::not_found, "the vault has no record " + record.hex()};

    const auto tell = [&watch](EraseStep step) {
        if (watch.on_step) watch.on_step(step);
    };
    VaultKeys& keys = state_->keys;
    VaultKeys anew;
    XL_TRY(anew.vault, make_vault_key(state_->place, state_->place.next()));
    anew.lookup = Secret(keys.lookup.bytes);
    tell(EraseStep::key_made);
    const Hash destroyed = keys.vault.id;
    if (Status status = state_->destroy(record, reason, day, anew, watch); !status) {
        static_cast<void>(settle_vault_key(state_->place, destroyed));  // the new key is not used
        return std::move(status).error();
    }
    tell(EraseStep::committed);
    keys = std::move(anew);
    XL_TRY_STATUS(settle_vault_key(state_->place, keys.vault.id));
    tell(EraseStep::old_key_destroyed);
    XL_TRY_STATUS(empty_wal(state_->db.get()));
    return VaultErasure{std::string(reason), day, destroyed, false};
}

Result<std::optional<VaultErasure>> Vault::erasure(const Hash& record) {
    SqlUse use(state_->erasure);
    XL_TRY(const bool found, use.blob(record.view()).step("look for an erasure"));
    if (!found) return std::optional<VaultErasure>();
    VaultErasure read{use.text_at(0), static_cast<ledger::Date>(use.number_at(1)), {}, use.number_at(3) != 0};
    XL_TRY(read.key, use.hash_at(2));
    return std::optional(std::move(read));
}

Status Vault::set_entered(const Hash& record) {
    XL_TRY(const SqlStatement statement, sql_prepare(state_->db.get(), "UPDATE erasures SET entered=1 WHERE record=?"));
    return SqlUse(statement).blob(record.view()).run("mark an erasure as entered");
}

Result<std::vector<Hash>> Vault::not_entered() {
    XL_TRY(const SqlStatement statement, sql_prepare(state_->db.get(), "SELECT record FROM erasures WHERE entered=0"));
    SqlUse use(statement);
    std::vector<Hash> records;
    while (true) {
        XL_TRY(const bool found, use.step("list erasures"));
        if (!found) return records;
        XL_TRY(const Hash record, use.hash_at(0));
        records.push_back(record);
    }
}

const Hash& Vault::key_id() const { return state_->keys.vault.id; }

}  // namespace xinlian::node

#include "node/vault.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "node/vault_sql.hpp"

namespace xinlian::node {

namespace {

constexpr const char* schema = R"(
CREATE TABLE about(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files(id INTEGER PRIMARY KEY, name TEXT NOT NULL, raw_hash BLOB NOT NULL, bytes INTEGER NOT NULL,
  started_ms INTEGER NOT NULL, rows INTEGER NOT NULL, created INTEGER NOT NULL, changed INTEGER NOT NULL,
  same INTEGER NOT NULL, refused INTEGER NOT NULL, warned INTEGER NOT NULL, finished INTEGER NOT NULL);
CREATE TABLE batches(sequence INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, state INTEGER NOT NULL, encoded BLOB NOT NULL,
  entry_count INTEGER NOT NULL, reason INTEGER NOT NULL, entry INTEGER NOT NULL, height INTEGER NOT NULL,
  block BLOB NOT NULL, time_ms INTEGER NOT NULL, first_index INTEGER NOT NULL, proof BLOB NOT NULL);
CREATE INDEX batches_pending ON batches(sequence) WHERE state = 0;
CREATE TABLE records(id BLOB NOT NULL, version INTEGER NOT NULL, category INTEGER NOT NULL, canonical BLOB NOT NULL,
  salt BLOB NOT NULL, subject BLOB NOT NULL, digest BLOB NOT NULL, document TEXT NOT NULL,
  batch INTEGER NOT NULL REFERENCES batches(sequence), position INTEGER NOT NULL, file INTEGER NOT NULL,
  row INTEGER NOT NULL, sealed BLOB NOT NULL);
CREATE UNIQUE INDEX records_id ON records(id, version);
CREATE INDEX records_document ON records(document);
)";

constexpr const char* record_columns =
    "id, version, category, canonical, salt, subject, digest, document, batch, position, file, row, sealed";

// Only the vault's own user may read it; SQLite gives its -wal and -shm files the mode of the vault.
Status make_private(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return Error{Errc::io, "cannot make the vault " + path + ": " + std::strerror(errno)};
    struct stat about {};
    const bool readable = ::fstat(fd, &about) == 0 && (about.st_mode & 077) == 0;
    ::close(fd);
    if (!readable) return Error{Errc::io, "others may read the vault " + path + "; chmod 600 it"};
    return {};
}

Result<int> lock(const std::string& path) {
    const int fd = ::open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return Error{Errc::io, "cannot open " + path + ".lock: " + std::strerror(errno)};
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        ::close(fd);
        return Error{Errc::busy, "another import is using the vault " + path + "; wait until it is done"};
    }
    return fd;
}

Result<VaultRecord> read_record(const SqlUse& use) {
    VaultRecord record;
    XL_TRY(record.id, use.hash_at(0));
    record.version = static_cast<std::uint32_t>(use.number_at(1));
    record.category = static_cast<ledger::Category>(use.number_at(2));
    if (!is_of_record(record.category)) return Error{Errc::corrupt, "vault: an unknown category"};
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

struct Vault::State {
    SqlDatabase db;
    int lock_fd = -1;
    SqlStatement add_file, update_file, latest, by_document, by_record, feed_end, add_batch, add_record, settle,
        forget_act, pending, batch;

    ~State() {
        for (SqlStatement* s : {&add_file, &update_file, &latest, &by_document, &by_record, &feed_end, &forget_act,
                                &add_batch, &add_record, &settle, &pending, &batch}) {
            s->reset();
        }
        db.reset();
        if (lock_fd >= 0) ::close(lock_fd);
    }

    Status prepare();
    Status make_or_check(const Hash& chain_id, std::string_view issuer);
    Status check_about(const char* name, const std::string& expected);
};

Status Vault::State::prepare() {
    const std::string select = std::string("SELECT ") + record_columns + " FROM records ";
    XL_TRY(add_file, sql_prepare(db.get(),
                                 "INSERT INTO files(name, raw_hash, bytes, started_ms, rows, created, changed, "
                                 "same, refused, warned, finished) VALUES(?,?,?,?,?,?,?,?,?,?,?)"));
    XL_TRY(update_file, sql_prepare(db.get(),
                                    "UPDATE files SET rows=?, created=?, changed=?, same=?, refused=?, warned=?, "
                                    "finished=? WHERE id=?"));
    XL_TRY(latest, sql_prepare(db.get(), (select + "WHERE id=? ORDER BY version DESC LIMIT 1").c_str()));
    XL_TRY(by_document, sql_prepare(db.get(), (select + "WHERE document=? ORDER BY id, version").c_str()));
    XL_TRY(by_record, sql_prepare(db.get(), (select + "WHERE id=? ORDER BY version").c_str()));
    XL_TRY(feed_end, sql_prepare(db.get(), "SELECT sequence, id FROM batches ORDER BY sequence DESC LIMIT 1"));
    XL_TRY(add_batch, sql_prepare(db.get(), "INSERT INTO batches VALUES(?,?,0,?,?,0,0,0,x'',0,0,x'')"));
    XL_TRY(add_record, sql_prepare(db.get(), "INSERT INTO records VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)"));
    XL_TRY(settle, sql_prepare(db.get(),
                               "UPDATE batches SET state=?, encoded=x'', reason=?, entry=?, height=?, block=?, "
                               "time_ms=?, first_index=?, proof=? WHERE id=? AND state=0"));
    // Rows come with ascending batches: the last row tells whether any depends on this batch.
    XL_TRY(forget_act, sql_prepare(db.get(),
                                   "DELETE FROM batches WHERE id=? AND state=0 AND sequence > "
                                   "IFNULL((SELECT batch FROM records ORDER BY rowid DESC LIMIT 1), 0)"));
    XL_TRY(pending, sql_prepare(db.get(), "SELECT sequence FROM batches WHERE state=0 ORDER BY sequence"));
    XL_TRY(batch, sql_prepare(db.get(),
                              "SELECT id, state, encoded, entry_count, reason, entry, height, block, time_ms, "
                              "first_index, proof FROM batches WHERE sequence=?"));
    return {};
}

Status Vault::State::check_about(const char* name, const std::string& expected) {
    XL_TRY(const SqlStatement statement, sql_prepare(db.get(), "SELECT value FROM about WHERE name=?"));
    SqlUse use(statement);
    XL_TRY(const bool found, use.text(name).step("read about"));
    if (found && use.text_at(0) == expected) return {};
    return Error{Errc::conflict, std::string("this vault belongs to another ") + name + " (" +
                                     (found ? use.text_at(0) : std::string("unknown")) + ", not " + expected +
                                     "); use the folder it was made in"};
}

Status Vault::State::make_or_check(const Hash& chain_id, std::string_view issuer) {
    int version = 0;
    {
        XL_TRY(const SqlStatement statement, sql_prepare(db.get(), "PRAGMA user_version"));
        SqlUse use(statement);
        XL_TRY_STATUS(use.step("read the schema version"));
        version = static_cast<int>(use.number_at(0));
    }
    if (version > vault_schema_version) {
        return Error{Errc::unsupported, "the vault has schema " + std::to_string(version) + ", this program knows " +
                                            std::to_string(vault_schema_version) + "; use the newer program"};
    }
    if (version == vault_schema_version) {
        XL_TRY_STATUS(check_about("chain", chain_id.hex()));
        return check_about("issuer", std::string(issuer));
    }
    const std::string about = "INSERT INTO about VALUES('chain', '" + chain_id.hex() + "'), ('issuer', '" +
                              std::string(issuer) +
                              "'); PRAGMA user_version = " + std::to_string(vault_schema_version) + ";";
    return sql_run(db.get(), ("BEGIN IMMEDIATE;" + std::string(schema) + about + "COMMIT;").c_str());
}

Vault::Vault(std::unique_ptr<State> state) : state_(std::move(state)) {}
Vault::~Vault() = default;

Result<std::unique_ptr<Vault>> Vault::open(const std::string& path, const Hash& chain_id, std::string_view issuer,
                                           VaultUse use) {
    XL_TRY_STATUS(ledger::check_member_id(issuer));
    auto state = std::make_unique<State>();
    if (use == VaultUse::write) {
        XL_TRY_STATUS(make_private(path));
        XL_TRY(state->lock_fd, lock(path));
    } else if (::access(path.c_str(), F_OK) != 0) {
        return Error{Errc::not_found, "there is no vault at " + path + "; import a file first"};
    }
    sqlite3* db = nullptr;
    const int flags = use == VaultUse::write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    const int opened = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
    state->db.reset(db);
    if (opened != SQLITE_OK) return Error{Errc::io, "cannot open the vault " + path + ": " + sqlite3_errstr(opened)};
    sqlite3_busy_timeout(db, 10'000);
    if (use == VaultUse::write) {
        XL_TRY_STATUS(sql_run(db,
                              "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                              "PRAGMA cache_size=-65536; PRAGMA secure_delete=ON;"));
    }
    XL_TRY_STATUS(state->make_or_check(chain_id, issuer));
    XL_TRY_STATUS(state->prepare());
    return std::unique_ptr<Vault>(new Vault(std::move(state)));
}

Result<std::int64_t> Vault::add_file(const VaultFile& file) {
    SqlUse use(state_->add_file);
    use.text(file.name).blob(file.raw_hash.view()).number(file.bytes).number(file.started.ms).number(file.rows);
    use.number(file.created).number(file.changed).number(file.same).number(file.refused).number(file.warned);
    XL_TRY_STATUS(use.number(file.finished ? 1 : 0).run("add a file"));
    return static_cast<std::int64_t>(sqlite3_last_insert_rowid(state_->db.get()));
}

Status Vault::update_file(std::int64_t id, const VaultFile& file) {
    SqlUse use(state_->update_file);
    use.number(file.rows).number(file.created).number(file.changed).number(file.same).number(file.refused);
    use.number(file.warned).number(file.finished ? 1 : 0).number(static_cast<std::uint64_t>(id));
    return use.run("update a file");
}

Result<std::optional<VaultRecord>> Vault::latest(const Hash& record) {
    SqlUse use(state_->latest);
    XL_TRY(const bool found, use.blob(record.view()).step("look for a record"));
    if (!found) return std::optional<VaultRecord>();
    XL_TRY(VaultRecord read, read_record(use));
    return std::optional<VaultRecord>(std::move(read));
}

Result<std::optional<Vault::Known>> Vault::known(const Hash& record, ByteView canonical) {
    SqlUse use(state_->latest);
    XL_TRY(const bool found, use.blob(record.view()).step("look for a record"));
    if (!found) return std::optional<Known>();
    const ByteView stored = use.blob_at(3);
    return std::optional<Known>(
        Known{static_cast<std::uint32_t>(use.number_at(1)), as_text(stored) == as_text(canonical)});
}

namespace {

Status visit(SqlUse& use, const Vault::OnRecord& on_record) {
    while (true) {
        XL_TRY(const bool found, use.step("look for records"));
        if (!found) return {};
        XL_TRY(const VaultRecord record, read_record(use));
        if (!on_record(record)) return {};
    }
}

}  // namespace

Status Vault::find_document(std::string_view document, const OnRecord& on_record) {
    SqlUse use(state_->by_document);
    use.text(document);
    return visit(use, on_record);
}

Status Vault::find_record(const Hash& record, const OnRecord& on_record) {
    SqlUse use(state_->by_record);
    use.blob(record.view());
    return visit(use, on_record);
}

Result<FeedEnd> Vault::feed_end() {
    SqlUse use(state_->feed_end);
    XL_TRY(const bool found, use.step("read the feed's end"));
    if (!found) return FeedEnd{};
    FeedEnd end{use.number_at(0), {}};
    XL_TRY(end.id, use.hash_at(1));
    return end;
}

Status Vault::add_batch(const ledger::Batch& batch, const Hash& id, const Bytes& encoded,
                        const std::vector<VaultRecord>& rows) {
    const auto add = [&]() -> Status {
        {
            SqlUse use(state_->add_batch);
            use.number(batch.header.sequence).blob(id.view()).blob(encoded).number(batch.header.entry_count);
            XL_TRY_STATUS(use.run("add a batch"));
        }
        for (const VaultRecord& row : rows) {
            SqlUse use(state_->add_record);
            use.blob(row.id.view()).number(row.version).number(static_cast<std::uint64_t>(row.category));
            use.blob(row.canonical).blob(row.salt.view()).blob(row.subject.view()).blob(row.digest.view());
            use.text(row.document).number(row.batch).number(row.position).number(static_cast<std::uint64_t>(row.file));
            XL_TRY_STATUS(use.number(row.row).blob(row.sealed).run("add a record"));
        }
        return sql_run(state_->db.get(), "COMMIT");
    };
    XL_TRY_STATUS(sql_run(state_->db.get(), "BEGIN IMMEDIATE"));
    Status added = add();
    if (!added) static_cast<void>(sql_run(state_->db.get(), "ROLLBACK"));
    return added;
}

Status Vault::settle(const Hash& batch, const BatchReceipt& receipt) {
    const bool accepted = receipt.reason == ledger::Reason::accepted;
    SqlUse use(state_->settle);
    use.number(static_cast<std::uint64_t>(accepted ? BatchState::final : BatchState::rejected));
    use.number(static_cast<std::uint64_t>(receipt.reason)).number(receipt.entry).number(receipt.height);
    use.blob(receipt.block.view()).number(receipt.time.ms).number(receipt.first_index).blob(receipt.proof);
    return use.blob(batch.view()).run("store a receipt");
}

Result<bool> Vault::forget_act(const Hash& batch) {
    SqlUse use(state_->forget_act);
    XL_TRY_STATUS(use.blob(batch.view()).run("take a refused act out of the feed"));
    return sqlite3_changes(state_->db.get()) > 0;
}

Result<std::vector<std::uint64_t>> Vault::pending() {
    SqlUse use(state_->pending);
    std::vector<std::uint64_t> sequences;
    while (true) {
        XL_TRY(const bool found, use.step("list pending batches"));
        if (!found) return sequences;
        sequences.push_back(use.number_at(0));
    }
}

Result<std::optional<VaultBatch>> Vault::batch(std::uint64_t sequence) {
    SqlUse use(state_->batch);
    XL_TRY(const bool found, use.number(sequence).step("read a batch"));
    if (!found) return std::optional<VaultBatch>();
    VaultBatch read;
    read.sequence = sequence;
    XL_TRY(read.id, use.hash_at(0));
    if (use.number_at(1) > 2) return Error{Errc::corrupt, "vault: a batch has an unknown state"};
    read.state = static_cast<BatchState>(use.number_at(1));
    read.encoded = use.bytes_at(2);
    read.entry_count = static_cast<std::uint32_t>(use.number_at(3));
    read.receipt.reason = static_cast<ledger::Reason>(use.number_at(4));
    read.receipt.entry = static_cast<std::uint32_t>(use.number_at(5));
    read.receipt.height = use.number_at(6);
    if (read.state != BatchState::pending) {
        if (!is_known(read.receipt.reason)) return Error{Errc::corrupt, "vault: a batch has an unknown reason"};
        XL_TRY(read.receipt.block, use.hash_at(7));
    }
    read.receipt.time = {use.number_at(8)};
    read.receipt.first_index = use.number_at(9);
    read.receipt.entry_count = read.entry_count;
    read.receipt.proof = use.bytes_at(10);
    return std::optional<VaultBatch>(std::move(read));
}

}  // namespace xinlian::node

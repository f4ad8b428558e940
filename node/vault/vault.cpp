#include "node/vault/state.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "crypto/random.hpp"

namespace xinlian::node {

namespace {

// read_record() reads the columns in this order.
constexpr const char* select_records =
    "SELECT r.id, r.version, r.category, r.subject, r.digest, r.batch, r.position, r.file, r.row, r.content, "
    "k.wrapped, "
    "e.day FROM records r LEFT JOIN content_keys k ON k.record=r.id LEFT JOIN erasures e ON e.record=r.id ";

// Only the vault's owner may read it; SQLite gives its -wal and -shm files the mode of the vault.
Status make_private(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return Error{Errc::io, "cannot create the vault " + path + ": " + std::strerror(errno)};
    struct stat about {};
    const bool readable = ::fstat(fd, &about) == 0 && (about.st_mode & 077) == 0;
    ::close(fd);
    if (!readable) return Error{Errc::io, "the vault " + path + " can be read or changed by others; chmod 600 it"};
    return {};
}

Result<int> lock(const std::string& path) {
    const int fd = ::open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return Error{Errc::io, "cannot open " + path + ".lock: " + std::strerror(errno)};
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        ::close(fd);
        return Error{Errc::busy, "another process is using the vault " + path + "; wait until it is done"};
    }
    return fd;
}

}  // namespace

Vault::State::~State() {
    for (SqlStatement* s :
         {&add_file, &update_file, &latest, &by_document, &by_record, &feed_end, &forget_act, &add_batch, &add_record,
          &content_key, &add_content_key, &settle, &pending, &batch, &erasure}) {
        s->reset();
    }
    db.reset();
    if (lock_fd >= 0) ::close(lock_fd);
}

Status Vault::State::prepare() {
    const std::string select = select_records;
    XL_TRY(add_file, sql_prepare(db.get(),
                                 "INSERT INTO files(name, raw_hash, bytes, started_ms, rows, created, changed, "
                                 "same, refused, warned, finished) VALUES(?,?,?,?,?,?,?,?,?,?,?)"));
    XL_TRY(update_file, sql_prepare(db.get(),
                                    "UPDATE files SET rows=?, created=?, changed=?, same=?, refused=?, warned=?, "
                                    "finished=? WHERE id=?"));
    XL_TRY(latest, sql_prepare(db.get(), (select + "WHERE r.id=? ORDER BY r.version DESC LIMIT 1").c_str()));
    XL_TRY(by_document, sql_prepare(db.get(), (select + "WHERE r.document=? ORDER BY r.id, r.version").c_str()));
    XL_TRY(by_record, sql_prepare(db.get(), (select + "WHERE r.id=? ORDER BY r.version").c_str()));
    XL_TRY(feed_end, sql_prepare(db.get(), "SELECT sequence, id FROM batches ORDER BY sequence DESC LIMIT 1"));
    XL_TRY(add_batch, sql_prepare(db.get(), "INSERT INTO batches VALUES(?,?,0,?,?,0,0,0,x'',0,0,x'')"));
    XL_TRY(add_record, sql_prepare(db.get(), "INSERT INTO records VALUES(?,?,?,?,?,?,?,?,?,?,?)"));
    XL_TRY(content_key, sql_prepare(db.get(), "SELECT wrapped FROM content_keys WHERE record=?"));
    XL_TRY(add_content_key, sql_prepare(db.get(), "INSERT INTO content_keys VALUES(?,?)"));
    XL_TRY(erasure, sql_prepare(db.get(), "SELECT reason, day, key, entered FROM erasures WHERE record=?"));
    XL_TRY(settle, sql_prepare(db.get(),
                               "UPDATE batches SET state=?, encoded=x'', reason=?, entry=?, height=?, block=?, "
                               "time_ms=?, first_index=?, proof=? WHERE id=? AND state=0"));
    // Rows have ascending batch numbers, so the last row shows whether any depends on this batch.
    XL_TRY(forget_act, sql_prepare(db.get(),
                                   "DELETE FROM batches WHERE id=? AND state=0 AND sequence > "
                                   "IFNULL((SELECT batch FROM records ORDER BY rowid DESC LIMIT 1), 0)"));
    XL_TRY(pending, sql_prepare(db.get(), "SELECT sequence FROM batches WHERE state=0 ORDER BY sequence"));
    XL_TRY(batch, sql_prepare(db.get(),
                              "SELECT id, state, encoded, entry_count, reason, entry, height, block, time_ms, "
                              "first_index, proof FROM batches WHERE sequence=?"));
    return {};
}

Vault::Vault(std::unique_ptr<State> state) : state_(std::move(state)) {}
Vault::~Vault() = default;

Result<std::unique_ptr<Vault>> Vault::open(const std::string& path, const Hash& chain_id, VaultKeyPlace key,
                                           VaultUse use) {
    XL_TRY_STATUS(ledger::check_member_id(key.owner));
    auto state = std::make_unique<State>();
    state->path = path;
    state->chain_id = chain_id;
    state->place = std::move(key);
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
    XL_TRY_STATUS(state->make_or_check(use));
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
    XL_TRY(VaultRecord read, state_->read_record(use));
    return std::optional<VaultRecord>(std::move(read));
}

Result<std::optional<Vault::Known>> Vault::known(const Hash& record, ByteView canonical) {
    SqlUse use(state_->latest);
    XL_TRY(const bool found, use.blob(record.view()).step("look for a record"));
    if (!found) return std::optional<Known>();
    XL_TRY(const VaultRecord read, state_->read_record(use));
    return std::optional<Known>(
        Known{read.version, !read.erased && as_text(read.canonical) == as_text(canonical), read.erased.has_value()});
}

Status Vault::State::visit(SqlUse& use, const OnRecord& on_record) {
    while (true) {
        XL_TRY(const bool found, use.step("look for records"));
        if (!found) return {};
        XL_TRY(const VaultRecord record, read_record(use));
        if (!on_record(record)) return {};
    }
}

Status Vault::find_document(const ledger::DocumentNumber& document, const OnRecord& on_record) {
    SqlUse use(state_->by_document);
    const Hash tag = state_->keys.tag_of_document(document);
    use.blob(tag.view());
    return state_->visit(use, on_record);
}

Status Vault::find_record(const Hash& record, const OnRecord& on_record) {
    SqlUse use(state_->by_record);
    use.blob(record.view());
    return state_->visit(use, on_record);
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
        for (const VaultRecord& row : rows) XL_TRY_STATUS(state_->insert(row));
        return {};
    };
    return in_transaction(state_->db.get(), add);
}

Status Vault::settle(const ledger::Receipt& receipt, ByteView proof) {
    const ledger::BatchOutcome& outcome = receipt.outcome;
    const bool accepted = outcome.reason == ledger::Reason::accepted;
    SqlUse use(state_->settle);
    use.number(static_cast<std::uint64_t>(accepted ? BatchState::final : BatchState::rejected));
    use.number(static_cast<std::uint64_t>(outcome.reason)).number(outcome.entry).number(outcome.height);
    use.blob(receipt.block.view()).number(receipt.time.ms).number(outcome.first_index).blob(proof);
    return use.blob(receipt.batch.view()).run("store a receipt");
}

Result<bool> Vault::forget_act(const Hash& batch) {
    SqlUse use(state_->forget_act);
    XL_TRY_STATUS(use.blob(batch.view()).run("remove a refused act from the feed"));
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
    read.receipt.batch = read.id;
    if (use.number_at(1) > 2) return Error{Errc::corrupt, "vault: a batch has an unknown state"};
    read.state = static_cast<BatchState>(use.number_at(1));
    read.encoded = use.bytes_at(2);
    read.entry_count = static_cast<std::uint32_t>(use.number_at(3));
    ledger::BatchOutcome& outcome = read.receipt.outcome;
    outcome.reason = static_cast<ledger::Reason>(use.number_at(4));
    outcome.entry = static_cast<std::uint32_t>(use.number_at(5));
    outcome.height = use.number_at(6);
    if (read.state != BatchState::pending) {
        if (!is_known(outcome.reason)) return Error{Errc::corrupt, "vault: a batch has an unknown reason"};
        XL_TRY(read.receipt.block, use.hash_at(7));
    }
    read.receipt.time = {use.number_at(8)};
    outcome.first_index = use.number_at(9);
    outcome.entry_count = read.entry_count;
    read.proof = use.bytes_at(10);
    return std::optional<VaultBatch>(std::move(read));
}

}  // namespace xinlian::node

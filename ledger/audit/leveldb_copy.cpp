#include "ledger/audit/leveldb_copy.hpp"

#include <fcntl.h>
#include <leveldb/db.h>
#include <leveldb/env.h>
#include <leveldb/table.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace xinlian::ledger {
namespace {

namespace fs = std::filesystem;

// LevelDB's largest: a whole log fits into the memory table, so that LevelDB goes on with it instead of making a table.
constexpr std::size_t write_buffer_bytes = 1u << 30;
// LevelDB goes on with a manifest that is smaller than this.
constexpr std::size_t file_bytes_max = 1u << 30;
constexpr int open_files_max = 500;  // each table that is open holds a descriptor
constexpr std::uint64_t rows_per_step = 4096;
// No table of the chain has such keys (ledger/chain/layout.hpp).
constexpr std::string_view probe_key = "\xFF the end of the log";
constexpr std::string_view behind_all_rows = "\xFF\xFF";

leveldb::Slice slice(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
leveldb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
ByteView view(const leveldb::Slice& bytes) {
    return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

leveldb::ReadOptions reading() {
    leveldb::ReadOptions options;
    options.verify_checksums = true;
    options.fill_cache = false;
    return options;
}

leveldb::Options options_with(leveldb::Env* env) {
    leveldb::Options options;
    options.env = env;
    options.paranoid_checks = true;
    options.reuse_logs = true;
    options.write_buffer_size = write_buffer_bytes;
    options.max_file_size = file_bytes_max;
    options.max_open_files = open_files_max;
    return options;
}

// LevelDB locks the file LOCK with fcntl(2). Asking takes nothing.
bool is_held(const std::string& folder) {
    const int handle = ::open((folder + "/LOCK").c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (handle < 0) return false;
    struct flock asked {};
    asked.l_type = F_WRLCK;
    asked.l_whence = SEEK_SET;
    const bool held = ::fcntl(handle, F_GETLK, &asked) == 0 && asked.l_type != F_UNLCK;
    ::close(handle);
    return held;
}

}  // namespace

Status LevelDbCopy::open() {
    if (is_held(folder_))
        return Error{Errc::unavailable,
                     "LOCK: a process uses this folder; stop it, or check a copy made while it was stopped"};
    std::error_code failed;
    const fs::file_status current = fs::status(folder_ + "/CURRENT", failed);
    if (current.type() == fs::file_type::not_found) return damaged("CURRENT", "the file is missing");
    XL_TRY_STATUS(open_database());
    return check_end_of_log();
}

Status LevelDbCopy::open_database() {
    const leveldb::Status status = leveldb::DB::Open(options_with(env_.get()), folder_, &db_);
    if (!status.ok()) return failed(status);
    return Status();
}

void LevelDbCopy::close() {
    if (db_ != nullptr) env_.close(std::exchange(db_, nullptr));
}

// LevelDB reads a log up to the last whole record and says nothing of what follows, as a database must that was
// interrupted. So one more record is written behind it, in memory. It is there after another start only if the log
// before it is whole.
Status LevelDbCopy::check_end_of_log() {
    const std::string log = env_.continued_log();
    if (log.empty()) {
        for (const std::string& name : env_.files_read()) {
            if (name.ends_with(".log")) return Error{Errc::too_large, name + ": the log does not fit into memory"};
        }
        return damaged("", "the write-ahead log (a file *.log) is missing");
    }
    std::string value;
    leveldb::Status status = db_->Get(reading(), slice(probe_key), &value);
    if (status.ok()) return Status();  // a row that no chain has: the audit names it
    if (!status.IsNotFound()) return failed(status);
    status = db_->Put(leveldb::WriteOptions(), slice(probe_key), {});
    if (!status.ok()) return failed(status);
    close();
    const std::string cut = "the last record is truncated, or bytes after it are not a record";
    if (const Status opened = open_database(); !opened) {
        if (opened.error().code != Errc::corrupt) return opened;
        return damaged(log, cut);
    }
    status = db_->Get(reading(), slice(probe_key), &value);
    if (status.IsNotFound()) return damaged(log, cut);
    if (status.ok()) status = db_->Delete(leveldb::WriteOptions(), slice(probe_key));
    if (!status.ok()) return failed(status);
    return Status();
}

Status LevelDbCopy::check(const Progress& progress) {
    const leveldb::Range all({}, slice(behind_all_rows));
    std::uint64_t total = 0;
    db_->GetApproximateSizes(&all, 1, &total);
    const std::uint64_t before = env_.bytes_read();
    const std::unique_ptr<leveldb::Iterator> it(db_->NewIterator(reading()));
    std::uint64_t rows = 0;
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
        if (++rows % rows_per_step == 0) progress(env_.bytes_read() - before, total);
    }
    // The iterator passes over a damaged block and keeps the error.
    const leveldb::Status status = it->status();
    if (status.ok()) return Status();
    const Error error = failed(status);
    if (error.code != Errc::corrupt) return error;
    return damaged(damaged_table(), error.text);
}

Status LevelDbCopy::scan(ByteView from, const Visitor& visitor) const {
    const std::unique_ptr<leveldb::Iterator> it(db_->NewIterator(reading()));
    it->Seek(slice(from));
    // Asked at every row: the one after a block that could not be read is not the next one.
    while (it->status().ok() && it->Valid() && visitor(view(it->key()), view(it->value()))) it->Next();
    if (it->status().ok()) return Status();
    return Error{it->status().IsCorruption() ? Errc::corrupt : Errc::io, it->status().ToString()};
}

std::vector<std::string> LevelDbCopy::files() const { return {env_.files_read().begin(), env_.files_read().end()}; }

std::vector<std::string> LevelDbCopy::without_data() const {
    std::vector<std::string> names;
    std::error_code failed;
    for (fs::directory_iterator it(folder_, failed), end; !failed && it != end; it.increment(failed)) {
        std::string name = it->path().filename().string();
        if (!env_.files_read().contains(name)) names.push_back(std::move(name));
    }
    std::sort(names.begin(), names.end());
    return names;
}

Error LevelDbCopy::damaged(std::string file, const std::string& what) {
    damaged_file_ = std::move(file);
    return {Errc::corrupt, (damaged_file_.empty() ? "" : damaged_file_ + ": ") + what};
}

// LevelDB's words name the file by its whole path, or not at all.
Error LevelDbCopy::failed(const leveldb::Status& status) {
    std::string text = status.ToString();
    std::string file;
    for (std::size_t at = 0; (at = text.find(folder_ + "/", at)) != std::string::npos;) {
        text.erase(at, folder_.size() + 1);
        if (file.empty()) file = text.substr(at, text.find_first_of(": ", at) - at);
    }
    if (file.empty()) file = env_.last_opened();
    if (status.IsIOError()) return {Errc::io, file + ": " + text};
    return damaged(std::move(file), text);
}

// LevelDB does not tell in which table a block is damaged: each that was opened is read again by itself.
std::string LevelDbCopy::damaged_table() const {
    const leveldb::Options options = options_with(env_.get());
    for (const std::string& name : std::set(env_.files_read())) {
        if (!name.ends_with(".ldb")) continue;
        std::uint64_t bytes = 0;
        leveldb::RandomAccessFile* opened = nullptr;
        leveldb::Status status = env_.get()->GetFileSize(folder_ + "/" + name, &bytes);
        if (status.ok()) status = env_.get()->NewRandomAccessFile(folder_ + "/" + name, &opened);
        const std::unique_ptr<leveldb::RandomAccessFile> file(opened);
        leveldb::Table* table = nullptr;
        if (status.ok()) status = leveldb::Table::Open(options, file.get(), bytes, &table);
        const std::unique_ptr<leveldb::Table> kept(table);
        if (!status.ok()) return name;
        const std::unique_ptr<leveldb::Iterator> it(table->NewIterator(reading()));
        for (it->SeekToFirst(); it->Valid(); it->Next()) {
        }
        if (!it->status().ok()) return name;
    }
    return "";
}

}  // namespace xinlian::ledger

#include "ledger/store/leveldb_store.hpp"

#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/env.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>

#include <filesystem>

#include "ledger/store/durable.hpp"

namespace xinlian::ledger {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t write_buffer_bytes = 32u << 20;
constexpr std::size_t file_bytes_max = 32u << 20;
constexpr std::size_t cache_bytes = 64u << 20;
constexpr int open_files_max = 1000;
constexpr int bloom_bits_per_key = 10;

leveldb::Slice slice(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
ByteView view(const leveldb::Slice& bytes) {
    return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

// Any LevelDB error except "not found": the caller stops and must not use this store again.
Error failure(const std::string& folder, std::string_view doing, const leveldb::Status& status) {
    const std::string what =
        "the store in " + folder + " failed while " + std::string(doing) + ": " + status.ToString();
    if (status.IsCorruption()) {
        return {Errc::corrupt, what + "; move the folder aside and let the node fetch the chain from its peers"};
    }
    return {Errc::io, what + "; check the disk and its free space, then start again"};
}

leveldb::ReadOptions reading(bool fill_cache) {
    leveldb::ReadOptions options;
    options.verify_checksums = true;  // without it, flipped bits come back as values
    options.fill_cache = fill_cache;
    return options;
}

Error beheaded(const std::string& folder, const std::string& name) {
    return Error{Errc::corrupt, "the store in " + folder + " contains data (" + name +
                                    ") but its file CURRENT is missing; move the folder aside and let the node fetch "
                                    "the chain from its peers"};
}

// If CURRENT is lost, LevelDB would create an empty database, and acknowledged blocks would be silently lost. A first
// manifest alone is not a loss but an interrupted first start, because the file with the data is created after CURRENT.
Status check_not_beheaded(const std::string& folder) {
    std::error_code failed;
    if (fs::exists(fs::path(folder) / "CURRENT", failed)) return Status();
    for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
        const std::string name = it->path().filename().string();
        if (name.ends_with(".ldb") || name.ends_with(".log") ||
            (name.starts_with("MANIFEST-") && name != "MANIFEST-000001")) {
            return beheaded(folder, name);
        }
    }
    if (failed) return Error{Errc::io, "cannot list " + folder + ": " + failed.message()};
    return Status();
}

leveldb::Options options_with(leveldb::Env* env, const leveldb::FilterPolicy* filter, leveldb::Cache* cache) {
    leveldb::Options options;
    options.env = env;
    options.create_if_missing = true;
    options.paranoid_checks = true;
    options.write_buffer_size = write_buffer_bytes;
    options.max_file_size = file_bytes_max;
    options.max_open_files = open_files_max;
    options.compression = leveldb::kNoCompression;  // hashes are incompressible
    options.filter_policy = filter;
    options.block_cache = cache;
    return options;
}

}  // namespace

LevelDbStore::~LevelDbStore() = default;

Result<std::unique_ptr<LevelDbStore>> LevelDbStore::open(const std::string& folder) {
    XL_TRY_STATUS(make_folder(folder));
    XL_TRY_STATUS(check_not_beheaded(folder));
    std::unique_ptr<LevelDbStore> store(new LevelDbStore());
    store->folder_ = folder;
    store->env_ = durable_env();
    store->filter_.reset(leveldb::NewBloomFilterPolicy(bloom_bits_per_key));
    store->cache_.reset(leveldb::NewLRUCache(cache_bytes));
    leveldb::DB* db = nullptr;
    const leveldb::Status status =
        leveldb::DB::Open(options_with(store->env_.get(), store->filter_.get(), store->cache_.get()), folder, &db);
    store->db_.reset(db);
    if (!status.ok() && status.ToString().find("/LOCK: ") != std::string::npos) {
        return Error{Errc::unavailable, "the store in " + folder + " is in use by another process (" +
                                            status.ToString() + "); stop that process first"};
    }
    if (!status.ok()) return failure(folder, "opening", status);
    return store;
}

Result<std::optional<Bytes>> LevelDbStore::get(ByteView key) const {
    std::string value;
    const leveldb::Status status = db_->Get(reading(true), slice(key), &value);
    if (status.IsNotFound()) return std::optional<Bytes>();
    if (!status.ok()) return failure(folder_, "reading", status);
    return std::optional<Bytes>(Bytes(value.begin(), value.end()));
}

Status LevelDbStore::scan(ByteView from, ByteView to, const Visitor& visitor) const {
    const std::unique_ptr<leveldb::Iterator> it(db_->NewIterator(reading(false)));
    for (it->Seek(slice(from)); it->Valid() && it->key().compare(slice(to)) < 0; it->Next()) {
        if (!visitor(view(it->key()), view(it->value()))) break;
    }
    if (!it->status().ok()) return failure(folder_, "scanning", it->status());
    return Status();
}

Result<std::optional<std::pair<Bytes, Bytes>>> LevelDbStore::last_before(ByteView from, ByteView to) const {
    using Row = std::pair<Bytes, Bytes>;
    const std::unique_ptr<leveldb::Iterator> it(db_->NewIterator(reading(true)));
    it->Seek(slice(to));
    if (it->Valid()) {
        it->Prev();
    } else if (it->status().ok()) {
        it->SeekToLast();
    }
    if (!it->status().ok()) return failure(folder_, "searching", it->status());
    if (!it->Valid() || it->key().compare(slice(from)) < 0) return std::optional<Row>();
    const ByteView key = view(it->key());
    const ByteView value = view(it->value());
    return std::optional<Row>(Row{Bytes(key.begin(), key.end()), Bytes(value.begin(), value.end())});
}

Status LevelDbStore::commit(std::span<const Change> changes) {
    leveldb::WriteBatch batch;
    for (const Change& change : changes) {
        if (change.value) {
            batch.Put(slice(change.key), slice(*change.value));
        } else {
            batch.Delete(slice(change.key));
        }
    }
    leveldb::WriteOptions options;
    options.sync = true;
    const leveldb::Status status = db_->Write(options, &batch);
    if (!status.ok()) return failure(folder_, "writing", status);
    return Status();
}

std::uint64_t LevelDbStore::bytes_on_disk() const {
    std::uint64_t sum = 0;
    std::error_code failed;
    for (fs::directory_iterator it(folder_, failed), end; !failed && it != end; it.increment(failed)) {
        std::error_code gone;  // a file may be removed by compaction meanwhile
        const std::uintmax_t bytes = it->file_size(gone);
        if (!gone) sum += bytes;
    }
    return sum;
}

}  // namespace xinlian::ledger

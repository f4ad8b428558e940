// The LevelDB store. paranoid_checks and verify_checksums are on, files have 32 MiB, bloom filters are used,
// compression is off. Every commit is synced, and so is every file name that it relies on (ledger/store/durable.hpp).
// Safe for one writer and many readers. Never use RepairDB: move the folder aside and fetch the chain from peers.
#pragma once

#include <memory>
#include <string>

#include "ledger/store/store.hpp"

namespace leveldb {
class DB;
class FilterPolicy;
class Cache;
class Env;
}  // namespace leveldb

namespace xinlian::ledger {

class LevelDbStore : public Store {
public:
    // Creates the folder if it is missing. Errc::unavailable if another process holds it, Errc::corrupt, Errc::io.
    static Result<std::unique_ptr<LevelDbStore>> open(const std::string& folder);
    ~LevelDbStore() override;
    Result<std::optional<Bytes>> get(ByteView key) const override;
    Status scan(ByteView from, ByteView to, const Visitor& visitor) const override;
    Result<std::optional<std::pair<Bytes, Bytes>>> last_before(ByteView from, ByteView to) const override;
    Status commit(std::span<const Change> changes) override;
    std::uint64_t bytes_on_disk() const;

private:
    LevelDbStore() = default;
    std::string folder_;
    std::unique_ptr<leveldb::Env> env_;
    std::unique_ptr<const leveldb::FilterPolicy> filter_;
    std::unique_ptr<leveldb::Cache> cache_;
    std::unique_ptr<leveldb::DB> db_;  // last: destroyed first
};

}  // namespace xinlian::ledger

// The rows of a copied LevelDB folder, read by LevelDB itself and without changing the folder
// (ledger/audit/read_only_env.hpp). Its checksums are verified: blocks and indexes of the tables, records of the
// manifest and of the write-ahead logs. A log that ends within a record is damaged, although LevelDB would only drop
// that record (docs/adr/0011-leveldb-reader.md).
#pragma once

#include <functional>
#include <vector>

#include "crypto/bytes.hpp"
#include "ledger/audit/read_only_env.hpp"

namespace leveldb {
class Status;
}

namespace xinlian::ledger {

class LevelDbCopy {
public:
    explicit LevelDbCopy(std::string folder) : folder_(std::move(folder)), env_(folder_) {}
    LevelDbCopy(const LevelDbCopy&) = delete;
    LevelDbCopy& operator=(const LevelDbCopy&) = delete;
    ~LevelDbCopy() { close(); }

    // These two in this order, and then scans. Errc::corrupt: damaged_file() is damaged or missing. Errc::unavailable
    // if a process holds the folder, Errc::io, Errc::too_large.
    Status open();
    // Reads every row of every table. Both numbers are bytes.
    using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;
    Status check(const Progress& progress);

    // Rows from `from` on, their keys ascending; the visitor ends the scan with false.
    using Visitor = std::function<bool(ByteView key, ByteView value)>;
    Status scan(ByteView from, const Visitor& visitor) const;

    // Empty if LevelDB does not tell which one.
    const std::string& damaged_file() const { return damaged_file_; }
    // Names: what was read, and what else is in the folder.
    std::vector<std::string> files() const;
    std::vector<std::string> without_data() const;

private:
    Status open_database();
    void close();
    Status check_end_of_log();
    Error damaged(std::string file, const std::string& what);
    Error failed(const leveldb::Status& status);
    std::string damaged_table() const;

    std::string folder_;
    ReadOnlyEnv env_;
    leveldb::DB* db_ = nullptr;  // env_ closes it
    std::string damaged_file_;
};

}  // namespace xinlian::ledger

// LevelDB's environment for a copied folder: the folder's files can be read, and nothing in the folder changes. What
// LevelDB creates, writes or renames stays in memory, where LevelDB can read it again. What it removes stays in the
// folder. No lock is taken, and no log of its own is kept.
//
// Compactions wait until the database is closed, when LevelDB abandons them. Therefore one thread alone calls the
// environment at a time, and what LevelDB writes is bounded by what it replays from its write-ahead logs.
#pragma once

#include <memory>
#include <set>
#include <string>

namespace leveldb {
class DB;
class Env;
}  // namespace leveldb

namespace xinlian::ledger {

class ReadOnlyEnv {
public:
    explicit ReadOnlyEnv(const std::string& folder);
    ReadOnlyEnv(const ReadOnlyEnv&) = delete;
    ReadOnlyEnv& operator=(const ReadOnlyEnv&) = delete;
    ~ReadOnlyEnv();

    leveldb::Env* get() const;
    // Closes a database that was opened with get(). Every one must be closed here: its destructor alone would wait for
    // a compaction that never begins.
    void close(leveldb::DB* db);

    // Names of the folder's files that were opened to be read, and the one opened last.
    const std::set<std::string>& files_read() const;
    const std::string& last_opened() const;
    // Bytes that were read at random, as tables are.
    std::uint64_t bytes_read() const;
    // The write-ahead log that LevelDB goes on with; empty if there is none.
    const std::string& continued_log() const;

private:
    class Files;
    std::unique_ptr<Files> files_;
};

}  // namespace xinlian::ledger

// Reads a folder of LevelDB files without changing it: no lock is taken, and nothing is written, repaired or removed,
// all of which LevelDB's own open does. Every byte that belongs to the data is checked, and damage is reported with
// file and offset. LevelDB's files without data (LOG, LOCK), and tables and logs that the manifest no longer lists, are
// skipped and reported.
//
// If a key has several values, the one with the highest LevelDB sequence number counts.
#pragma once

#include "ledger/audit/leveldb_table.hpp"

namespace xinlian::ledger {

class LevelDbFiles {
public:
    // Receives the rows of a scan in ascending order of keys. Returns false to end the scan.
    using Visitor = std::function<bool(ByteView key, ByteView value)>;
    // The location of a row: the block of a table or the record of a log that contains it.
    struct Place {
        std::string file;
        std::uint64_t offset = 0;
    };

    // Reads CURRENT, the manifest, the logs, and the tables except their data. FileDamage with Errc::unavailable if a
    // process has the folder open.
    static Damage open(const std::string& folder, std::unique_ptr<LevelDbFiles>& out);
    // Checks the data of the tables. `on_bytes` is called for every block.
    Damage check(const std::function<void(std::uint64_t)>& on_bytes) const;

    // Visits the rows from `from` on. Errc::corrupt, Errc::io.
    Status scan(ByteView from, const Visitor& visitor) const;
    // Empty if there is no such row.
    std::optional<Place> place_of(ByteView key) const;

    std::uint64_t table_bytes() const { return table_bytes_; }
    // Names of the files that hold the data, and of the others.
    const std::vector<std::string>& files() const { return files_; }
    const std::vector<std::string>& without_data() const { return without_data_; }

private:
    struct Logged {
        Bytes key;       // internal key
        ByteView value;  // in records_
        std::size_t log = 0;
        std::uint64_t offset = 0;
    };
    struct Source;
    explicit LevelDbFiles(std::string folder) : folder_(std::move(folder)) {}
    Damage read_manifest();
    Damage read_logs();
    Damage read_log(std::uint64_t number, std::uint64_t& next_sequence, bool first);
    Damage open_tables();
    Damage list_rest();
    std::vector<Source> sources_from(ByteView internal) const;

    std::string folder_;
    leveldb_format::Manifest manifest_;
    std::vector<leveldb_format::Table> tables_;
    std::vector<Bytes> records_;     // records of the logs
    std::vector<std::string> logs_;  // names of the logs
    std::vector<Logged> logged_;     // Invariant: ascending internal keys once open
    std::uint64_t table_bytes_ = 0;
    std::vector<std::string> files_, without_data_;
};

}  // namespace xinlian::ledger

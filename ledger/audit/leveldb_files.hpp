// A folder of LevelDB's files, read by somebody who must not change it: no lock is taken, nothing is written, repaired
// or removed (LevelDB's own opening does all of that). Every byte that belongs to the data is checked, and what is
// wrong is named with file and offset; LevelDB's own files without data (LOG, LOCK) and tables and logs that its
// manifest no longer lists are left out, and said.
//
// Which of several values of a key counts is told by LevelDB's sequence numbers: the newest.
#pragma once

#include "ledger/audit/leveldb_table.hpp"

namespace xinlian::ledger {

class LevelDbFiles {
public:
    // What was read by a scan: the rows' keys ascend. False ends the scan.
    using Visitor = std::function<bool(ByteView key, ByteView value)>;
    // Where a row lies: the block of a table, or the record of a log, that holds it.
    struct Place {
        std::string file;
        std::uint64_t offset = 0;
    };

    // CURRENT, the manifest, the logs, and of the tables all but their data. FileDamage with Errc::unavailable if a
    // process holds the folder.
    static Damage open(const std::string& folder, std::unique_ptr<LevelDbFiles>& out);
    // The tables' data. `on_bytes` hears of every block.
    Damage check(const std::function<void(std::uint64_t)>& on_bytes) const;

    // Rows from `from` on. Errc::corrupt, Errc::io.
    Status scan(ByteView from, const Visitor& visitor) const;
    // Nothing if there is no such row.
    std::optional<Place> place_of(ByteView key) const;

    std::uint64_t table_bytes() const { return table_bytes_; }
    // Names of files: those that hold the data, and the others.
    const std::vector<std::string>& files() const { return files_; }
    const std::vector<std::string>& without_data() const { return without_data_; }

private:
    struct Logged {
        Bytes key;       // internal
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
    std::vector<Bytes> records_;     // of the logs
    std::vector<std::string> logs_;  // their names
    std::vector<Logged> logged_;     // Invariant: ascending internal keys once open
    std::uint64_t table_bytes_ = 0;
    std::vector<std::string> files_, without_data_;
};

}  // namespace xinlian::ledger

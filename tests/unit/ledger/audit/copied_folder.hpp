// A small chain in LevelDB's files as a node leaves them that was started several times: tables of two levels,
// overwritten values, a log, and a manifest. Nothing is read while they are made, and there are fewer tables than
// LevelDB merges by itself, so the files are the same at every run.
#pragma once

#include <leveldb/db.h>

#include <filesystem>

#include "ledger/store/leveldb_store.hpp"
#include "tests/support/file_bytes.hpp"
#include "tests/unit/ledger/audit/audit_fixture.hpp"
#include "tests/unit/node/scratch_folder.hpp"

namespace xinlian::ledger::audit_test {

inline std::map<std::string, Bytes> files_in(const std::string& folder) {
    std::map<std::string, Bytes> files;
    for (const auto& item : std::filesystem::directory_iterator(folder))
        files[item.path().filename().string()] = test::read_bytes(item.path().string());
    return files;
}

// Moves all rows into sorted tables below level 0, and leaves an empty log.
inline void compact(const std::string& folder) {
    leveldb::DB* db = nullptr;
    leveldb::Options options;
    options.compression = leveldb::kNoCompression;
    XL_CHECK(leveldb::DB::Open(options, folder, &db).ok());
    db->CompactRange(nullptr, nullptr);
    delete db;
}

struct CopiedFolder {
    CopiedFolder() {
        // One start of the node each. A start first makes a table of the log.
        std::array<std::vector<Change>, 4> starts;
        const Bytes removed = to_bytes("removed");
        starts[0].push_back({removed, to_bytes("value")});
        starts[1].push_back({removed, std::nullopt});
        std::size_t number = 0;
        for (const auto& [key, value] : fixture.store.rows()) {
            const std::size_t start = number++ % starts.size();
            starts[start].push_back({key, value});
            if (start >= 2) starts[0].push_back({key, to_bytes("a value before")});
        }
        for (const std::vector<Change>& changes : starts) {
            test::must(test::must(LevelDbStore::open(folder))->commit(changes));
            if (&changes == &starts[0]) compact(folder);
        }
        files = files_in(folder);
    }
    std::string path(const std::string& name) const { return folder + "/" + name; }
    std::string one_with(std::string_view suffix) const {
        for (const auto& [name, bytes] : files) {
            if (name.ends_with(suffix) && !bytes.empty()) return name;
        }
        return "";
    }
    void put_back(const std::string& name) const { test::write_bytes(path(name), files.at(name)); }

    node::ScratchFolder scratch;
    std::string folder = scratch.path("chain");
    Fixture fixture;
    std::map<std::string, Bytes> files;
};

}  // namespace xinlian::ledger::audit_test

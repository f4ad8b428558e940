// Tests LevelDB on a copied folder: what it reads, what it refuses, and that nothing in the folder changes.
#include "ledger/audit/leveldb_copy.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <random>

#include "tests/unit/ledger/audit/copied_folder.hpp"
#include "tests/unit/ledger/audit/reversed_rows.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using audit_test::CopiedFolder;
using node::ScratchFolder;
using test::must;
using test::read_bytes;
using test::write_bytes;

namespace {

namespace fs = std::filesystem;

using Rows = std::vector<std::pair<Bytes, Bytes>>;

// The result of opening and reading everything: whether it is damaged, and which file, or "" and its rows.
struct Reading {
    std::string damaged;
    Errc code{};
    Rows rows;
};

Rows rows_of(const LevelDbCopy& copy, ByteView from) {
    Rows rows;
    must(copy.scan(from, [&rows](ByteView key, ByteView value) {
        rows.emplace_back(Bytes(key.begin(), key.end()), Bytes(value.begin(), value.end()));
        return true;
    }));
    return rows;
}

Reading read_copy(const std::string& folder) {
    LevelDbCopy copy(folder);
    Status sound = copy.open();
    if (sound) sound = copy.check([](std::uint64_t, std::uint64_t) {});
    if (!sound) return {copy.damaged_file(), sound.error().code, {}};
    return {"", {}, rows_of(copy, {})};
}

// Name, size, mode and time of the last change in nanoseconds, also of the folder itself; and all bytes.
using Trace = std::map<std::string, std::array<std::uint64_t, 4>>;
Trace trace_of(const std::string& folder) {
    Trace trace;
    const auto note = [&trace](const std::string& path) {
        struct stat about {};
        REQUIRE(::stat(path.c_str(), &about) == 0);
        trace[path] = {static_cast<std::uint64_t>(about.st_size), about.st_mode,
                       static_cast<std::uint64_t>(about.st_mtim.tv_sec),
                       static_cast<std::uint64_t>(about.st_mtim.tv_nsec)};
    };
    note(folder);
    for (const auto& item : fs::directory_iterator(folder)) note(item.path().string());
    return trace;
}

Bytes random_bytes(std::mt19937_64& chance, std::size_t bytes) {
    Bytes out(bytes);
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(chance());
    return out;
}

// Writes, overwrites and removes rows, with starts in between.
void write_some(const std::string& folder, std::mt19937_64& chance, unsigned starts) {
    for (unsigned start = 0; start < starts; ++start) {
        auto store = must(LevelDbStore::open(folder));
        for (unsigned commits = 0; commits < 6; ++commits) {
            std::vector<Change> changes;
            for (unsigned i = 0; i < 60; ++i) {
                Bytes key = to_bytes("row " + std::to_string(chance() % 900));
                if (chance() % 4 == 0) {
                    changes.push_back({std::move(key), std::nullopt});
                } else {
                    const std::size_t bytes = chance() % 100 == 0 ? 40'000 : chance() % 300;
                    changes.push_back({std::move(key), random_bytes(chance, bytes)});
                }
            }
            must(store->commit(changes));
        }
    }
}

}  // namespace

TEST_CASE("a copy's rows are those that the store reads, from any row on") {
    const ScratchFolder scratch;
    const std::string folder = scratch.path("store");
    std::mt19937_64 chance(3);
    for (unsigned round = 0; round < 3; ++round) {
        write_some(folder, chance, 7);
        LevelDbCopy copy(folder);
        must(copy.open());
        must(copy.check([](std::uint64_t, std::uint64_t) {}));
        std::vector<Bytes> starts{{}};
        for (unsigned i = 0; i < 30; ++i) starts.push_back(to_bytes("row " + std::to_string(chance() % 1000)));
        std::vector<Rows> parts;
        for (const Bytes& start : starts) parts.push_back(rows_of(copy, start));
        CHECK(parts[0].size() > 300);
        // Only now: the store changes the folder.
        const auto store = must(LevelDbStore::open(folder));
        for (std::size_t i = 0; i < starts.size(); ++i) {
            Rows rows;
            must(store->scan(starts[i], Bytes{0xFF}, [&rows](ByteView key, ByteView value) {
                rows.emplace_back(Bytes(key.begin(), key.end()), Bytes(value.begin(), value.end()));
                return true;
            }));
            CHECK(parts[i] == rows);
        }
    }
}

TEST_CASE("reading a copy changes no byte, name, mode or time in it, also where LevelDB would tidy up") {
    const CopiedFolder copied;
    const Rows rows = read_copy(copied.folder).rows;
    REQUIRE(rows.size() == copied.fixture.store.rows().size());
    // A table that a compaction left half written, a manifest before the last one, and a file that a crash left.
    const Bytes table = copied.files.at(copied.one_with(".ldb"));
    write_bytes(copied.path("000900.ldb"), Bytes(table.begin(), table.begin() + 1000));
    write_bytes(copied.path("MANIFEST-000001"), to_bytes("old"));
    write_bytes(copied.path("000901.dbtmp"), to_bytes("MANIFEST-000001\n"));
    // More logs than a node has, all of them the same. LevelDB makes a table of each but the last: so many that it
    // would compact them and block writers.
    const Bytes& log = copied.files.at(copied.one_with(".log"));
    for (int number = 910; number < 925; ++number)
        write_bytes(copied.path("000" + std::to_string(number) + ".log"), log);
    for (const auto& item : fs::directory_iterator(copied.folder))
        fs::permissions(item.path(), fs::perms::owner_read | fs::perms::group_read);
    fs::permissions(copied.folder, fs::perms::owner_read | fs::perms::owner_exec);
    const Trace before = trace_of(copied.folder);
    const auto bytes = audit_test::files_in(copied.folder);
    {
        LevelDbCopy copy(copied.folder);
        must(copy.open());
        must(copy.check([](std::uint64_t, std::uint64_t) {}));
        CHECK(rows_of(copy, {}) == rows);
        const std::vector<std::string> others = copy.without_data();
        for (const char* name : {"000900.ldb", "MANIFEST-000001", "000901.dbtmp", "LOCK", "LOG"})
            CHECK(std::find(others.begin(), others.end(), name) != others.end());
        CHECK(copy.files().size() + others.size() == bytes.size());
    }
    CHECK(trace_of(copied.folder) == before);
    CHECK(audit_test::files_in(copied.folder) == bytes);
    fs::permissions(copied.folder, fs::perms::owner_all);
}

TEST_CASE("a log that ends within a record, or goes on behind its last one, is damaged") {
    const ScratchFolder scratch;
    const std::string folder = scratch.path("store"), log = folder + "/000003.log";
    const auto commit = [](LevelDbStore& store, const char* key, std::size_t bytes) {
        const Change change{to_bytes(key), Bytes(bytes, 7)};
        must(store.commit(std::span(&change, 1)));
    };
    std::vector<std::uintmax_t> ends;
    {
        const auto store = must(LevelDbStore::open(folder));
        for (const char* key : {"a", "b", "c"}) {
            commit(*store, key, key[0] == 'b' ? 40'000 : 20);  // b: over the end of a block of the log
            ends.push_back(fs::file_size(log));
        }
    }
    const Bytes whole = read_bytes(log);
    for (std::size_t bytes = ends[0]; bytes <= ends[2]; ++bytes) {
        if (bytes > ends[0] + 50 && bytes + 50 < ends[2] && bytes % 997 != 0 && (bytes + 20) % 32'768 > 40) continue;
        write_bytes(log, Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(bytes)));
        const Reading reading = read_copy(folder);
        INFO(bytes);
        const auto end = std::find(ends.begin(), ends.end(), bytes);
        if (end == ends.end()) {
            CHECK(reading.damaged == "000003.log");
            CHECK(reading.code == Errc::corrupt);
        } else {
            CHECK(reading.rows.size() == static_cast<std::size_t>(end - ends.begin()) + 1);
        }
    }
    for (const Bytes& more : {Bytes(1, 0), Bytes(7, 0), Bytes(4096, 0), Bytes(1, 0xFF), Bytes(64, 0xA5)}) {
        Bytes longer = whole;
        longer.insert(longer.end(), more.begin(), more.end());
        write_bytes(log, longer);
        CHECK(read_copy(folder).damaged == "000003.log");
    }
}

TEST_CASE("rows that a forged table has in another order are passed over, and so missing") {
    const ScratchFolder scratch;
    const std::string folder = scratch.path("copy");
    audit_test::write_reversed(folder);
    const Reading reading = read_copy(folder);
    REQUIRE(reading.rows.size() == 1);
    CHECK(reading.rows[0].first == to_bytes("c"));
}

TEST_CASE("a copy's files are those of its folder, and files") {
    const CopiedFolder copied;
    const std::string manifest = [&copied] {
        for (const auto& [name, bytes] : copied.files) {
            if (name.starts_with("MANIFEST")) return name;
        }
        return std::string();
    }();
    // The same manifest, but outside the folder.
    write_bytes(copied.scratch.path(manifest), copied.files.at(manifest));
    write_bytes(copied.path("CURRENT"), to_bytes("../" + manifest + "\n"));
    CHECK(read_copy(copied.folder).code == Errc::corrupt);
    write_bytes(copied.path("CURRENT"), to_bytes("../chain\n"));
    CHECK(read_copy(copied.folder).code == Errc::corrupt);
    copied.put_back("CURRENT");
    REQUIRE_FALSE(read_copy(copied.folder).rows.empty());
    // Opening a pipe to read it waits for a writer.
    for (const std::string& name : {copied.one_with(".log"), copied.one_with(".ldb")}) {
        fs::remove(copied.path(name));
        REQUIRE(::mkfifo(copied.path(name).c_str(), 0600) == 0);
        CHECK(read_copy(copied.folder).code == Errc::io);
        fs::remove(copied.path(name));
        copied.put_back(name);
    }
}

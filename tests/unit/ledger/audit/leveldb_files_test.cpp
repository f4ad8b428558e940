// The reader of LevelDB's files against LevelDB itself, and against files that somebody made.
#include "ledger/audit/leveldb_files.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "ledger/store/leveldb_store.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/file_bytes.hpp"
#include "tests/unit/node/scratch_folder.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::leveldb_format;
using node::ScratchFolder;
using test::must;
using test::read_bytes;
using test::write_bytes;

namespace {

using Rows = std::vector<std::pair<Bytes, Bytes>>;

Bytes random_bytes(std::mt19937_64& chance, std::size_t bytes) {
    Bytes out(bytes);
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(chance());
    return out;
}

// Rows written, written again and removed, with starts in between: tables of several levels, some of them overlapping,
// old values hidden by newer ones, and a log.
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

std::unique_ptr<LevelDbFiles> opened(const std::string& folder) {
    std::unique_ptr<LevelDbFiles> files;
    const Damage damage = LevelDbFiles::open(folder, files);
    INFO((damage ? damage->file + ": " + damage->what : std::string()));
    REQUIRE_FALSE(damage);
    const Damage inside = files->check([](std::uint64_t) {});
    INFO((inside ? inside->file + ": " + inside->what : std::string()));
    REQUIRE_FALSE(inside);
    return files;
}

Rows rows_of(const LevelDbFiles& files, ByteView from) {
    Rows rows;
    must(files.scan(from, [&rows](ByteView key, ByteView value) {
        rows.emplace_back(Bytes(key.begin(), key.end()), Bytes(value.begin(), value.end()));
        return true;
    }));
    return rows;
}

// Where a file has checksums: from, how many bytes, and where the check of them stands.
struct Checked {
    std::size_t from = 0, bytes = 0, check = 0;
};

void put_check(Bytes& file, const Checked& part) {
    std::uint32_t check = masked_crc(ByteView(file).subspan(part.from, part.bytes), {});
    for (std::size_t i = 0; i < 4; ++i, check >>= 8) file[part.check + i] = static_cast<std::uint8_t>(check);
}

std::vector<Checked> checked_parts(const std::string& name, ByteView file) {
    std::vector<Checked> parts;
    const auto block = [&](LittleReader& reader) {
        const std::size_t offset = reader.varint(64), bytes = reader.varint(64);
        parts.push_back({offset, bytes + 1, offset + bytes + 1});
        return file.subspan(offset, bytes);
    };
    if (!name.ends_with(".ldb")) {  // logs and manifests
        for (std::size_t at = 0; at + 7 <= file.size();) {
            const std::size_t left = 32768 - at % 32768;
            if (left < 7) {
                at += left;
                continue;
            }
            const std::size_t length = LittleReader(file.subspan(at + 4, 2)).fixed(2);
            parts.push_back({at + 6, 1 + length, at});
            at += 7 + length;
        }
        return parts;
    }
    LittleReader footer(file.last(48));
    const ByteView meta = block(footer), index = block(footer);
    for (const ByteView of : {meta, index}) {
        const std::size_t restarts = LittleReader(of.last(4)).fixed(4);
        LittleReader reader(of.first(of.size() - 4 - 4 * restarts));
        while (reader.left() > 0) {
            reader.varint(32);
            const std::size_t key = reader.varint(32), value = reader.varint(32);
            reader.take(key);
            LittleReader handle(reader.take(value));
            block(handle);
        }
    }
    return parts;
}

}  // namespace

TEST_CASE("what is read of LevelDB's files is what LevelDB reads, from any row on") {
    const ScratchFolder scratch;
    const std::string folder = scratch.path("store");
    std::mt19937_64 chance(3);
    for (unsigned round = 0; round < 4; ++round) {
        write_some(folder, chance, 7);
        const auto files = opened(folder);
        const Rows all = rows_of(*files, {});
        std::vector<Rows> parts;
        std::vector<Bytes> starts;
        for (unsigned i = 0; i < 30; ++i) {
            starts.push_back(to_bytes("row " + std::to_string(chance() % 1000)));
            parts.push_back(rows_of(*files, starts.back()));
        }
        // Only now: LevelDB changes the folder.
        const auto store = must(LevelDbStore::open(folder));
        const auto scan = [&store](const Bytes& from) {
            Rows rows;
            must(store->scan(from, Bytes{0xFF}, [&rows](ByteView key, ByteView value) {
                rows.emplace_back(Bytes(key.begin(), key.end()), Bytes(value.begin(), value.end()));
                return true;
            }));
            return rows;
        };
        CHECK(all.size() > 300);
        CHECK(all == scan({}));
        for (std::size_t i = 0; i < starts.size(); ++i) CHECK(parts[i] == scan(starts[i]));
    }
}

TEST_CASE("a row's place is told for rows that are there, and no others") {
    const ScratchFolder scratch;
    std::mt19937_64 chance(4);
    write_some(scratch.path("store"), chance, 5);
    const auto files = opened(scratch.path("store"));
    std::set<std::string> places;
    for (const auto& [key, value] : rows_of(*files, {})) {
        const auto place = files->place_of(key);
        REQUIRE(place);
        places.insert(place->file);
        const Bytes content = read_bytes(scratch.path("store/" + place->file));
        CHECK(place->offset < content.size());
        Bytes other = key;
        other.push_back(1);
        CHECK_FALSE(files->place_of(other));
    }
    CHECK(places.size() >= 2);
}

TEST_CASE("whatever stands in a file under right checksums is refused, or read in order") {
    const ScratchFolder scratch;
    const std::string folder = scratch.path("store");
    std::mt19937_64 chance(5);
    write_some(folder, chance, 6);
    // LevelDB leaves a table half written if it is closed during a compaction: only what the manifest lists is whole.
    const std::vector<std::string> whole = opened(folder)->files();
    std::size_t refused = 0, read_on = 0;
    for (const std::string& name : whole) {
        if (name == "CURRENT") continue;
        const std::string path = folder + "/" + name;
        const Bytes before = read_bytes(path);
        const std::vector<Checked> parts = checked_parts(name, before);
        for (unsigned i = 0; !parts.empty() && i < 250; ++i) {
            Bytes bytes = before;
            const Checked& part = parts[chance() % parts.size()];
            for (unsigned changes = 0; changes < 1 + i % 3; ++changes) {
                // Lengths and numbers stand at the beginnings and ends.
                const std::size_t near = std::min<std::size_t>(part.bytes, 12);
                const std::size_t within = chance() % 3 == 0   ? chance() % part.bytes
                                           : chance() % 2 == 0 ? chance() % near
                                                               : part.bytes - 1 - chance() % near;
                bytes[part.from + within] = static_cast<std::uint8_t>(chance());
            }
            put_check(bytes, part);
            write_bytes(path, bytes);
            std::unique_ptr<LevelDbFiles> files;
            Damage damage = LevelDbFiles::open(folder, files);
            if (!damage) damage = files->check([](std::uint64_t) {});
            if (damage) {
                ++refused;
                CHECK_FALSE(damage->what.empty());
                continue;
            }
            ++read_on;
            const Rows rows = rows_of(*files, {});
            CHECK(std::is_sorted(rows.begin(), rows.end(),
                                 [](const auto& a, const auto& b) { return a.first < b.first; }));
            if (!rows.empty()) CHECK(files->place_of(rows[chance() % rows.size()].first));
        }
        write_bytes(path, before);
    }
    CHECK(refused > 300);
    CHECK(read_on > 50);
    opened(folder);
}

TEST_CASE("numbers that are not in their shortest form, or too large for their field, are refused") {
    const auto varint = [](const Bytes& bytes, unsigned bits) -> std::optional<std::uint64_t> {
        LittleReader reader(bytes);
        const std::uint64_t value = reader.varint(bits);
        return reader.failed() || reader.left() > 0 ? std::nullopt : std::optional(value);
    };
    CHECK(varint({0x00}, 64) == 0u);
    CHECK(varint({0x85, 0x01}, 64) == 133u);
    CHECK_FALSE(varint({0x85, 0x00}, 64));
    CHECK_FALSE(varint({0x80}, 64));
    CHECK(varint({0xFF, 0xFF, 0xFF, 0xFF, 0x0F}, 32) == 0xFFFFFFFFu);
    CHECK_FALSE(varint({0xFF, 0xFF, 0xFF, 0xFF, 0x1F}, 32));
    CHECK(varint({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01}, 64) == ~std::uint64_t{0});
    CHECK_FALSE(varint({0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02}, 64));
}

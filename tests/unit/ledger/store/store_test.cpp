// Tests the LevelDB store: durable commits, and errors for damaged files.
#include "ledger/store/leveldb_store.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/support/builders.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using xinlian::test::must;
namespace fs = std::filesystem;

namespace {

// A folder of this test, removed with it.
struct Folder {
    Folder() {
        std::string name = (fs::temp_directory_path() / "xinlian-store-XXXXXX").string();
        XL_CHECK(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string store() const { return (path / "a" / "store").string(); }
    fs::path path;
};

Change put(std::string_view key, std::string_view value) { return {to_bytes(key), to_bytes(value)}; }

std::string get(const Store& store, std::string_view key) {
    const auto value = must(store.get(as_bytes(key)));
    return value ? std::string(as_text(*value)) : "(none)";
}

std::string scan(const Store& store, std::string_view from, std::string_view to, std::size_t max = 100) {
    std::string out;
    must(store.scan(as_bytes(from), as_bytes(to), [&](ByteView key, ByteView value) {
        out += std::string(as_text(key)) + "=" + std::string(as_text(value)) + " ";
        return --max > 0;
    }));
    return out;
}

// The largest file in the folder with this ending.
fs::path biggest(const std::string& folder, std::string_view ending) {
    fs::path found;
    for (const auto& file : fs::directory_iterator(folder)) {
        if (!file.path().string().ends_with(ending)) continue;
        if (found.empty() || fs::file_size(file) > fs::file_size(found)) found = file.path();
    }
    XL_CHECK(!found.empty());
    return found;
}

void flip_byte(const fs::path& file, std::uintmax_t at) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(at));
    const char byte = static_cast<char>(stream.get() ^ 0x10);
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put(byte);
    XL_CHECK(stream.good());
}

// Enough rows that several files are written.
void fill(LevelDbStore& store) {
    for (unsigned block = 0; block < 20; ++block) {
        std::vector<Change> changes;
        for (unsigned i = 0; i < 100; ++i) {
            const Hash value = test::named(Suite::ed25519_sha256, "value", block * 100 + i);
            Bytes bytes;
            for (unsigned k = 0; k < 320; ++k) bytes.insert(bytes.end(), value.bytes.begin(), value.bytes.end());
            changes.push_back({Bytes(value.bytes.begin(), value.bytes.end()), std::move(bytes)});
        }
        must(store.commit(changes));
    }
}

}  // namespace

TEST_CASE("the store keeps what was committed, over a restart") {
    const Folder folder;
    {
        const auto store = must(LevelDbStore::open(folder.store()));
        const std::array<Change, 3> changes{put("a", "1"), put("b", ""), put("c", "3")};
        must(store->commit(changes));
        const std::array<Change, 2> later{put("a", "2"), Change{to_bytes("c"), std::nullopt}};
        must(store->commit(later));
        CHECK(store->bytes_on_disk() > 0);
    }
    const auto store = must(LevelDbStore::open(folder.store()));
    CHECK(get(*store, "a") == "2");
    CHECK(get(*store, "b").empty());
    CHECK(get(*store, "c") == "(none)");
}

TEST_CASE("a scan gives the keys in order, from the first up to, not with, the last") {
    const Folder folder;
    const auto store = must(LevelDbStore::open(folder.store()));
    const std::array<Change, 4> changes{put("b2", "y"), put("a", "w"), put("c", "z"), put("b1", "x")};
    must(store->commit(changes));
    CHECK(scan(*store, "b", "c") == "b1=x b2=y ");
    CHECK(scan(*store, "a", "z") == "a=w b1=x b2=y c=z ");
    CHECK(scan(*store, "a", "z", 2) == "a=w b1=x ");
    CHECK(scan(*store, "b3", "c").empty());
    CHECK(scan(*store, "z", "a").empty());
}

TEST_CASE("the last row before a key is found, or nothing below the bound") {
    const Folder folder;
    const auto store = must(LevelDbStore::open(folder.store()));
    const auto last = [&store](std::string_view from, std::string_view to) {
        const auto row = must(store->last_before(as_bytes(from), as_bytes(to)));
        return row ? std::string(as_text(row->first)) : "(none)";
    };
    CHECK(last("a", "z") == "(none)");
    const std::array<Change, 3> changes{put("b", "1"), put("d", "2"), put("f", "3")};
    must(store->commit(changes));
    CHECK(last("a", "d") == "b");
    CHECK(last("a", "e") == "d");
    CHECK(last("a", "z") == "f");
    CHECK(last("a", "b") == "(none)");
    CHECK(last("c", "d") == "(none)");
    CHECK(last("d", "e") == "d");
}

TEST_CASE("a store that another holder has open is unavailable, not broken") {
    const Folder folder;
    const auto store = must(LevelDbStore::open(folder.store()));
    const auto second = LevelDbStore::open(folder.store());
    REQUIRE(!second.ok());
    CHECK(second.error().code == Errc::unavailable);
}

TEST_CASE("a store without its file CURRENT is refused, not begun anew") {
    const Folder folder;
    {
        const auto store = must(LevelDbStore::open(folder.store()));
        const std::array<Change, 1> changes{put("a", "1")};
        must(store->commit(changes));
    }
    fs::remove(fs::path(folder.store()) / "CURRENT");
    const auto opened = LevelDbStore::open(folder.store());
    REQUIRE(!opened.ok());
    CHECK(opened.error().code == Errc::corrupt);
}

TEST_CASE("a file where the folder should be is refused") {
    const Folder folder;
    std::ofstream(folder.path / "a") << "x";
    const auto opened = LevelDbStore::open(folder.store());
    REQUIRE(!opened.ok());
    CHECK(opened.error().code == Errc::io);
}

TEST_CASE("a flipped bit in a table file is an error, never a wrong value") {
    const Folder folder;
    fill(*must(LevelDbStore::open(folder.store())));
    must(LevelDbStore::open(folder.store()));  // moves what was still in the log into tables
    const fs::path file = biggest(folder.store(), ".ldb");
    flip_byte(file, fs::file_size(file) / 3);
    bool noticed = false;
    const auto store = LevelDbStore::open(folder.store());
    if (!store) {
        CHECK(store.error().code == Errc::corrupt);
        return;
    }
    for (unsigned i = 0; i < 2000; ++i) {
        const Hash key = test::named(Suite::ed25519_sha256, "value", i);
        const auto value = (*store)->get(key.view());
        if (!value) {
            CHECK(value.error().code == Errc::corrupt);
            noticed = true;
            continue;
        }
        if (!value->has_value() || (*value)->size() != 320 * 32) FAIL("row " << i << " is gone in silence");
        CHECK(std::equal(key.bytes.begin(), key.bytes.end(), (*value)->begin()));
    }
    CHECK(noticed);
}

TEST_CASE("a flipped bit in the write-ahead log is found at the start") {
    const Folder folder;
    {
        const auto store = must(LevelDbStore::open(folder.store()));
        const std::array<Change, 2> changes{put("a", "1"), put("b", std::string(2000, 'x'))};
        must(store->commit(changes));
    }
    flip_byte(biggest(folder.store(), ".log"), 1000);
    const auto opened = LevelDbStore::open(folder.store());
    REQUIRE(!opened.ok());
    CHECK(opened.error().code == Errc::corrupt);
}

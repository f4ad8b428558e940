// An audit of real files. The long search, every byte of every file: test_ledger "[every-byte]"
#include "ledger/audit/audit_folder.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <random>
#include <thread>

#include "ledger/store/leveldb_store.hpp"
#include "tests/support/file_bytes.hpp"
#include "tests/unit/ledger/audit/audit_scene.hpp"
#include "tests/unit/node/scratch_folder.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using node::ScratchFolder;
using test::must;
using test::read_bytes;
using test::write_bytes;

namespace {

namespace fs = std::filesystem;

std::map<std::string, Bytes> files_in(const std::string& folder) {
    std::map<std::string, Bytes> files;
    for (const auto& item : fs::directory_iterator(folder))
        files[item.path().filename().string()] = read_bytes(item.path().string());
    return files;
}

bool holds_data(const std::string& name) { return name != "LOG" && name != "LOG.old" && name != "LOCK"; }

// The scene's chain as a node that was started several times leaves it: tables of two levels, a log, and a manifest.
class Copied {
public:
    Copied() : blocks(federation) {
        open();
        audit_test::fill(*chain, blocks, federation);
        for (std::uint64_t start = 0; start < 6; ++start) {
            open();  // LevelDB makes a table of the log
            blocks.append(*chain,
                          {blocks.batch("320000", audit_test::creates(federation.suite(), 5000 + 9 * start, 9))});
            blocks.append(*chain);
        }
        chain.reset();
        store.reset();
        files = files_in(folder);
    }
    std::string path(const std::string& name) const { return folder + "/" + name; }
    Result<FolderAudit> audited() const { return audit_folder(folder, federation.genesis(), {}); }
    // The flaw after one file was changed; the file is put back.
    std::optional<Flaw> flaw_with(const std::string& name, const Bytes& bytes) const {
        write_bytes(path(name), bytes);
        const FolderAudit audit = must(audited());
        write_bytes(path(name), files.at(name));
        return audit.chain.flaw;
    }
    std::string one_with(std::string_view suffix) const {
        for (const auto& [name, bytes] : files) {
            if (name.ends_with(suffix) && !bytes.empty()) return name;
        }
        return "";
    }

    ScratchFolder scratch;
    std::string folder = scratch.path("chain");
    test::Federation federation;
    test::Blocks blocks;
    std::unique_ptr<LevelDbStore> store;
    std::unique_ptr<Chain> chain;
    std::map<std::string, Bytes> files;

private:
    void open() {
        chain.reset();
        store.reset();
        store = must(LevelDbStore::open(folder));
        chain = must(Chain::open(*store, federation.genesis()));
        wait_for_merge();
    }
    // LevelDB merges four tables in the background; closed meanwhile it leaves one half written that no manifest lists.
    void wait_for_merge() const {
        const auto tables = [this] {
            return std::count_if(fs::directory_iterator(folder), fs::directory_iterator(),
                                 [](const auto& item) { return item.path().extension() == ".ldb"; });
        };
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
        while (tables() >= 4 && std::chrono::steady_clock::now() < deadline)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        REQUIRE(tables() < 4);
    }
};

void check_flip(const Copied& copied, const std::string& name, std::size_t at, unsigned bit) {
    Bytes bytes = copied.files.at(name);
    bytes[at] ^= static_cast<std::uint8_t>(1u << bit);
    const auto flaw = copied.flaw_with(name, bytes);
    INFO(name << ", byte " << at << ", bit " << bit << ": " << (flaw ? flaw->what : "nothing found"));
    REQUIRE(flaw);
    REQUIRE(flaw->kind == FlawKind::file);
    // CURRENT and MANIFEST may lead to a file that is not there.
    const bool list = name == "CURRENT" || name.starts_with("MANIFEST");
    REQUIRE((flaw->file == name || list));
    if (flaw->file != name) return;
    REQUIRE(flaw->offset);
    // A block of a table, or a record of a log or manifest, is named by where it begins.
    REQUIRE(*flaw->offset <= at);
    REQUIRE(at - *flaw->offset <= 33'000);
}

}  // namespace

TEST_CASE("an audit of a folder reads every file that holds data, finds it sound, and leaves it as it was") {
    const Copied copied;
    const FolderAudit audit = must(copied.audited());
    INFO((audit.chain.flaw ? audit.chain.flaw->what : std::string()));
    REQUIRE_FALSE(audit.chain.flaw);
    CHECK(audit.chain.height == copied.blocks.last()->block.header.height);
    CHECK(audit.chain.result == copied.blocks.last()->result);
    std::vector<std::string> due, rest;
    for (const auto& [name, bytes] : copied.files) (holds_data(name) ? due : rest).push_back(name);
    CHECK(audit.files == due);
    CHECK(audit.without_data == rest);
    CHECK(due.size() >= 4);
    CHECK(files_in(copied.folder) == copied.files);
}

TEST_CASE("an audit names file and offset of a flipped bit, wherever in the folder it is") {
    const Copied copied;
    std::mt19937_64 chance(1);
    for (const auto& [name, bytes] : copied.files) {
        if (!holds_data(name)) continue;
        std::vector<std::size_t> places;
        for (std::size_t i = 0; i < 40; ++i) places.push_back(chance() % bytes.size());
        // Where formats have bytes that no checksum covers: heads and tails.
        for (std::size_t i = 0; i < std::min<std::size_t>(60, bytes.size()); ++i)
            places.push_back(bytes.size() - 1 - i);
        for (std::size_t i = 0; i < std::min<std::size_t>(10, bytes.size()); ++i) places.push_back(i);
        for (const std::size_t at : places) check_flip(copied, name, at, static_cast<unsigned>(chance() % 8));
    }
    CHECK(files_in(copied.folder) == copied.files);
}

TEST_CASE("an audit finds every flipped bit of every file", "[.every-byte]") {
    const Copied copied;
    for (const auto& [name, bytes] : copied.files) {
        for (std::size_t at = 0; holds_data(name) && at < bytes.size(); ++at)
            check_flip(copied, name, at, static_cast<unsigned>(at % 8));
    }
}

TEST_CASE("an audit names a file that is cut short, too long, or gone") {
    const Copied copied;
    std::mt19937_64 chance(2);
    for (const auto& [name, bytes] : copied.files) {
        if (!holds_data(name)) continue;
        INFO(name);
        for (std::size_t i = 0; i < 12; ++i) {
            Bytes cut = bytes;
            cut.resize(i < 4 ? bytes.size() - 1 - i : chance() % bytes.size());
            const auto flaw = copied.flaw_with(name, cut);
            // A log that ends between two writes is a shorter log: no byte of it says that there was more.
            if (!flaw) CHECK(name.ends_with(".log"));
            if (flaw) CHECK(flaw->kind == FlawKind::file);
        }
        Bytes longer = bytes;
        longer.push_back(0);
        CHECK(copied.flaw_with(name, longer));
        fs::remove(copied.path(name));
        const auto flaw = must(copied.audited()).chain.flaw;
        write_bytes(copied.path(name), bytes);
        REQUIRE(flaw);
        CHECK(flaw->file == name);
        CHECK(flaw->what.find("missing") != std::string::npos);
    }
}

TEST_CASE("an audit says where a row lies that is whole as bytes but wrong as a row") {
    Copied copied;
    // Written through LevelDB, so that every checksum is right.
    const Bytes old_row = layout::key(layout::Table::id, {copied.blocks.last()->id.view()});
    const Bytes new_row = layout::key(layout::Table::first, 77);
    for (const Bytes& key : {old_row, new_row}) {
        {
            auto store = must(LevelDbStore::open(copied.folder));
            const Change change{key, layout::sealed(copied.federation.suite(), key, encode(Height{2}))};
            must(store->commit(std::span(&change, 1)));
        }
        const FolderAudit audit = must(copied.audited());
        REQUIRE(audit.chain.flaw);
        CHECK(audit.chain.flaw->row == key);
        CHECK(audit.chain.flaw->file.ends_with(".log"));
        CHECK(audit.chain.flaw->offset == std::uint64_t{0});
        {
            auto store = must(LevelDbStore::open(copied.folder));
            const Change undo{key, key == new_row ? std::optional<Bytes>()
                                                  : layout::sealed(copied.federation.suite(), key,
                                                                   encode(copied.blocks.last()->block.header.height))};
            must(store->commit(std::span(&undo, 1)));
        }
        CHECK_FALSE(must(copied.audited()).chain.flaw);
    }
}

TEST_CASE("an audit calls a folder without CURRENT damaged, also one that is not there") {
    const ScratchFolder scratch;
    const test::Federation federation;
    const auto nothing = audit_folder(scratch.path("nowhere"), federation.genesis(), {});
    REQUIRE(nothing.ok());
    CHECK(nothing->chain.flaw->file == "CURRENT");
}

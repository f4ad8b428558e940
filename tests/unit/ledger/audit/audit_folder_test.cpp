// Audits real files. The exhaustive search, every byte of every file, is test_ledger "[every-byte]".
#include "ledger/audit/audit_folder.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "tests/unit/ledger/audit/copied_folder.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using audit_test::CopiedFolder;
using audit_test::files_in;
using test::must;
using test::write_bytes;

namespace {

namespace fs = std::filesystem;

bool holds_data(const std::string& name) { return name != "LOG" && name != "LOG.old" && name != "LOCK"; }

Result<FolderAudit> audited(const CopiedFolder& copied) {
    return audit_folder(copied.folder, copied.fixture.federation.genesis(), {});
}

// The audit's result after one file was changed; the file is restored.
ChainAudit audit_with(const CopiedFolder& copied, const std::string& name, const Bytes& bytes) {
    write_bytes(copied.path(name), bytes);
    FolderAudit audit = must(audited(copied));
    copied.put_back(name);
    return std::move(audit.chain);
}

// A flipped bit is found in the file where it is, or it is in bytes of a table that no row depends on. Returns whether
// it was found.
bool check_flip(const CopiedFolder& copied, const std::string& name, std::size_t at, unsigned bit) {
    Bytes bytes = copied.files.at(name);
    bytes[at] ^= static_cast<std::uint8_t>(1u << bit);
    const ChainAudit audit = audit_with(copied, name, bytes);
    INFO(name << ", byte " << at << ", bit " << bit << ": " << (audit.flaw ? audit.flaw->what : "nothing found"));
    if (!audit.flaw) {
        REQUIRE(name.ends_with(".ldb"));
        REQUIRE(audit.result == copied.fixture.blocks.last()->result);
        REQUIRE(audit.rows == copied.fixture.store.rows().size());
        return false;
    }
    REQUIRE(audit.flaw->kind == FlawKind::file);
    // CURRENT and MANIFEST may lead to a file that does not exist.
    const bool list = name == "CURRENT" || name.starts_with("MANIFEST");
    REQUIRE((audit.flaw->file == name || list));
    return true;
}

}  // namespace

TEST_CASE("an audit of a folder reads every file that holds data, finds it sound, and leaves it as it was") {
    const CopiedFolder copied;
    const FolderAudit audit = must(audited(copied));
    INFO((audit.chain.flaw ? audit.chain.flaw->what : std::string()));
    REQUIRE_FALSE(audit.chain.flaw);
    CHECK(audit.chain.height == copied.fixture.blocks.last()->block.header.height);
    CHECK(audit.chain.result == copied.fixture.blocks.last()->result);
    CHECK(audit.chain.rows == copied.fixture.store.rows().size());
    std::vector<std::string> expected, rest;
    for (const auto& [name, bytes] : copied.files) (holds_data(name) ? expected : rest).push_back(name);
    CHECK(audit.files == expected);
    CHECK(audit.without_data == rest);
    CHECK(expected.size() == 6);  // CURRENT, a manifest, a log, and three tables
    CHECK(files_in(copied.folder) == copied.files);
}

TEST_CASE("an audit names the file of a flipped bit, wherever in the folder it is") {
    const CopiedFolder copied;
    std::mt19937_64 chance(1);
    for (const auto& [name, bytes] : copied.files) {
        if (!holds_data(name)) continue;
        std::vector<std::size_t> places;
        for (std::size_t i = 0; i < 40; ++i) places.push_back(chance() % bytes.size());
        for (std::size_t i = 0; i < std::min<std::size_t>(60, bytes.size()); ++i)
            places.push_back(bytes.size() - 1 - i);
        for (std::size_t i = 0; i < std::min<std::size_t>(10, bytes.size()); ++i) places.push_back(i);
        std::size_t found = 0;
        for (const std::size_t at : places) found += check_flip(copied, name, at, static_cast<unsigned>(chance() % 8));
        INFO(name << ": " << found << " of " << places.size());
        CHECK(found >= places.size() / 2);
    }
    CHECK(files_in(copied.folder) == copied.files);
}

TEST_CASE("an audit finds every flipped bit that a row depends on", "[.every-byte]") {
    const CopiedFolder copied;
    for (const auto& [name, bytes] : copied.files) {
        std::size_t found = 0;
        for (std::size_t at = 0; holds_data(name) && at < bytes.size(); ++at)
            found += check_flip(copied, name, at, static_cast<unsigned>(at % 8));
        WARN(name << ": " << found << " of " << bytes.size());
    }
}

TEST_CASE("an audit names a file that is cut short or gone") {
    const CopiedFolder copied;
    std::mt19937_64 chance(2);
    for (const auto& [name, bytes] : copied.files) {
        if (!holds_data(name)) continue;
        INFO(name);
        for (std::size_t i = 0; i < 12; ++i) {
            Bytes cut = bytes;
            cut.resize(i < 4 ? bytes.size() - 1 - i : chance() % bytes.size());
            const auto flaw = audit_with(copied, name, cut).flaw;
            // A log that ends between two writes is a shorter log: none of its bytes shows that there was more.
            if (!flaw) CHECK(name.ends_with(".log"));
            if (flaw) CHECK(flaw->kind == FlawKind::file);
        }
        Bytes longer = bytes;
        longer.push_back(0);
        // LevelDB reads of a table what the manifest counts, and of a manifest whole records.
        const ChainAudit after = audit_with(copied, name, longer);
        CHECK(after.flaw.has_value() == (name == "CURRENT" || name.ends_with(".log")));
        if (!after.flaw) CHECK(after.rows == copied.fixture.store.rows().size());
        fs::remove(copied.path(name));
        const auto flaw = must(audited(copied)).chain.flaw;
        copied.put_back(name);
        REQUIRE(flaw);
        CHECK(flaw->kind == FlawKind::file);
        CHECK(flaw->file == (name.ends_with(".log") ? "" : name));
        CHECK(flaw->what.find("missing") != std::string::npos);
    }
}

TEST_CASE("an audit names a row that is whole as bytes but wrong as a row") {
    const CopiedFolder copied;
    const Suite suite = copied.fixture.federation.suite();
    // Written through LevelDB, so that every checksum is right.
    const Bytes old_row = layout::key(layout::Table::id, {copied.fixture.blocks.last()->id.view()});
    const Bytes new_row = layout::key(layout::Table::first, 77);
    for (const Bytes& key : {old_row, new_row}) {
        {
            auto store = must(LevelDbStore::open(copied.folder));
            const Change change{key, layout::sealed(suite, key, encode(Height{2}))};
            must(store->commit(std::span(&change, 1)));
        }
        const FolderAudit audit = must(audited(copied));
        REQUIRE(audit.chain.flaw);
        CHECK(audit.chain.flaw->row == key);
        CHECK(audit.chain.flaw->kind == (key == old_row ? FlawKind::row_differs : FlawKind::row_unknown));
        {
            auto store = must(LevelDbStore::open(copied.folder));
            const Change undo{
                key, key == new_row
                         ? std::optional<Bytes>()
                         : layout::sealed(suite, key, encode(copied.fixture.blocks.last()->block.header.height))};
            must(store->commit(std::span(&undo, 1)));
        }
        CHECK_FALSE(must(audited(copied)).chain.flaw);
    }
}

TEST_CASE("an audit calls a folder without CURRENT damaged, also one that is not there") {
    const node::ScratchFolder scratch;
    const test::Federation federation;
    const auto nothing = audit_folder(scratch.path("nowhere"), federation.genesis(), {});
    REQUIRE(nothing.ok());
    CHECK(nothing->chain.flaw->file == "CURRENT");
    CHECK_FALSE(fs::exists(scratch.path("nowhere")));
}

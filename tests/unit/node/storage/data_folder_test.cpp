// Tests how a node classifies its memory when it opens its folder: by how much of journal and chain is there.
#include "node/storage/data_folder.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/builders.hpp"
#include "tests/unit/node/scratch_folder.hpp"

using namespace xinlian;
using namespace xinlian::node;
using consensus::Memory;
using test::must;
namespace fs = std::filesystem;

namespace {

// A node that committed two blocks. With the second the chain records that the anchor of the first was on disk.
struct Fixture {
    ScratchFolder scratch;
    test::Federation federation;
    test::Blocks blocks{federation};
    std::string folder = scratch.path("node");
    fs::path journal = fs::path(folder) / "journal" / "journal.00000001";
    std::vector<std::uintmax_t> ends;  // of the journal's file before each anchor, and after the last

    Fixture() {
        const DataFolder opened = open();
        Height anchored = 0;
        must(opened.journal->append(std::vector{JournalRecord{JournalRecord::Kind::core, to_bytes("a vote")}}));
        for (const Height height : {1U, 2U}) {
            const ledger::ExecutedBlockPtr block = blocks.block();
            must(opened.chain->append(std::span(&block, 1), blocks.certificate(), encode(anchored)));
            ends.push_back(fs::file_size(journal));
            const Bytes anchor = encode(JournalAnchor{height, block->id});
            must(opened.journal->append(std::vector{JournalRecord{JournalRecord::Kind::anchor, anchor}}));
            anchored = height;
        }
        ends.push_back(fs::file_size(journal));
    }
    DataFolder open() const { return must(open_data_folder(folder, federation.genesis())); }
};

}  // namespace

TEST_CASE("a journal that lost its end at a border of its frames is noticed by the chain") {
    const Fixture fixture;
    CHECK(fixture.open().memory == Memory::whole);
    fs::resize_file(fixture.journal, fixture.ends[1]);  // the last anchor may not have reached the disk
    CHECK(fixture.open().memory == Memory::whole);
    fs::resize_file(fixture.journal, fixture.ends[0]);  // the one before was there when the last block was written
    const DataFolder opened = fixture.open();
    CHECK(opened.memory == Memory::lost);
    CHECK(opened.journal_detail == "the journal is shorter than the chain recorded");
}

TEST_CASE("a chain without a journal is a loss, and only with neither of them it may be a first start") {
    const Fixture fixture;
    SECTION("the journal's folder is gone") {
        fs::remove_all(fixture.journal.parent_path());
        CHECK(fixture.open().memory == Memory::lost);
    }
    SECTION("the journal's file is gone") {
        fs::remove(fixture.journal);
        CHECK(fixture.open().memory == Memory::lost);
    }
    SECTION("both are gone") {
        fs::remove_all(fixture.folder);
        CHECK(fixture.open().memory == Memory::fresh);
    }
}

TEST_CASE("a journal with evidence and bodies alone remembers no vote") {
    // What a Byzantine member makes a node write that lost everything and does not know yet where the others are.
    using Kind = JournalRecord::Kind;
    const std::vector<JournalRecord> heard{{Kind::evidence, to_bytes("of equivocation")},
                                           {Kind::batch, to_bytes("a body")}};
    const Fixture fixture;
    SECTION("and no chain: it may be a first start") {
        fs::remove_all(fixture.folder);
        must(fixture.open().journal->append(heard));
        CHECK(fixture.open().memory == Memory::fresh);
    }
    SECTION("beside a chain: a loss") {
        fs::remove_all(fixture.journal.parent_path());
        must(fixture.open().journal->append(heard));
        CHECK(fixture.open().memory == Memory::lost);
    }
    SECTION("with a record of the core: whole") {
        fs::remove_all(fixture.folder);
        must(fixture.open().journal->append(heard));
        must(fixture.open().journal->append(std::vector{JournalRecord{Kind::core, to_bytes("a vote")}}));
        CHECK(fixture.open().memory == Memory::whole);
    }
}

TEST_CASE("what could not be persisted is not sent, and nothing is sent before") {
    std::vector<std::string> done;
    Status kept;
    const auto play = [&](Effects effects) {
        done.clear();
        return apply_effects(
            std::move(effects),
            [&](const Effects&) {
                done.emplace_back("persist");
                return kept;
            },
            [&](const Effects&) { done.emplace_back("release"); });
    };
    CHECK(play({}).ok());
    CHECK(done == std::vector<std::string>{"persist", "release"});
    Effects broken;
    broken.fatal = Error{Errc::corrupt, "the state diverged"};
    CHECK(play(broken).error().text == "the state diverged");
    CHECK(done == std::vector<std::string>{"persist"});
    kept = Error{Errc::io, "the disk is full"};
    CHECK(play({}).error().text == "the disk is full");
    CHECK(done == std::vector<std::string>{"persist"});
    CHECK(play(broken).error().text == "the state diverged");
}

// Tests the journal's file on a failing disk: the recorder injects the fault, and the model says what a power cut
// leaves.
#include <catch2/catch.hpp>

#include "node/storage/journal_file.hpp"
#include "tests/disk/disk_model.hpp"
#include "tests/unit/node/scratch_folder.hpp"

using namespace xinlian;
using namespace xinlian::disk;
using node::JournalFile;
using node::JournalRecord;
using node::OpenedJournal;

namespace {

// A journal in a folder whose changes are all recorded.
struct Fixture {
    node::ScratchFolder scratch;
    Recorder& recorder = Recorder::instance();
    DiskModel model;

    Fixture() { go_on_in("first"); }
    ~Fixture() {
        recorder.heal();
        recorder.hide_folders(false);
        recorder.watch("");
    }
    Fixture(const Fixture&) = delete;
    Fixture& operator=(const Fixture&) = delete;

    void go_on_in(const std::string& root) { recorder.watch(scratch.path(root)); }
    Result<OpenedJournal> open() const { return JournalFile::open(recorder.root() + "/journal"); }
    // Leaves only what is durable.
    void cut_power(const std::string& next_root) {
        for (const Operation& operation : recorder.log()) model.apply(operation);
        const Image left = model.image(Cut{});
        go_on_in(next_root);
        materialize(left, recorder.root());
    }
};

std::vector<std::string> texts(const Result<OpenedJournal>& opened) {
    if (!opened) return {opened.error().text};
    if (opened->damaged) return {"damaged"};
    std::vector<std::string> all;
    for (const JournalRecord& record : opened->records) all.emplace_back(record.body.begin(), record.body.end());
    return all;
}
JournalRecord record(std::string_view text) { return {JournalRecord::Kind::core, to_bytes(text)}; }
using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("what a journal returns at a start is on disk, even if its sync failed before") {
    Fixture fixture;
    {
        const auto opened = fixture.open();
        REQUIRE(opened.ok());
        REQUIRE(opened->file->append(std::vector{record("safe")}).ok());
        fixture.recorder.put({Fault::Kind::io_error, 1});  // the write passes
        CHECK(opened->file->append(std::vector{record("vote")}).error().code == Errc::io);
        fixture.recorder.heal();
    }
    CHECK(texts(fixture.open()) == Texts{"safe", "vote"});
    fixture.cut_power("second");
    CHECK(texts(fixture.open()) == Texts{"safe", "vote"});
}

TEST_CASE("a journal continues after its old records, also when they were written again") {
    Fixture fixture;
    for (const char* text : {"one", "two", "three"}) {
        const auto opened = fixture.open();
        REQUIRE(opened.ok());
        REQUIRE(opened->file->append(std::vector{record(text)}).ok());
    }
    fixture.cut_power("second");
    CHECK(texts(fixture.open()) == Texts{"one", "two", "three"});
}

TEST_CASE("a folder that cannot be read is not taken for one without a journal") {
    Fixture fixture;
    REQUIRE(fixture.open()->file->append(std::vector{record("vote")}).ok());
    fixture.recorder.hide_folders(true);
    const auto refused = fixture.open();
    fixture.recorder.hide_folders(false);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == Errc::io);
    CHECK(refused.error().text.find(fixture.recorder.root()) != std::string::npos);
    CHECK(texts(fixture.open()) == Texts{"vote"});
}

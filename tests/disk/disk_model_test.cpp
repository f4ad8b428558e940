// Tests the model of what a disk may hold after a power cut with cases made by hand.
#include "tests/disk/disk_model.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/unit/node/scratch_folder.hpp"

using namespace xinlian;
using namespace xinlian::disk;

namespace {

using Kind = Operation::Kind;

Operation created(const std::string& path, int handle) { return {Kind::open, path, {}, handle, true, false, {}, 0}; }
Operation opened(const std::string& path, int handle) { return {Kind::open, path, {}, handle, false, false, {}, 0}; }
Operation written(int handle, std::string_view text, std::uint64_t at = 0) {
    return {Kind::write, "", {}, handle, false, false, to_bytes(text), at};
}
Operation not_synced_by(int handle) { return {Kind::failed_sync, "", {}, handle, false, false, {}, 0}; }
Operation synced_by(int handle, const std::string& path) { return {Kind::sync, path, {}, handle, false, false, {}, 0}; }
Operation renamed(const std::string& from, const std::string& to) {
    return {Kind::rename, from, to, 0, false, false, {}, 0};
}
Operation removed(const std::string& path) { return {Kind::unlink, path, {}, 0, false, false, {}, 0}; }

// What the files of each possible disk hold: "name=bytes name=bytes".
std::set<std::string> looks(const std::vector<Operation>& log) {
    DiskModel model;
    for (const Operation& operation : log) model.apply(operation);
    std::set<std::string> all;
    for (const Cut& cut : model.cuts()) {
        std::string text;
        for (const auto& [path, bytes] : model.image(cut))
            text += (text.empty() ? "" : " ") + path + "=" + (bytes ? std::string(bytes->begin(), bytes->end()) : "/");
        all.insert(text);
    }
    return all;
}
using Looks = std::set<std::string>;

}  // namespace

TEST_CASE("bytes that were not synced are there, are not, or are torn; synced ones are there") {
    CHECK(looks({created("a", 1), opened("", 9), synced_by(9, ""), written(1, "wxyz")}) ==
          Looks{"a=", "a=w", "a=wx", "a=wxy", "a=wxyz"});
    CHECK(looks({created("a", 1), opened("", 9), synced_by(9, ""), written(1, "xy"), synced_by(1, "a"),
                 written(1, "z", 2)}) == Looks{"a=xy", "a=xyz"});
}

TEST_CASE("what a failed sync took for written is brought to the disk by a sync only if it is written again") {
    const std::vector<Operation> log{created("a", 1),   opened("", 9),      synced_by(9, ""), written(1, "x"),
                                     synced_by(1, "a"), written(1, "y", 1), not_synced_by(1), opened("a", 2)};
    const auto after = [&](std::vector<Operation> more) {
        more.insert(more.begin(), log.begin(), log.end());
        return looks(more);
    };
    CHECK(after({synced_by(2, "a")}) == Looks{"a=x", "a=xy"});
    CHECK(after({written(2, "z", 2), synced_by(2, "a")}) == Looks{"a=x", "a=xy", "a=xyz"});
    CHECK(after({written(2, "xy"), synced_by(2, "a")}) == Looks{"a=xy"});
    CHECK(after({written(2, "x"), written(2, "y", 1), synced_by(2, "a")}) == Looks{"a=xy"});
    CHECK(after({written(2, "xy")}) == Looks{"a=x", "a=xy"});
}

TEST_CASE("a name that its folder was not synced for is there or not, however well the file was synced") {
    CHECK(looks({created("a", 1), written(1, "x"), synced_by(1, "a")}) == Looks{"", "a=x"});
    CHECK(looks({created("a", 1), written(1, "x"), synced_by(1, "a"), opened("", 9), synced_by(9, "")}) ==
          Looks{"a=x"});
}

TEST_CASE("what is in a folder whose own name is lost is lost") {
    const Operation folder{Kind::make_folder, "d", {}, 0, false, false, {}, 0};
    CHECK(looks({folder, created("d/a", 1), opened("d", 8), synced_by(8, "d")}) == Looks{"", "d=/ d/a="});
}

TEST_CASE("pending names happen in their order, or any of them alone") {
    CHECK(looks({created("a", 1), opened("", 9), synced_by(9, ""), created("b", 2), renamed("b", "a"), removed("a")}) ==
          Looks{"a=", "a= b=", ""});
    CHECK(looks({created("a", 1), created("b", 2), opened("", 9), synced_by(9, ""), removed("a"), removed("b")}) ==
          Looks{"a= b=", "b=", "a=", ""});
}

TEST_CASE("a file cut shorter is as before or as after until it is synced") {
    const std::vector<Operation> log{created("a", 1),   opened("", 9),
                                     synced_by(9, ""),  written(1, "xyz"),
                                     synced_by(1, "a"), {Kind::truncate, "a", {}, 1, false, false, {}, 1}};
    CHECK(looks(log) == Looks{"a=xyz", "a=x"});
    std::vector<Operation> synced = log;
    synced.push_back(synced_by(1, "a"));
    CHECK(looks(synced) == Looks{"a=x"});
}

TEST_CASE("the recorder sees all changes to files, and injected faults fail the calls") {
    const node::ScratchFolder scratch;
    const std::string root = scratch.path("");
    Recorder& recorder = Recorder::instance();
    recorder.watch(root.substr(0, root.size() - 1));
    const int file = ::open((root + "a").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    REQUIRE(file >= 0);
    REQUIRE(::write(file, "xyz", 3) == 3);
    recorder.put({Fault::Kind::io_error, 0});
    CHECK(::fdatasync(file) == -1);
    CHECK(errno == EIO);
    recorder.put({Fault::Kind::short_write, 0});
    CHECK(::write(file, "1234", 4) == 2);
    CHECK(::write(file, "34", 2) == -1);
    CHECK(errno == ENOSPC);
    recorder.heal();
    recorder.pretend();
    CHECK(::write(file, "gone", 4) == 4);
    ::close(file);
    std::vector<std::string> seen;
    for (const Operation& operation : recorder.log()) seen.push_back(describe(operation));
    recorder.watch("");
    CHECK(seen == std::vector<std::string>{"create a", "write 3 bytes to a", "fail to sync a", "write 2 bytes to a"});
    CHECK(std::filesystem::file_size(root + "a") == 5);
}

#include "tests/disk/compaction.hpp"

#include <filesystem>

#include "ledger/store/leveldb_store.hpp"
#include "tests/disk/disk_model.hpp"

namespace xinlian::disk {

namespace {

constexpr std::size_t sessions = 7, commits_each = 6, rows_each = 3;
constexpr std::size_t value_bytes = 400;

Bytes key_of(std::size_t commit, std::size_t row) {
    return {static_cast<std::uint8_t>('a' + row), static_cast<std::uint8_t>(commit)};
}
Bytes value_of(std::size_t commit, std::size_t row) {
    return Bytes(value_bytes, static_cast<std::uint8_t>(commit * rows_each + row));
}

// Returns the number of recorded operations at the return of each commit; nothing if the store refused.
std::vector<std::size_t> write_all(const std::string& folder) {
    std::vector<std::size_t> done;
    for (std::size_t session = 0; session < sessions; ++session) {
        auto store = ledger::LevelDbStore::open(folder);
        if (!store) return {};
        for (std::size_t i = 0; i < commits_each; ++i) {
            std::vector<ledger::Change> changes;
            for (std::size_t row = 0; row < rows_each; ++row)
                changes.push_back({key_of(done.size(), row), value_of(done.size(), row)});
            if (!(*store)->commit(changes)) return {};
            done.push_back(Recorder::instance().recorded());
        }
    }
    return done;
}

void check(Tally& tally, const std::string& root, std::size_t committed, std::size_t commits) {
    auto opened = ledger::LevelDbStore::open(root + "/chain");
    if (!opened) return tally.fail("it does not open: " + opened.error().text);
    const ledger::LevelDbStore* store =
        opened->release();  // never closed: that would wait for a thread that does not exist
    for (std::size_t commit = 0; commit < commits; ++commit) {
        std::size_t there = 0;
        for (std::size_t row = 0; row < rows_each; ++row) {
            const auto value = store->get(key_of(commit, row));
            if (!value) return tally.fail("it does not read: " + value.error().text);
            if (!*value) continue;
            if (**value != value_of(commit, row))
                return tally.fail("another value of commit " + std::to_string(commit));
            ++there;
        }
        const bool whole = there == rows_each || (there == 0 && commit >= committed);
        if (!whole) return tally.fail("commit " + std::to_string(commit) + " is lost, or there in part");
    }
}

// Runs in a process of its own: once LevelDB has started its thread, forks of the process lack that thread while
// LevelDB assumes it exists.
void run(Tally& tally, const std::string& base, unsigned at_once) {
    const std::string root = Forks::own_folder(base);
    std::filesystem::create_directories(root);
    Recorder& recorder = Recorder::instance();
    recorder.watch(root);
    const std::vector<std::size_t> done = write_all(root + "/chain");
    const std::vector<Operation> log = std::exchange(recorder.log(), {});
    recorder.watch("");
    if (done.empty()) tally.fail("the store does not take what it is given");
    DiskModel model;
    Forks forks(base, at_once);
    std::size_t committed = 0;
    std::uint64_t compacted = 0;
    for (std::size_t i = 0; i < log.size(); ++i) {
        model.apply(log[i]);
        while (committed < done.size() && done[committed] <= i + 1) ++committed;
        if (log[i].kind == Operation::Kind::unlink && log[i].path.ends_with(".ldb")) ++compacted;
        if (log[i].kind == Operation::Kind::open && !log[i].created) continue;
        ++tally.kinds["operations"];
        forks.run("after: " + describe(log[i]), [&](Tally& in_fork) {
            for (const Cut& cut : model.cuts()) {
                ++in_fork.cases;
                ++in_fork.kinds[cut.variant];
                const std::string own = Forks::own_folder(base);
                const std::string folder = own + "/" + std::to_string(in_fork.cases);
                std::filesystem::create_directories(own);
                materialize(model.image(cut), folder);
                const std::uint64_t failed = in_fork.failed;
                check(in_fork, folder, committed, done.size());
                if (in_fork.failed > failed) in_fork.failures.back() = cut.name + ": " + in_fork.failures.back();
            }
        });
    }
    forks.finish();
    tally.add(forks.tally());
    tally.kinds["tables compacted away"] += compacted;
    if (compacted == 0) tally.fail("LevelDB did not compact: nothing is shown");
}

}  // namespace

Tally run_compaction(const std::string& base, unsigned at_once) {
    Forks alone(base, 1);
    alone.run("the store", [&](Tally& tally) { run(tally, base, at_once); });
    alone.finish();
    return alone.tally();
}

}  // namespace xinlian::disk

#include "tests/disk/call_faults.hpp"

#include <cstring>
#include <filesystem>

#include "tests/disk/disk_model.hpp"
#include "tests/disk/fault_injector.hpp"

namespace xinlian::disk {

namespace {

constexpr std::size_t victim = 1;
constexpr std::size_t blocks = 14;  // with rotations

// Operations whose failure has no effect: removal of obsolete files, and LevelDB's log for people.
bool needless(const Operation& operation) {
    const auto ends = [&](std::string_view end) { return operation.path.ends_with(end); };
    return operation.kind == Operation::Kind::unlink || ends("/LOG") || ends("/LOG.old");
}

std::string_view name_of(Fault::Kind kind) {
    switch (kind) {
        case Fault::Kind::no_space:
            return "no space";
        case Fault::Kind::io_error:
            return "broken";
        case Fault::Kind::short_write:
            return "half a write, then no space";
    }
    return "?";
}

struct Case {
    std::string root;
    Members members;
    Script script;
    std::vector<Operation> log;

    explicit Case(std::string folder)
        : root(std::move(folder)), members(root, {victim}, script_journal_bytes_max), script(members, victim) {}

    // The error that ended the member, if one did.
    std::optional<Error> run() {
        std::filesystem::create_directory(root);
        Recorder::instance().watch(root);
        const Status begun = members.begin();
        if (!begun) return begun.error();
        script.run(blocks);
        return members.member(victim).fatal;
    }

    // False if it does not start.
    bool start_from(Tally& tally, const Image& image, const std::string& folder) {
        materialize(image, folder);
        Recorder::instance().watch(folder);
        members.move_to(folder);
        members.passes = {};
        if (members.member(victim).replica) members.drop(victim);
        const Status begun = members.begin();
        if (!begun) tally.fail("it does not start again: " + begun.error().text);
        return begun.ok();
    }

    void come_back(Tally& tally, const DiskModel& model, const Cut& cut, const std::string& folder) {
        ++tally.cases;
        if (!start_from(tally, model.image(cut), folder)) return;
        const auto batch = script.fresh_batch();
        members.submit(0, batch);
        const bool final = members.run_until([&] { return members.all_hold(batch); }, 60'000);
        members.check_agreement();
        if (members.wrong()) return tally.fail(*members.wrong());
        if (!final) tally.fail("no further block becomes final everywhere: " + members.describe());
    }

    // A restart without a power cut: the member sends what its journal holds. The journal must be on disk by then, even
    // if an earlier sync of it failed.
    void come_back_and_fall(Tally& tally, DiskModel model, const std::string& folder) {
        ++tally.cases;
        std::filesystem::create_directory(folder);
        if (!start_from(tally, model.image(model.everything()), folder + "/first")) return;
        for (const Operation& operation : std::exchange(Recorder::instance().log(), {})) model.apply(operation);
        if (!start_from(tally, model.image(Cut{}), folder + "/second")) return;
        members.check_acknowledged(victim);
        if (members.wrong()) return tally.fail(*members.wrong());
        tally.add(inject_all_faults(members, script, victim, folder));
    }
};

void check_words(Tally& tally, const Error& error, const Operation& struck, Fault::Kind kind) {
    const std::string reason = std::strerror(kind == Fault::Kind::io_error ? EIO : ENOSPC);
    std::string path = struck.path;  // by which it was opened: a journal is renamed once it is whole
    if (path.ends_with(".new") && error.text.find(path) == std::string::npos) path.resize(path.size() - 4);
    if (error.text.find(path) == std::string::npos) tally.fail("the error does not name " + path + ": " + error.text);
    if (error.text.find(reason) == std::string::npos) tally.fail("the error gives no reason: " + error.text);
}

void fail_at(Tally& tally, const Fault& fault, const std::string& base) {
    const std::string root = Forks::own_folder(base);
    std::filesystem::create_directory(root);
    Recorder& recorder = Recorder::instance();
    Case one(root + "/first");
    recorder.put(fault);
    const std::optional<Error> ended = one.run();
    ++tally.cases;
    if (!recorder.struck()) return;  // the run was over before
    const Operation struck = *recorder.struck();
    const std::size_t touched = recorder.after_strike();
    recorder.heal();
    ++tally.kinds[std::string(name_of(fault.kind)) + (ended ? ", it stops" : ", it goes on without")];
    if (one.members.wrong()) tally.fail(*one.members.wrong());
    if (!ended && !needless(struck)) tally.fail("nobody noticed");
    if (ended) check_words(tally, *ended, struck, fault.kind);
    if (ended && touched > 0) tally.fail("it went on using " + struck.path + " after the failure");
    DiskModel model;
    for (const Operation& operation : std::exchange(recorder.log(), {})) model.apply(operation);
    Forks forks(base, 1);
    forks.run("then a power cut",
              [&](Tally& in_fork) { one.come_back(in_fork, model, Cut{}, Forks::own_folder(base)); });
    forks.run("then a new start",
              [&](Tally& in_fork) { one.come_back(in_fork, model, model.everything(), Forks::own_folder(base)); });
    forks.run("then a new start and a power cut",
              [&](Tally& in_fork) { one.come_back_and_fall(in_fork, model, Forks::own_folder(base)); });
    forks.finish();
    tally.add(forks.tally());
}

}  // namespace

Tally run_call_faults(const CallFaultPlan& plan) {
    Recorder& recorder = Recorder::instance();
    recorder.hold_threads(true);
    std::filesystem::create_directories(plan.base);
    std::size_t calls = 0;
    Tally tally;
    {
        Case healthy(plan.base + "/healthy");
        if (const auto ended = healthy.run()) tally.fail("the run without a fault: " + ended->text);
        for (const Operation& operation : recorder.log())
            calls += operation.kind != Operation::Kind::open || operation.created || operation.emptied ? 1 : 0;
        recorder.watch("");
    }
    Forks forks(plan.base, plan.at_once);
    for (const Fault::Kind kind : {Fault::Kind::io_error, Fault::Kind::no_space, Fault::Kind::short_write}) {
        for (std::size_t at = 0; at < calls; at += plan.every) {
            forks.run(std::string(name_of(kind)) + " at call " + std::to_string(at), [&](Tally& in_fork) {
                fail_at(in_fork, {kind, at}, plan.base);
            });
        }
    }
    forks.finish();
    recorder.hold_threads(false);
    std::filesystem::remove_all(plan.base + "/healthy");
    tally.add(forks.tally());
    return tally;
}

}  // namespace xinlian::disk

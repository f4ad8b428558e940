// xinlian-disk: tests a node against power cuts and disk faults (docs/assurance.md, disks). It prints counts and
// failures; the last line is "N passed, N failed".
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "tests/disk/call_faults.hpp"
#include "tests/disk/compaction.hpp"
#include "tests/disk/crash_points.hpp"
#include "tests/disk/damage.hpp"

namespace xinlian::disk {

namespace {

struct Options {
    bool all = false;
    std::uint64_t twice = 150;
    std::uint64_t faults = 20;
    std::string only;
    unsigned jobs = std::max(1u, std::thread::hardware_concurrency());
};

class Program {
public:
    explicit Program(Options options) : options_(std::move(options)) {
        const char* memory = std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : "/tmp";
        base_ = std::string(memory) + "/xinlian-disk-" + std::to_string(::getpid());
        std::filesystem::create_directory(base_);
    }
    ~Program() {
        std::error_code ignored;
        std::filesystem::remove_all(base_, ignored);
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    int run() {
        power("power", "one member's power, at every operation", plan({1}, 9));
        CrashPlan twice = plan({1}, 1);
        twice.every = options_.all ? options_.twice : 2400;  // of the first cuts; of the second ones, all
        twice.twice_every = 1;
        power("twice", "one member's power, and again while it starts", twice);
        power("together", "all members' power at once", plan({0, 1, 2, 3}, 100));
        compaction();
        mutant("a journal that is not synced", [](const Operation& o) {
            return o.kind == Operation::Kind::sync && o.path.find("/journal/journal.") != std::string::npos;
        });
        mutant("a journal whose folder is not synced",
               [](const Operation& o) { return o.kind == Operation::Kind::sync && o.path.ends_with("/journal"); });
        mutant("a data folder whose name is not synced",
               [](const Operation& o) { return o.kind == Operation::Kind::sync && o.path == "1"; });
        mutant("a store that is not synced",
               [](const Operation& o) { return o.kind == Operation::Kind::sync && o.path.ends_with(".log"); });
        calls();
        damage();
        std::printf("%llu passed, %llu failed\n", static_cast<unsigned long long>(passed_),
                    static_cast<unsigned long long>(failed_));
        return failed_ == 0 && passed_ > 0 ? 0 : 1;
    }

private:
    CrashPlan plan(std::set<std::size_t> members, std::uint64_t every) const {
        CrashPlan made;
        made.members = std::move(members);
        made.every = options_.all ? 1 : every;
        made.at_once = options_.jobs;
        made.base = base_;
        return made;
    }
    bool chosen(std::string_view section) const { return options_.only.empty() || options_.only == section; }
    void count(const char* title, const Tally& tally) {
        std::printf("%s: %llu cases, %llu failed\n", title, static_cast<unsigned long long>(tally.cases),
                    static_cast<unsigned long long>(tally.failed));
        for (const auto& [kind, number] : tally.kinds)
            std::printf("    %s: %llu\n", kind.c_str(), static_cast<unsigned long long>(number));
        for (const std::string& failure : tally.failures) std::printf("    FAILED %s\n", failure.c_str());
        std::fflush(stdout);
    }
    void power(std::string_view section, const char* title, const CrashPlan& made) {
        if (!chosen(section)) return;
        const CrashReport report = run_crash_points(made);
        conclude(title, report.tally);
        std::printf("    %llu operations, %llu rotations of journals\n", static_cast<unsigned long long>(report.points),
                    static_cast<unsigned long long>(report.rotations));
    }
    // Checks the test itself: with these operations hidden it must find a failure.
    void mutant(const char* what, std::function<bool(const Operation&)> forget) {
        if (!chosen("mutants")) return;
        CrashPlan made = plan({1}, 13);
        made.every = 13;
        made.forget = std::move(forget);
        made.stop_at_failure = true;
        const CrashReport report = run_crash_points(made, 12);
        const bool missed = report.tally.failed > 0;
        std::printf("%s: %s\n", what, missed ? "found" : "NOT FOUND");
        if (missed) std::printf("    %s\n", report.tally.failures.front().c_str());
        std::fflush(stdout);
        ++(missed ? passed_ : failed_);
    }
    void compaction() {
        if (!chosen("compaction")) return;
        conclude("the store alone, while it compacts", run_compaction(base_, options_.jobs));
    }
    // Prints the tally and adds it to the total.
    void conclude(const char* title, const Tally& tally) {
        count(title, tally);
        passed_ += tally.cases - std::min(tally.cases, tally.failed);
        failed_ += tally.failed;
    }
    void calls() {
        if (!chosen("calls")) return;
        conclude("calls that fail", run_call_faults({options_.all ? 1u : 5u, options_.jobs, base_}));
    }

    void damage() {
        if (!chosen("damage")) return;
        conclude("damaged files", run_damage({options_.faults, options_.all, options_.jobs, base_}));
    }

    Options options_;
    std::string base_;
    std::uint64_t passed_ = 0, failed_ = 0;
};

}  // namespace

}  // namespace xinlian::disk

int main(int argc, char** argv) {
    xinlian::disk::Options options;
    CLI::App app{"Power cuts and damaged disks, enumerated."};
    app.add_flag("--all", options.all, "every case, not a fixed part of them");
    app.add_option("--twice", options.twice, "with --all: every N-th case has its restart cut as well, everywhere");
    app.add_option("--faults", options.faults, "damages per kind of file and kind of damage");
    app.add_option("--only", options.only, "power, twice, together, compaction, mutants, calls or damage");
    app.add_option("--jobs", options.jobs, "processes at once");
    CLI11_PARSE(app, argc, argv);
    return xinlian::disk::Program(options).run();
}

// xinlian-sim: plays scenarios and random runs on all cores. A failure prints the seed and the command that repeats it.
// The last line is "N passed, N failed".
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

#include "tests/sim/scenario.hpp"

namespace fs = std::filesystem;
using namespace xinlian::sim;

namespace {

struct Options {
    std::uint64_t seeds = 0, first = 1;
    std::size_t jobs = std::max(1u, std::thread::hardware_concurrency());
    std::string save;
    bool show = false, trace = false;
    std::uint64_t twice_one_in = 0;
    std::vector<std::string> pages;
};

// What the processes share, in common memory: plain numbers only.
struct Shared {
    struct Job {
        std::uint64_t seed = 0;  // being played
        std::uint64_t done = 0, failed = 0;
        Figures figures;
    };
    std::array<Job, 64> jobs;
};

// One folder for each process of this run.
std::string folder_of(pid_t run, std::size_t job) {
    const std::string memory = fs::is_directory("/dev/shm") ? "/dev/shm" : fs::temp_directory_path().string();
    return memory + "/xinlian-sim." + std::to_string(run) + "." + std::to_string(job);
}

void say_failure(const std::string& what, const std::string& how, const Play& played) {
    std::ostringstream text;
    text << "\nFAILED: " << what << "\n";
    for (const std::string& promise : played.broken) text << "  " << promise << "\n";
    text << played.state << "  again: " << how << "\n";
    std::cerr << text.str() << std::flush;
}

bool play_seed(std::uint64_t seed, const Options& options, const std::string& folder, Casts& casts, Figures& figures) {
    const std::string page = random_page(seed);
    const auto listener = [](const std::string& line) { std::cout << line << "\n"; };
    Play played = options.trace ? play(page, folder, casts, true, listener) : play(page, folder, casts, seed % 8 == 0);
    figures.add(played.figures);
    if (played.broken.empty() && options.twice_one_in != 0 && seed % options.twice_one_in == 0) {
        if (play(page, folder, casts, false).trace != played.trace)
            played.broken.push_back("the same seed gave another run the second time");
    }
    if (played.broken.empty()) return true;
    say_failure("seed " + std::to_string(seed), "./run sim --seed " + std::to_string(seed), played);
    return false;
}

// One process: every jobs-th seed from where it is told to begin.
int work(std::size_t number, std::uint64_t from, const Options& options, Shared::Job& job) {
    Casts casts;
    const std::string folder = folder_of(::getppid(), number);
    for (std::uint64_t seed = from; seed < options.first + options.seeds; seed += options.jobs) {
        job.seed = seed;
        if (!play_seed(seed, options, folder, casts, job.figures)) ++job.failed;
        ++job.done;
    }
    std::error_code none;
    fs::remove_all(folder, none);
    return 0;
}

// The non-zero counts, as "create 12, update 3".
template <class Name, class Counts>
std::string told(const Counts& counts) {
    std::string text;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        if (counts[i] == 0) continue;
        text += (text.empty() ? "" : ", ") + std::string(xinlian::ledger::name_of(static_cast<Name>(i))) + " " +
                std::to_string(counts[i]);
    }
    return text.empty() ? "none" : text;
}

void print_figures(const Figures& all, std::uint64_t seeds, double seconds) {
    const auto hours = static_cast<double>(all.simulated_ms) / 3'600'000.0;
    std::cout << seeds << " seeds in " << static_cast<std::uint64_t>(seconds)
              << " s: " << static_cast<std::uint64_t>(static_cast<double>(seeds) / std::max(seconds, 0.001))
              << " seeds/s, " << static_cast<std::uint64_t>(hours) << " simulated hours, " << all.events << " events, "
              << all.blocks << " blocks, " << all.batches << " batches, " << all.frames << " frames\n"
              << "entries accepted: " << told<xinlian::ledger::Operation>(all.accepted) << "\n"
              << "batches refused: " << told<xinlian::ledger::Reason>(all.refused) << "\n"
              << "faults: " << all.lost << " frames lost, " << all.doubled << " doubled, " << all.forged << " forged, "
              << all.crashes << " crashes, " << all.torn << " torn writes, " << all.cuts << " links cut, "
              << all.disk_faults << " disk faults, " << all.lost_disks << " disks lost\n"
              << "slowest return to finality after the weather cleared: " << all.recovery_ms_max << " ms\n";
}

std::pair<std::uint64_t, std::uint64_t> run_seeds(const Options& options) {
    using Clock = std::chrono::steady_clock;
    const auto began = Clock::now();
    void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    auto* shared = new (memory) Shared;
    std::map<pid_t, std::size_t> running;
    const auto start = [&](std::size_t job, std::uint64_t from) {
        std::cout << std::flush;
        const pid_t child = ::fork();
        if (child == 0) ::_exit(work(job, from, options, shared->jobs[job]));
        running[child] = job;
    };
    for (std::size_t job = 0; job < options.jobs; ++job) start(job, options.first + job);
    auto told = began;
    while (!running.empty()) {
        int status = 0;
        const pid_t ended = ::waitpid(-1, &status, WNOHANG);
        if (ended > 0) {
            const std::size_t number = running[ended];
            running.erase(ended);
            Shared::Job& job = shared->jobs[number];
            if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
                std::cerr << "\nFAILED: seed " << job.seed << " ended the process\n  again: ./run sim --seed "
                          << job.seed << "\n";
                ++job.failed;
                ++job.done;
                start(number, job.seed + options.jobs);
            }
            continue;
        }
        ::usleep(50'000);
        if (Clock::now() - told < std::chrono::seconds(15)) continue;
        told = Clock::now();
        std::uint64_t done = 0, failed = 0;
        for (const Shared::Job& job : shared->jobs) done += job.done, failed += job.failed;
        std::cout << done << " of " << options.seeds << " seeds, " << failed << " failed" << std::endl;
    }
    Figures all;
    std::uint64_t done = 0, failed = 0;
    for (const Shared::Job& job : shared->jobs) {
        all.add(job.figures);
        done += job.done;
        failed += job.failed;
    }
    print_figures(all, done, std::chrono::duration<double>(Clock::now() - began).count());
    ::munmap(memory, sizeof(Shared));
    return {done - failed, failed};
}

bool run_page(const std::string& path) {
    std::ifstream in(path);
    if (!in) {
        std::cerr << "cannot read " << path << "\n";
        return false;
    }
    const std::string page(std::istreambuf_iterator<char>(in), {});
    Casts casts;
    const std::string folder = folder_of(::getpid(), 0);
    const Play played = play(page, folder, casts);
    fs::remove_all(folder);
    std::cout << (played.broken.empty() ? "passed: " : "FAILED: ") << path << " (" << played.figures.simulated_ms / 1000
              << " simulated s, height " << played.figures.blocks << ", trace " << std::hex << played.trace << std::dec
              << ")\n";
    for (const std::string& line : played.report) std::cout << "  " << line << "\n";
    if (!played.broken.empty()) say_failure(path, "./run sim " + path, played);
    return played.broken.empty();
}

}  // namespace

int main(int count, char** words) {
    Options options;
    std::uint64_t one = 0;
    CLI::App app{"Simulates federations of whole nodes through faults."};
    app.add_option("--seeds", options.seeds, "how many random runs");
    app.add_option("--first", options.first, "the first seed");
    app.add_option("--jobs", options.jobs, "processes at once")->check(CLI::Range(1, 64));
    app.add_option("--seed", one, "this random run alone");
    app.add_option("--save", options.save, "with --seed: writes the run as a scenario");
    app.add_flag("--show", options.show, "with --seed: prints the scenario");
    app.add_flag("--trace", options.trace, "with --seed: prints every line and every consensus message");
    app.add_option("--twice-one-in", options.twice_one_in, "plays every so manieth seed twice and compares");
    app.add_option("pages", options.pages, "scenarios to play");
    CLI11_PARSE(app, count, words);

    std::uint64_t passed = 0, failed = 0;
    const auto add = [&](bool good) { ++(good ? passed : failed); };
    if (one != 0) {
        if (!options.save.empty()) std::ofstream(options.save) << random_page(one);
        if (options.show) std::cout << random_page(one);
        Casts casts;
        Figures figures;
        options.twice_one_in = 1;
        add(play_seed(one, options, folder_of(::getpid(), 0), casts, figures));
        std::error_code none;
        fs::remove_all(folder_of(::getpid(), 0), none);
    }
    for (const std::string& page : options.pages) add(run_page(page));
    if (options.seeds > 0) {
        const auto [good, bad] = run_seeds(options);
        passed += good;
        failed += bad;
    }
    std::cout << passed << " passed, " << failed << " failed" << std::endl;
    return failed == 0 && passed > 0 ? 0 : 1;
}

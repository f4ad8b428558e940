// xinlian-twins: plays schedules of Twins on all cores and reports violations (docs/assurance.md, Twins).
#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>

#include "tests/twins/play.hpp"

using namespace xinlian;
using namespace xinlian::twins;

namespace {

constexpr std::uint64_t all_max = 1u << 24;  // schedules held at once
constexpr std::uint64_t sample_usual = 100'000;

struct Wish {
    Shape shape{.members = 4, .doubled = 0, .rounds = 0};  // 0: as docs/testing.md says
    bool all = false;
    std::uint64_t sample = 0;
    std::uint64_t seed = 1;
    std::size_t workers = 0;
    std::string schedule;
};

struct Tally {
    std::atomic<std::size_t> next{0};
    std::mutex mutex;  // over all below
    std::condition_variable changed;
    std::uint64_t passed = 0, failed = 0, split = 0, blamed = 0, evidence = 0, halted = 0;
    View views_after_max = 0;
    Duration calm_max;
    std::size_t working = 0;
};

void tell_failure(const Schedule& schedule, const Outcome& outcome) {
    std::printf("\n%s\n", schedule.text().c_str());
    for (const auto& [promise, how] : outcome.broken)
        std::printf("broken: %s: %s\n", std::string(name_of(promise)).c_str(), how.c_str());
    std::printf("again: ./run twins --schedule %s\n", schedule.id().c_str());
}

// With more than a third doubled, two chains are expected; what counts is who is blamed.
bool is_passed(const Schedule& schedule, Outcome outcome) {
    if (3 * schedule.shape().doubled >= schedule.shape().members) outcome.broken.erase(Promise::agreement);
    return outcome.kept();
}

void count(Tally& tally, const Schedule& schedule, const Outcome& outcome) {
    const bool passed = is_passed(schedule, outcome);
    const std::lock_guard lock(tally.mutex);
    ++(passed ? tally.passed : tally.failed);
    if (outcome.broken.contains(Promise::agreement)) ++tally.split;
    if (!outcome.blamed.empty()) ++tally.blamed;
    tally.evidence += outcome.evidence;
    if (outcome.halted > 0) ++tally.halted;
    tally.views_after_max = std::max(tally.views_after_max, outcome.views_after);
    tally.calm_max = std::max(tally.calm_max, outcome.calm);
    if (!passed && tally.failed <= 10) tell_failure(schedule, outcome);
}

void work(Tally& tally, const std::vector<Schedule>& schedules) {
    const Cast cast(schedules.front().shape().members);  // keys belong to one thread
    for (std::size_t i = tally.next++; i < schedules.size(); i = tally.next++) {
        count(tally, schedules[i], play(cast, schedules[i]));
    }
    const std::lock_guard lock(tally.mutex);
    --tally.working;
    tally.changed.notify_all();
}

int play_all(const Wish& wish, const std::vector<Schedule>& schedules) {
    const auto began = std::chrono::steady_clock::now();
    Tally tally;
    const std::size_t threads = wish.workers > 0 ? wish.workers : std::max(1u, std::thread::hardware_concurrency());
    tally.working = threads;
    std::vector<std::thread> workers;
    for (std::size_t i = 0; i < threads; ++i) workers.emplace_back([&tally, &schedules] { work(tally, schedules); });
    const auto progress = [&] {
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
        const std::uint64_t done = tally.passed + tally.failed;
        std::printf("%llu of %zu schedules, %.0f/s, %.0f s\n", static_cast<unsigned long long>(done), schedules.size(),
                    static_cast<double>(done) / took.count(), took.count());
        std::fflush(stdout);
    };
    {
        std::unique_lock lock(tally.mutex);
        while (!tally.changed.wait_for(lock, std::chrono::seconds(10), [&] { return tally.working == 0; })) progress();
        progress();
    }
    for (std::thread& worker : workers) worker.join();
    std::printf(
        "two chains in %llu, somebody blamed in %llu (evidence %llu times), a node halted in %llu, "
        "at most %llu views and %.1f s to finality after the last round\n",
        static_cast<unsigned long long>(tally.split), static_cast<unsigned long long>(tally.blamed),
        static_cast<unsigned long long>(tally.evidence), static_cast<unsigned long long>(tally.halted),
        static_cast<unsigned long long>(tally.views_after_max), static_cast<double>(tally.calm_max.ms) / 1e3);
    std::printf("%llu passed, %llu failed\n", static_cast<unsigned long long>(tally.passed),
                static_cast<unsigned long long>(tally.failed));
    return tally.failed == 0 ? 0 : 1;
}

int replay(const Schedule& schedule) {
    const Cast cast(schedule.shape().members);
    std::printf("%s", schedule.text().c_str());
    Play one(cast, schedule);
    one.tell = [](const std::string& line) { std::printf("%s\n", line.c_str()); };
    const Outcome outcome = one.run();
    const bool passed = is_passed(schedule, outcome);
    if (!outcome.kept()) tell_failure(schedule, outcome);
    std::printf("%d passed, %d failed\n", passed ? 1 : 0, passed ? 0 : 1);
    return passed ? 0 : 1;
}

int refused(const Error& error) {
    std::fprintf(stderr, "xinlian-twins: %s\n", error.text.c_str());
    return 2;
}

int perform(Wish wish) {
    if (!wish.schedule.empty()) {
        const auto schedule = Schedule::from_id(wish.schedule);
        return schedule ? replay(*schedule) : refused(schedule.error());
    }
    if (wish.shape.doubled == 0) wish.shape.doubled = (wish.shape.members - 1) / 3;
    if (wish.shape.rounds == 0) wish.shape.rounds = wish.shape.members == 4 ? 3 : 7;
    if (const Status right = check(wish.shape); !right) return refused(right.error());
    const auto total = wish.shape.total();
    const bool few = total && *total <= all_max;
    if (wish.all && !few) return refused({Errc::invalid, "there are too many schedules to play all; --sample some"});
    const bool all = wish.all || (wish.sample == 0 && few);
    const std::uint64_t sampled = wish.sample > 0 ? wish.sample : sample_usual;
    return play_all(wish, all ? every(wish.shape, 1) : sample(wish.shape, sampled, wish.seed));
}

}  // namespace

int main(int argc, char** argv) {
    Wish wish;
    CLI::App app("Plays schedules of Twins: doubled members, partitions and leaders round by round.");
    app.add_option("--members", wish.shape.members, "members of the federation (4)")->check(CLI::Range(1, 16));
    app.add_option("--doubled", wish.shape.doubled, "members that run twice (a third, rounded down)");
    app.add_option("--rounds", wish.shape.rounds, "rounds with sides and a chosen leader (3 of 4 members, else 7)");
    const auto all = app.add_flag("--all", wish.all, "every schedule there is (usual where these are few)");
    app.add_option("--sample", wish.sample, "this many different schedules (100000 where there are too many)")
        ->check(CLI::Range(std::uint64_t{1}, all_max))
        ->excludes(all);
    app.add_option("--seed", wish.seed, "of the sample (1)");
    app.add_option("--workers", wish.workers, "threads (one for each core)")->check(CLI::Range(1, 256));
    app.add_option("--schedule", wish.schedule, "this one alone, told move by move, like 4+1:17.3.60");
    CLI11_PARSE(app, argc, argv);
    return perform(wish);
}

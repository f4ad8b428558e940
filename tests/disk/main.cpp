#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include "tests/disk/crash_points.hpp"
using namespace xinlian::disk;
int main(int argc, char** argv) {
    CrashPlan plan;
    const bool all = argc > 3 && std::string(argv[3]) == "all";
    plan.members = all ? std::set<std::size_t>{0, 1, 2, 3} : std::set<std::size_t>{1};
    plan.every = std::stoull(argv[1]);
    plan.twice_every = argc > 2 ? std::stoull(argv[2]) : 0;
    plan.at_once = 2;
    plan.base = "/dev/shm/xinlian-disk-" + std::to_string(::getpid());
    const auto report = run_crash_points(plan);
    std::printf("points %lu rotations %lu cases %lu failed %lu\n", report.points, report.rotations, report.tally.cases,
                report.tally.failed);
    for (auto& [k, n] : report.tally.kinds) std::printf("  %s: %lu\n", k.c_str(), n);
    for (auto& [k, n] : report.operations) std::printf("  op %s: %lu\n", k.c_str(), n);
    for (auto& f : report.tally.failures) std::printf("! %s\n", f.c_str());
}

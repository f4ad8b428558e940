// Cuts the power of one member, or of all, at every operation on their disks, in every state that the disk may then
// have. The members restart, are attacked by the others, and the federation must continue.
#pragma once

#include "tests/disk/disk_model.hpp"
#include "tests/disk/forks.hpp"
#include "tests/disk/script.hpp"

namespace xinlian::disk {

struct CrashPlan {
    std::set<std::size_t> members;  // whose power fails, at the same moment
    std::uint64_t every = 1;        // of the cases, in their order; 1: all
    std::uint64_t twice_every = 0;  // of the cases run: how many have their restart cut as well; 0: none
    bool kill = true;               // also kills the process without a power cut: all its writes survive
    unsigned at_once = 1;           // processes
    std::string base;               // a folder in memory
    bool stop_at_failure = false;
    bool disk_lost = false;  // lost before this restart: what was acknowledged must come back from the others first
    // Operations that are hidden from the model of the disk, to check that the test notices: a mutant.
    std::function<bool(const Operation&)> forget;
};

struct CrashReport {
    std::uint64_t points = 0;  // operations that change what is on disk
    Tally tally;
    std::uint64_t rotations = 0;
    std::map<std::string, std::uint64_t> operations;  // points by kind
};

CrashReport run_crash_points(const CrashPlan& plan, std::size_t blocks = script_blocks);

}  // namespace xinlian::disk

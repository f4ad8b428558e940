// Makes the n-th call that changes a member's disk fail, for every n of a run: the disk is broken, full, or takes half.
#pragma once

#include "tests/disk/forks.hpp"

namespace xinlian::disk {

struct CallFaultPlan {
    std::uint64_t every = 1;  // of the calls
    unsigned at_once = 1;
    std::string base;
};
// The member stops with an error that names the file and the reason, or what failed was not needed; nothing that it
// then had to say leaves; the file is not touched again; on a healthy disk, with the unsynced part gone or there,
// everything it acknowledged is there, it contradicts nothing, and the federation goes on.
Tally run_call_faults(const CallFaultPlan& plan);

}  // namespace xinlian::disk

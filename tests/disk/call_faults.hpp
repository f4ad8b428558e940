// Makes the n-th call that changes a member's disk fail, for every n of a run: with an I/O error, with a full disk, or
// after a partial write.
#pragma once

#include "tests/disk/forks.hpp"

namespace xinlian::disk {

struct CallFaultPlan {
    std::uint64_t every = 1;  // of the calls
    unsigned at_once = 1;
    std::string base;
};
// The member stops with an error that names the file and the reason, unless the failed operation was not needed.
// Nothing that depends on the failed write is sent, and the file is not used again. On a healthy disk, with or without
// the unsynced bytes, everything that the member acknowledged is there, it contradicts nothing, and the federation
// continues.
Tally run_call_faults(const CallFaultPlan& plan);

}  // namespace xinlian::disk

// Damages the files of a stopped node in every way of docs/assurance.md (disks), starts it as the daemon does, reads
// everything it has, and compares the answers with those before the damage.
#pragma once

#include "tests/disk/forks.hpp"

namespace xinlian::disk {

struct DamagePlan {
    std::uint64_t faults = 20;  // of each kind in each kind of file, at places that follow from a seed
    bool all_bytes = false;     // and the journal's tail cut and flipped at every byte
    unsigned at_once = 1;
    std::string base;
};
// Counts by file and damage: refused at the start, noticed when reading, or without effect. A wrong or missing answer,
// and a vote after a noticed loss, are failures.
Tally run_damage(const DamagePlan& plan);

}  // namespace xinlian::disk

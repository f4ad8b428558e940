// Opens the store alone, again and again, until LevelDB compacts on its own thread, and cuts the disk at every
// operation. What was committed must be there, and a commit must be there entirely or not at all.
#pragma once

#include "tests/disk/forks.hpp"

namespace xinlian::disk {

Tally run_compaction(const std::string& base, unsigned at_once);

}  // namespace xinlian::disk

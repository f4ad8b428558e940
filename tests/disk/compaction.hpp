// The store alone, opened again and again until LevelDB compacts on its own thread, and its disk cut at every
// operation: what was committed is there, and a commit is there whole or not at all.
#pragma once

#include "tests/disk/forks.hpp"

namespace xinlian::disk {

Tally run_compaction(const std::string& base, unsigned at_once);

}  // namespace xinlian::disk

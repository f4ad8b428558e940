// The verdict on a world at the end: what the invariants saw, and what strangers find in chains, receipts and evidence.
#pragma once

#include <string>
#include <vector>

#include "tests/sim/world.hpp"

namespace xinlian::sim {

// The promises that were not kept. `thorough`: roots are recomputed at every height.
std::vector<std::string> check_final_invariants(const World& world, bool thorough);

}  // namespace xinlian::sim

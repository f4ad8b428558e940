// The invariants that are checked at the end of a run: those recorded during the run, and those that the reference
// implementation checks in chains, receipts and evidence.
#pragma once

#include <string>
#include <vector>

#include "tests/sim/world.hpp"

namespace xinlian::sim {

// Returns the violations. `thorough`: roots are recomputed at every height.
std::vector<std::string> check_final_invariants(const World& world, bool thorough);

}  // namespace xinlian::sim

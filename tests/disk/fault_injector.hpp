// Plays all the other members, with their keys and without shame, against one that came back: in every view in which it
// spoke before it fell, it is shown another block, a certificate of that block, and a clock that runs out. Whoever
// remembers what it said stays silent; whoever forgot contradicts itself, and Members notices.
#pragma once

#include "tests/disk/forks.hpp"
#include "tests/disk/script.hpp"

namespace xinlian::disk {

enum class InjectedFault { other_block, clock };
void inject_faults(Members& members, std::size_t victim, InjectedFault fault);
// With each of them, and with a batch to order, in a fork of its own; a contradiction is a failure.
Tally inject_all_faults(Members& members, Script& script, std::size_t victim, const std::string& base);

}  // namespace xinlian::disk

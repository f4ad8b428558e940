// Plays all the other members, with their keys and without shame, against one that came back: in every view in which it
// spoke before it fell, it is shown another block, a certificate of that block, and a clock that runs out. Whoever
// remembers what it said stays silent; whoever forgot contradicts itself, and Members notices.
#pragma once

#include "tests/disk/forks.hpp"
#include "tests/disk/script.hpp"

namespace xinlian::disk {

enum class Lure { other_block, clock };
void tempt(Members& members, std::size_t victim, Lure lure);
// With each of them, and with a batch to order, in a fork of its own; a contradiction is a failure.
Tally tempt_with_all(Members& members, Script& script, std::size_t victim, const std::string& base);

}  // namespace xinlian::disk

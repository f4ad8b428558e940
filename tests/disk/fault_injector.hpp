// Plays all other members, with their keys, against one member that restarted. In every view in which the member spoke
// before it stopped, it receives another block, a certificate of that block, and a timeout. A member that remembers its
// votes stays silent; one that forgot them contradicts itself, and Members notices.
#pragma once

#include "tests/disk/forks.hpp"
#include "tests/disk/script.hpp"

namespace xinlian::disk {

enum class InjectedFault { other_block, clock };
void inject_faults(Members& members, std::size_t victim, InjectedFault fault);
// Runs each fault in a fork of its own, with a batch to order. A contradiction is a failure.
Tally inject_all_faults(Members& members, Script& script, std::size_t victim, const std::string& base);

}  // namespace xinlian::disk

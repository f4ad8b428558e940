// Hostile members. Each runs an honest replica inside, so that it knows what is going on, and does its own thing with
// what that would say. They hold their own keys and nobody else's.
#pragma once

#include "tests/sim/world.hpp"

namespace xinlian::sim {

// How a member breaks faith; the name is what a scenario calls it.
enum class Vice : std::uint8_t {
    equivocator,  // two proposals in one view, votes for both, nullify and finalize of one view
    silent,       // leads and never proposes; sometimes says nothing at all
    slow,         // says everything late, as a leader later than anybody waits
    withholder,   // orders batches whose bodies it gives to nobody
    liar,         // claims heights, tips and certificates that are none
    replayer,     // says again what it and others said long ago
    giant,        // views at the edges of numbers, ranges the wrong way round
    garbage,      // bytes that are nothing, and messages with a bit flipped
    bulk,         // as much as fits into a message, and more: hashes, votes, questions, batches that nobody has
    moody         // any of these, from message to message
};
inline constexpr std::array<std::string_view, 10> vice_names{"equivocator", "silent", "slow",    "withholder", "liar",
                                                             "replayer",    "giant",  "garbage", "bulk",       "moody"};

std::unique_ptr<Tongue> make_tongue(Vice vice);

}  // namespace xinlian::sim

// Byzantine members. Each runs an honest replica inside, so that it follows the protocol state, and replaces or adds to
// the messages that the replica would send. They hold only their own keys.
#pragma once

#include "tests/sim/world.hpp"

namespace xinlian::sim {

// The kinds of Byzantine behaviour; scenarios use the names.
enum class Vice : std::uint8_t {
    equivocator,  // two proposals in one view, votes for both, nullify and finalize of one view
    silent,       // leads and never proposes; sometimes sends nothing at all
    slow,         // sends everything late, as a leader later than any timeout
    withholder,   // orders batches and gives their bodies to nobody
    liar,         // claims heights, tips and certificates that do not exist
    replayer,     // repeats what it and others sent long ago
    giant,        // views at the limits of integers, reversed ranges
    garbage,      // undecodable bytes, and messages with a flipped bit
    bulk,         // messages up to the size limit and above: hashes, votes, requests, batches that nobody has
    moody         // a different one of these for each message
};
inline constexpr std::array<std::string_view, 10> vice_names{"equivocator", "silent", "slow",    "withholder", "liar",
                                                             "replayer",    "giant",  "garbage", "bulk",       "moody"};

std::unique_ptr<Tongue> make_tongue(Vice vice);

}  // namespace xinlian::sim

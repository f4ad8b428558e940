#include "node/replica/clock_watch.hpp"

#include <algorithm>

namespace xinlian::node {

namespace {

constexpr Duration behind_max{60'000};       // a fresh proposal that is older than this has a wrong timestamp
constexpr Duration report_interval{60'000};  // per proposer

}  // namespace

std::optional<ClockDifference> ClockWatch::compare(const ledger::BlockHeader& proposal, Duration ahead_max, Clock now) {
    const bool ahead = proposal.time > now.wall + ahead_max;
    if (!ahead && !(proposal.time + behind_max < now.wall)) {
        skewed_.erase(proposal.proposer);
        return std::nullopt;
    }
    Skew& skew = skewed_[proposal.proposer];
    skew.ahead = ahead;
    if (skew.reported && now.steady - *skew.reported < report_interval) return std::nullopt;
    skew.reported = now.steady;
    const auto same_direction =
        std::count_if(skewed_.begin(), skewed_.end(), [&](const auto& other) { return other.second.ahead == ahead; });
    const bool own_suspected = static_cast<std::size_t>(same_direction) > faults_;
    return ClockDifference{proposal.proposer, proposal.time, now.wall, own_suspected};
}

}  // namespace xinlian::node

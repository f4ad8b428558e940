// Detects clock skew from the timestamps of fresh proposals. It only reports: clocks never decide what is final.
#pragma once

#include <map>
#include <optional>

#include "node/replica/effects.hpp"

namespace xinlian::node {

class ClockWatch {
public:
    // `faults`: how many members may be faulty (f).
    explicit ClockWatch(std::size_t faults) : faults_(faults) {}

    // Compares a proposal that has just arrived, for the current view or a later one, with this node's clock. Reports
    // a difference at most once a minute for each proposer. `ahead_max`: parameter clock_ahead_max.
    std::optional<ClockDifference> compare(const ledger::BlockHeader& proposal, Duration ahead_max, Clock now);

private:
    struct Skew {
        bool ahead = false;
        std::optional<Time> reported;
    };

    std::size_t faults_;
    std::map<MemberIndex, Skew> skewed_;  // by each proposer's latest proposal
};

}  // namespace xinlian::node

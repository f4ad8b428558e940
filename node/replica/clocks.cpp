// Whether clocks are right: a proposal that was made just now shows its proposer's. And the times that all go by.
#include <algorithm>

#include "node/replica/replica.hpp"

namespace xinlian::node {

namespace {

constexpr Duration clock_behind_max{60'000};  // a proposal older than this was not made just now by a right clock
constexpr Duration clock_silence{60'000};     // one word about a proposer's clock in this time

}  // namespace

// Said, never acted upon: no clock decides what is final.
void Replica::compare_clocks(const ledger::BlockHeader& fresh, Duration ahead_max) {
    const bool ahead = fresh.time > now_.wall + ahead_max;
    if (!ahead && !(fresh.time + clock_behind_max < now_.wall)) {
        off_clocks_.erase(fresh.proposer);
        return;
    }
    OffClock& off = off_clocks_[fresh.proposer];
    off.ahead = ahead;
    if (off.told && now_.steady - *off.told < clock_silence) return;
    off.told = now_.steady;
    const auto alike =
        std::count_if(off_clocks_.begin(), off_clocks_.end(), [&](const auto& o) { return o.second.ahead == ahead; });
    const bool own = static_cast<std::size_t>(alike) > genesis_.committee().faults();
    effects_.clocks.push_back({fresh.proposer, fresh.time, now_.wall, own});
}

// The federation may have resolved other times. What this node was told to do otherwise stays until then.
void Replica::keep_pace() {
    const ledger::Parameters& due = ledger::limits_above(genesis_, *tip_);
    if (view_time(due) == view_time(pace_) && due.heartbeat == pace_.heartbeat) return;
    pace_ = due;
    settings_.timing.view_timeout = view_time(due);
    settings_.timing.heartbeat = due.heartbeat;
    run(core_.set_pace(view_time(due), due.heartbeat, now_.steady));
}

}  // namespace xinlian::node

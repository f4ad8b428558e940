// The inputs and outputs of Replica that its callers handle as well: the time, and the effects of one turn.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "consensus/core.hpp"
#include "ledger/chain/chain.hpp"
#include "ledger/state/receipt.hpp"
#include "net/network.hpp"
#include "node/replica/journal_record.hpp"

namespace xinlian::node {

using net::PeerIndex;

// Timers run on a steady clock, block times on the wall clock. The caller reads both.
struct Clock {
    Time steady;
    Time wall;
};

// A proposal whose timestamp differs from this node's clock by more than clock skew and network delay explain
// (docs/operator.md, the clock).
struct ClockDifference {
    MemberIndex proposer = 0;
    Time block, own;             // the proposal's timestamp, this node's wall clock
    bool own_suspected = false;  // more than f members differ in this direction, so at least one of them is honest
};

// node/storage/data_folder.hpp, apply_effects, applies them in the required order.
struct Effects {
    std::vector<JournalRecord> persist;                // must be on disk before anything below is released
    std::optional<std::vector<JournalRecord>> rotate;  // the journal may be replaced by these
    std::vector<Bytes> broadcast;                      // encoded wire messages
    std::vector<std::pair<PeerIndex, Bytes>> send;
    std::vector<std::pair<PeerIndex, std::string>> ban;  // peers that violated the protocol, and how
    std::vector<ledger::Receipt> settled;                // final and on disk
    std::vector<std::pair<Hash, Error>> dropped;         // waiting batches that can no longer be accepted
    std::vector<ledger::StoredBlock> committed;          // oldest first
    std::vector<consensus::Note> notes;
    std::vector<Evidence> evidence;       // new on this node: found or received; at most one per member
    std::vector<ClockDifference> clocks;  // at most one per minute and proposer
    std::optional<Error> fatal;           // the store failed or the state diverged: the node must stop
    std::optional<Time> wake;             // steady
};

}  // namespace xinlian::node

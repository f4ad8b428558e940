// The state machine: what executing a block does to the log and the map. Deterministic, and it cannot fail: a batch
// that breaks a rule in its place is recorded as rejected, with its reason, and changes nothing else.
#pragma once

#include <memory>
#include <vector>

#include "crypto/merkle_map.hpp"
#include "ledger/block/block.hpp"
#include "ledger/state/state.hpp"

namespace xinlian::ledger {

// What check_block cannot see: that the branch below, whose state this is, has decided none of the block's batches and
// holds no evidence against anybody that the block has some against. Errc::invalid.
Status check_new(const State& before, const Block& block);

// All that executing one block produced: what the chain stores when the block becomes final.
struct Executed {
    explicit Executed(State s) : after(std::move(s)) {}
    Hash id;
    Block block;
    std::vector<BatchPtr> batches;       // in the block's order
    std::vector<BatchOutcome> outcomes;  // one per batch
    std::vector<LogEntry> entries;   // accepted, in log order; the first has index after.log.size() - entries.size()
    std::vector<Hash> leaf_hashes;   // of `entries`
    std::vector<MapChange> changes;  // sorted by key, one per key
    State after;
    ExecutionResult result;
};
using ExecutedPtr = std::shared_ptr<const Executed>;

// Limits and times of the block above this one: the genesis file's, or those in force at its height by a resolution.
const Parameters& limits_above(const Genesis& genesis, const Executed& parent);

// `batches` are the block's, in its order, checked. The block must have passed check_block and check_new.
ExecutedPtr execute(const Genesis& genesis, const State& before, Block block, std::vector<BatchPtr> batches);
// The state before height 1: empty. Its `Executed` has the genesis block.
ExecutedPtr genesis_executed(const Genesis& genesis);

}  // namespace xinlian::ledger

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
struct ExecutedBlock {
    explicit ExecutedBlock(State s) : after(std::move(s)) {}
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
using ExecutedBlockPtr = std::shared_ptr<const ExecutedBlock>;

// Limits and times of the block above this one: the genesis file's, or those in force at its height by a resolution.
const Parameters& limits_above(const Genesis& genesis, const ExecutedBlock& parent);

// `batches` are the block's, in its order, checked. The block must have passed check_block and check_new.
ExecutedBlockPtr execute(const Genesis& genesis, const State& before, Block block, std::vector<BatchPtr> batches);
// The state before height 1: empty. Its `ExecutedBlock` has the genesis block.
ExecutedBlockPtr genesis_executed(const Genesis& genesis);

}  // namespace xinlian::ledger

// The state machine: executes a block on the log and the map. It is deterministic and cannot fail: a batch that
// violates a rule is recorded as rejected, with the reason, and changes nothing else.
#pragma once

#include <memory>
#include <vector>

#include "crypto/merkle_map.hpp"
#include "ledger/block/block.hpp"
#include "ledger/state/state.hpp"

namespace xinlian::ledger {

// Performs the checks that check_block cannot: the branch before, whose state is `before`, has decided none of the
// block's batches and holds no evidence against a member that the block has evidence against. Errc::invalid.
Status check_new(const State& before, const Block& block);

// The complete result of executing one block, which the chain stores when the block becomes final.
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

// The parameters for the block after `parent`: the genesis file's, or those that a resolution set for its height.
const Parameters& limits_above(const Genesis& genesis, const ExecutedBlock& parent);

// `batches` are the checked batches of the block, in its order. The block must have passed check_block and check_new.
ExecutedBlockPtr execute(const Genesis& genesis, const State& before, Block block, std::vector<BatchPtr> batches);
// The state before height 1: empty. Its `ExecutedBlock` has the genesis block.
ExecutedBlockPtr genesis_executed(const Genesis& genesis);

}  // namespace xinlian::ledger

// The receipt of a batch: what a node reports about the batch once its block is final and on disk.
#pragma once

#include "ledger/state/values.hpp"

namespace xinlian::ledger {

struct Receipt {
    Hash batch;
    BatchOutcome outcome;
    Hash block;
    Time time;  // of the block
    bool operator==(const Receipt&) const = default;
};

}  // namespace xinlian::ledger

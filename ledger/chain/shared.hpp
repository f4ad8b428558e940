// What a Chain keeps in memory. Private to chain.cpp and chain_open.cpp.
#pragma once

#include <mutex>

#include "ledger/chain/chain.hpp"
#include "ledger/chain/log_tiles.hpp"

namespace xinlian::ledger {

struct Chain::Shared {
    explicit Shared(Suite suite) : tiles(suite) {}
    std::mutex mutex;
    SnapshotPtr current;  // guarded by mutex
    // Of the appending thread alone:
    LogTiles tiles;
    bool failed = false;  // a commit failed: what is on disk is unknown
};

}  // namespace xinlian::ledger

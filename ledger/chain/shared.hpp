// The in-memory state of a Chain. Private to ledger/chain/chain.cpp and ledger/chain/open.cpp.
#pragma once

#include <mutex>

#include "ledger/chain/chain.hpp"
#include "ledger/chain/log_tiles.hpp"

namespace xinlian::ledger {

struct Chain::Shared {
    explicit Shared(Suite suite) : tiles(suite) {}
    std::mutex mutex;
    SnapshotPtr current;  // guarded by mutex
    // Used by the appending thread only:
    LogTiles tiles;
    bool failed = false;  // a commit failed, so the content of the disk is unknown
};

}  // namespace xinlian::ledger

// Names on disk: what a folder lists is only there after a power cut if the folder itself was synced. LevelDB syncs its
// folder with its manifest alone, so the log it has just begun could be gone with all that was committed to it.
#pragma once

#include <memory>
#include <string>

#include "crypto/result.hpp"

namespace leveldb {
class Env;
}

namespace xinlian::ledger {

// Everything the folder lists is on disk when this returns. Errc::io.
Status sync_folder(const std::string& folder);

// The folder, and those above it that are missing; their names are on disk when this returns, also if an earlier start
// made the folder and fell before it could sync that. Errc::io.
Status make_folder(const std::string& folder);

// LevelDB's usual environment, but a file that was created or renamed has its name on disk before anything relies on
// it.
std::unique_ptr<leveldb::Env> durable_env();

}  // namespace xinlian::ledger

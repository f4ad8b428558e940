// Durable file names. After a power failure, a folder's entries are guaranteed to exist only if the folder itself was
// synced. LevelDB syncs its folder only with its manifest, so a newly created log, with everything committed to it,
// could be lost.
#pragma once

#include <memory>
#include <string>

#include "crypto/result.hpp"

namespace leveldb {
class Env;
}

namespace xinlian::ledger {

// Syncs the folder: all its entries are on disk on return. Errc::io.
Status sync_folder(const std::string& folder);

// Creates the folder and its missing parents. Their names are on disk on return, even if an earlier start created the
// folder and stopped before it could sync it. Errc::io.
Status make_folder(const std::string& folder);

// LevelDB's default environment, except that the name of a created or renamed file is on disk before anything relies on
// it.
std::unique_ptr<leveldb::Env> durable_env();

}  // namespace xinlian::ledger

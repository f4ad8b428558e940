// Opens a node's data folder, which holds the vote journal and the chain, and writes to disk what the replica asks for.
// The daemon and the disk tests share these functions, so that the tests run the code of the product.
//
// FOLDER/journal (node/storage/journal_file.hpp)  FOLDER/chain (ledger/store/leveldb_store.hpp)
#pragma once

#include "ledger/store/leveldb_store.hpp"
#include "node/replica/effects.hpp"
#include "node/storage/journal_file.hpp"

namespace xinlian::node {

struct DataFolder {
    std::unique_ptr<JournalFile> journal;
    std::vector<JournalRecord> records;                   // of the journal, oldest first
    std::string journal_detail;                           // what was damaged or truncated, for the log
    consensus::Memory memory = consensus::Memory::whole;  // of past votes, for Replica::start
    std::unique_ptr<ledger::LevelDbStore> store;
    std::unique_ptr<ledger::Chain> chain;
};

// Whether the journal holds all votes of this node. `lost`: the journal is missing or damaged, or the chain shows that
// it was longer. `fresh`: there is neither a journal nor a chain. That may be a first start or a machine that lost
// everything, so the node asks its peers before it votes.
Result<consensus::Memory> memory_of(const OpenedJournal& journal, const ledger::Chain& chain);

// Creates what is missing. `genesis` outlives the result. Errc::io, Errc::corrupt, Errc::unavailable, Errc::conflict.
Result<DataFolder> open_data_folder(const std::string& folder, const ledger::Genesis& genesis);

// Writes and syncs what `effects` wants in the journal. It is on disk when this returns.
Status persist(JournalFile& journal, const Effects& effects);

// Applies what one turn of the replica asks for, in the order that safety depends on: `persist` (Effects → Status)
// writes to disk, then `release` (Effects) sends messages and reports results. This is the only place that orders the
// two. After an error nothing has been released, and the process ends.
template <class Persist, class Release>
Status apply_effects(Effects effects, Persist&& persist, Release&& release) {
    Status persisted = persist(std::as_const(effects));
    if (effects.fatal) return *std::move(effects.fatal);
    if (!persisted) return persisted;
    release(std::move(effects));
    return persisted;
}

}  // namespace xinlian::node

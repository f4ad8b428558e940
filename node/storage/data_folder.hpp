// What a node has on disk, opened and checked in the one order that is safe: the vote journal and the store of the
// chain. The daemon and the tests of disks share these two functions, so that what is tested is what runs.
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
    std::string journal_detail;                           // what was damaged or cut, for the log
    consensus::Memory memory = consensus::Memory::whole;  // of past votes; Replica::start wants it
    std::unique_ptr<ledger::LevelDbStore> store;
    std::unique_ptr<ledger::Chain> chain;
};

// What this node still knows of its own votes: nothing to rely on if the journal was lost or damaged, if there is a
// chain without one, or if the chain saw more of it than there is. With neither journal nor chain it may be a first
// start, or a machine that lost everything: the node cannot know, so it asks before it votes.
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

// What a node has on disk, opened and checked in the one order that is safe: the vote journal and the store of the
// chain. The daemon and the tests of disks share these two functions, so that what is tested is what runs.
//
// FOLDER/journal (node/storage/journal_file.hpp)  FOLDER/chain (ledger/store/leveldb_store.hpp)
#pragma once

#include "ledger/store/leveldb_store.hpp"
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

// On disk when it returns: everything that must be there before anything else of `effects` leaves the node.
Status keep(JournalFile& journal, const Effects& effects);

// Does what a turn of the replica asks for, in the one order that everything relies on, here and nowhere else: what
// must be on disk is brought there (`keep`: Effects → Status), and only then is anything let out (`let_out`: Effects).
// After an error nothing was let out, and the process ends.
template <class Keep, class LetOut>
Status perform(Effects effects, Keep&& keep, LetOut&& let_out) {
    Status kept = keep(std::as_const(effects));
    if (effects.fatal) return *std::move(effects.fatal);
    if (!kept) return kept;
    let_out(std::move(effects));
    return kept;
}

}  // namespace xinlian::node

// The data of a node on disk: the vote journal and the store of the chain, opened and checked in the one safe order.
// The daemon and the disk tests share these functions, so that the tested code is the code that runs.
//
// FOLDER/journal (node/storage/journal_file.hpp)  FOLDER/chain (ledger/store/leveldb_store.hpp)
#pragma once

#include "ledger/store/leveldb_store.hpp"
#include "node/storage/journal_file.hpp"

namespace xinlian::node {

struct DataFolder {
    std::unique_ptr<JournalFile> journal;
    std::vector<JournalRecord> records;                   // records of the journal, oldest first
    std::string journal_detail;                           // what was damaged or cut, for the log
    consensus::Memory memory = consensus::Memory::whole;  // completeness of the past votes, for Replica::start
    std::unique_ptr<ledger::LevelDbStore> store;
    std::unique_ptr<ledger::Chain> chain;
};

// How much this node still knows of its own votes. They are lost if the journal was lost or damaged, if there is a
// chain without a journal, or if the chain has seen a longer journal. With neither journal nor chain, the node cannot
// distinguish a first start from a machine that lost everything, so it asks its peers before it votes.
Result<consensus::Memory> memory_of(const OpenedJournal& journal, const ledger::Chain& chain);

// Creates what is missing. `genesis` must outlive the result. Errc::io, Errc::corrupt, Errc::unavailable,
// Errc::conflict.
Result<DataFolder> open_data_folder(const std::string& folder, const ledger::Genesis& genesis);

// Syncs to disk everything in `effects` that must be there before the rest of `effects` leaves the node.
Status keep(JournalFile& journal, const Effects& effects);

// Executes the effects of one turn of the replica. This is the only place with the order that safety depends on: `keep`
// (Effects → Status) first persists what must be on disk, and only then `let_out` (Effects) sends the rest. After an
// error nothing was sent, and the process ends.
template <class Keep, class LetOut>
Status perform(Effects effects, Keep&& keep, LetOut&& let_out) {
    Status kept = keep(std::as_const(effects));
    if (effects.fatal) return *std::move(effects.fatal);
    if (!kept) return kept;
    let_out(std::move(effects));
    return kept;
}

}  // namespace xinlian::node

// What a node has on disk, opened and checked in the one order that is safe: the vote journal and the store of the
// chain. The daemon and the tests of disks share these two functions, so that what is tested is what runs.
//
// FOLDER/journal (node/journal_file.hpp)  FOLDER/chain (ledger/leveldb_store.hpp)
#pragma once

#include "ledger/leveldb_store.hpp"
#include "node/journal_file.hpp"

namespace xinlian::node {

struct DataFolder {
    std::unique_ptr<JournalFile> journal;
    std::vector<JournalRecord> records;  // of the journal, oldest first
    std::string journal_detail;          // what was damaged or cut, for the log
    // Votes may be forgotten: the journal was lost or damaged, there is a chain without one, or the chain saw more of
    // it than there is. Replica::start wants it.
    bool amnesia = false;
    std::unique_ptr<ledger::LevelDbStore> store;
    std::unique_ptr<ledger::Chain> chain;
};

// Creates what is missing. `genesis` outlives the result. Errc::io, Errc::corrupt, Errc::unavailable, Errc::conflict.
Result<DataFolder> open_data_folder(const std::string& folder, const ledger::Genesis& genesis);

// On disk when it returns: everything that must be there before anything else of `effects` leaves the node. After an
// error nothing of it may leave, and the process ends.
Status keep(JournalFile& journal, const Effects& effects);

}  // namespace xinlian::node

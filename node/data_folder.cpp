#include "node/data_folder.hpp"

#include <filesystem>

namespace xinlian::node {

Result<DataFolder> open_data_folder(const std::string& folder, const ledger::Genesis& genesis) {
    std::error_code fault;
    std::filesystem::create_directories(folder, fault);
    if (fault) return Error{Errc::io, "cannot make the folder " + folder + ": " + fault.message()};
    DataFolder opened;
    XL_TRY(OpenedJournal journal, JournalFile::open(folder + "/journal"));
    opened.journal = std::move(journal.file);
    opened.records = std::move(journal.records);
    opened.journal_detail = std::move(journal.detail);
    XL_TRY(opened.store, ledger::LevelDbStore::open(folder + "/chain"));
    XL_TRY(opened.chain, ledger::Chain::open(*opened.store, genesis));
    opened.amnesia = journal.damaged || (opened.records.empty() && opened.chain->height() > 0);
    return opened;
}

Status keep(JournalFile& journal, const Effects& effects) {
    if (effects.persist.empty()) return Status();
    Status written = journal.append(effects.persist);
    if (written && effects.rotate) written = journal.rotate(*effects.rotate);
    if (!written) return within("the vote journal could not be written", std::move(written).error());
    return Status();
}

}  // namespace xinlian::node

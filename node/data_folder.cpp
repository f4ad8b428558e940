#include "node/data_folder.hpp"

#include "ledger/durable.hpp"

namespace xinlian::node {

Result<DataFolder> open_data_folder(const std::string& folder, const ledger::Genesis& genesis) {
    XL_TRY_STATUS(ledger::make_folder(folder));
    DataFolder opened;
    XL_TRY(OpenedJournal journal, JournalFile::open(folder + "/journal"));
    XL_TRY(opened.store, ledger::LevelDbStore::open(folder + "/chain"));
    XL_TRY(opened.chain, ledger::Chain::open(*opened.store, genesis));
    opened.memory = journal.memory(opened.chain->height());
    opened.journal = std::move(journal.file);
    opened.records = std::move(journal.records);
    opened.journal_detail = std::move(journal.detail);
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

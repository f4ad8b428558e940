#include "node/storage/data_folder.hpp"

#include <algorithm>

#include "ledger/store/durable.hpp"

namespace xinlian::node {

namespace {

// A journal that lost its end looks like one whose last write was torn. But each commit of the chain stores the height
// of an anchor that had been synced to the journal before.
Result<bool> is_cut(const std::vector<JournalRecord>& journal, const ledger::Chain& chain) {
    XL_TRY(const std::optional<Bytes> mark, chain.mark());
    if (!mark) return false;
    XL_TRY(const Height seen, decode<Height>(*mark));
    Height highest = 0;
    for (const JournalRecord& record : journal) {
        if (record.kind != JournalRecord::Kind::anchor) continue;
        // Replica::start reports a record that does not decode, with its place.
        if (const auto anchor = decode<JournalAnchor>(record.body)) highest = std::max(highest, anchor->height);
    }
    return highest < seen;
}

// Evidence and bodies do not count: a node that has not voted yet journals them as well.
bool tells_of_votes(const std::vector<JournalRecord>& journal) {
    return std::any_of(journal.begin(), journal.end(), [](const JournalRecord& record) {
        return record.kind == JournalRecord::Kind::core || record.kind == JournalRecord::Kind::anchor;
    });
}

}  // namespace

Result<consensus::Memory> memory_of(const OpenedJournal& journal, const ledger::Chain& chain) {
    if (journal.damaged) return consensus::Memory::lost;
    if (!tells_of_votes(journal.records)) {
        return chain.height() > 0 ? consensus::Memory::lost : consensus::Memory::fresh;
    }
    XL_TRY(const bool cut, is_cut(journal.records, chain));
    return cut ? consensus::Memory::lost : consensus::Memory::whole;
}

Result<DataFolder> open_data_folder(const std::string& folder, const ledger::Genesis& genesis) {
    XL_TRY_STATUS(ledger::make_folder(folder));
    DataFolder opened;
    XL_TRY(OpenedJournal journal, JournalFile::open(folder + "/journal"));
    XL_TRY(opened.store, ledger::LevelDbStore::open(folder + "/chain"));
    XL_TRY(opened.chain, ledger::Chain::open(*opened.store, genesis));
    XL_TRY(opened.memory, memory_of(journal, *opened.chain));
    opened.journal_detail = std::move(journal.detail);
    if (opened.memory == consensus::Memory::lost && !journal.damaged)
        opened.journal_detail = "the journal is shorter than the chain recorded";
    opened.journal = std::move(journal.file);
    opened.records = std::move(journal.records);
    return opened;
}

Status persist(JournalFile& journal, const Effects& effects) {
    if (effects.persist.empty()) return Status();
    Status written = journal.append(effects.persist);
    if (written && effects.rotate) written = journal.rotate(*effects.rotate);
    if (!written) return within("the vote journal could not be written", std::move(written).error());
    return Status();
}

}  // namespace xinlian::node

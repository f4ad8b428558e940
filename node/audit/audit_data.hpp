// Audits a copy of a member's folder, a data folder or a chain folder without changing it: the chain
// (ledger/audit/audit_folder.hpp), and the consistency of the node's vote journal with it, if the journal was copied.
#pragma once

#include "ledger/audit/audit_folder.hpp"

namespace xinlian::node {

// The result for the vote journal.
enum class JournalCheck : std::uint8_t {
    absent,  // not in the copy
    fits,    // consistent with the chain
    lost,    // incomplete: the chain has seen a longer journal, or it is marked damaged
};

struct DataAudit {
    std::string folder;  // folder of the chain that was found
    ledger::FolderAudit found;
    JournalCheck journal = JournalCheck::absent;
    std::string journal_detail;  // in English; may be empty
    bool own_genesis = false;    // the genesis file is from the copy, so the maker of the copy chose the trust root
};

// Errc::not_found if there is no chain; other errors as audit_folder. The journal is read from a copy in the system's
// temporary folder, because opening a journal repairs it.
Result<DataAudit> audit_data(const std::string& folder, const ledger::Genesis& genesis,
                             const ledger::AuditWatch& watch);

}  // namespace xinlian::node

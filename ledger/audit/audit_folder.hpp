// Audits a copied folder of a node's chain: first every byte of its files, then the whole chain in them. The folder is
// not modified in any way and may be on a read-only medium.
#pragma once

#include "ledger/audit/audit.hpp"

namespace xinlian::ledger {

struct FolderAudit {
    ChainAudit chain;                       // its flaw has file and offset where they are known
    std::vector<std::string> files;         // the files that hold the data; all of their bytes were checked
    std::vector<std::string> without_data;  // the other files in the folder; nothing depends on them
};

// Errc::unavailable if a process has the folder open, Errc::io, and the errors of audit_chain. After an error the audit
// has no result.
Result<FolderAudit> audit_folder(const std::string& folder, const Genesis& genesis, const AuditWatch& watch);

}  // namespace xinlian::ledger

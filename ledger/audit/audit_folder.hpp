// A copied folder of a node's chain, files and rows: first LevelDB reads every row of every file with its checksum,
// then the whole chain in them is audited. The folder stays as it is, byte for byte, and may lie on a medium that
// cannot be written to.
#pragma once

#include "ledger/audit/audit.hpp"

namespace xinlian::ledger {

struct FolderAudit {
    ChainAudit chain;
    std::vector<std::string> files;         // that hold the data, up to the flaw if there is one
    std::vector<std::string> without_data;  // the others in the folder: nothing depends on them
};

// Errc::unavailable if a process has the folder open, Errc::io, and the errors of audit_chain. After an error the audit
// has no result.
Result<FolderAudit> audit_folder(const std::string& folder, const Genesis& genesis, const AuditWatch& watch);

}  // namespace xinlian::ledger

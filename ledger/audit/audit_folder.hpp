// A copied folder of a node's chain, files and rows: first every byte of the files, then the whole chain in them. The
// folder stays as it is, byte for byte, and may lie on a medium that cannot be written to.
#pragma once

#include "ledger/audit/audit.hpp"

namespace xinlian::ledger {

struct FolderAudit {
    ChainAudit chain;                       // its flaw's file and offset are told as far as they are known
    std::vector<std::string> files;         // that hold the data: all of their bytes were looked at
    std::vector<std::string> without_data;  // the others in the folder: nothing depends on them
};

// Errc::unavailable if a process holds the folder, Errc::io, and as audit_chain: nothing can be told then.
Result<FolderAudit> audit_folder(const std::string& folder, const Genesis& genesis, const AuditWatch& watch);

}  // namespace xinlian::ledger

// A member's folder, a data folder or a chain folder that was copied, audited without changing it: the chain
// (ledger/audit/audit_folder.hpp), and what the node's vote journal, if it was copied too, knows of the chain.
#pragma once

#include "ledger/audit/audit_folder.hpp"

namespace xinlian::node {

// What the vote journal says.
enum class JournalCheck : std::uint8_t {
    absent,  // it is not in the copy
    fits,    // all it knows of the chain is so
    lost,    // the chain saw more of the journal than is there, or it says itself that it is not whole
};

struct DataAudit {
    std::string folder;  // the chain's, as found
    ledger::FolderAudit found;
    JournalCheck journal = JournalCheck::absent;
    std::string journal_detail;  // in English; empty if there is nothing to say
    bool own_genesis = false;    // the genesis file came with the copy: whoever made it chose the root of trust
};

// Errc::not_found if no chain is there; otherwise as audit_folder. The journal is read from a copy in the system's
// temporary folder, as reading it mends it.
Result<DataAudit> audit_data(const std::string& folder, const ledger::Genesis& genesis,
                             const ledger::AuditWatch& watch);

}  // namespace xinlian::node

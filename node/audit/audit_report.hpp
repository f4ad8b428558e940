// Formats the result of an audit: for people as one sentence and a short table (Chinese or English) or as a printable
// page (Chinese), and for machines as JSON. This code decides nothing.
#pragma once

#include <boost/json/object.hpp>

#include "node/audit/audit_data.hpp"
#include "node/wording/language.hpp"

namespace xinlian::node {

std::string audit_sentence(const DataAudit& audit, Language language);
// The sentence, the table, and what was not checked; ends with a line feed.
std::string audit_text(const ledger::Genesis& genesis, const DataAudit& audit, Language language);
boost::json::object audit_json(const ledger::Genesis& genesis, const DataAudit& audit, Language language);
// One HTML page without scripts or external resources; `now` is the time of the audit.
std::string audit_page(const ledger::Genesis& genesis, const DataAudit& audit, Time now);

}  // namespace xinlian::node

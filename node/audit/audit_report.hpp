// What an audit found, said to people (one sentence and a short table, Chinese or English; a page to print, Chinese)
// and to machines (JSON). Nothing here decides anything.
#pragma once

#include <boost/json/object.hpp>

#include "node/audit/audit_data.hpp"
#include "node/wording/language.hpp"

namespace xinlian::node {

std::string audit_sentence(const DataAudit& audit, Language language);
// The sentence, the table, and what was not looked at; ends with a line feed.
std::string audit_text(const ledger::Genesis& genesis, const DataAudit& audit, Language language);
boost::json::object audit_json(const ledger::Genesis& genesis, const DataAudit& audit, Language language);
// One HTML page without scripts or anything from elsewhere; `now` is when the audit was made.
std::string audit_page(const ledger::Genesis& genesis, const DataAudit& audit, Time now);

}  // namespace xinlian::node

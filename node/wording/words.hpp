// Display names of the ledger's terms in Chinese and English.
#pragma once

#include <string>

#include "ledger/state/values.hpp"
#include "node/wording/language.hpp"

namespace xinlian::node {

std::string words(ledger::Operation operation, Language language);  // "更新", "update"
std::string words(ledger::Reason reason, Language language);  // a clause: "该记录已删除", "the record was deleted"
std::string words(ledger::Purpose purpose, Language language);    // "贷前审查", "loan"
std::string words(ledger::Category category, Language language);  // "行政处罚", "penalty"
std::string words(ledger::DisputeOutcome outcome, Language language);

}  // namespace xinlian::node

// Auditors' reviews of the ledger (ledger/review_*.hpp), put into reports.
#pragma once

#include "ledger/review_queries.hpp"
#include "node/report.hpp"

namespace xinlian::node {

// Every query of the period, those without a live grant, and those not answered or acknowledged in time.
Report queries_report(const ledger::Genesis& genesis, const ledger::QueryReview& review);

Wording period_words(const ledger::Period& period);

}  // namespace xinlian::node

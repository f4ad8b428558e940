// Formats auditors' reviews (ledger/audit/review_*.hpp, ledger/audit/quality.hpp) as reports. The review and the
// genesis file must outlive the report.
#pragma once

#include "ledger/audit/quality.hpp"
#include "ledger/audit/review_feed.hpp"
#include "ledger/audit/review_members.hpp"
#include "ledger/audit/review_queries.hpp"
#include "ledger/audit/review_receipts.hpp"
#include "node/audit/report.hpp"

namespace xinlian::node {

// All queries of the period, those without a valid grant, and those not answered or acknowledged in time.
Report queries_report(const ledger::Genesis& genesis, const ledger::QueryReview& review);

// One issuer's batches, rejections and late acts.
Report feed_report(const ledger::FeedReview& review);

ReportTable quality_report_table(const ledger::QualityTable& rows);
Report quality_report(const ledger::Period& period, const ledger::QualityTable& rows, ledger::Date today);

// Roles and keys by height, and each member's activity.
Report members_report(const ledger::MemberReview& review);

// A verdict for each receipt. Good: all agree with this history. Unknown: some could not be verified.
Report receipts_report(const ledger::ReceiptReview& review);

Wording period_words(const ledger::Period& period);  // a clause: "2026-10-01 至 2026-12-31", "from 2026-10-01 to …"

}  // namespace xinlian::node

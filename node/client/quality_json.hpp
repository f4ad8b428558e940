// A table of quality between a node and who asks it (GET /v1/quality): counts alone, so that both sides compute rates
// with the same code.
#pragma once

#include "node/audit/review_report.hpp"

namespace xinlian::node {

struct QualityAnswer {
    QualityTable rows;
    Height height = 0;  // as of
    Time time;
};

boost::json::object quality_json(const ledger::Period& period, const QualityTable& rows);
// Errc::malformed names what is missing, no whole number, or a part that is more than its whole.
Result<QualityAnswer> parse_quality(const boost::json::object& json);

}  // namespace xinlian::node

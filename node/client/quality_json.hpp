// A quality table in transfer from a node to a client (GET /v1/quality): counts only, so that both sides compute rates
// with the same code.
#pragma once

#include <boost/json/fwd.hpp>

#include "ledger/audit/quality.hpp"

namespace xinlian::node {

struct QualityAnswer {
    ledger::QualityTable rows;
    Height height = 0;  // as of
    Time time;
};

boost::json::object quality_json(const ledger::Period& period, const ledger::QualityTable& rows);
// Errc::malformed names what is missing or not an integer, or a part that is larger than its whole.
Result<QualityAnswer> parse_quality(const boost::json::object& json);

}  // namespace xinlian::node

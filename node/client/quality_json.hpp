// A table of quality between a node and who asks it (GET /v1/quality): counts alone, so that both sides compute rates
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
// Errc::malformed names what is missing, no whole number, or a part that is more than its whole.
Result<QualityAnswer> parse_quality(const boost::json::object& json);

}  // namespace xinlian::node

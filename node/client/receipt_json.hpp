// The receipt of a batch as JSON in both directions (docs/openapi.yaml, Receipt).
#pragma once

#include <boost/json/fwd.hpp>

#include "ledger/state/receipt.hpp"

namespace xinlian::node {

boost::json::object to_json(const ledger::Receipt& receipt);
// Errc::malformed names the missing or impossible member. Errc::unsupported for an outcome unknown to this program.
Result<ledger::Receipt> parse_receipt(const boost::json::object& json);

}  // namespace xinlian::node

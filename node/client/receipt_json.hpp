// A receipt as a node answers with it (docs/openapi.yaml, Receipt).
#pragma once

#include <boost/json/fwd.hpp>

#include "ledger/state/receipt.hpp"

namespace xinlian::node {

boost::json::object to_json(const ledger::Receipt& receipt);
// Errc::malformed names the member that is missing or impossible; Errc::unsupported for an outcome that this program
// does not know.
Result<ledger::Receipt> parse_receipt(const boost::json::object& json);

}  // namespace xinlian::node

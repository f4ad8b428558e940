// The answers that are made of the ledger alone, one function for each kind of path (node/api/routes.cpp). Each answer
// names the height it speaks of. `parameter` is what the path has in the place of its pattern's parameter, never
// trusted; empty for paths without one.
#pragma once

#include <boost/json/fwd.hpp>

#include "node/api/services.hpp"

namespace xinlian::node {

// ledger.cpp
Answer feed_response(const ledger::Chain& chain, std::string_view parameter, const net::HttpRequest& request);
Answer record_response(const ledger::Chain& chain, std::string_view parameter, const net::HttpRequest& request);
Answer subject_response(const ledger::Chain& chain, std::string_view parameter, const net::HttpRequest& request);
Answer entry_response(const ledger::Chain& chain, std::string_view parameter, const net::HttpRequest& request);
Answer block_response(const ledger::Chain& chain, std::string_view parameter, const net::HttpRequest& request);
Answer certificate_response(const ledger::Chain& chain, std::string_view parameter, const net::HttpRequest& request);
Answer checkpoint_response(const ledger::Chain& chain, std::string_view parameter, const net::HttpRequest& request);
Answer genesis_response(const ledger::Chain& chain, std::string_view parameter, const net::HttpRequest& request);
Answer rules_response(const ledger::Chain& chain, std::string_view parameter, const net::HttpRequest& request);
Answer batch_response(const ledger::Chain& chain, std::string_view parameter, const net::HttpRequest& request);

// proofs.cpp: a proof of the kind that the path names. Of an unknown kind: which kinds there are.
Answer proof_response(const ledger::Chain& chain, std::string_view parameter, const net::HttpRequest& request);

// portfolio.cpp: the portfolio file about the subjects whose tags the body names.
Answer portfolio_response(const ledger::Chain& chain, std::string_view parameter, const net::HttpRequest& request);

// quality.cpp: the quality of reporting in the period that the query names.
Answer quality_response(const ledger::Chain& chain, std::string_view parameter, const net::HttpRequest& request);

// evidence.cpp: the proof file about one member; and the list of members with evidence against them in this epoch,
// those whose evidence is on its way to the ledger last.
Answer evidence_response(const ledger::Chain& chain, std::string_view parameter, const net::HttpRequest& request);
Answer evidence_list_response(const ApiServices& services);

}  // namespace xinlian::node

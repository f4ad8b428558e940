// The status of nodes as a table for the operator.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "node/client/status_json.hpp"
#include "node/wording/language.hpp"
#include "node/wording/outcome.hpp"

namespace xinlian::node {

inline constexpr Height lag_max = 2;  // number of blocks that a peer may be behind without being reported

// A node that was asked: its status, or the error.
struct AskedNode {
    std::string url;
    Result<NodeStatus> status;
    boost::json::object raw;
};

// One line for each node, and one for each problem.
std::string print_statuses(const std::vector<AskedNode>& nodes, Language language);
// 2 if a node could not be asked, 1 if one is not ready or halted, else 0.
int exit_code_of(const std::vector<AskedNode>& nodes);

}  // namespace xinlian::node

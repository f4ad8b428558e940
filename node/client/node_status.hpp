// The status of a node as it reports it (GET /v1/status), and its table for the operator.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "crypto/committee.hpp"
#include "node/wording/language.hpp"
#include "node/wording/outcome.hpp"

namespace xinlian::node {

inline constexpr Height lag_max = 2;  // number of blocks that a peer may be behind without being reported

struct PeerStanding {
    std::string id, address;
    bool connected = false;
    std::optional<Height> height;  // as last received
    std::string last_error;
};

struct NodeStanding {
    std::string member, name, fingerprint;
    Height height = 0, highest_known = 0;
    View view = 0;
    std::uint64_t log_size = 0;
    bool ready = false, halted = false;
    std::string halt_reason;
    std::vector<PeerStanding> peers;
};

// Errc::malformed names what is missing.
Result<NodeStanding> parse_standing(const boost::json::object& json);

// A node that was asked: its status, or the error.
struct AskedNode {
    std::string url;
    Result<NodeStanding> standing;
    boost::json::object raw;
};

// One line for each node, and one for each problem.
std::string print_standings(const std::vector<AskedNode>& nodes, Language language);
// 2 if a node could not be asked, 1 if one is not ready or halted, else 0.
int exit_code_of(const std::vector<AskedNode>& nodes);

}  // namespace xinlian::node

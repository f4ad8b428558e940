// How a node is, as it says itself (GET /v1/status; docs/openapi.yaml, Status).
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "crypto/committee.hpp"
#include "crypto/time.hpp"

namespace xinlian::node {

struct PeerStanding {
    std::string id, address;
    bool connected = false;
    std::optional<Height> height;  // as last heard
    std::string last_error;
    std::uint64_t bytes_in = 0, bytes_out = 0, frames_in = 0, frames_out = 0, connects = 0, queue_bytes = 0;
    std::string summary;
    bool operator==(const PeerStanding&) const = default;
};

struct NodeStanding {
    std::string member, name, version;
    std::string chain_id, fingerprint, federation, suite;
    Height height = 0, highest_known = 0;
    std::string block, log_root, state_root;  // hex
    Time time;                                // of the block
    View view = 0, finalized_view = 0;
    std::uint64_t log_size = 0, pool_batches = 0, pool_bytes = 0;
    bool ready = false, halted = false;
    std::string halt_reason;
    std::vector<PeerStanding> peers;
    bool operator==(const NodeStanding&) const = default;
};

boost::json::object to_json(const NodeStanding& node);
// Texts lose their control characters: they go to a terminal. Errc::malformed names what is missing of that which an
// operator is shown; everything else may be missing, as of another version.
Result<NodeStanding> parse_standing(const boost::json::object& json);

}  // namespace xinlian::node

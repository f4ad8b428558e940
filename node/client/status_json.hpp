// The status of a node as it reports it, as JSON in both directions (GET /v1/status; docs/openapi.yaml, Status).
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "crypto/committee.hpp"
#include "crypto/time.hpp"

namespace xinlian::node {

// A peer of the node as the node reports it.
struct ReportedPeer {
    std::string id, address;
    bool connected = false;
    std::optional<Height> height;  // as last received
    std::string last_error;
    std::uint64_t bytes_in = 0, bytes_out = 0, frames_in = 0, frames_out = 0, connects = 0, queue_bytes = 0;
    std::string summary;
    bool operator==(const ReportedPeer&) const = default;
};

struct NodeStatus {
    std::string member, name, version;
    std::string chain_id, fingerprint, federation, suite;
    Height height = 0, highest_known = 0;
    std::string block, log_root, state_root;  // hex
    Time time;                                // of the block
    View view = 0, finalized_view = 0;
    std::uint64_t log_size = 0, pool_batches = 0, pool_bytes = 0;
    bool ready = false, halted = false;
    std::string halt_reason;
    std::vector<ReportedPeer> peers;
    bool operator==(const NodeStatus&) const = default;
};

boost::json::object to_json(const NodeStatus& node);
// Control characters are removed from texts, because they are printed on a terminal. Members that the operator's table
// needs are required: Errc::malformed names the missing one. All others are optional, as another version may omit them.
Result<NodeStatus> parse_status(const boost::json::object& json);

}  // namespace xinlian::node

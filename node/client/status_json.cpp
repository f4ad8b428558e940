#include "node/client/status_json.hpp"

#include <boost/json.hpp>

#include "node/client/json_reading.hpp"
#include "node/wording/plain.hpp"

namespace xinlian::node {

namespace {

using boost::json::object;

Error missing(std::string_view name) {
    return Error{Errc::malformed, "the node's status has no usable \"" + std::string(name) +
                                      "\"; check the versions of node and program"};
}

Result<std::uint64_t> number(const object& json, std::string_view name) {
    if (const auto value = number_in(json, name)) return *value;
    return missing(name);
}

Result<bool> truth(const object& json, std::string_view name) {
    if (const auto value = truth_in(json, name)) return *value;
    return missing(name);
}

Result<std::string> text(const object& json, std::string_view name) {
    if (const auto value = text_in(json, name)) return printable(*value);
    return missing(name);
}

std::string text_or_empty(const object& json, std::string_view name) {
    return printable(text_in(json, name).value_or(std::string()));
}

std::uint64_t number_or_zero(const object& json, std::string_view name) { return number_in(json, name).value_or(0); }

Result<ReportedPeer> parse_peer(const boost::json::value& value) {
    const object* json = value.if_object();
    if (json == nullptr) return missing("peers");
    ReportedPeer peer;
    XL_TRY(peer.id, text(*json, "id"));
    XL_TRY(peer.connected, truth(*json, "connected"));
    peer.address = text_or_empty(*json, "address");
    peer.height = number_in(*json, "height");
    peer.last_error = text_or_empty(*json, "last_error");
    peer.bytes_in = number_or_zero(*json, "bytes_in");
    peer.bytes_out = number_or_zero(*json, "bytes_out");
    peer.frames_in = number_or_zero(*json, "frames_in");
    peer.frames_out = number_or_zero(*json, "frames_out");
    peer.connects = number_or_zero(*json, "connects");
    peer.queue_bytes = number_or_zero(*json, "queue_bytes");
    peer.summary = text_or_empty(*json, "summary");
    return peer;
}

object to_json(const ReportedPeer& peer) {
    return {{"id", peer.id},
            {"address", peer.address},
            {"connected", peer.connected},
            {"height", peer.height ? boost::json::value(*peer.height) : boost::json::value(nullptr)},
            {"last_error", peer.last_error},
            {"bytes_in", peer.bytes_in},
            {"bytes_out", peer.bytes_out},
            {"frames_in", peer.frames_in},
            {"frames_out", peer.frames_out},
            {"connects", peer.connects},
            {"queue_bytes", peer.queue_bytes},
            {"summary", peer.summary}};
}

// Members that an older or newer node may omit.
void parse_optional(const object& json, NodeStatus& node) {
    node.name = text_or_empty(json, "name");
    node.version = text_or_empty(json, "version");
    node.chain_id = text_or_empty(json, "chain_id");
    node.federation = text_or_empty(json, "federation");
    node.suite = text_or_empty(json, "suite");
    node.block = text_or_empty(json, "block");
    node.time.ms = number_or_zero(json, "time_ms");
    node.log_root = text_or_empty(json, "log_root");
    node.state_root = text_or_empty(json, "state_root");
    node.finalized_view = number_or_zero(json, "finalized_view");
    node.halt_reason = text_or_empty(json, "halt_reason");
    const auto* pool = json.if_contains("pool");
    if (pool == nullptr || !pool->is_object()) return;
    node.pool_batches = number_or_zero(pool->get_object(), "batches");
    node.pool_bytes = number_or_zero(pool->get_object(), "bytes");
}

}  // namespace

object to_json(const NodeStatus& node) {
    boost::json::array peers;
    for (const ReportedPeer& peer : node.peers) peers.push_back(to_json(peer));
    return {{"member", node.member},
            {"name", node.name},
            {"version", node.version},
            {"chain_id", node.chain_id},
            {"fingerprint", node.fingerprint},
            {"federation", node.federation},
            {"suite", node.suite},
            {"height", node.height},
            {"block", node.block},
            {"time_ms", node.time.ms},
            {"log_size", node.log_size},
            {"log_root", node.log_root},
            {"state_root", node.state_root},
            {"view", node.view},
            {"finalized_view", node.finalized_view},
            {"highest_known", node.highest_known},
            {"ready", node.ready},
            {"halted", node.halted},
            {"halt_reason", node.halt_reason},
            {"pool", object{{"batches", node.pool_batches}, {"bytes", node.pool_bytes}}},
            {"peers", std::move(peers)}};
}

Result<NodeStatus> parse_status(const object& json) {
    NodeStatus node;
    XL_TRY(node.member, text(json, "member"));
    XL_TRY(node.fingerprint, text(json, "fingerprint"));
    XL_TRY(node.height, number(json, "height"));
    XL_TRY(node.highest_known, number(json, "highest_known"));
    XL_TRY(node.view, number(json, "view"));
    XL_TRY(node.log_size, number(json, "log_size"));
    XL_TRY(node.ready, truth(json, "ready"));
    XL_TRY(node.halted, truth(json, "halted"));
    parse_optional(json, node);
    const auto* peers = json.if_contains("peers");
    if (peers == nullptr || !peers->is_array()) return missing("peers");
    for (const auto& value : peers->get_array()) {
        XL_TRY(ReportedPeer peer, parse_peer(value));
        node.peers.push_back(std::move(peer));
    }
    return node;
}

}  // namespace xinlian::node

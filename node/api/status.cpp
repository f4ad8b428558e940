#include "node/api/status.hpp"

#include <boost/json.hpp>

#include "node/api/response.hpp"
#include "node/client/status_json.hpp"

namespace xinlian::node {

namespace {

constexpr Height ready_distance_max = 2;

bool is_ready(const Replica::Overview& overview) {
    return !overview.halted && overview.informed && !overview.catching_up &&
           overview.height + ready_distance_max >= overview.highest_known;
}

std::string why_not_ready(const Replica::Overview& overview) {
    if (overview.halted) return "halted: " + overview.halt_reason;
    if (!overview.informed) return "too few validators have reported their height since this node started";
    return is_ready(overview) ? "" : "catching up";
}

// `height` is the one that the peer claims, `tip` this node's.
ReportedPeer reported(const net::PeerStatus& peer, Height height, Height tip) {
    ReportedPeer out;
    out.id = peer.id;
    out.address = peer.address;
    out.connected = peer.connected;
    out.height = height;
    out.last_error = peer.last_error;
    out.bytes_in = peer.bytes_in;
    out.bytes_out = peer.bytes_out;
    out.frames_in = peer.frames_in;
    out.frames_out = peer.frames_out;
    out.connects = peer.connects;
    out.queue_bytes = peer.queue_bytes;
    out.summary = "in step";
    if (!peer.connected) {
        out.summary = "not connected: " + (peer.last_error.empty() ? std::string("not reached yet") : peer.last_error);
    } else if (height + ready_distance_max < tip) {
        out.summary = "behind by " + std::to_string(tip - height) + " blocks, catching up";
    }
    return out;
}

std::vector<ReportedPeer> reported_peers(const std::vector<net::PeerStatus>& peers, const std::vector<Height>& heights,
                                         Height tip) {
    std::vector<ReportedPeer> list;
    for (std::size_t i = 0; i < peers.size(); ++i)
        list.push_back(reported(peers[i], i < heights.size() ? heights[i] : 0, tip));
    return list;
}

}  // namespace

Answer status_response(const ApiServices& services) {
    const ledger::Genesis& genesis = services.chain.genesis();
    const ledger::SnapshotPtr snapshot = services.chain.snapshot();
    const Replica::Overview overview = services.overview();
    const ExecutionResult result = snapshot->state.result();
    const ledger::Member* member = genesis.member(services.member);
    NodeStatus node;
    node.member = services.member;
    if (member != nullptr) node.name = member->name;
    node.version = XL_VERSION;
    node.chain_id = genesis.chain_id().hex();
    node.fingerprint = genesis.fingerprint();
    node.federation = genesis.name();
    node.suite = name_of(genesis.suite());
    node.height = snapshot->tip.height;
    node.block = snapshot->tip_id.hex();
    node.time = snapshot->tip.time;
    node.log_size = result.log_size;
    node.log_root = result.log_root.hex();
    node.state_root = result.state_root.hex();
    node.view = overview.current;
    node.finalized_view = overview.finalized;
    node.highest_known = overview.highest_known;
    node.ready = is_ready(overview);
    node.halted = overview.halted;
    node.halt_reason = overview.halt_reason;
    node.pool_batches = overview.pool_batches;
    node.pool_bytes = overview.pool_bytes;
    node.peers = reported_peers(services.peers(), overview.peer_heights, snapshot->tip.height);
    return json_response(200, to_json(node));
}

Answer health_response(const ApiServices& services) {
    const Replica::Overview overview = services.overview();
    if (!overview.halted) return json_response(200, {{"status", "ok"}});
    return json_response(503, {{"status", "halted"}, {"reason", overview.halt_reason}});
}

Answer ready_response(const ApiServices& services) {
    const Replica::Overview overview = services.overview();
    const bool ready = is_ready(overview);
    return json_response(ready ? 200 : 503, {{"ready", ready},
                                             {"height", overview.height},
                                             {"highest_known", overview.highest_known},
                                             {"reason", why_not_ready(overview)}});
}

Answer metrics_response(const ApiServices& services) {
    const Replica::Overview overview = services.overview();
    net::HttpResponse response;
    response.content_type = "text/plain; version=0.0.4";
    response.body = services.metrics.text(overview, services.peers(), is_ready(overview));
    return response;
}

}  // namespace xinlian::node

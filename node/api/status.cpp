#include "node/api/status.hpp"

#include <boost/json.hpp>

#include "node/api/response.hpp"

namespace xinlian::node {

namespace json = boost::json;

namespace {

constexpr Height ready_distance_max = 2;

bool is_ready(const Replica::Overview& overview) {
    return !overview.halted && overview.informed && !overview.catching_up &&
           overview.height + ready_distance_max >= overview.highest_known;
}

std::string why_not_ready(const Replica::Overview& overview) {
    if (overview.halted) return "halted: " + overview.halt_reason;
    if (!overview.informed) return "too few validators have said how far they are since this node started";
    return is_ready(overview) ? "" : "catching up";
}

// `height` is the one that the peer claims, `tip` this node's.
json::object peer_json(const net::PeerStatus& peer, Height height, Height tip) {
    std::string summary = "in step";
    if (!peer.connected) {
        summary = "not connected: " + (peer.last_error.empty() ? std::string("not reached yet") : peer.last_error);
    } else if (height + ready_distance_max < tip) {
        summary = "behind by " + std::to_string(tip - height) + " blocks, catching up";
    }
    return {{"id", peer.id},
            {"address", peer.address},
            {"connected", peer.connected},
            {"height", height},
            {"last_error", peer.last_error},
            {"bytes_in", peer.bytes_in},
            {"bytes_out", peer.bytes_out},
            {"frames_in", peer.frames_in},
            {"frames_out", peer.frames_out},
            {"connects", peer.connects},
            {"queue_bytes", peer.queue_bytes},
            {"summary", summary}};
}

json::array peers_json(const std::vector<net::PeerStatus>& peers, const std::vector<Height>& heights, Height tip) {
    json::array list;
    for (std::size_t i = 0; i < peers.size(); ++i)
        list.push_back(peer_json(peers[i], i < heights.size() ? heights[i] : 0, tip));
    return list;
}

}  // namespace

Answer status_response(const ApiServices& services) {
    const ledger::Genesis& genesis = services.chain.genesis();
    const ledger::SnapshotPtr snapshot = services.chain.snapshot();
    const Replica::Overview overview = services.overview();
    const ExecutionResult result = snapshot->state.result();
    const ledger::Member* member = genesis.member(services.member);
    return json_response(200,
                         {{"member", services.member},
                          {"name", member != nullptr ? member->name : ""},
                          {"version", XL_VERSION},
                          {"chain_id", genesis.chain_id().hex()},
                          {"fingerprint", genesis.fingerprint()},
                          {"federation", genesis.name()},
                          {"suite", std::string(name_of(genesis.suite()))},
                          {"height", snapshot->tip.height},
                          {"block", snapshot->tip_id.hex()},
                          {"time_ms", snapshot->tip.time.ms},
                          {"log_size", result.log_size},
                          {"log_root", result.log_root.hex()},
                          {"state_root", result.state_root.hex()},
                          {"view", overview.current},
                          {"finalized_view", overview.finalized},
                          {"highest_known", overview.highest_known},
                          {"ready", is_ready(overview)},
                          {"halted", overview.halted},
                          {"halt_reason", overview.halt_reason},
                          {"pool", json::object{{"batches", overview.pool_batches}, {"bytes", overview.pool_bytes}}},
                          {"peers", peers_json(services.peers(), overview.peer_heights, snapshot->tip.height)}});
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

#include "node/api/routes.hpp"

#include <algorithm>

#include "node/api/events.hpp"
#include "node/api/ledger.hpp"
#include "node/api/receipts.hpp"
#include "node/api/status.hpp"

namespace xinlian::node {

namespace {

void submit(const Exchange& exchange) { exchange.receipts.submit(exchange.request, exchange.responder); }
void receipt(const Exchange& exchange) {
    exchange.receipts.receipt(exchange.parameter, exchange.request, exchange.responder);
}
void events(const Exchange& exchange) { exchange.events.subscribe(exchange.request, exchange.responder); }

constexpr Route table[] = {
    {"GET", "/v1/status", Cost::quick, status_response},
    {"GET", "/v1/health", Cost::quick, health_response},
    {"GET", "/v1/ready", Cost::quick, ready_response},
    {"GET", "/metrics", Cost::quick, metrics_response},
    {"GET", "/v1/genesis", Cost::quick, genesis_response},
    {"GET", "/v1/rules", Cost::quick, rules_response},
    {"POST", "/v1/batches", Cost::reads_ledger, submit},
    {"GET", "/v1/batches/{id}/receipt", Cost::reads_ledger, receipt},
    {"GET", "/v1/batches/{id}", Cost::reads_ledger, batch_response},
    {"GET", "/v1/feeds/{issuer}", Cost::quick, feed_response},
    {"GET", "/v1/records/{id}", Cost::reads_ledger, record_response},
    {"GET", "/v1/subjects/{tag}", Cost::reads_ledger, subject_response},
    {"GET", "/v1/entries/{index}", Cost::reads_ledger, entry_response},
    {"GET", "/v1/blocks/{height_or_id}", Cost::reads_ledger, block_response},
    {"GET", "/v1/checkpoint", Cost::reads_ledger, checkpoint_response},
    {"GET", "/v1/certificates/{height}", Cost::reads_ledger, certificate_response},
    {"GET", "/v1/quality", Cost::long_answer, quality_response},
    {"GET", "/v1/evidence", Cost::reads_ledger, evidence_list_response},
    {"GET", "/v1/evidence/{member}", Cost::reads_ledger, evidence_response},
    {"POST", "/v1/proofs/portfolio", Cost::long_answer, portfolio_response},
    {"GET", "/v1/proofs/record/{id}", Cost::reads_ledger, proof_response},
    {"GET", "/v1/proofs/subject/{tag}", Cost::reads_ledger, proof_response},
    {"GET", "/v1/proofs/asked/{tag}", Cost::reads_ledger, proof_response},
    {"GET", "/v1/proofs/grant/{id}", Cost::reads_ledger, proof_response},
    {"GET", "/v1/proofs/uses/{id}", Cost::reads_ledger, proof_response},
    {"GET", "/v1/proofs/query/{id}", Cost::reads_ledger, proof_response},
    {"GET", "/v1/proofs/account/{id}", Cost::reads_ledger, proof_response},
    {"GET", "/v1/proofs/dealings/{member}", Cost::reads_ledger, proof_response},
    {"GET", "/v1/proofs/feed/{member}", Cost::long_answer, proof_response},
    {"GET", "/v1/proofs/entry/{index}", Cost::reads_ledger, proof_response},
    {"GET", "/v1/proofs/batch/{id}", Cost::reads_ledger, proof_response},
    {"GET", "/v1/proofs/{kind}", Cost::reads_ledger, proof_response},  // not documented: tells which kinds there are
    {"GET", "/v1/events", Cost::reads_ledger, events},
};

// The path's parameter, empty for a pattern without one; nothing if the pattern does not fit.
std::optional<std::string_view> fit(std::string_view pattern, std::string_view path) {
    const std::size_t open = pattern.find('{');
    if (open == std::string_view::npos)
        return pattern == path ? std::optional<std::string_view>(std::string_view()) : std::nullopt;
    const std::string_view before = pattern.substr(0, open), after = pattern.substr(pattern.find('}') + 1);
    if (path.size() <= before.size() + after.size() || !path.starts_with(before) || !path.ends_with(after))
        return std::nullopt;
    return path.substr(before.size(), path.size() - before.size() - after.size());
}

}  // namespace

std::span<const Route> routes() { return table; }

RouteMatch find_route(std::string_view method, std::string_view path) {
    for (const Route& route : table) {
        const std::optional<std::string_view> parameter = fit(route.pattern, path);
        if (!parameter) continue;
        if (route.method == method || (route.method == "GET" && method == "HEAD")) return {&route, *parameter, {}};
        return {nullptr, {}, std::string(route.method)};
    }
    return {};
}

}  // namespace xinlian::node

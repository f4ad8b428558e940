// A node as a function: takes batches, checks them as a real one does, and answers as docs/openapi.yaml says. Tests
// inject faults.
#pragma once

#include <boost/json.hpp>

#include "node/client/error_json.hpp"
#include "node/client/receipt_json.hpp"
#include "node/client/submitter.hpp"
#include "tests/support/builders.hpp"

namespace xinlian::node {

class ScriptedNode {
public:
    explicit ScriptedNode(const test::Federation& federation) : federation_(federation), state_(federation.suite()) {}

    NodeClient client() {
        return NodeClient([this](const NodeRequest& request) {
            const std::lock_guard lock(mutex_);
            return answer(request);
        });
    }
    Patience patience(Duration duration) {
        return {.duration = duration, .pause = [this](Duration span) { paused.ms += span.ms; }};
    }

    std::size_t fail_next = 0;                       // requests that find nobody
    std::size_t busy_next = 0;                       // requests answered 429
    std::size_t forget_after = 0;                    // the n-th post is taken and lost at once; 0 for none
    std::size_t deaf_after_posts = ~std::size_t{0};  // from then on nobody answers
    Duration paused;
    std::map<Hash, Bytes> bodies;  // every batch ever posted, first bytes
    std::size_t posts = 0, changed_bytes = 0;
    std::uint64_t next_sequence = 1, log_size = 0;
    Hash head;
    std::map<Hash, ledger::BatchOutcome> outcomes;

private:
    Result<net::HttpResponse> answer(const NodeRequest& request) {
        if (posts >= deaf_after_posts) return Error{Errc::unavailable, "nobody listens"};
        if (fail_next > 0) return --fail_next, Error{Errc::unavailable, "connection reset"};
        if (busy_next > 0) return --busy_next, say(429, error_json({Errc::busy, "full"}));
        if (request.method == "POST") return post(request.body);
        const std::string& target = request.target;
        if (target.starts_with("/v1/feeds/")) return say(200, {{"next_sequence", next_sequence}, {"head", head.hex()}});
        if (target.starts_with("/v1/proofs/"))
            return net::HttpResponse{.status = 200, .content_type = "", .body = "proof", .headers = {}};
        return receipt(test::must(hash_from_hex(target.substr(12, 64))));
    }
    static net::HttpResponse say(int status, const boost::json::object& body) {
        return {
            .status = status, .content_type = "application/json", .body = boost::json::serialize(body), .headers = {}};
    }
    Result<net::HttpResponse> post(std::string_view body) {
        ++posts;
        auto batch = ledger::check_batch(federation_.genesis(), to_bytes(body));
        if (!batch) return say(400, error_json({Errc::invalid, batch.error().text}));
        const Hash id = (*batch)->id;
        const auto [known, added] = bodies.emplace(id, (*batch)->encoded);
        if (!added && known->second != (*batch)->encoded) ++changed_bytes;
        if (posts != forget_after && !outcomes.contains(id)) execute(**batch);
        return say(202, {{"batch", id.hex()}, {"status", "pending"}});
    }
    void execute(const ledger::CheckedBatch& batch) {
        ledger::BatchOutcome outcome;
        outcome.height = outcomes.size() + 1;
        outcome.entry_count = batch.batch.header.entry_count;
        if (batch.batch.header.sequence != next_sequence) {
            outcome.reason = ledger::Reason::wrong_sequence;
        } else {
            outcome.first_index = log_size;
            log_size += outcome.entry_count;
            ++next_sequence;
            head = batch.id;
        }
        outcomes.emplace(batch.id, outcome);
    }
    net::HttpResponse receipt(const Hash& id) const {
        const auto found = outcomes.find(id);
        if (found == outcomes.end()) return say(404, error_json({Errc::not_found, "unknown"}));
        const Height height = found->second.height;
        return say(
            200,
            to_json(ledger::Receipt{
                id, found->second, test::named(Suite::ed25519_sha256, "block", height), {1'800'000'000'000 + height}}));
    }
    const test::Federation& federation_;
    ledger::State state_;
    std::mutex mutex_;
};

}  // namespace xinlian::node

// A node as a function: takes batches, checks them as a real one does, and answers as docs/openapi.yaml says. Tests
// inject faults.
#pragma once

#include <boost/json.hpp>

#include "node/import/importer.hpp"
#include "tests/support/builders.hpp"

namespace xinlian::node {

class ScriptedNode {
public:
    explicit ScriptedNode(const test::Federation& federation) : federation_(federation), state_(federation.suite()) {}

    Transport transport() {
        return {[this](const std::string& method, const std::string& target, std::string_view body, Duration) {
                    const std::lock_guard lock(mutex_);
                    return answer(method, target, body);
                },
                [this](Duration span) { paused.ms += span.ms; }};
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
    Result<net::HttpResponse> answer(const std::string& method, const std::string& target, std::string_view body) {
        if (posts >= deaf_after_posts) return Error{Errc::unavailable, "nobody listens"};
        if (fail_next > 0) return --fail_next, Error{Errc::unavailable, "connection reset"};
        if (busy_next > 0)
            return --busy_next, say(429, {{"error", boost::json::object{{"code", "busy"}, {"message", "full"}}}});
        if (method == "POST") return post(body);
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
        if (!batch)
            return say(400, {{"error", boost::json::object{{"code", "invalid"}, {"message", batch.error().text}}}});
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
        if (found == outcomes.end())
            return say(404, {{"error", boost::json::object{{"code", "not_found"}, {"message", "unknown"}}}});
        const ledger::BatchOutcome& outcome = found->second;
        return say(200, {{"batch", id.hex()},
                         {"status", "final"},
                         {"outcome", std::string(name_of(outcome.reason))},
                         {"entry", outcome.entry},
                         {"height", outcome.height},
                         {"block", test::named(Suite::ed25519_sha256, "block", outcome.height).hex()},
                         {"time_ms", 1'800'000'000'000 + outcome.height},
                         {"first_index", outcome.first_index},
                         {"entry_count", outcome.entry_count}});
    }
    const test::Federation& federation_;
    ledger::State state_;
    std::mutex mutex_;
};

}  // namespace xinlian::node

#include "node/client/submitter.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>

#include "node/client/error_json.hpp"
#include "node/client/json_reading.hpp"
#include "node/client/receipt_json.hpp"

namespace xinlian::node {

namespace {

namespace json = boost::json;

constexpr std::uint64_t wait_ms = 2'000;  // duration of one long poll, and delay before a lost batch is sent again
constexpr Duration pause_min{100}, pause_max{5'000};

// The receipt in a response 200; empty for a response 202.
Result<std::optional<ledger::Receipt>> receipt_in(const net::HttpResponse& response, const Hash& batch) {
    XL_TRY(const json::object object, parse_object(response.body));
    XL_TRY(const Hash id, hash_of(object, "batch"));
    if (id != batch) return Error{Errc::malformed, "the node answered about another batch; do not trust this node"};
    if (response.status == 202) return std::optional<ledger::Receipt>();
    XL_TRY(ledger::Receipt receipt, parse_receipt(object));
    return std::optional<ledger::Receipt>(std::move(receipt));
}

bool worth_a_retry(const Result<net::HttpResponse>& answer) {
    if (!answer) return answer.error().code == Errc::unavailable || answer.error().code == Errc::busy;
    return answer->status == 429 || answer->status >= 500;
}

}  // namespace

Submitter::Submitter(NodeClient node, Patience patience) : node_(std::move(node)), patience_(std::move(patience)) {
    if (patience_.pause) return;
    patience_.pause = [](Duration span) { std::this_thread::sleep_for(std::chrono::milliseconds(span.ms)); };
}

// The patience limit counts only pauses: each connection attempt is bounded by its own deadline.
Result<net::HttpResponse> Submitter::patiently(const NodeRequest& request) {
    Duration waited{0}, pause = pause_min;
    while (true) {
        auto answer = node_.send(request);
        if (!worth_a_retry(answer)) return answer;
        if (waited >= patience_.duration) {
            const std::string why = answer ? parse_error(answer->status, answer->body).text : answer.error().text;
            return Error{Errc::unavailable,
                         why +
                             "; the vault keeps the signed batches: when the node is available again, run "
                             "`xinlian import --resume`"};
        }
        patience_.pause(pause);
        waited.ms += pause.ms;
        pause = std::min(Duration{pause.ms * 2}, pause_max);
    }
}

Result<FeedPosition> Submitter::feed(std::string_view issuer) {
    XL_TRY(const net::HttpResponse response,
           patiently({.method = "GET", .target = "/v1/feeds/" + std::string(issuer)}));
    if (response.status != 200) return parse_error(response.status, response.body);
    XL_TRY(const json::object object, parse_object(response.body));
    FeedPosition position;
    XL_TRY(position.next_sequence, number_of(object, "next_sequence"));
    XL_TRY(position.head, hash_of(object, "head"));
    return position;
}

Result<std::optional<ledger::Receipt>> Submitter::post(const Outgoing& batch) {
    XL_TRY(const net::HttpResponse response, patiently({.method = "POST",
                                                        .target = "/v1/batches?wait_ms=0",
                                                        .content_type = "application/octet-stream",
                                                        .body = as_text(batch.encoded)}));
    if (response.status != 200 && response.status != 202) return parse_error(response.status, response.body);
    return receipt_in(response, batch.id);
}

Result<ledger::Receipt> Submitter::wait(const Outgoing& batch) {
    const std::string target = "/v1/batches/" + batch.id.hex() + "/receipt?wait_ms=" + std::to_string(wait_ms);
    Duration waited{0};
    while (true) {
        XL_TRY(const net::HttpResponse response, patiently({.method = "GET", .target = target}));
        std::optional<ledger::Receipt> receipt;
        waited.ms += wait_ms;
        if (response.status == 404) {
            // The node has restarted: it lost the batch if it was not final and no other node had it, but this program
            // still has it.
            XL_TRY(receipt, post(batch));
            if (!receipt) patience_.pause(pause_min);
        } else if (response.status == 200 || response.status == 202) {
            XL_TRY(receipt, receipt_in(response, batch.id));
        } else {
            return parse_error(response.status, response.body);
        }
        if (receipt) return *receipt;
        if (waited >= patience_.duration) {
            return Error{Errc::unavailable, "the node accepted batch " + batch.id.hex().substr(0, 16) +
                                                "…, but the batch does not become final; check `xinlian node status`, "
                                                "then run `xinlian import --resume`"};
        }
    }
}

Bytes Submitter::proof(const Hash& batch) {
    // Not retried: the proof can be requested at any later time.
    const auto answer = node_.send({.method = "GET", .target = "/v1/proofs/batch/" + batch.hex()});
    if (!answer || answer->status != 200) return {};
    return to_bytes(answer->body);
}

SendQueue::SendQueue(Submitter submitter) : submitter_(std::move(submitter)), thread_([this] { run(); }) {}

SendQueue::~SendQueue() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = dropped_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

Status SendQueue::push(Outgoing batch) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return on_the_way_ < batches_in_flight_max || !failure_; });
    if (!failure_) return failure_;
    waiting_.push_back(std::move(batch));
    ++on_the_way_;
    changed_.notify_all();
    return {};
}

std::vector<Settled> SendQueue::take_settled() {
    const std::lock_guard lock(mutex_);
    return std::exchange(settled_, {});
}

Status SendQueue::finish() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return on_the_way_ == 0 || !failure_; });
    return failure_;
}

bool SendQueue::next(Outgoing& batch) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !waiting_.empty() || closed_; });
    if (dropped_ || waiting_.empty()) return false;
    batch = std::move(waiting_.front());
    waiting_.pop_front();
    return true;
}

void SendQueue::settled(Settled one) {
    const std::lock_guard lock(mutex_);
    settled_.push_back(std::move(one));
    --on_the_way_;
    changed_.notify_all();
}

void SendQueue::fail(Error error) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(error);
    changed_.notify_all();
}

void SendQueue::run() {
    std::deque<Outgoing> posted;  // oldest first: they become final in this order
    Outgoing batch;
    while (true) {
        bool more = false;
        {
            const std::lock_guard lock(mutex_);
            if (dropped_) return;
            more = !waiting_.empty();
        }
        // Post all available batches before waiting for the oldest.
        if (more || posted.empty()) {
            if (!next(batch)) return;
            auto answer = submitter_.post(batch);
            if (!answer) return fail(std::move(answer).error());
            if (*answer && posted.empty()) {
                settled({**answer, submitter_.proof(batch.id)});
            } else {
                posted.push_back(std::move(batch));
            }
            continue;
        }
        auto receipt = submitter_.wait(posted.front());
        if (!receipt) return fail(std::move(receipt).error());
        settled({*receipt, submitter_.proof(posted.front().id)});
        posted.pop_front();
    }
}

}  // namespace xinlian::node

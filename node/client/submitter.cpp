#include "node/client/submitter.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <limits>

#include "node/client/node_client.hpp"
#include "node/wording/plain.hpp"
#include "node/wording/sentence.hpp"

namespace xinlian::node {

namespace {

namespace json = boost::json;

constexpr std::uint64_t wait_ms = 2'000;  // duration of one long poll, and delay before a lost batch is sent again
constexpr Duration request_deadline{40'000};
constexpr Duration pause_min{100}, pause_max{5'000};

Result<std::uint64_t> number_of(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (value != nullptr && value->is_uint64()) return value->get_uint64();
    if (value != nullptr && value->is_int64() && value->get_int64() >= 0) {
        return static_cast<std::uint64_t>(value->get_int64());
    }
    return Error{Errc::malformed,
                 "the node's answer has no number \"" + std::string(name) + "\"; is it another version?"};
}

Result<std::uint32_t> small_number_of(const json::object& object, std::string_view name) {
    XL_TRY(const std::uint64_t number, number_of(object, name));
    if (number <= std::numeric_limits<std::uint32_t>::max()) return static_cast<std::uint32_t>(number);
    return Error{Errc::malformed,
                 "the node's answer has an impossible \"" + std::string(name) + "\": " + std::to_string(number)};
}

Result<std::string> text_of(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (value != nullptr && value->is_string()) return std::string(value->get_string());
    return Error{Errc::malformed,
                 "the node's answer has no text \"" + std::string(name) + "\"; is it another version?"};
}

Result<Hash> hash_of(const json::object& object, std::string_view name) {
    XL_TRY(const std::string hex, text_of(object, name));
    return hash_from_hex(hex);
}

Result<ledger::Reason> reason_named(std::string_view name) {
    for (std::uint8_t i = 0; is_known(static_cast<ledger::Reason>(i)); ++i) {
        if (name == ledger::name_of(static_cast<ledger::Reason>(i))) return static_cast<ledger::Reason>(i);
    }
    return Error{Errc::unsupported,
                 "the node gives an unknown outcome \"" + printable(name) + "\"; update this program"};
}

// The receipt in a response 200; empty for a response 202.
Result<std::optional<ledger::Receipt>> receipt_in(const net::HttpResponse& response, const Hash& batch) {
    XL_TRY(const json::object object, parse_object(response.body));
    XL_TRY(const Hash id, hash_of(object, "batch"));
    if (id != batch) return Error{Errc::malformed, "the node answered for another batch; do not trust it"};
    if (response.status == 202) return std::optional<ledger::Receipt>();
    ledger::Receipt receipt;
    receipt.batch = id;
    ledger::BatchOutcome& outcome = receipt.outcome;
    XL_TRY(const std::string name, text_of(object, "outcome"));
    XL_TRY(outcome.reason, reason_named(name));
    XL_TRY(outcome.entry, small_number_of(object, "entry"));
    XL_TRY(outcome.height, number_of(object, "height"));
    XL_TRY(receipt.block, hash_of(object, "block"));
    XL_TRY(receipt.time.ms, number_of(object, "time_ms"));
    XL_TRY(outcome.first_index, number_of(object, "first_index"));
    XL_TRY(outcome.entry_count, small_number_of(object, "entry_count"));
    if (object.contains("obstacle") && !object.at("obstacle").is_null()) {
        XL_TRY(outcome.conflicting_entry, number_of(object, "obstacle"));
    }
    return std::optional<ledger::Receipt>(std::move(receipt));
}

bool worth_a_retry(const Result<net::HttpResponse>& answer) {
    if (!answer) return answer.error().code == Errc::unavailable || answer.error().code == Errc::busy;
    return answer->status == 429 || answer->status >= 500;
}

}  // namespace

Result<Transport> transport_to(const std::string& node_url) {
    XL_TRY(std::shared_ptr<net::HttpClient> client, net::HttpClient::to(node_url));
    return Transport{
        [client](const std::string& method, const std::string& target, std::string_view body, Duration deadline) {
            return client->request(method, target, "application/octet-stream", body, deadline);
        },
        [](Duration span) { std::this_thread::sleep_for(std::chrono::milliseconds(span.ms)); }};
}

// The patience limit counts only pauses: each connection attempt is bounded by its own deadline.
Result<net::HttpResponse> Submitter::patiently(const std::string& method, const std::string& target,
                                               std::string_view body) {
    Duration waited{0}, pause = pause_min;
    while (true) {
        auto answer = transport_.request(method, target, body, request_deadline);
        if (!worth_a_retry(answer)) return answer;
        if (waited >= patience_) {
            const std::string why = answer ? refusal_of(*answer).text : answer.error().text;
            return Error{Errc::unavailable, why +
                                                "; what was signed is kept in the vault: when the node is back, run "
                                                "`xinlian import --resume`"};
        }
        transport_.pause(pause);
        waited.ms += pause.ms;
        pause = std::min(Duration{pause.ms * 2}, pause_max);
    }
}

Result<FeedPosition> Submitter::feed(std::string_view issuer) {
    XL_TRY(const net::HttpResponse response, patiently("GET", "/v1/feeds/" + std::string(issuer), {}));
    if (response.status != 200) return refusal_of(response);
    XL_TRY(const json::object object, parse_object(response.body));
    FeedPosition position;
    XL_TRY(position.next_sequence, number_of(object, "next_sequence"));
    XL_TRY(position.head, hash_of(object, "head"));
    return position;
}

Result<std::optional<ledger::Receipt>> Submitter::post(const Outgoing& batch) {
    XL_TRY(const net::HttpResponse response, patiently("POST", "/v1/batches?wait_ms=0", as_text(batch.encoded)));
    if (response.status != 200 && response.status != 202) return refusal_of(response);
    return receipt_in(response, batch.id);
}

Result<ledger::Receipt> Submitter::wait(const Outgoing& batch) {
    const std::string target = "/v1/batches/" + batch.id.hex() + "/receipt?wait_ms=" + std::to_string(wait_ms);
    Duration waited{0};
    while (true) {
        XL_TRY(const net::HttpResponse response, patiently("GET", target, {}));
        std::optional<ledger::Receipt> receipt;
        waited.ms += wait_ms;
        if (response.status == 404) {
            // The node has restarted: it lost the batch if it was not final and no other node had it, but this program
            // still has it.
            XL_TRY(receipt, post(batch));
            if (!receipt) transport_.pause(pause_min);
        } else if (response.status == 200 || response.status == 202) {
            XL_TRY(receipt, receipt_in(response, batch.id));
        } else {
            return refusal_of(response);
        }
        if (receipt) return *receipt;
        if (waited >= patience_) {
            return Error{
                Errc::unavailable,
                "the node took batch " + batch.id.hex().substr(0, 16) +
                    "… but it does not become final; see `xinlian node status`, then run `xinlian import --resume`"};
        }
    }
}

Bytes Submitter::proof(const Hash& batch) {
    // Not retried: the proof can be requested at any later time.
    const auto answer = transport_.request("GET", "/v1/proofs/batch/" + batch.hex(), {}, request_deadline);
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

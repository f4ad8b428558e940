#include "node/api/api.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>
#include <charconv>

#include "node/client/error_json.hpp"
#include "node/client/receipt_json.hpp"
#include "node/client/status_json.hpp"

namespace xinlian::node {

namespace json = boost::json;

namespace {

constexpr std::uint64_t wait_ms_max = 30'000;
constexpr const char* full_workers = "too many requests wait at this node; try again in a second";
constexpr std::size_t waiters_max = 4'096;
constexpr std::size_t subscribers_max = 64;
constexpr Height ready_distance_max = 2;
constexpr Height feed_blocks_max = 64;  // of one task: then others have their turn
constexpr std::string_view batches_path = "/v1/batches", portfolio_path = "/v1/proofs/portfolio",
                           quality_path = "/v1/quality", feed_proofs_path = "/v1/proofs/feed/";

Result<std::uint64_t> number(const std::string& text, const char* name) {
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, fault] = std::from_chars(text.data(), end, value);
    if (fault == std::errc() && stopped == end) return value;
    return Error{Errc::malformed, std::string(name) + " must be a whole number"};
}

Result<Duration> wait_of(const net::HttpRequest& request) {
    const auto found = request.query.find("wait_ms");
    if (found == request.query.end()) return Duration{};
    XL_TRY(const std::uint64_t ms, number(found->second, "wait_ms"));
    return Duration{std::min(ms, wait_ms_max)};
}

// The first height an event stream is to send: after the last one seen, as named, or the next to come.
Result<Height> first_event(const net::HttpRequest& request, Height tip) {
    if (!request.last_event_id.empty()) {
        XL_TRY(const Height seen, number(request.last_event_id, "Last-Event-ID"));
        return seen < ~Height{0} ? seen + 1 : seen;
    }
    const auto found = request.query.find("from");
    if (found == request.query.end()) return tip + 1;
    XL_TRY(const Height from, number(found->second, "from"));
    return std::max<Height>(from, 1);
}

int http_status(Errc code) {
    switch (code) {
        case Errc::malformed:
        case Errc::invalid:
        case Errc::unsupported:
            return 400;
        case Errc::unknown_key:
            return 403;
        case Errc::not_found:
            return 404;
        case Errc::conflict:
        case Errc::stale:
            return 409;
        case Errc::too_large:
            return 413;
        case Errc::busy:
            return 429;
        case Errc::unavailable:
            return 503;
        case Errc::corrupt:
        case Errc::io:
            return 500;
    }
    return 500;
}

json::object block_event(const ledger::StoredBlock& block, std::uint64_t entries) {
    return {
        {"height", block.block.header.height},        {"id", block.id.hex()}, {"time_ms", block.block.header.time.ms},
        {"batches", block.block.batches.size()},      {"entries", entries},   {"log_size", block.result.log_size},
        {"state_root", block.result.state_root.hex()}};
}

net::HttpResponse pending(const Hash& batch) {
    return json_response(202, {{"batch", batch.hex()}, {"status", "pending"}});
}

PeerStanding standing_of(const net::PeerStatus& peer, Height height, Height own_height) {
    PeerStanding standing;
    standing.id = peer.id;
    standing.address = peer.address;
    standing.connected = peer.connected;
    standing.height = height;
    standing.last_error = peer.last_error;
    standing.bytes_in = peer.bytes_in;
    standing.bytes_out = peer.bytes_out;
    standing.frames_in = peer.frames_in;
    standing.frames_out = peer.frames_out;
    standing.connects = peer.connects;
    standing.queue_bytes = peer.queue_bytes;
    standing.summary = "in step";
    if (!peer.connected) {
        standing.summary =
            "not connected: " + (peer.last_error.empty() ? std::string("not reached yet") : peer.last_error);
    } else if (height + ready_distance_max < own_height) {
        standing.summary = "behind by " + std::to_string(own_height - height) + " blocks, catching up";
    }
    return standing;
}

}  // namespace

struct Api::Waiter {
    Waiter(const boost::asio::any_io_executor& executor, ResponderPtr r) : timer(executor), responder(std::move(r)) {}
    boost::asio::steady_timer timer;
    ResponderPtr responder;
};

Api::Api(ApiServices services, boost::asio::any_io_executor timers)
    : services_(std::move(services)), timers_(std::move(timers)) {}

void Api::handle(net::HttpRequest request, const std::shared_ptr<net::Responder>& responder) {
    const bool taken = services_.work(
        [self = shared_from_this(), request = std::move(request), responder] { self->route(request, responder); });
    if (!taken) answer(responder, Error{Errc::busy, full_workers});
}

void Api::answer(const ResponderPtr& responder, net::HttpResponse response) {
    services_.metrics.http_request(response.status);
    responder->answer(std::move(response));
}

void Api::answer(const ResponderPtr& responder, const Error& error) {
    net::HttpResponse response = json_response(http_status(error.code), error_json(error));
    if (error.code == Errc::busy || error.code == Errc::unavailable) response.headers.emplace_back("Retry-After", "1");
    answer(responder, std::move(response));
}

void Api::route(const net::HttpRequest& request, const ResponderPtr& responder) {
    const bool get = request.method == "GET" || request.method == "HEAD";
    if (request.path == batches_path || request.path == portfolio_path) {
        if (request.method != "POST") return not_allowed(responder, "POST");
        return request.path == batches_path ? submit(request, responder) : long_answer(request, responder);
    }
    if (!get) return not_allowed(responder, "GET");
    if (request.path == "/v1/status") return answer(responder, json_response(200, status()));
    if (request.path == "/v1/health") {
        const Replica::Overview overview = services_.overview();
        if (!overview.halted) return answer(responder, json_response(200, {{"status", "ok"}}));
        return answer(responder, json_response(503, {{"status", "halted"}, {"reason", overview.halt_reason}}));
    }
    if (request.path == "/v1/ready") {
        const Replica::Overview overview = services_.overview();
        const bool is_ready = ready(overview);
        std::string reason;
        if (overview.halted) {
            reason = "halted: " + overview.halt_reason;
        } else if (!overview.informed) {
            reason = "too few validators have said how far they are since this node started";
        } else if (!is_ready) {
            reason = "catching up";
        }
        const json::object body{{"ready", is_ready},
                                {"height", overview.height},
                                {"highest_known", overview.highest_known},
                                {"reason", reason}};
        return answer(responder, json_response(is_ready ? 200 : 503, body));
    }
    if (request.path == "/metrics") {
        const Replica::Overview overview = services_.overview();
        net::HttpResponse response;
        response.content_type = "text/plain; version=0.0.4";
        response.body = services_.metrics.text(overview, services_.peers(), ready(overview));
        return answer(responder, std::move(response));
    }
    if (request.path == "/v1/evidence") {
        const auto list = evidence_list(services_.chain, services_.overview().accused);
        if (!list) return answer(responder, list.error());
        return answer(responder, json_response(200, *list));
    }
    if (request.path == quality_path || request.path.starts_with(feed_proofs_path))
        return long_answer(request, responder);
    if (request.path == "/v1/events") return events(request, responder);
    constexpr std::string_view batches = "/v1/batches/", tail = "/receipt";
    if (request.path.starts_with(batches) && request.path.ends_with(tail) &&
        request.path.size() > batches.size() + tail.size()) {
        const auto id = hash_from_hex(
            std::string_view(request.path).substr(batches.size(), request.path.size() - batches.size() - tail.size()));
        if (!id) return answer(responder, within("the batch id in the path", id.error()));
        return receipt(request, responder, *id);
    }
    auto read = read_ledger(services_.chain, request);
    if (!read) return answer(responder, Error{Errc::not_found, "there is nothing at this path; see docs/openapi.yaml"});
    if (!*read) return answer(responder, read->error());
    answer(responder, **std::move(read));
}

void Api::not_allowed(const ResponderPtr& responder, const char* method) {
    net::HttpResponse response =
        json_response(405, error_json(Error{Errc::invalid, std::string("only ") + method + " here"}));
    response.headers.emplace_back("Allow", method);
    answer(responder, std::move(response));
}

// Two at once would keep every worker.
void Api::long_answer(const net::HttpRequest& request, const ResponderPtr& responder) {
    if (long_answer_in_work_.exchange(true)) {
        return answer(responder, Error{Errc::busy, "this node is making another long answer; try again in a second"});
    }
    auto made = request.path == portfolio_path ? portfolio_response(services_.chain, request)
                : request.path == quality_path ? quality_response(services_.chain, request)
                                               : *read_ledger(services_.chain, request);
    long_answer_in_work_ = false;
    if (!made) return answer(responder, made.error());
    answer(responder, *std::move(made));
}

void Api::submit(const net::HttpRequest& request, const ResponderPtr& responder) {
    auto batch = ledger::check_batch(services_.chain.genesis(), Bytes(request.body.begin(), request.body.end()));
    if (!batch) return answer(responder, within("the batch", batch.error()));
    const Hash id = (*batch)->id;
    const Result<Duration> asked = wait_of(request);
    if (!asked) return answer(responder, asked.error());
    const Duration duration = *asked;
    const Status queued = services_.submit(
        *batch, [self = shared_from_this(), responder, id, duration](Result<std::optional<ledger::Receipt>> submitted) {
            if (!submitted) return self->answer(responder, submitted.error());
            if (*submitted) return self->answer(responder, json_response(200, to_json(**submitted)));
            if (duration.ms == 0) return self->answer(responder, pending(id));
            // On the replica's thread: the batch cannot settle between this look and the waiting.
            self->wait(id, duration, responder);
        });
    if (!queued) answer(responder, queued.error());
}

std::optional<ledger::Receipt> Api::decided(const Hash& batch) const {
    const ledger::SnapshotPtr snapshot = services_.chain.snapshot();
    const auto outcome = snapshot->state.outcome(batch);
    if (!outcome) return std::nullopt;
    const auto block = services_.chain.block(outcome->height);
    if (!block) return std::nullopt;
    return ledger::Receipt{batch, *outcome, block->id, block->block.header.time};
}

void Api::receipt(const net::HttpRequest& request, const ResponderPtr& responder, const Hash& batch) {
    const Result<Duration> asked = wait_of(request);
    if (!asked) return answer(responder, asked.error());
    const Duration duration = *asked;
    if (const auto found = decided(batch)) return answer(responder, json_response(200, to_json(*found)));
    if (duration.ms == 0) return not_final(batch, responder);
    wait(batch, duration, responder);
    // It may have settled between the first look and the waiting.
    if (const auto found = decided(batch)) settled({*found});
}

void Api::wait(const Hash& batch, Duration duration, const ResponderPtr& responder) {
    auto waiter = std::make_shared<Waiter>(timers_, responder);
    {
        const std::lock_guard lock(mutex_);
        if (!stopping_ && waiters_.size() < waiters_max) {
            waiters_.emplace(batch, waiter);
            // Under the lock: once it is found among the waiters, its timer is cancelled on another thread.
            return arm(waiter, batch, duration);
        }
    }
    not_final(batch, responder);
}

// A batch that only this node had before it fell is not waiting here: whoever sent it must send it again.
void Api::not_final(const Hash& batch, const ResponderPtr& responder) {
    const auto told = [self = shared_from_this(), batch, responder](bool held) {
        if (held) return self->answer(responder, pending(batch));
        // Not held since it became final meanwhile, or not at all. Not on the replica's thread: this reads the disk.
        const bool taken = self->services_.work([self, batch, responder] {
            if (const auto found = self->decided(batch))
                return self->answer(responder, json_response(200, to_json(*found)));
            self->answer(responder,
                         Error{Errc::not_found, "this node does not hold batch " + batch.hex() +
                                                    ", and no final block does; submit it, again if it was before"});
        });
        if (!taken) self->answer(responder, Error{Errc::busy, full_workers});
    };
    const Status asked = services_.holds(batch, told);
    if (!asked) answer(responder, asked.error());
}

void Api::arm(const std::shared_ptr<Waiter>& waiter, const Hash& batch, Duration duration) {
    waiter->timer.expires_after(std::chrono::milliseconds(duration.ms));
    waiter->timer.async_wait([self = shared_from_this(), waiter, batch](const boost::system::error_code&) {
        {
            const std::lock_guard lock(self->mutex_);
            const auto [from, to] = self->waiters_.equal_range(batch);
            const auto found = std::find_if(from, to, [&](const auto& item) { return item.second == waiter; });
            if (found == to) return;  // settled meanwhile
            self->waiters_.erase(found);
        }
        self->not_final(batch, waiter->responder);
    });
}

void Api::settled(const std::vector<ledger::Receipt>& receipts) {
    for (const ledger::Receipt& receipt : receipts) {
        std::vector<std::shared_ptr<Waiter>> ended;
        {
            const std::lock_guard lock(mutex_);
            const auto [from, to] = waiters_.equal_range(receipt.batch);
            for (auto at = from; at != to; ++at) ended.push_back(at->second);
            waiters_.erase(from, to);
        }
        for (const auto& waiter : ended) {
            answer(waiter->responder, json_response(200, to_json(receipt)));
            boost::asio::post(timers_, [waiter] { waiter->timer.cancel(); });
        }
    }
}

void Api::dropped(const std::vector<std::pair<Hash, Error>>& batches) {
    for (const auto& [batch, error] : batches) {
        std::vector<std::shared_ptr<Waiter>> ended;
        {
            const std::lock_guard lock(mutex_);
            const auto [from, to] = waiters_.equal_range(batch);
            for (auto at = from; at != to; ++at) ended.push_back(at->second);
            waiters_.erase(from, to);
        }
        for (const auto& waiter : ended) {
            answer(waiter->responder, error);
            boost::asio::post(timers_, [waiter] { waiter->timer.cancel(); });
        }
    }
}

void Api::events(const net::HttpRequest& request, const ResponderPtr& responder) {
    const Height tip = services_.chain.height();
    auto subscriber = std::make_shared<Subscriber>();
    const Result<Height> first = first_event(request, tip);
    if (!first) return answer(responder, first.error());
    subscriber->next = *first;
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || subscribers_.size() >= subscribers_max) {
            return answer(responder, Error{Errc::busy, "too many event streams are open; close one or try later"});
        }
        services_.metrics.http_request(200);
        subscriber->stream = responder->stream();
        subscribers_.push_back(subscriber);
    }
    subscriber->stream->on_closed([weak = weak_from_this(), gone = std::weak_ptr(subscriber)] {
        const auto self = weak.lock();
        const auto closed = gone.lock();  // weak: the subscriber owns the stream, which owns this
        if (!self || !closed) return;
        const std::lock_guard lock(self->mutex_);
        std::erase(self->subscribers_, closed);
    });
    feed(subscriber);
}

// Unless a task is there that will look for new blocks at its end. Not taken: the next block brings what this one did
// not.
void Api::feed_later(const std::shared_ptr<Subscriber>& subscriber) {
    if (subscriber->fed.exchange(true)) return;
    if (!services_.work([self = shared_from_this(), subscriber] { self->feed(subscriber); })) subscriber->fed = false;
}

// Sends what the subscriber has not seen, the first of it. A stream that cannot take more is closed by the server; the
// reader resumes by height.
void Api::feed(const std::shared_ptr<Subscriber>& subscriber) {
    const Height last = std::min(services_.chain.height(), subscriber->next + (feed_blocks_max - 1));
    for (; subscriber->next <= last; ++subscriber->next) {
        const auto block = services_.chain.block(subscriber->next);
        if (!block) {
            subscriber->fed = false;
            return;
        }
        const auto before = services_.chain.block(subscriber->next - 1);
        const std::uint64_t entries = block->result.log_size - (before ? before->result.log_size : 0);
        if (!subscriber->stream->send(std::to_string(subscriber->next), "block",
                                      json::serialize(block_event(*block, entries))))
            return;
    }
    const Height next = subscriber->next;  // from here on another task may feed it
    subscriber->fed = false;
    if (next <= services_.chain.height()) feed_later(subscriber);
}

void Api::committed() {
    std::vector<std::shared_ptr<Subscriber>> subscribers;
    {
        const std::lock_guard lock(mutex_);
        subscribers = subscribers_;
    }
    for (const auto& subscriber : subscribers) feed_later(subscriber);
}

void Api::stop() {
    std::multimap<Hash, std::shared_ptr<Waiter>> waiters;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        waiters.swap(waiters_);
        subscribers_.clear();
    }
    for (const auto& [batch, waiter] : waiters) {
        answer(waiter->responder, pending(batch));
        waiter->timer.cancel();
    }
}

bool Api::ready(const Replica::Overview& overview) const {
    return !overview.halted && overview.informed && !overview.catching_up &&
           overview.height + ready_distance_max >= overview.highest_known;
}

json::object Api::status() const {
    const ledger::Genesis& genesis = services_.chain.genesis();
    const ledger::SnapshotPtr snapshot = services_.chain.snapshot();
    const Replica::Overview overview = services_.overview();
    const ExecutionResult result = snapshot->state.result();
    const ledger::Member* member = genesis.member(services_.member);
    NodeStanding node;
    node.member = services_.member;
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
    node.ready = ready(overview);
    node.halted = overview.halted;
    node.halt_reason = overview.halt_reason;
    node.pool_batches = overview.pool_batches;
    node.pool_bytes = overview.pool_bytes;
    for (const net::PeerStatus& peer : services_.peers()) {
        const std::size_t i = node.peers.size();
        const Height height = i < overview.peer_heights.size() ? overview.peer_heights[i] : 0;
        node.peers.push_back(standing_of(peer, height, snapshot->tip.height));
    }
    return to_json(node);
}

json::object as_of(const ledger::Snapshot& snapshot) {
    return {{"height", snapshot.tip.height}, {"block", snapshot.tip_id.hex()}, {"time_ms", snapshot.tip.time.ms}};
}

net::HttpResponse json_response(int status, const json::object& body) {
    net::HttpResponse response;
    response.status = status;
    response.body = json::serialize(body);
    return response;
}

}  // namespace xinlian::node

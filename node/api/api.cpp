#include "node/api/api.hpp"

#include "node/api/events.hpp"
#include "node/api/receipts.hpp"
#include "node/api/response.hpp"
#include "node/api/routes.hpp"

namespace xinlian::node {

namespace {

constexpr std::uint64_t wait_ms_max = 30'000;
constexpr const char* full_workers = "too many requests wait at this node; try again in a second";
constexpr std::size_t waiters_max = 4'096;
constexpr std::size_t subscribers_max = 64;
constexpr Height ready_distance_max = 2;
constexpr Height feed_blocks_max = 64;  // blocks of one task; then other tasks are served
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

// The first height that an event stream sends: after the given last one, or the next one to come.
Result<Height> first_event(const net::HttpRequest& request, Height tip) {
    if (!request.last_event_id.empty()) {
        XL_TRY(const Height seen, number(request.last_event_id, "Last-Event-ID"));
        return seen < ~Height{0} ? seen + 1 : seen;
    }
    std::shared_ptr<net::EventStream> stream() override {
        metrics_.http_request(200);
        return responder_->stream();
    }

private:
    const ResponderPtr responder_;
    Metrics& metrics_;
};

net::HttpResponse pending(const Hash& batch) {
    return json_response(202, {{"batch", batch.hex()}, {"status", "pending"}});
}

// An error text may quote input that is not UTF-8 or cut it within a character. JSON must be valid UTF-8 (RFC 8259,
// 8.1).
std::string whole_characters(std::string_view text) {
    std::string out;
    while (true) {
        const std::size_t bad = find_invalid_utf8(text);
        out += text.substr(0, bad);
        if (bad == std::string_view::npos) return out;
        append_utf8(out, U'\uFFFD');
        text.remove_prefix(bad + 1);
    }
}

}  // namespace

Api::Api(ApiServices services, boost::asio::any_io_executor timers)
    : services_(std::make_shared<const ApiServices>(std::move(services))),
      receipts_(std::make_shared<Receipts>(services_, std::move(timers))),
      events_(std::make_shared<EventFeed>(services_)) {}

void Api::handle(net::HttpRequest request, const ResponderPtr& responder) {
    const auto counted = std::make_shared<CountedResponder>(responder, services_->metrics);
    const bool taken = services_->work(
        [self = shared_from_this(), request = std::move(request), counted] { self->dispatch(request, counted); });
    if (!taken) answer(counted, Error{Errc::busy, full_workers});
}

void Api::dispatch(const net::HttpRequest& request, const ResponderPtr& responder) {
    const RouteMatch found = find_route(request.method, request.path);
    if (found.route != nullptr) return run(*found.route, found.parameter, request, responder);
    if (!found.allow.empty()) return responder->answer(not_allowed_response(found.allow));
    // A path that does not exist could only be read.
    if (request.method != "GET" && request.method != "HEAD") return responder->answer(not_allowed_response("GET"));
    answer(responder, Error{Errc::not_found, "there is nothing at this path; see docs/openapi.yaml"});
}

void Api::answer(const ResponderPtr& responder, const Error& error) {
    const json::object body{
        {"error", json::object{{"code", std::string(name_of(error.code))}, {"message", whole_characters(error.text)}}}};
    net::HttpResponse response = json_response(http_status(error.code), body);
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
    net::HttpResponse response = json_response(
        405, {{"error", json::object{{"code", "invalid"}, {"message", std::string("only ") + method + " here"}}}});
    response.headers.emplace_back("Allow", method);
    answer(responder, std::move(response));
}

// Two at once could occupy every worker.
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
            // On the replica's thread: the batch cannot settle between this check and the start of the wait.
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
    // It may have settled between the first check and the start of the wait.
    if (const auto found = decided(batch)) settled({*found});
}

void Api::wait(const Hash& batch, Duration duration, const ResponderPtr& responder) {
    auto waiter = std::make_shared<Waiter>(timers_, responder);
    {
        const std::lock_guard lock(mutex_);
        if (!stopping_ && waiters_.size() < waiters_max) {
            waiters_.emplace(batch, waiter);
            // Under the lock, because once the waiter is registered, another thread may cancel its timer.
            return arm(waiter, batch, duration);
        }
    }
    if (is_long) long_answer_in_work_ = false;
    if (made) answer(responder, *std::move(made));
}

// After a crash the node no longer has batches that only it had. Their sender must send them again.
void Api::not_final(const Hash& batch, const ResponderPtr& responder) {
    const auto told = [self = shared_from_this(), batch, responder](bool held) {
        if (held) return self->answer(responder, pending(batch));
        // Not held because it became final meanwhile, or because it is unknown. Runs on a worker, because this reads
        // the disk.
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
            if (found == to) return;  // already settled
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

// Not necessary if there is already a task, which looks for new blocks at its end. If the workers are busy, the next
// block triggers another attempt.
void Api::feed_later(const std::shared_ptr<Subscriber>& subscriber) {
    if (subscriber->fed.exchange(true)) return;
    if (!services_.work([self = shared_from_this(), subscriber] { self->feed(subscriber); })) subscriber->fed = false;
}

// Sends a limited number of blocks that the subscriber has not received. The server closes a stream that cannot accept
// more; the reader resumes by height.
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
    events_->stop();
    receipts_->stop();
}

}  // namespace xinlian::node

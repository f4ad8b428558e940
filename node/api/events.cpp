#include "node/api/events.hpp"

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>

#include "node/api/request.hpp"
#include "node/api/response.hpp"

namespace xinlian::node {

namespace json = boost::json;

namespace {

constexpr std::size_t subscribers_max = 64;
constexpr Height feed_blocks_max = 64;  // of one task: then others have their turn

// The first height an event stream is to send: after the last one seen, as named, or the next to come.
Result<Height> first_event(const net::HttpRequest& request, Height tip) {
    if (!request.last_event_id.empty()) {
        XL_TRY(const Height seen, number(request.last_event_id, "Last-Event-ID"));
        return seen < ~Height{0} ? seen + 1 : seen;
    }
    const std::string* text = query_value(request, "from");
    if (text == nullptr) return tip + 1;
    XL_TRY(const Height from, number(*text, "from"));
    return std::max<Height>(from, 1);
}

json::object block_event(const ledger::StoredBlock& block, std::uint64_t entries) {
    return {
        {"height", block.block.header.height},        {"id", block.id.hex()}, {"time_ms", block.block.header.time.ms},
        {"batches", block.block.batches.size()},      {"entries", entries},   {"log_size", block.result.log_size},
        {"state_root", block.result.state_root.hex()}};
}

}  // namespace

struct EventFeed::Subscriber {
    std::shared_ptr<net::EventStream> stream;
    Height next = 1;
    // A task that feeds it waits or runs: never two.
    std::atomic<bool> fed{true};
};

EventFeed::EventFeed(ApiServicesPtr services) : services_(std::move(services)) {}

void EventFeed::subscribe(const net::HttpRequest& request, const ResponderPtr& responder) {
    const Height tip = services_->chain.height();
    auto subscriber = std::make_shared<Subscriber>();
    const Result<Height> first = first_event(request, tip);
    if (!first) return responder->answer(error_response(first.error()));
    subscriber->next = *first;
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || subscribers_.size() >= subscribers_max) {
            return responder->answer(
                error_response(Error{Errc::busy, "too many event streams are open; close one or try later"}));
        }
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
void EventFeed::feed_later(const SubscriberPtr& subscriber) {
    if (subscriber->fed.exchange(true)) return;
    if (!services_->work([self = shared_from_this(), subscriber] { self->feed(subscriber); })) subscriber->fed = false;
}

// Sends what the subscriber has not seen, the first of it. A stream that cannot take more is closed by the server; the
// reader resumes by height.
void EventFeed::feed(const SubscriberPtr& subscriber) {
    const ledger::Chain& chain = services_->chain;
    const Height last = std::min(chain.height(), subscriber->next + (feed_blocks_max - 1));
    for (; subscriber->next <= last; ++subscriber->next) {
        const auto block = chain.block(subscriber->next);
        if (!block) {
            subscriber->fed = false;
            return;
        }
        const auto before = chain.block(subscriber->next - 1);
        const std::uint64_t entries = block->result.log_size - (before ? before->result.log_size : 0);
        if (!subscriber->stream->send(std::to_string(subscriber->next), "block",
                                      json::serialize(block_event(*block, entries))))
            return;
    }
    const Height next = subscriber->next;  // from here on another task may feed it
    subscriber->fed = false;
    if (next <= chain.height()) feed_later(subscriber);
}

void EventFeed::committed() {
    std::vector<SubscriberPtr> subscribers;
    {
        const std::lock_guard lock(mutex_);
        subscribers = subscribers_;
    }
    for (const auto& subscriber : subscribers) feed_later(subscriber);
}

void EventFeed::stop() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    subscribers_.clear();
}

}  // namespace xinlian::node

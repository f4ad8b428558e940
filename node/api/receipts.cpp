#include "node/api/receipts.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>

#include "node/api/request.hpp"
#include "node/api/response.hpp"
#include "node/client/receipt_json.hpp"

namespace xinlian::node {

namespace json = boost::json;

namespace {

constexpr std::size_t waiters_max = 4'096;

net::HttpResponse pending(const Hash& batch) {
    return json_response(202, {{"batch", batch.hex()}, {"status", "pending"}});
}

net::HttpResponse final_response(const ledger::Receipt& receipt) { return json_response(200, to_json(receipt)); }

}  // namespace

struct Receipts::Waiter {
    Waiter(const boost::asio::any_io_executor& executor, ResponderPtr r) : timer(executor), responder(std::move(r)) {}
    boost::asio::steady_timer timer;
    ResponderPtr responder;
};

Receipts::Receipts(ApiServicesPtr services, boost::asio::any_io_executor timers)
    : services_(std::move(services)), timers_(std::move(timers)) {}

void Receipts::submit(const net::HttpRequest& request, const ResponderPtr& responder) {
    auto batch = ledger::check_batch(services_->chain.genesis(), Bytes(request.body.begin(), request.body.end()));
    if (!batch) return responder->answer(error_response(within("the batch", batch.error())));
    const Hash id = (*batch)->id;
    const Result<Duration> asked = wait_of(request);
    if (!asked) return responder->answer(error_response(asked.error()));
    const Duration duration = *asked;
    const Status queued = services_->submit(
        *batch, [self = shared_from_this(), responder, id, duration](Result<std::optional<ledger::Receipt>> submitted) {
            if (!submitted) return responder->answer(error_response(submitted.error()));
            if (*submitted) return responder->answer(final_response(**submitted));
            if (duration.ms == 0) return responder->answer(pending(id));
            // On the replica's thread: the batch cannot settle between this look and the waiting.
            self->wait(id, duration, responder);
        });
    if (!queued) responder->answer(error_response(queued.error()));
}

std::optional<ledger::Receipt> Receipts::decided(const Hash& batch) const {
    const ledger::SnapshotPtr snapshot = services_->chain.snapshot();
    const auto outcome = snapshot->state.outcome(batch);
    if (!outcome) return std::nullopt;
    const auto block = services_->chain.block(outcome->height);
    if (!block) return std::nullopt;
    return ledger::Receipt{batch, *outcome, block->id, block->block.header.time};
}

void Receipts::receipt(std::string_view text, const net::HttpRequest& request, const ResponderPtr& responder) {
    const Result<Hash> batch = path_hash(text, "the batch id");
    if (!batch) return responder->answer(error_response(batch.error()));
    const Result<Duration> asked = wait_of(request);
    if (!asked) return responder->answer(error_response(asked.error()));
    const Duration duration = *asked;
    if (const auto found = decided(*batch)) return responder->answer(final_response(*found));
    if (duration.ms == 0) return not_final(*batch, responder);
    wait(*batch, duration, responder);
    // It may have settled between the first look and the waiting.
    if (const auto found = decided(*batch)) settled({*found});
}

void Receipts::wait(const Hash& batch, Duration duration, const ResponderPtr& responder) {
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

// A batch that only this node had before a crash does not wait here: whoever submitted it must submit it again.
void Receipts::not_final(const Hash& batch, const ResponderPtr& responder) {
    const auto told = [self = shared_from_this(), batch, responder](bool held) {
        if (held) return responder->answer(pending(batch));
        // Not held since it became final meanwhile, or not at all. Not on the replica's thread: this reads the disk.
        const bool taken = self->services_->work([self, batch, responder] { self->look_again(batch, responder); });
        if (!taken) responder->answer(error_response(Error{Errc::busy, full_workers}));
    };
    const Status asked = services_->holds(batch, told);
    if (!asked) responder->answer(error_response(asked.error()));
}

void Receipts::look_again(const Hash& batch, const ResponderPtr& responder) const {
    if (const auto found = decided(batch)) return responder->answer(final_response(*found));
    responder->answer(error_response(Error{
        Errc::not_found, "this node does not have batch " + batch.hex() +
                             ", and no final block contains it; submit the batch, again if it was submitted before"}));
}

void Receipts::arm(const WaiterPtr& waiter, const Hash& batch, Duration duration) {
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

std::vector<Receipts::WaiterPtr> Receipts::take(const Hash& batch) {
    std::vector<WaiterPtr> ended;
    const std::lock_guard lock(mutex_);
    const auto [from, to] = waiters_.equal_range(batch);
    for (auto at = from; at != to; ++at) ended.push_back(at->second);
    waiters_.erase(from, to);
    return ended;
}

void Receipts::end(const std::vector<WaiterPtr>& waiters, const net::HttpResponse& response) {
    for (const auto& waiter : waiters) {
        waiter->responder->answer(response);
        boost::asio::post(timers_, [waiter] { waiter->timer.cancel(); });
    }
}

void Receipts::settled(const std::vector<ledger::Receipt>& receipts) {
    for (const ledger::Receipt& receipt : receipts) {
        const std::vector<WaiterPtr> ended = take(receipt.batch);
        if (!ended.empty()) end(ended, final_response(receipt));
    }
}

void Receipts::dropped(const std::vector<std::pair<Hash, Error>>& batches) {
    for (const auto& [batch, error] : batches) end(take(batch), error_response(error));
}

void Receipts::stop() {
    std::multimap<Hash, WaiterPtr> waiters;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        waiters.swap(waiters_);
    }
    for (const auto& [batch, waiter] : waiters) {
        waiter->responder->answer(pending(batch));
        waiter->timer.cancel();
    }
}

}  // namespace xinlian::node

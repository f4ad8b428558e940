#include "net/peer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <chrono>

#include "net/coroutine.hpp"
#include "net/limiter.hpp"

namespace xinlian::net {

Time steady_now() {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return {static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since).count())};
}

Session::Session(std::shared_ptr<Link> link, const NetworkLimits& limits, std::shared_ptr<Traffic> traffic,
                 SessionEvents events)
    : link_(std::move(link)),
      limits_(limits),
      traffic_(std::move(traffic)),
      events_(std::move(events)),
      executor_(link_->stream.get_executor()),
      wake_(executor_),
      pause_(executor_),
      tick_(executor_),
      heard_(steady_now()),
      queue_(limits.queue_bytes_max) {}

void Session::start() {
    spawn(read(shared_from_this()));
    spawn(write(shared_from_this()));
    spawn(watch(shared_from_this()));
}

void Session::spawn(asio::awaitable<void> coroutine) {
    asio::co_spawn(executor_, std::move(coroutine), [self = shared_from_this()](const std::exception_ptr& failure) {
        if (failure) self->close("an internal failure, for example out of memory");
    });
}

void Session::send(FramePtr frame) {
    const std::lock_guard lock(mutex_);
    if (overflowed_) return;
    overflowed_ = !queue_.push(std::move(frame));
    if (overflowed_) {
        asio::post(executor_, [self = shared_from_this()] {
            self->close("reads too slowly: more than " + std::to_string(self->limits_.queue_bytes_max) +
                        " bytes would be queued for it");
        });
    } else if (writer_sleeps_) {
        writer_sleeps_ = false;  // one wake-up for all that comes until the writer runs
        asio::post(executor_, [self = shared_from_this()] { self->wake_.cancel(); });
    }
}

std::size_t Session::queue_bytes() const {
    const std::lock_guard lock(mutex_);
    return queue_.bytes();
}

void Session::close_quietly() {
    closed_ = true;
    link_->close();
    wake_.cancel();
    pause_.cancel();
    tick_.cancel();
}

void Session::close(const std::string& reason) {
    if (closed_) return;
    close_quietly();
    events_.closed(reason);
}

bool Session::deliver(Bytes frame) {
    events_.frame(std::move(frame));
    return !closed_;  // what came may have been reason enough to end
}

asio::awaitable<void> Session::read(std::shared_ptr<Session> self) {
    TokenBucket frames(self->limits_.frames_per_second_max, self->limits_.frames_per_second_max, steady_now());
    TokenBucket bytes(self->limits_.bytes_per_second_max, self->limits_.bytes_per_second_max, steady_now());
    FrameReader reader;
    Bytes arrived(read_bytes_max);
    const FrameReader::OnFrame on_frame = [&self](Bytes frame) { return self->deliver(std::move(frame)); };
    while (!self->closed_) {
        const auto room = asio::buffer(arrived);
        const auto [error, size] = co_await self->link_->stream.async_read_some(room, token);
        if (error) co_return self->close(explain(error));
        self->heard_ = steady_now();
        self->traffic_->bytes_in.fetch_add(size, std::memory_order_relaxed);
        const auto fed = reader.feed(ByteView(arrived).first(size), on_frame);
        if (!fed) co_return self->close(fed.error().text);
        self->traffic_->frames_in.fetch_add(*fed, std::memory_order_relaxed);
        const Duration wait = std::max(frames.take(*fed, self->heard_), bytes.take(size, self->heard_));
        if (wait.ms == 0 || self->closed_) continue;
        self->pause_.expires_after(in_ms(wait));
        co_await self->pause_.async_wait(token);
        self->heard_ = steady_now();  // it was us who did not listen
    }
}

bool Session::next(SendQueue::Run& run) {
    const std::lock_guard lock(mutex_);
    const bool idle = queue_.empty();
    if (!idle) {
        queue_.take(run);
    } else if (keep_alive_due_) {
        run.head.clear();
        append_frame_header(run.head, 0);
        run.body = nullptr;
        run.bytes = 0;  // was never queued
        run.frames = 1;
    } else {
        writer_sleeps_ = true;
        return false;
    }
    keep_alive_due_ = false;
    return true;
}

asio::awaitable<void> Session::write(std::shared_ptr<Session> self) {
    SendQueue::Run run;
    while (!self->closed_) {
        // The timer is set before next() allows others to cancel it.
        self->wake_.expires_at(asio::steady_timer::time_point::max());
        if (!self->next(run)) {
            co_await self->wake_.async_wait(token);
            continue;
        }
        const auto head = asio::buffer(run.head);
        const auto [error, size] = co_await asio::async_write(self->link_->stream, head, token);
        if (error) co_return self->close(explain(error));
        std::size_t body_size = 0;
        if (run.body) {
            const auto body = asio::buffer(*run.body);
            const auto [body_error, written] = co_await asio::async_write(self->link_->stream, body, token);
            if (body_error) co_return self->close(explain(body_error));
            body_size = written;
        }
        self->traffic_->bytes_out.fetch_add(size + body_size, std::memory_order_relaxed);
        self->traffic_->frames_out.fetch_add(run.frames, std::memory_order_relaxed);
        const std::lock_guard lock(self->mutex_);
        self->queue_.written(run);
    }
}

asio::awaitable<void> Session::watch(std::shared_ptr<Session> self) {
    const Duration third{std::max<std::uint64_t>(self->limits_.idle_deadline.ms / 3, 1)};
    while (!self->closed_) {
        self->tick_.expires_after(in_ms(third));
        co_await self->tick_.async_wait(token);
        if (self->closed_) co_return;
        if (steady_now() - self->heard_ >= self->limits_.idle_deadline)
            co_return self->close("nothing was received for " + std::to_string(self->limits_.idle_deadline.ms) + " ms");
        const std::lock_guard lock(self->mutex_);
        self->keep_alive_due_ = true;
        if (std::exchange(self->writer_sleeps_, false)) self->wake_.cancel();
    }
}

}  // namespace xinlian::net

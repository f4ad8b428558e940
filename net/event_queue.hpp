// The send queue of one event stream, between the producing threads and the connection that writes. Private to net.
// Bounded: a reader that is too slow is disconnected and resumes with Last-Event-ID.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <mutex>

#include "net/http_text.hpp"

namespace xinlian::net {

inline constexpr std::size_t event_queue_bytes_max = 1u << 20;

class EventQueue {
public:
    // `wake` runs on the connection's executor whenever there is something new to look at.
    EventQueue(boost::asio::any_io_executor executor, std::function<void()> wake)
        : executor_(std::move(executor)), wake_(std::move(wake)) {}

    bool send(std::string_view id, std::string_view event, std::string_view data) {
        const std::string text = event_text(id, event, data);
        const std::lock_guard lock(mutex_);
        if (state_ != State::open) return false;
        if (waiting_.size() + text.size() > event_queue_bytes_max) {
            state_ = State::overflowed;
        } else {
            waiting_ += text;
        }
        // An overflow is always told: a writer that hangs in a write has not taken the wake-up before.
        const bool told = std::exchange(wake_posted_, true);
        if (!told || state_ == State::overflowed) boost::asio::post(executor_, wake_);
        return state_ == State::open;
    }

    // No more events follow; queued ones are still sent.
    void finish() {
        const std::lock_guard lock(mutex_);
        if (state_ == State::open) state_ = State::finished;
        if (!std::exchange(wake_posted_, true)) boost::asio::post(executor_, wake_);
    }

    void on_closed(std::function<void()> callback) {
        {
            const std::lock_guard lock(mutex_);
            if (state_ != State::closed) {
                callbacks_.push_back(std::move(callback));
                return;
            }
        }
        callback();
    }

    // For the connection. What to write now; false when nothing is to be written any more.
    bool take(std::string& text) {
        const std::lock_guard lock(mutex_);
        wake_posted_ = false;
        text.clear();
        if (state_ == State::overflowed || state_ == State::closed) return false;
        text.swap(waiting_);
        return state_ == State::open || !text.empty();
    }
    bool overflowed() const {
        const std::lock_guard lock(mutex_);
        return state_ == State::overflowed;
    }
    void closed() {
        std::vector<std::function<void()>> callbacks;
        {
            const std::lock_guard lock(mutex_);
            state_ = State::closed;
            callbacks.swap(callbacks_);
        }
        for (const auto& callback : callbacks) callback();
    }

private:
    enum class State { open, finished, overflowed, closed };

    boost::asio::any_io_executor executor_;
    std::function<void()> wake_;
    mutable std::mutex mutex_;
    State state_ = State::open;
    bool wake_posted_ = false;
    std::string waiting_;
    std::vector<std::function<void()>> callbacks_;
};

}  // namespace xinlian::net

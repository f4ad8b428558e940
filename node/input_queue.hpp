// What waits for the replica's thread, bounded by count and bytes.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "node/replica.hpp"

namespace xinlian::node {

class InputQueue {
public:
    using Input = std::function<void(Replica&, Clock)>;
    static constexpr std::size_t inputs_max = 50'000;
    static constexpr std::size_t bytes_max = 256u << 20;
    static constexpr std::size_t turn_inputs_max = 256;  // one journal sync covers a turn

    // False if it is full. `bytes` is what the input keeps alive.
    bool push(Input input, std::size_t bytes) {
        const std::lock_guard lock(mutex_);
        if (inputs_.size() >= inputs_max || bytes > bytes_max - bytes_) return false;
        inputs_.emplace_back(std::move(input), bytes);
        bytes_ += bytes;
        ready_.notify_one();
        return true;
    }

    // For what must not be lost and is rare: that a peer came or went. Nobody says it twice.
    void push_always(Input input) {
        const std::lock_guard lock(mutex_);
        inputs_.emplace_back(std::move(input), 0);
        ready_.notify_one();
    }

    // The next turn's inputs; empty when `until` is reached first or stop() was called.
    template <class TimePoint>
    std::vector<Input> pop(TimePoint until) {
        std::unique_lock lock(mutex_);
        ready_.wait_until(lock, until, [this] { return stopped_ || !inputs_.empty(); });
        std::vector<Input> turn;
        while (!inputs_.empty() && turn.size() < turn_inputs_max) {
            bytes_ -= inputs_.front().second;
            turn.push_back(std::move(inputs_.front().first));
            inputs_.pop_front();
        }
        return turn;
    }

    void stop() {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        ready_.notify_all();
    }
    bool stopped() const {
        const std::lock_guard lock(mutex_);
        return stopped_;
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable ready_;
    std::deque<std::pair<Input, std::size_t>> inputs_;
    std::size_t bytes_ = 0;
    bool stopped_ = false;
};

}  // namespace xinlian::node

// What waits for the replica's thread, bounded by count and bytes, in all and for each source: who floods it delays and
// crowds out its own inputs alone.
#pragma once

#include <algorithm>
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
    using Source = std::size_t;  // who an input is from: 0 for clients and the node itself, 1 + i for peer i
    static constexpr std::size_t inputs_max = 50'000;
    static constexpr std::size_t bytes_max = 256u << 20;
    static constexpr std::size_t turn_inputs_max = 256;  // one journal sync covers a turn
    // A source may fill its part of all, or this if that is more: a frame always fits.
    static constexpr std::size_t part_inputs_min = 1'000;
    static constexpr std::size_t part_bytes_min = 12u << 20;

    explicit InputQueue(std::size_t sources)
        : lanes_(sources),
          part_inputs_(std::max(part_inputs_min, inputs_max / sources)),
          part_bytes_(std::max(part_bytes_min, bytes_max / sources)) {}

    // False if it is full, or the source has its part of it. `bytes` is what the input keeps alive.
    bool push(Source source, Input input, std::size_t bytes) {
        const std::lock_guard lock(mutex_);
        Lane& lane = lanes_.at(source);
        if (waiting_ >= inputs_max || bytes > bytes_max - bytes_) return false;
        if (lane.inputs.size() >= part_inputs_ || bytes > part_bytes_ || lane.bytes > part_bytes_ - bytes) return false;
        add(lane, std::move(input), bytes);
        return true;
    }

    // For what must not be lost and is rare: that a peer came or went. Nobody says it twice.
    void push_always(Source source, Input input) {
        const std::lock_guard lock(mutex_);
        add(lanes_.at(source), std::move(input), 0);
    }

    // The next turn's inputs, the sources taking turns, each in its order; empty when `until` is reached first or
    // stop() was called.
    template <class TimePoint>
    std::vector<Input> pop(TimePoint until) {
        std::unique_lock lock(mutex_);
        ready_.wait_until(lock, until, [this] { return stopped_ || waiting_ > 0; });
        std::vector<Input> turn;
        for (; waiting_ > 0 && turn.size() < turn_inputs_max; next_ = (next_ + 1) % lanes_.size()) {
            Lane& lane = lanes_[next_];
            if (lane.inputs.empty()) continue;
            auto& [input, bytes] = lane.inputs.front();
            lane.bytes -= bytes;
            bytes_ -= bytes;
            --waiting_;
            turn.push_back(std::move(input));
            lane.inputs.pop_front();
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
    struct Lane {
        std::deque<std::pair<Input, std::size_t>> inputs;
        std::size_t bytes = 0;
    };
    void add(Lane& lane, Input input, std::size_t bytes) {
        lane.inputs.emplace_back(std::move(input), bytes);
        lane.bytes += bytes;
        bytes_ += bytes;
        ++waiting_;
        ready_.notify_one();
    }

    mutable std::mutex mutex_;
    std::condition_variable ready_;
    std::vector<Lane> lanes_;  // by source
    std::size_t part_inputs_, part_bytes_;
    std::size_t waiting_ = 0, bytes_ = 0;  // Invariant: sums over the lanes.
    std::size_t next_ = 0;                 // whose turn it is
    bool stopped_ = false;
};

}  // namespace xinlian::node

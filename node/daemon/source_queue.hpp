// A queue for a thread. It is bounded by count and bytes, in total and for each source, and serves the sources in turn.
// A source that floods the queue delays and drops only its own items.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

namespace xinlian::node {

struct QueueLimits {
    std::size_t items_max = 0, bytes_max = 0;
    // A source may use its share of the total, or this amount if it is larger.
    std::size_t part_items_min = 0, part_bytes_min = 0;
};

template <class Item>
class SourceQueue {
public:
    using Source = std::size_t;  // origin of an item: 0 for clients and the node itself, 1 + i for peer i

    SourceQueue(std::size_t sources, const QueueLimits& limits)
        : lanes_(sources),
          limits_(limits),
          part_items_(std::max(limits.part_items_min, limits.items_max / sources)),
          part_bytes_(std::max(limits.part_bytes_min, limits.bytes_max / sources)) {}

    // Returns false if the queue is full, the source has used its share, or stop() was called. `bytes` is the memory
    // that the item keeps alive.
    bool push(Source source, Item item, std::size_t bytes) {
        const std::lock_guard lock(mutex_);
        Lane& lane = lanes_.at(source);
        if (stopped_ || waiting_ >= limits_.items_max || bytes > limits_.bytes_max - bytes_) return false;
        if (lane.items.size() >= part_items_ || bytes > part_bytes_ || lane.bytes > part_bytes_ - bytes) return false;
        add(lane, std::move(item), bytes);
        return true;
    }

    // For rare items that must not be lost, because they are not repeated: a peer connected or disconnected.
    void push_always(Source source, Item item) {
        const std::lock_guard lock(mutex_);
        add(lanes_.at(source), std::move(item), 0);
    }

    // Waits for items and returns the next ones, in order for each source. Empty if `until` is reached first or stop()
    // was called.
    template <class TimePoint>
    std::vector<Item> pop(TimePoint until, std::size_t items_max) {
        std::unique_lock lock(mutex_);
        ready_.wait_until(lock, until, [this] { return stopped_ || waiting_ > 0; });
        std::vector<Item> turn;
        while (waiting_ > 0 && turn.size() < items_max) turn.push_back(take());
        return turn;
    }

    // Waits for the next item. Empty once stop() was called and no item is left.
    std::optional<Item> pop_one() {
        std::unique_lock lock(mutex_);
        ready_.wait(lock, [this] { return stopped_ || waiting_ > 0; });
        if (waiting_ == 0) return std::nullopt;
        return take();
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
        std::deque<std::pair<Item, std::size_t>> items;
        std::size_t bytes = 0;
    };
    void add(Lane& lane, Item item, std::size_t bytes) {
        lane.items.emplace_back(std::move(item), bytes);
        lane.bytes += bytes;
        bytes_ += bytes;
        ++waiting_;
        ready_.notify_one();
    }
    // Precondition: an item is waiting.
    Item take() {
        while (lanes_[next_].items.empty()) next_ = (next_ + 1) % lanes_.size();
        Lane& lane = lanes_[next_];
        next_ = (next_ + 1) % lanes_.size();
        const std::size_t bytes = lane.items.front().second;
        Item item = std::move(lane.items.front().first);
        lane.items.pop_front();
        lane.bytes -= bytes;
        bytes_ -= bytes;
        --waiting_;
        return item;
    }

    mutable std::mutex mutex_;
    std::condition_variable ready_;
    std::vector<Lane> lanes_;  // by source
    QueueLimits limits_;
    std::size_t part_items_, part_bytes_;
    std::size_t waiting_ = 0, bytes_ = 0;  // Invariant: sums over the lanes.
    std::size_t next_ = 0;                 // the source whose turn it is
    bool stopped_ = false;
};

}  // namespace xinlian::node

// One authenticated connection: a coroutine that reads, one that writes, one that detects idle peers. Private to
// net. Reports received frames and why the connection ended; network.cpp decides who may connect.
#pragma once

#include <atomic>
#include <mutex>

#include "net/frame.hpp"
#include "net/tls.hpp"

namespace xinlian::net {

// Milliseconds of the steady clock, for timers and limits.
Time steady_now();

// What passed, over all connections of one peer. Written by its sessions, read from any thread.
struct Traffic {
    std::atomic<std::uint64_t> bytes_in = 0, bytes_out = 0, frames_in = 0, frames_out = 0;
};

// Called on the io_context's thread.
struct SessionEvents {
    std::function<void(Bytes)> frame;
    std::function<void(const std::string& reason)> closed;  // once; not if closed quietly
};

class Session : public std::enable_shared_from_this<Session> {
public:
    Session(std::shared_ptr<Link> link, const NetworkLimits& limits, std::shared_ptr<Traffic> traffic,
            SessionEvents events);

    void start();                           // sends a first keep-alive at once: the dialling side waits for it
    void send(FramePtr frame);              // any thread
    std::size_t queue_bytes() const;        // any thread
    void close(const std::string& reason);  // io_context's thread, like start; idempotent
    void close_quietly();

    const std::string& remote() const { return link_->remote; }

private:
    static asio::awaitable<void> read(std::shared_ptr<Session> self);
    static asio::awaitable<void> write(std::shared_ptr<Session> self);
    static asio::awaitable<void> watch(std::shared_ptr<Session> self);
    void spawn(asio::awaitable<void> coroutine);
    // The next thing to write; false if there is nothing, and then the next send() wakes the writer.
    bool next(SendQueue::Run& run);
    bool deliver(Bytes frame);

    std::shared_ptr<Link> link_;
    const NetworkLimits limits_;
    std::shared_ptr<Traffic> traffic_;
    SessionEvents events_;
    asio::any_io_executor executor_;
    asio::steady_timer wake_, pause_, tick_;  // of the writer, the reader, the watcher
    Time heard_;
    bool closed_ = false;

    mutable std::mutex mutex_;  // guards what follows
    SendQueue queue_;
    bool keep_alive_due_ = true;
    bool writer_sleeps_ = false;
    bool overflowed_ = false;
};

}  // namespace xinlian::net

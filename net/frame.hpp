// Frames: 4 bytes of length, big-endian, then that many bytes. An empty frame is a keep-alive and is not delivered.
// Independent of sockets.
#pragma once

#include <deque>
#include <functional>

#include "net/network.hpp"

namespace xinlian::net {

inline constexpr std::size_t frame_header_bytes = 4;
inline constexpr std::size_t small_frame_bytes_max =
    (64u << 10) - 1;  // larger ones are bulk and wait for the small ones

void append_frame_header(Bytes& out, std::size_t frame_bytes);

// Cuts a stream of bytes into frames. The claimed length is checked first and never allocated: memory grows with the
// bytes that have arrived.
class FrameReader {
public:
    using OnFrame = std::function<bool(Bytes)>;  // false: stop

    // How many frames, keep-alives included, were completed. Errc::too_large for a claim above frame_bytes_max; nothing
    // may be fed after a refusal.
    Result<std::size_t> feed(ByteView bytes, const OnFrame& on_frame);

private:
    Bytes frame_;
    std::size_t header_bytes_ = 0;  // of the four, how many are here
    std::size_t wanted_ = 0;        // the claimed length, once the header is complete
};

// The send queue of one peer. Two lanes, so that a vote does not wait behind megabytes of bodies: small frames
// go before bulk ones, the order inside a lane is kept, and a bulk frame goes at the latest after `small_runs_max`
// writes of small ones. Not thread-safe.
class SendQueue {
public:
    explicit SendQueue(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    // False if the queue would grow above bytes_max; the frame is not taken.
    bool push(FramePtr frame);

    // What to write next: first `head`, then the bytes of `body` if there is one. Counts as queued until written().
    struct Run {
        Bytes head;
        FramePtr body;
        std::size_t frames = 0, bytes = 0;
        Run() = default;
    };
    void take(Run& run);  // the run keeps its memory from one write to the next
    void written(const Run& run) { bytes_ -= run.bytes; }

    bool empty() const { return small_.empty() && bulk_.empty(); }
    std::size_t bytes() const { return bytes_; }

private:
    static constexpr std::size_t run_bytes_max = 128u << 10;
    static constexpr std::size_t small_runs_max = 8;

    std::size_t bytes_max_;
    std::deque<FramePtr> small_, bulk_;
    std::size_t bytes_ = 0;  // Invariant: frames and headers of both lanes, and of runs taken but not yet written.
    std::size_t small_runs_ = 0;
};

}  // namespace xinlian::net

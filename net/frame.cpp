#include "net/frame.hpp"

#include <algorithm>

namespace xinlian::net {

void append_frame_header(Bytes& out, std::size_t frame_bytes) {
    XL_CHECK(frame_bytes <= frame_bytes_max);
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(frame_bytes >> shift));
}

Result<std::size_t> FrameReader::feed(ByteView bytes, const OnFrame& on_frame) {
    std::size_t frames = 0;
    while (!bytes.empty()) {
        if (header_bytes_ < frame_header_bytes) {
            wanted_ = (wanted_ << 8) | bytes.front();
            bytes = bytes.subspan(1);
            if (++header_bytes_ < frame_header_bytes) continue;
            if (wanted_ > frame_bytes_max)
                return Error{Errc::too_large, "a frame declares " + std::to_string(wanted_) + " bytes; at most " +
                                                  std::to_string(frame_bytes_max) + " are allowed"};
        } else {
            const std::size_t part = std::min(wanted_ - frame_.size(), bytes.size());
            if (frame_.size() + part > frame_.capacity())
                frame_.reserve(std::min(wanted_, std::max(2 * frame_.size(), frame_.size() + part)));
            frame_.insert(frame_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(part));
            bytes = bytes.subspan(part);
        }
        if (frame_.size() < wanted_) continue;
        ++frames;
        header_bytes_ = 0;
        const bool keep_alive = wanted_ == 0;
        wanted_ = 0;
        if (!keep_alive && !on_frame(std::exchange(frame_, {}))) break;
    }
    return frames;
}

bool SendQueue::push(FramePtr frame) {
    const std::size_t bytes = frame->size() + frame_header_bytes;
    if (bytes > bytes_max_ || bytes_ > bytes_max_ - bytes) return false;
    bytes_ += bytes;
    (frame->size() <= small_frame_bytes_max ? small_ : bulk_).push_back(std::move(frame));
    return true;
}

void SendQueue::take(Run& run) {
    run.head.clear();
    run.body = nullptr;
    run.frames = 0;
    while (!small_.empty() && run.head.size() + small_.front()->size() + frame_header_bytes <= run_bytes_max) {
        const Bytes& frame = *small_.front();
        append_frame_header(run.head, frame.size());
        run.head.insert(run.head.end(), frame.begin(), frame.end());
        small_.pop_front();
        ++run.frames;
    }
    ++small_runs_;
    run.bytes = run.head.size();
    if (bulk_.empty() || (!small_.empty() && small_runs_ < small_runs_max)) return;
    small_runs_ = 0;
    run.body = std::move(bulk_.front());
    bulk_.pop_front();
    append_frame_header(run.head, run.body->size());
    run.bytes += frame_header_bytes + run.body->size();
    ++run.frames;
}

}  // namespace xinlian::net

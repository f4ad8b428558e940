// Laws: the frames of a stream do not depend on how it was split, they equal those of an independent parser of the
// whole stream, and what the send queue writes is read back in its order.
#include "net/frame.hpp"
#include "tests/fuzz/input.hpp"

using namespace xinlian;
using namespace xinlian::net;

namespace {

// The frames of the whole stream; nothing if a length is above the limit.
std::optional<std::vector<Bytes>> plain_reading(ByteView in) {
    std::vector<Bytes> frames;
    while (in.size() >= 4) {
        const std::size_t claimed =
            std::size_t{in[0]} << 24 | std::size_t{in[1]} << 16 | std::size_t{in[2]} << 8 | in[3];
        if (claimed > frame_bytes_max) return std::nullopt;
        if (claimed > in.size() - 4) break;
        if (claimed > 0) frames.push_back(fuzz::copy(in.subspan(4, claimed)));
        in = in.subspan(4 + claimed);
    }
    return frames;
}

void read_in_pieces(fuzz::Input input) {
    const std::size_t step = 1 + input.byte();
    const ByteView stream = input.rest();
    std::vector<Bytes> frames;
    FrameReader reader;
    bool refused = false;
    for (std::size_t at = 0; at < stream.size() && !refused; at += step) {
        const auto fed = reader.feed(stream.subspan(at, std::min(step, stream.size() - at)), [&](Bytes frame) {
            frames.push_back(std::move(frame));
            return true;
        });
        refused = !fed;
        if (refused) XL_CHECK(fed.error().code == Errc::too_large);
    }
    const auto expected = plain_reading(stream);
    XL_CHECK(refused == !expected);
    if (expected) XL_CHECK(frames == *expected);
}

// Sends frames of chosen sizes around the limit between small and bulk, each beginning with its number.
void send_and_read_back(fuzz::Input input) {
    SendQueue queue(1 << 20);
    std::vector<Bytes> small, bulk, got_small, got_bulk;
    for (int i = 0; i < 12 && !input.empty(); ++i) {
        const std::size_t about = input.below(4) == 0 ? small_frame_bytes_max - 2 : 1;
        Bytes frame(about + input.below(5), static_cast<std::uint8_t>(i));
        const bool is_small = frame.size() <= small_frame_bytes_max;
        if (queue.push(std::make_shared<const Bytes>(frame))) (is_small ? small : bulk).push_back(std::move(frame));
    }
    FrameReader reader;
    const auto take = [&](Bytes frame) {
        (frame.size() <= small_frame_bytes_max ? got_small : got_bulk).push_back(std::move(frame));
        return true;
    };
    SendQueue::Run run;
    while (!queue.empty()) {
        queue.take(run);
        XL_CHECK(run.bytes > 0);
        XL_CHECK(reader.feed(run.head, take).ok());
        if (run.body) XL_CHECK(reader.feed(*run.body, take).ok());
        queue.written(run);
    }
    XL_CHECK(queue.bytes() == 0);
    XL_CHECK(got_small == small);
    XL_CHECK(got_bulk == bulk);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    if (input.byte() % 2 == 0) {
        read_in_pieces(input);
    } else {
        send_and_read_back(input);
    }
    return 0;
}

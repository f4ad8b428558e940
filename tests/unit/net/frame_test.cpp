// Tests frames, send queues and rate limits.
#include "net/frame.hpp"

#include <catch2/catch.hpp>

#include "net/limiter.hpp"

namespace xinlian::net {
namespace {

FramePtr frame_of(std::size_t size, std::uint8_t fill) { return std::make_shared<const Bytes>(size, fill); }

Bytes wire_of(std::initializer_list<Bytes> frames) {
    Bytes wire;
    for (const Bytes& frame : frames) {
        append_frame_header(wire, frame.size());
        wire.insert(wire.end(), frame.begin(), frame.end());
    }
    return wire;
}

TEST_CASE("frames are found however the stream is cut") {
    const Bytes wire = wire_of({Bytes(3, 1), {}, Bytes(300, 2), {}, Bytes(1, 3)});
    for (std::size_t piece = 1; piece <= wire.size(); ++piece) {
        FrameReader reader;
        std::vector<Bytes> got;
        std::size_t counted = 0;
        for (std::size_t at = 0; at < wire.size(); at += piece) {
            const auto part = ByteView(wire).subspan(at, std::min(piece, wire.size() - at));
            const auto fed = reader.feed(part, [&](Bytes frame) {
                got.push_back(std::move(frame));
                return true;
            });
            REQUIRE(fed.ok());
            counted += *fed;
        }
        CHECK(got == std::vector<Bytes>{Bytes(3, 1), Bytes(300, 2), Bytes(1, 3)});
        CHECK(counted == 5);
    }
}

TEST_CASE("a claim of 12 MiB is taken, and refused one byte above") {
    const FrameReader::OnFrame never = [](Bytes) { return true; };
    CHECK(FrameReader().feed(Bytes{0x00, 0xc0, 0x00, 0x00}, never).ok());
    const auto refused = FrameReader().feed(Bytes{0x00, 0xc0, 0x00, 0x01}, never);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == Errc::too_large);
    CHECK_FALSE(FrameReader().feed(Bytes{0xff, 0xff, 0xff, 0xff}, never).ok());
}

TEST_CASE("a reader that is told to stop hands on nothing more") {
    int frames = 0;
    const auto fed = FrameReader().feed(wire_of({Bytes(3, 1), Bytes(3, 2)}), [&](Bytes) { return ++frames > 1; });
    CHECK(fed.ok());
    CHECK(frames == 1);
}

TEST_CASE("small frames are written together and before bulk") {
    SendQueue queue(1u << 20);
    REQUIRE(queue.push(frame_of(small_frame_bytes_max + 1, 9)));
    REQUIRE(queue.push(frame_of(10, 1)));
    REQUIRE(queue.push(frame_of(20, 2)));
    SendQueue::Run run;
    queue.take(run);
    CHECK(run.frames == 3);
    Bytes head = wire_of({Bytes(10, 1), Bytes(20, 2)});
    append_frame_header(head, small_frame_bytes_max + 1);
    CHECK(run.head == head);
    REQUIRE(run.body);
    CHECK(run.body->size() == small_frame_bytes_max + 1);
    CHECK(queue.bytes() == run.bytes);
    queue.written(run);
    CHECK(queue.bytes() == 0);
    CHECK(queue.empty());
}

TEST_CASE("an endless stream of small frames does not hold bulk back for ever") {
    SendQueue queue(64u << 20);
    REQUIRE(queue.push(frame_of(100'000, 9)));
    SendQueue::Run run;
    int runs = 0;
    do {
        for (int i = 0; i < 10; ++i) REQUIRE(queue.push(frame_of(60'000, 1)));
        queue.take(run);
        queue.written(run);
    } while (!run.body && ++runs < 100);
    CHECK(runs < 10);
}

TEST_CASE("the queue counts what is being written, and takes no byte above its bound") {
    SendQueue queue(208);
    REQUIRE(queue.push(frame_of(100, 1)));
    SendQueue::Run run;
    queue.take(run);
    CHECK(queue.push(frame_of(100, 1)));
    CHECK_FALSE(queue.push(frame_of(1, 1)));
    queue.written(run);
    CHECK(queue.push(frame_of(100, 1)));
    CHECK_FALSE(SendQueue(100).push(frame_of(97, 1)));
    CHECK(SendQueue(100).push(frame_of(96, 1)));
}

TEST_CASE("a bucket lets its burst through at once and the rest at its rate") {
    TokenBucket bucket(100, 50, Time{1'000});
    CHECK(bucket.take(50, Time{1'000}).ms == 0);
    CHECK(bucket.take(1, Time{1'000}).ms == 10);
    CHECK(bucket.take(9, Time{1'000}).ms == 100);
    CHECK(bucket.take(0, Time{1'099}).ms == 1);
    CHECK(bucket.take(0, Time{1'100}).ms == 0);
    CHECK(bucket.take(1, Time{1'100}).ms == 10);
}

TEST_CASE("a bucket never holds more than its burst, and a clock that steps back gives nothing") {
    TokenBucket bucket(100, 50, Time{1'000});
    CHECK(bucket.take(50, Time{100'000'000}).ms == 0);
    CHECK(bucket.take(1, Time{100'000'000}).ms == 10);
    CHECK(bucket.take(0, Time{1'000}).ms == 10);
    CHECK(bucket.take(0, Time{100'000'010}).ms == 0);
    TokenBucket extreme(std::uint64_t{1} << 40, std::uint64_t{1} << 40, Time{0});
    CHECK(extreme.take(std::uint64_t{1} << 40, Time{~std::uint64_t{0}}).ms == 0);
    CHECK(extreme.take(~std::uint64_t{0}, Time{~std::uint64_t{0}}).ms == 1000);
}

}  // namespace
TEST_CASE("what is refused makes no debt") {
    TokenBucket bucket(100, 8, Time{0});
    for (int i = 0; i < 8; ++i) CHECK(bucket.try_take(1, Time{0}));
    for (int i = 0; i < 1'000; ++i) CHECK_FALSE(bucket.try_take(1, Time{0}));
    CHECK(bucket.try_take(1, Time{10}));
    CHECK_FALSE(bucket.try_take(1, Time{10}));
    CHECK_FALSE(bucket.try_take(9, Time{10'000}));  // more than the bucket's capacity
    CHECK(bucket.take(0, Time{10'000}) == Duration{0});
    CHECK(bucket.try_take(8, Time{10'000}));
}

}  // namespace xinlian::net

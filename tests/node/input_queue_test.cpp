// The queue before the replica's thread: bounded by count and by bytes, in order, and it can be stopped.
#include "node/input_queue.hpp"

#include <catch2/catch.hpp>
#include <thread>

namespace xinlian::node {

namespace {

using Steady = std::chrono::steady_clock;
const InputQueue::Input nothing = [](Replica&, Clock) {};

}  // namespace

TEST_CASE("inputs are limited by count; the one above is refused, and taking makes room") {
    InputQueue queue;
    for (std::size_t i = 0; i < InputQueue::inputs_max; ++i) REQUIRE(queue.push(nothing, 0));
    CHECK_FALSE(queue.push(nothing, 0));
    CHECK(queue.pop(Steady::now()).size() == InputQueue::turn_inputs_max);
    CHECK(queue.push(nothing, 0));
}

TEST_CASE("inputs are limited by the bytes they keep alive") {
    InputQueue queue;
    CHECK_FALSE(queue.push(nothing, InputQueue::bytes_max + 1));
    CHECK_FALSE(queue.push(nothing, ~std::size_t{0}));
    REQUIRE(queue.push(nothing, InputQueue::bytes_max));
    CHECK_FALSE(queue.push(nothing, 1));
    CHECK(queue.push(nothing, 0));
    CHECK(queue.pop(Steady::now()).size() == 2);
    CHECK(queue.push(nothing, InputQueue::bytes_max));
}

TEST_CASE("a full queue still hears that a peer came or went") {
    InputQueue queue;
    REQUIRE(queue.push(nothing, InputQueue::bytes_max));
    queue.push_always(nothing);
    CHECK(queue.pop(Steady::now()).size() == 2);
}

TEST_CASE("a turn is limited, and what is left comes in the next, in order") {
    InputQueue queue;
    std::vector<std::size_t> seen;
    const std::size_t count = InputQueue::turn_inputs_max + 1;
    for (std::size_t i = 0; i < count; ++i) REQUIRE(queue.push([&seen, i](Replica&, Clock) { seen.push_back(i); }, 1));
    const auto first = queue.pop(Steady::now()), second = queue.pop(Steady::now());
    CHECK(first.size() == InputQueue::turn_inputs_max);
    CHECK(second.size() == 1);
    CHECK(queue.pop(Steady::now()).empty());
}

TEST_CASE("waiting ends when an input comes or when it is stopped, not only at its time") {
    InputQueue queue;
    const auto far = Steady::now() + std::chrono::minutes(10);
    std::thread pusher([&] { queue.push(nothing, 1); });
    CHECK(queue.pop(far).size() == 1);
    pusher.join();
    std::thread stopper([&] { queue.stop(); });
    CHECK(queue.pop(far).empty());
    stopper.join();
    CHECK(queue.stopped());
    CHECK(queue.pop(far).empty());  // and from then on at once
}

}  // namespace xinlian::node

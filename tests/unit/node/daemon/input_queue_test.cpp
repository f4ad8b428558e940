// Tests the queues before the replica's thread and the workers: they are bounded by count and by bytes, keep the order,
// and can be stopped.
#include "node/daemon/input_queue.hpp"

#include <catch2/catch.hpp>
#include <thread>

#include "node/replica/replica.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/memory_store.hpp"

namespace xinlian::node {

namespace {

using Steady = std::chrono::steady_clock;
const InputQueue::Input nothing = [](Replica&, Clock) {};

}  // namespace

TEST_CASE("inputs are limited by count; the one above is refused, and taking makes room") {
    InputQueue queue(1);
    for (std::size_t i = 0; i < InputQueue::inputs_max; ++i) REQUIRE(queue.push(0, nothing, 0));
    CHECK_FALSE(queue.push(0, nothing, 0));
    CHECK(queue.pop(Steady::now()).size() == InputQueue::turn_inputs_max);
    CHECK(queue.push(0, nothing, 0));
}

TEST_CASE("inputs are limited by the bytes they keep alive") {
    InputQueue queue(1);
    CHECK_FALSE(queue.push(0, nothing, InputQueue::bytes_max + 1));
    CHECK_FALSE(queue.push(0, nothing, ~std::size_t{0}));
    REQUIRE(queue.push(0, nothing, InputQueue::bytes_max));
    CHECK_FALSE(queue.push(0, nothing, 1));
    CHECK(queue.push(0, nothing, 0));
    CHECK(queue.pop(Steady::now()).size() == 2);
    CHECK(queue.push(0, nothing, InputQueue::bytes_max));
}

TEST_CASE("a full queue still hears that a peer came or went") {
    InputQueue queue(1);
    REQUIRE(queue.push(0, nothing, InputQueue::bytes_max));
    queue.push_always(0, nothing);
    CHECK(queue.pop(Steady::now()).size() == 2);
}

TEST_CASE("a source that floods the queue delays and drops only its own inputs") {
    InputQueue queue(4);
    std::vector<std::size_t> turns;
    const auto from = [&turns](std::size_t source) -> InputQueue::Input {
        return [&turns, source](Replica&, Clock) { turns.push_back(source); };
    };
    std::size_t taken = 0;
    while (queue.push(1, from(1), 1)) ++taken;
    CHECK(taken == InputQueue::inputs_max / 4);
    CHECK_FALSE(queue.push(3, nothing, InputQueue::bytes_max / 4 + 1));
    CHECK(queue.push(3, nothing, InputQueue::bytes_max / 4));
    CHECK_FALSE(queue.push(3, nothing, 1));
    CHECK(queue.pop(Steady::now()).size() == InputQueue::turn_inputs_max);
    for (int i = 0; i < 3; ++i) CHECK(queue.push(2, from(2), 1));
    const auto turn = queue.pop(Steady::now());
    CHECK(turn.size() == InputQueue::turn_inputs_max);
    // Its three items come within the first six.
    test::Federation federation;
    test::MemoryStore store;
    const auto chain = test::must(ledger::Chain::open(store, federation.genesis()));
    Replica replica(ReplicaSettings{}, *chain);
    for (std::size_t i = 0; i < 6; ++i) turn[i](replica, Clock{});
    CHECK(std::count(turns.begin(), turns.end(), 2) == 3);
}

TEST_CASE("a turn is limited, and what is left comes in the next, in order") {
    InputQueue queue(1);
    std::vector<std::size_t> seen;
    const std::size_t count = InputQueue::turn_inputs_max + 1;
    for (std::size_t i = 0; i < count; ++i)
        REQUIRE(queue.push(
            0, [&seen, i](Replica&, Clock) { seen.push_back(i); }, 1));
    const auto first = queue.pop(Steady::now()), second = queue.pop(Steady::now());
    CHECK(first.size() == InputQueue::turn_inputs_max);
    CHECK(second.size() == 1);
    CHECK(queue.pop(Steady::now()).empty());
}

TEST_CASE("waiting ends when an input comes or when it is stopped, not only at its time") {
    InputQueue queue(1);
    const auto far = Steady::now() + std::chrono::minutes(10);
    std::thread pusher([&] { queue.push(0, nothing, 1); });
    CHECK(queue.pop(far).size() == 1);
    pusher.join();
    std::thread stopper([&] { queue.stop(); });
    CHECK(queue.pop(far).empty());
    stopper.join();
    CHECK(queue.stopped());
    CHECK(queue.pop(far).empty());  // and from then on at once
}

TEST_CASE("a source that floods the workers leaves their next turns to the others") {
    WorkQueue queue(3);
    std::vector<std::size_t> turns;
    const auto from = [&turns](std::size_t source) { return [&turns, source] { turns.push_back(source); }; };
    std::size_t taken = 0;
    for (int i = 0; i < 3'000; ++i) taken += queue.push(1, from(1), 1) ? 1 : 0;
    CHECK(taken == WorkQueue::tasks_max);
    CHECK(queue.push(2, from(2), 1));
    CHECK(queue.push(0, from(0), 0));
    for (int i = 0; i < 4; ++i) (*queue.pop_one())();
    CHECK(turns == std::vector<std::size_t>{0, 1, 2, 1});
    CHECK(queue.push(1, from(1), 1));  // room was made
}

TEST_CASE("a source's tasks keep so many bytes alive and no more, whatever the others have") {
    WorkQueue queue(2);
    const auto task = [] {};
    CHECK_FALSE(queue.push(1, task, WorkQueue::bytes_max + 1));
    CHECK(queue.push(1, task, WorkQueue::bytes_max));
    CHECK_FALSE(queue.push(1, task, 1));
    CHECK(queue.push(0, task, WorkQueue::bytes_max));
    queue.pop_one();
    queue.pop_one();
    CHECK(queue.push(1, task, 1));
}

TEST_CASE("a worker that is stopped does what waits, takes nothing more, and ends") {
    WorkQueue queue(1);
    std::size_t done = 0;
    const auto task = [&done] { ++done; };
    std::thread worker([&] {
        while (const auto next = queue.pop_one()) (*next)();
    });
    for (int i = 0; i < 100; ++i) CHECK(queue.push(0, task, 0));
    queue.stop();
    worker.join();
    CHECK(done == 100);
    CHECK_FALSE(queue.push(0, task, 0));
    CHECK_FALSE(queue.pop_one());
}

}  // namespace xinlian::node

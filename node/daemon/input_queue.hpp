// What waits for the replica's thread (inputs) and for the workers (tasks): of peers and clients, who take turns.
#pragma once

#include <functional>

#include "node/daemon/source_queue.hpp"
#include "node/replica/effects.hpp"

namespace xinlian::node {

class Replica;

class InputQueue : public SourceQueue<std::function<void(Replica&, Clock)>> {
public:
    using Input = std::function<void(Replica&, Clock)>;
    static constexpr std::size_t inputs_max = 50'000;
    static constexpr std::size_t bytes_max = 256u << 20;
    static constexpr std::size_t turn_inputs_max = 256;  // one journal sync covers a turn
    static constexpr std::size_t part_inputs_min = 1'000;
    static constexpr std::size_t part_bytes_min = 12u << 20;  // a frame always fits

    explicit InputQueue(std::size_t sources)
        : SourceQueue(sources, {inputs_max, bytes_max, part_inputs_min, part_bytes_min}) {}

    // The next turn's inputs.
    template <class TimePoint>
    std::vector<Input> pop(TimePoint until) {
        return SourceQueue::pop(until, turn_inputs_max);
    }
};

class WorkQueue : public SourceQueue<std::function<void()>> {
public:
    // Of one source: no other can fill its room. A frame always fits.
    static constexpr std::size_t tasks_max = 2'048;
    static constexpr std::size_t bytes_max = 12u << 20;

    explicit WorkQueue(std::size_t sources) : SourceQueue(sources, {tasks_max * sources, bytes_max * sources, 0, 0}) {}
};

}  // namespace xinlian::node

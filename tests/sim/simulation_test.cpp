#include "tests/sim/simulation.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>

using namespace xinlian;
using namespace xinlian::sim;

namespace {

bool all_committed(const Simulation& sim, Tx tx) {
    for (std::size_t i = 0; i < sim.nodes(); ++i) {
        if (sim.up(i) && !sim.committed(i, tx)) return false;
    }
    return true;
}

}  // namespace

TEST_CASE("four members order a transaction and fall silent") {
    Simulation sim({.seed = 7, .members = 4, .twin = {}, .timing = {}});
    sim.run_until(Time{100});
    for (Tx tx = 1; tx <= 20; ++tx) {
        sim.submit(tx);
        REQUIRE(sim.run_until(sim.now() + Duration{2'000}, [&] { return all_committed(sim, tx); }));
    }
    CHECK(sim.oracle().broken().empty());
    CHECK(sim.height(0) >= 20);
    sim.run_until(sim.now() + Duration{2'000});
    const std::uint64_t before = sim.sent();
    sim.run_until(sim.now() + Duration{30'000});
    CHECK(sim.sent() == before);
}

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/sim/scenario.hpp"
#include "tests/sim/stranger.hpp"

using namespace xinlian;
using namespace xinlian::sim;

TEST_CASE("the same seed gives the same run, byte for byte, and another seed another") {
    Casts casts;
    for (const std::uint64_t seed : {3u, 77u}) {
        CHECK(play(random_page(seed), "/tmp/x", casts).trace == play(random_page(seed), "/tmp/x", casts).trace);
    }
}

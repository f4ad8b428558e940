// Tests the enumeration of schedules: their number, their partitions and leaders, and their ids.
#include "tests/twins/schedule.hpp"

#include <catch2/catch.hpp>
#include <set>

using namespace xinlian;
using namespace xinlian::twins;

TEST_CASE("four members with one doubled have 64 rounds, and three of these 262,144 schedules") {
    const Shape shape{4, 1, 3};
    CHECK(shape.nodes() == 5);
    CHECK(shape.choices() == 64);
    CHECK(shape.total() == 262'144);
    CHECK_FALSE(Shape{7, 2, 7}.total());  // 1,792 to the seventh
}

TEST_CASE("the numbers of a round are all partitions into two sides with all leaders, each once") {
    const Shape shape{4, 1, 1};
    std::set<std::string> seen;
    for (const Schedule& schedule : every(shape, 1)) {
        std::string round = std::to_string(schedule.leader(1));
        for (std::size_t node = 0; node < 5; ++node) round += schedule.together(1, 0, node) ? " 0" : " 1";
        seen.insert(round);
    }
    CHECK(seen.size() == 64);
}

TEST_CASE("being on one side is mutual, and after the last round all nodes are, led in turn") {
    const Schedule schedule(Shape{4, 1, 2}, {4 * 0b1010 + 3, 1});
    CHECK(schedule.leader(1) == 3);
    CHECK(schedule.together(1, 0, 1));
    CHECK_FALSE(schedule.together(1, 0, 2));
    CHECK_FALSE(schedule.together(1, 2, 0));
    CHECK(schedule.together(1, 2, 4));
    CHECK(schedule.leader(2) == 1);
    CHECK(schedule.together(2, 0, 2));
    CHECK_FALSE(schedule.is_scheduled(0));
    CHECK_FALSE(schedule.is_scheduled(3));
    CHECK(schedule.together(3, 0, 2));
    CHECK(schedule.leader(3) == 3);
    CHECK(schedule.leader(4) == 0);
}

TEST_CASE("a schedule's id reads back, and nothing else is taken for one") {
    for (const char* id : {"4+1:17.3.60", "7+2:0.1791", "4+0:3", "16+8:1"}) {
        const auto schedule = Schedule::from_id(id);
        REQUIRE(schedule.ok());
        CHECK(schedule->id() == id);
    }
    for (const char* id : {"", "4", "4+1", "4+1:", "4+1:64", "4+1:1.", "4+1:.1", "4+5:1", "0+0:0", "17+1:0", "4+1:-1",
                           "4+1:1 ", "4-1:1", "99999999999999999999+1:1"}) {
        CHECK_FALSE(Schedule::from_id(id).ok());
    }
}

TEST_CASE("a sample repeats nothing, is the same for its seed, and is everything if that is asked for") {
    const Shape shape{4, 1, 1};
    const auto some = sample(shape, 60, 1);  // of 64: by chance alone there would be repeats
    CHECK(std::set<Schedule>(some.begin(), some.end()).size() == 60);
    CHECK(some == sample(shape, 60, 1));
    CHECK(some != sample(shape, 60, 2));
    CHECK(sample(shape, 65, 1) == every(shape, 1));
    CHECK(every(shape, 10).size() == 7);
}

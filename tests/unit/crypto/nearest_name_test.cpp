#include "crypto/nearest_name.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <string>

using namespace xinlian;

namespace {

constexpr std::array<std::string_view, 3> known{"listen", "level", "folder"};

}  // namespace

TEST_CASE("the nearest name is the one with the fewest edits") {
    CHECK(nearest_name("listn", known) == "listen");
    CHECK(nearest_name("flder", known) == "folder");
    CHECK(nearest_name("level", known) == "level");
    CHECK(nearest_name("xyzxyz", known) == "listen");  // six edits from two of them: the first
    CHECK(nearest_name("", known) == "level");
}

TEST_CASE("a name beyond the permitted number of edits is not named") {
    CHECK(nearest_name("listn", known, 1) == "listen");
    CHECK(nearest_name("listn", known, 0).empty());
    CHECK(nearest_name("level", known, 0) == "level");
    CHECK(nearest_name("xyzxyz", known, 3).empty());
    CHECK(nearest_name("a", {}).empty());
}

TEST_CASE("only the beginning of a long name is compared") {
    const std::string begun(compared_name_bytes_max, 'a');
    const std::array<std::string_view, 2> names{"b", begun};
    CHECK(nearest_name(begun + std::string(1'000'000, 'b'), names, 0) == begun);
}

#include "node/client/json_reading.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

using namespace xinlian;
using namespace xinlian::node;

TEST_CASE("an answer that is not a JSON object is refused") {
    for (const std::string text : {"", "[]", "7", "{", "{\"a\":1}x", "<html>"}) {
        INFO(text);
        const auto json = parse_object(text);
        REQUIRE_FALSE(json.ok());
        CHECK(json.error().code == Errc::malformed);
    }
}

TEST_CASE("a member is read only if it is of the kind that is asked for") {
    const auto object = parse_object(
        R"({"zero":0,"most":18446744073709551615,"negative":-1,"real":1.0,"text":"一","yes":true,"null":null})");
    REQUIRE(object.ok());
    CHECK(number_in(*object, "zero") == 0);
    CHECK(number_in(*object, "most") == 18446744073709551615U);
    for (const char* other : {"negative", "real", "text", "yes", "null", "missing"}) {
        INFO(other);
        CHECK_FALSE(number_in(*object, other));
        CHECK(number_of(*object, other).error().code == Errc::malformed);
        CHECK(number_of(*object, other).error().text.find(other) != std::string::npos);
    }
    CHECK(text_in(*object, "text") == "一");
    CHECK_FALSE(text_in(*object, "zero"));
    CHECK(text_of(*object, "null").error().code == Errc::malformed);
    CHECK(truth_in(*object, "yes") == true);
    CHECK_FALSE(truth_in(*object, "zero"));
    CHECK(small_number_of(*object, "most").error().text.find("out-of-range value of \"most\"") != std::string::npos);
    CHECK_FALSE(hash_of(*object, "text").ok());
}

// Tests canonical JSON (RFC 8785) and the refusal of anything but strict JSON.
#include "crypto/jcs.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/crypto/shared_vectors.hpp"

using namespace xinlian;

TEST_CASE("numbers print as ECMAScript prints them") {
    const std::pair<const char*, const char*> numbers[] = {{"0", "0"},
                                                           {"-0", "0"},
                                                           {"-0.0", "0"},
                                                           {"1", "1"},
                                                           {"-1", "-1"},
                                                           {"10", "10"},
                                                           {"1.0", "1"},
                                                           {"4.50", "4.5"},
                                                           {"2e-3", "0.002"},
                                                           {"0.000001", "0.000001"},
                                                           {"1e-7", "1e-7"},
                                                           {"1.5e-9", "1.5e-9"},
                                                           {"1E30", "1e+30"},
                                                           {"1e21", "1e+21"},
                                                           {"1e20", "100000000000000000000"},
                                                           {"333333333.33333329", "333333333.3333333"},
                                                           {"0.000000000000000000000000001", "1e-27"},
                                                           {"5e-324", "5e-324"},
                                                           {"1.7976931348623157e308", "1.7976931348623157e+308"},
                                                           {"9007199254740992", "9007199254740992"},
                                                           {"295147905179352825856", "295147905179352830000"},
                                                           {"999999999999999900000", "999999999999999900000"},
                                                           {"1424953923781206.25", "1424953923781206.2"},
                                                           {"-0.0000033333333333333333", "-0.0000033333333333333333"},
                                                           {"123456.789", "123456.789"}};
    for (const auto& [in, out] : numbers) {
        INFO(in);
        CHECK(jcs(in).value() == out);
    }
}

TEST_CASE("members are sorted by UTF-16 units, and space goes") {
    CHECK(jcs(" { \"b\" : [ 1 , true , null ] , \"a\" : { } } ").value() == R"({"a":{},"b":[1,true,null]})");
    // U+1F600 starts with D83D in UTF-16 and so comes before U+FB33, though not in UTF-8.
    CHECK(jcs("{\"\\ufb33\":1,\"\\ud83d\\ude00\":2}").value() == "{\"\xf0\x9f\x98\x80\":2,\"\xef\xac\xb3\":1}");
    CHECK(jcs(R"(["\u0041\/\n\u001f\u20ac"])").value() == "[\"A/\\n\\u001f\xe2\x82\xac\"]");
    CHECK(jcs(R"({"":{"":[[]]}})").value() == R"({"":{"":[[]]}})");
}

TEST_CASE("what is not strict JSON is refused with its place") {
    for (const char* text :
         {"",         " ",     "{",       "}",        "[",          "[1",          "[1,]",
          "[,1]",     "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",       "{1:1}",
          "'a'",      "\"",    "\"\\\"",  "\"\\x\"",  "\"\\u12\"",  "\"\\u12g4\"", "\"\n\"",
          "\"\x01\"", "tru",   "nul",     "True",     "NaN",        "Infinity",    "01",
          "-",        "-01",   "+1",      ".5",       "1.",         "1e",          "1e+",
          "0x10",     "1 1",   "[] []",   "{}x",      "// c\n1",    "[1]\x0b",     "\xef\xbb\xbf[]"}) {
        INFO(text);
        const auto out = jcs(text);
        REQUIRE_FALSE(out);
        CHECK(out.error().code == Errc::malformed);
        CHECK(out.error().text.find("at byte ") != std::string::npos);
    }
    CHECK_FALSE(jcs(std::string_view("1\0", 2)));
    CHECK_FALSE(jcs(std::string_view("\"\0\"", 3)));
}

TEST_CASE("a name twice is refused, also when it is spelled in two ways") {
    CHECK_FALSE(jcs(R"({"a":1,"a":1})"));
    CHECK_FALSE(jcs(R"({"a":1,"b":2,"\u0061":3})"));
    CHECK_FALSE(jcs(R"([{"x":{"":1,"":2}}])"));
    CHECK(jcs(R"({"a":{"a":1}})"));
}

TEST_CASE("numbers beyond a double are refused") {
    for (const char* text : {"1e309", "-1e309", "1e999999999999", "1e-400"}) CHECK_FALSE(jcs(text));
}

TEST_CASE("text that is not UTF-8, and lone surrogates, are refused") {
    for (const char* text : {"\x80",
                             "\xc0\xaf",
                             "\xc1\x81",
                             "\xc3",
                             "\xc3(",
                             "\xe0\x80\xaf",
                             "\xed\xa0\x80",
                             "\xed\xbf\xbf",
                             "\xe2\x82",
                             "\xf0\x80\x80\xaf",
                             "\xf4\x90\x80\x80",
                             "\xf5\x80\x80\x80",
                             "\xf0\x9f\x98",
                             "\xff",
                             "\\ud800",
                             "\\udc00",
                             "\\ud800x",
                             "\\ud800\\u0041",
                             "\\ud800\\ud800",
                             "\\udc00\\ud800"}) {
        INFO(text);
        CHECK_FALSE(jcs("\"" + std::string(text) + "\""));
    }
    CHECK(jcs("\"\\ud800\\udc00\\udbff\\udfff\"").value() == "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"");
}

TEST_CASE("nesting is taken to its limit and refused one above") {
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    CHECK(jcs(nested(jcs_depth_max)).value() == nested(jcs_depth_max));
    CHECK_FALSE(jcs(nested(jcs_depth_max + 1)));
    CHECK_FALSE(jcs(std::string(1000000, '[')));
    CHECK_FALSE(jcs(std::string(100000, '{')));
}

TEST_CASE("the canonical form is its own canonical form, and the published examples agree") {
    for (const std::string name : {"arrays", "french", "structures", "unicode", "values", "weird"}) {
        XL_SHARED_FILE(input, "vectors/jcs/input/" + name + ".json");
        XL_SHARED_FILE(output, "vectors/jcs/output/" + name + ".json");
        INFO(name);
        const std::string expected = output.ends_with('\n') ? output.substr(0, output.size() - 1) : output;
        CHECK(jcs(input).value() == expected);
        CHECK(jcs(expected).value() == expected);
    }
}

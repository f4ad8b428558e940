// Tests hexadecimal and base64 text.
#include "crypto/bytes.hpp"

#include <catch2/catch.hpp>

#include "crypto/random.hpp"

using namespace xinlian;

TEST_CASE("hexadecimal text reads back, in either case, and prints lower case") {
    CHECK(to_hex(Bytes{0x00, 0x9f, 0xff}) == "009fff");
    CHECK(from_hex("009FfF").value() == Bytes{0x00, 0x9f, 0xff});
    CHECK(from_hex("").value().empty());
}

TEST_CASE("what is not hexadecimal is refused with its place") {
    for (const char* text : {"0", "0g", "g0", "0x", " 00", "00 ", "0-", "\xc3\xa9", "+1"}) {
        const auto bytes = from_hex(text);
        REQUIRE_FALSE(bytes);
        CHECK(bytes.error().code == Errc::malformed);
    }
    CHECK(from_hex("00zz").error().text.find("character 2") != std::string::npos);
}

TEST_CASE("base64 knows the examples of RFC 4648") {
    const std::pair<const char*, const char*> examples[] = {{"", ""},
                                                            {"f", "Zg=="},
                                                            {"fo", "Zm8="},
                                                            {"foo", "Zm9v"},
                                                            {"foob", "Zm9vYg=="},
                                                            {"fooba", "Zm9vYmE="},
                                                            {"foobar", "Zm9vYmFy"}};
    for (const auto& [text, encoded] : examples) {
        CHECK(to_base64(as_bytes(text)) == encoded);
        CHECK(from_base64(encoded).value() == to_bytes(text));
    }
    Bytes all(256);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
    CHECK(from_base64(to_base64(all)).value() == all);
}

TEST_CASE("base64 that is not the one spelling of its bytes is refused") {
    for (const char* text : {"Zg", "Zg=", "Zg===", "=", "====", "Z===", "Zh==", "Zm9=", "Zm9v=", "Zm9vYg==Zg==", "Zm-v",
                             "Zm_v", "Zm9v\n", "Zm 9", "=m9v", "Zm=v", "Zg==\n\n\n\n"}) {
        INFO(text);
        const auto bytes = from_base64(text);
        REQUIRE_FALSE(bytes);
        CHECK(bytes.error().code == Errc::malformed);
    }
}

TEST_CASE("bytes compare in constant time by length and content") {
    const Bytes a{1, 2, 3};
    CHECK(equal_constant_time(a, Bytes{1, 2, 3}));
    CHECK(equal_constant_time({}, {}));
    CHECK_FALSE(equal_constant_time(a, Bytes{1, 2, 4}));
    CHECK_FALSE(equal_constant_time(a, Bytes{0, 2, 3}));
    CHECK_FALSE(equal_constant_time(a, Bytes{1, 2}));
}

TEST_CASE("every error code has a name of its own, and a place can be put before an error") {
    std::vector<std::string_view> names;
    for (int code = 0; code <= static_cast<int>(Errc::unsupported); ++code)
        names.push_back(name_of(static_cast<Errc>(code)));
    std::sort(names.begin(), names.end());
    CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
    CHECK(within("row 17", Error{Errc::malformed, "not a date"}).text == "row 17: not a date");
}

TEST_CASE("random hashes differ") {
    CHECK(random_hash() != random_hash());
    CHECK_FALSE(random_hash().is_zero());
}

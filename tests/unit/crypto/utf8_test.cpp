// Tests the validation, reading and writing of UTF-8.
#include "crypto/utf8.hpp"

#include <catch2/catch.hpp>

using namespace xinlian;

TEST_CASE("bytes that are not UTF-8 are found") {
    CHECK(find_invalid_utf8("征信链") == std::string_view::npos);
    CHECK(find_invalid_utf8("a\xC0\x80") == 1);         // overlong
    CHECK(find_invalid_utf8("\xED\xA0\x80") == 0);      // surrogate
    CHECK(find_invalid_utf8("ab\xE5\xBE") == 2);        // cut off
    CHECK(find_invalid_utf8("\xF4\x90\x80\x80") == 0);  // above U+10FFFF
}

TEST_CASE("a character that is whole has its length, and one that is not has none") {
    const std::string_view text = "aé征😀";
    CHECK(valid_length(text, 0) == 1);
    CHECK(valid_length(text, 1) == 2);
    CHECK(valid_length(text, 3) == 3);
    CHECK(valid_length(text, 6) == 4);
    CHECK(valid_length(text, 2) == 0);                // in the middle
    CHECK(valid_length(text.substr(0, 9), 6) == 0);   // cut off
    CHECK(valid_length("\xF5\x80\x80\x80", 0) == 0);  // no such lead
    CHECK(valid_length("\xF0\x80\x80\x80", 0) == 0);  // overlong
    CHECK(valid_length("\xE0\x80\x80", 0) == 0);      // overlong
    CHECK(valid_length("\xEF\xBF\xBF", 0) == 3);      // the last of three bytes
    CHECK(valid_length("\xF4\x8F\xBF\xBF", 0) == 4);  // the last of all
}

TEST_CASE("characters are read and written alike") {
    const std::u32string_view characters = U"a\u007F\u0080\u07FF\u0800\uFFFF\U00010000\U0010FFFF";
    std::string text;
    for (const char32_t c : characters) append_utf8(text, c);
    CHECK(find_invalid_utf8(text) == std::string_view::npos);
    CHECK(count_utf8(text) == characters.size());
    std::size_t at = 0;
    for (const char32_t c : characters) CHECK(next_utf8(text, at) == c);
    CHECK(at == text.size());
}

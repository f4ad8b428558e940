// UTF-8 as Unicode 15, table 3-7, defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace xinlian {

// Length of the well-formed character at `at`, which is inside the text; 0 if there is none.
std::size_t valid_length(std::string_view text, std::size_t at);
// Offset of the first byte that is not UTF-8, or npos.
std::size_t find_invalid_utf8(std::string_view text);
void append_utf8(std::string& out, char32_t c);
// Reads one character of valid UTF-8 and advances `at`.
char32_t next_utf8(std::string_view text, std::size_t& at);
// Number of characters of valid UTF-8.
std::size_t count_utf8(std::string_view text);

}  // namespace xinlian

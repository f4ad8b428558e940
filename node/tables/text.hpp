// Converts text from files to canonical text: half-width, NFC, trimmed spaces, nulls recognised. It works in one pass
// and calls ICU only for characters outside the common range.
#pragma once

#include <string>
#include <string_view>

#include "crypto/bytes.hpp"

namespace xinlian::node {

// Replaces an undecodable byte of the file. It is a noncharacter, so that no valid file contains it.
inline constexpr char32_t undecodable_mark = 0xFDD0;

struct Cleaned {
    std::string text;  // UTF-8, NFC, trimmed; empty if null
    std::size_t chars = 0;
    bool null = false;         // empty, \N, NULL, null
    bool replacement = false;  // U+FFFD: an earlier program could not decode it
    bool undecodable = false;  // undecodable_mark
    bool private_use = false;  // a private-use character, which has a meaning only at its source
    bool control = false;      // a control character other than a line break
    bool long_digits = false;  // has 17 consecutive digits: may contain a resident id
};

// `out` is reused: its memory is kept.
//   U+FF01…FF5E become ASCII, all kinds of spaces one space, U+FEFF and U+200B vanish, \r\n and \r become \n, a tab a
//   space, the two characters \n a line break; the private-use characters which GB 18030-2005 gave to 18 punctuation
//   marks and 8 ideographs become the assigned ones of GB 18030-2022, so that old and new encodings agree.
// Idempotent.
void clean(std::string_view raw, Cleaned& out);

// Removes line breaks, for one-line fields.
void join_lines(std::string& text);

// Offset of the first byte that is not UTF-8, or npos. Rejects surrogates and overlong forms.
std::size_t find_invalid_utf8(std::string_view text);
void append_utf8(std::string& out, char32_t c);
// Reads one character of valid UTF-8 and advances `at`.
char32_t next_utf8(std::string_view text, std::size_t& at);
std::size_t count_utf8(std::string_view text);

}  // namespace xinlian::node

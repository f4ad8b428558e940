// Text as people and files write it, folded to one width: the first step of reading a company's code, a document number
// or any cell of a file. It needs no table of Unicode; node/tables/text adds the composition that does (NFC).
#pragma once

#include <string>
#include <string_view>

namespace xinlian::ledger {

// Stands for a byte of a file that has no meaning in its encoding. A noncharacter: no right file holds it.
inline constexpr char32_t undecodable_mark = 0xFDD0;

struct FoldedText {
    std::string text;
    bool replacement = false;  // U+FFFD: an earlier program could not read it
    bool undecodable = false;  // undecodable_mark
    bool private_use = false;  // a character that means something only where it was made
    bool control = false;      // a control character other than a line break
    bool long_digits = false;  // has 17 digits in a row: may hold a resident id
    bool may_compose = false;  // has a character that NFC may change
};

// `raw` is UTF-8. `out` is reused: its memory is kept.
//   U+FF01…FF5E become ASCII, all kinds of spaces one space, U+FEFF and U+200B vanish, \r\n and \r become \n, a tab a
//   space, the two characters \n a line break; the private-use characters which GB 18030-2005 gave to 18 punctuation
//   marks and 8 ideographs become the assigned ones of GB 18030-2022, so that old and new encodings agree.
// Idempotent.
void fold(std::string_view raw, FoldedText& out);

// Removes spaces and line breaks at both ends.
void trim(std::string& text);
// For one-line fields: line breaks vanish.
void join_lines(std::string& text);

}  // namespace xinlian::ledger

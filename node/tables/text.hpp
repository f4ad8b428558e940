// Text as files hold it, made into canonical text: half-width, NFC, no stray spaces, nulls recognised. One pass; ICU is
// asked only where a character outside the common range appears.
#pragma once

#include <string>
#include <string_view>

#include "ledger/entry/folded_text.hpp"

namespace xinlian::node {

using ledger::join_lines;
using ledger::undecodable_mark;

// The text is UTF-8, folded, NFC, trimmed; empty if null.
struct Cleaned : ledger::FoldedText {
    std::size_t chars = 0;
    bool null = false;  // empty, \N, NULL, null
};

// ledger::fold, then NFC. `out` is reused: its memory is kept. Idempotent.
void clean(std::string_view raw, Cleaned& out);

}  // namespace xinlian::node

#include "ledger/entry/document_number.hpp"

#include "crypto/utf8.hpp"
#include "ledger/entry/folded_text.hpp"

namespace xinlian::ledger {

namespace {

Error wrong(std::string what) { return {Errc::malformed, "the document number " + std::move(what)}; }

bool take(std::string_view& text, std::string_view what) {
    if (!text.starts_with(what)) return false;
    text.remove_prefix(what.size());
    return true;
}

std::string with_unified_brackets(std::string_view rest) {
    std::string out;
    out.reserve(rest.size() + 8);
    while (!rest.empty()) {
        if (take(rest, "【") || take(rest, "[") || take(rest, "(")) {
            out += "〔";
        } else if (take(rest, "】") || take(rest, "]") || take(rest, ")")) {
            out += "〕";
        } else {
            out += rest.front();
            rest.remove_prefix(1);
        }
    }
    return out;
}

}  // namespace

Result<DocumentNumber> DocumentNumber::parse(std::string_view text) {
    if (const std::size_t bad = find_invalid_utf8(text); bad != std::string_view::npos) {
        return wrong("is not UTF-8 at byte " + std::to_string(bad));
    }
    FoldedText folded;
    fold(text, folded);
    if (folded.control) return wrong("contains a control character; remove it");
    if (folded.replacement || folded.undecodable) {
        return wrong(
            "contains the replacement character U+FFFD: a character was lost; copy the number from its source again");
    }
    trim(folded.text);
    join_lines(folded.text);
    if (folded.text.empty()) return wrong("is empty");
    const std::size_t chars = count_utf8(folded.text);
    if (chars > document_chars_max) {
        return wrong("has " + std::to_string(chars) + " characters; at most " + std::to_string(document_chars_max) +
                     " are allowed");
    }
    return DocumentNumber(with_unified_brackets(folded.text));
}

}  // namespace xinlian::ledger

// The number of a decision's document: 文书号, "沪市监罚〔2026〕1号". Only a DocumentNumber reaches a record id or the
// vault's index, so that every spelling of a number finds the same record.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "crypto/result.hpp"

namespace xinlian::ledger {

inline constexpr std::size_t document_chars_max = 128;

class DocumentNumber {
public:
    // `text` is UTF-8 in NFC (node/tables/value.hpp's read_document brings it there: the ledger has no tables of
    // Unicode). Folds it (ledger/entry/folded_text.hpp), drops line breaks and blanks at its ends, and makes the
    // brackets 【】 [] () ［］ （） all 〔〕. Errc::malformed says what is wrong with an empty or too long text, and
    // with one that holds control or replacement characters.
    static Result<DocumentNumber> parse(std::string_view text);
    const std::string& text() const { return text_; }  // canonical
    auto operator<=>(const DocumentNumber&) const = default;

private:
    explicit DocumentNumber(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

}  // namespace xinlian::ledger

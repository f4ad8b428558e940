// The code of a company: 统一社会信用代码 (GB 32100-2015). Only a SubjectCode reaches a subject tag, so that every
// spelling of a code gives the same tag, and what is no code gives none.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "crypto/result.hpp"

namespace xinlian::ledger {

enum class CodeFault : unsigned char { none, masked, scientific, several, format, resident_id, check_digit };
// What a text was read as.
struct CodeReading {
    std::string text;  // the canonical code if the fault is none or check_digit
    CodeFault fault = CodeFault::format;
};
// Folds the text (ledger/entry/folded_text.hpp), drops blanks and line breaks, and makes letters capital.
CodeReading read_code(std::string_view text);
// Says what is wrong, and where. Never repeats the text: it may be a natural person's number.
std::string reason_of(const CodeReading& reading);
char code_check_symbol(std::string_view first_17);  // '?' if there are not 17, or one is not of the alphabet

// Some early codes are registered with a wrong check digit. An import and a list take them; what a person types may not
// be one unless they say so.
enum class CheckDigit : unsigned char { required, any };

class SubjectCode {
public:
    // Errc::malformed says what is wrong with a text that is no code.
    static Result<SubjectCode> parse(std::string_view text, CheckDigit check_digit = CheckDigit::required);
    const std::string& text() const { return text_; }  // canonical: 18 digits and capital letters
    auto operator<=>(const SubjectCode&) const = default;

private:
    explicit SubjectCode(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

// GB 11643-1999 with a right birthday and check digit.
bool is_resident_id(std::string_view text);

}  // namespace xinlian::ledger

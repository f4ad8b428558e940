// Companies' codes and document numbers for tests.
#pragma once

#include "crypto/check.hpp"
#include "ledger/entry/document_number.hpp"
#include "ledger/entry/subject_code.hpp"

namespace xinlian::test {

// The code that begins with these 17 characters.
inline ledger::SubjectCode code_beginning(std::string_view first_17) {
    const auto code = ledger::SubjectCode::parse(std::string(first_17) + ledger::code_check_symbol(first_17));
    XL_CHECK(code.ok());
    return *code;
}

// A text that is a code, whatever its check digit, or a document number.
inline ledger::SubjectCode code_of(std::string_view text) {
    const auto code = ledger::SubjectCode::parse(text, ledger::CheckDigit::any);
    XL_CHECK(code.ok());
    return *code;
}
inline ledger::DocumentNumber document_of(std::string_view text) {
    const auto number = ledger::DocumentNumber::parse(text);
    XL_CHECK(number.ok());
    return *number;
}

}  // namespace xinlian::test

// What a command is about, as typed on the command line: read before the command opens or contacts anything, so that
// what names nothing is refused at once.
#pragma once

#include <optional>
#include <string>

#include "ledger/entry/document_number.hpp"
#include "ledger/entry/subject_code.hpp"
#include "node/cli/cli.hpp"

namespace xinlian::node {

// --subject CODE, with --any-check-digit.
struct SubjectArgument {
    std::optional<std::string> typed;
    bool any_check_digit = false;
    std::optional<ledger::SubjectCode> code;  // by read(), if anything was typed

    Option add_to(Command names, const char* what);  // into a group of options, or the command itself
    void add_check_digit_to(Command command, const Cli& cli);
    Status read();  // Errc::malformed
};

// --document NUMBER.
struct DocumentArgument {
    std::optional<std::string> typed;
    std::optional<ledger::DocumentNumber> number;  // by read(), if anything was typed

    Option add_to(Command names, const char* what);
    Status read();  // Errc::malformed
};

}  // namespace xinlian::node

#include "node/cli/arguments.hpp"

#include "node/tables/value.hpp"

namespace xinlian::node {

Option SubjectArgument::add_to(Command names, const char* what) { return names.option("--subject", typed, what); }

void SubjectArgument::add_check_digit_to(Command command, const Cli& cli) {
    command.flag("--any-check-digit", any_check_digit,
                 cli.say("--subject 的校验位不符也接受（少数早期代码确实如此）",
                         "accept a --subject whose check digit is wrong, as in a few early codes"));
}

Status SubjectArgument::read() {
    if (!typed) return {};
    auto parsed =
        ledger::SubjectCode::parse(*typed, any_check_digit ? ledger::CheckDigit::any : ledger::CheckDigit::required);
    if (parsed) {
        code = *std::move(parsed);
        return {};
    }
    Error why = within("--subject", std::move(parsed).error());
    if (ledger::SubjectCode::parse(*typed, ledger::CheckDigit::any)) {
        why.text += ". If the code is registered like this, add --any-check-digit";
    }
    return why;
}

Option DocumentArgument::add_to(Command names, const char* what) { return names.option("--document", typed, what); }

Status DocumentArgument::read() {
    if (!typed) return {};
    auto parsed = read_document(*typed);
    if (!parsed) return within("--document", std::move(parsed).error());
    number = *std::move(parsed);
    return {};
}

}  // namespace xinlian::node

// Times, statements and untrusted text as plain text for users.
#pragma once

#include <string>
#include <string_view>

#include "crypto/committee.hpp"
#include "crypto/time.hpp"
#include "node/wording/language.hpp"

namespace xinlian::node {

std::string statement_text(const Statement& statement, Language language);  // "notarize block 0f… in view 7"
std::string time_text(Time time);  // "2026-11-24 10:00:00" at +08:00, the federation's time zone
// Replaces control characters with spaces, so that untrusted text cannot control a terminal.
std::string printable(std::string_view text);

}  // namespace xinlian::node

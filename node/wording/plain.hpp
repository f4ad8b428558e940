// Times, statements and foreign text as plain text for people.
#pragma once

#include <string>
#include <string_view>

#include "crypto/committee.hpp"
#include "crypto/time.hpp"
#include "node/wording/language.hpp"

namespace xinlian::node {

std::string statement_text(const Statement& statement, Language language);  // "notarize block 0f… in view 7"
std::string time_text(Time time);  // "2026-11-24 10:00:00" at +08:00, the time of the whole federation
// Control characters become spaces, so that text from outside cannot move the cursor of a terminal.
std::string printable(std::string_view text);

}  // namespace xinlian::node

// The language of messages to users.
#pragma once

#include <string>

namespace xinlian::node {

enum class Language : unsigned char { zh, en };

Language language_of_locale();  // zh if LC_ALL, LC_MESSAGES or LANG begins with zh

// Selects the text in the language.
inline const char* say(Language language, const char* zh, const char* en) { return language == Language::zh ? zh : en; }

// One text in both languages.
struct Wording {
    std::string zh, en;
    const std::string& in(Language language) const { return language == Language::zh ? zh : en; }
};

}  // namespace xinlian::node

#include "node/wording/language.hpp"

#include <cstdlib>
#include <string_view>

namespace xinlian::node {

Language language_of_locale() {
    // POSIX: the first variable that is set decides.
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
        const char* value = std::getenv(name);
        if (value == nullptr || *value == '\0') continue;
        return std::string_view(value).starts_with("zh") ? Language::zh : Language::en;
    }
    return Language::en;
}

}  // namespace xinlian::node

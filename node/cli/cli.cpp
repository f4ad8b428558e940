#include "node/cli/cli.hpp"

#include <boost/json.hpp>
#include <chrono>
#include <cstdlib>
#include <iostream>

namespace xinlian::node {

int exit_code_of(Errc code) {
    switch (code) {
        case Errc::invalid:
        case Errc::unknown_key:
        case Errc::conflict:
        case Errc::stale:
            return exit_refused;
        case Errc::malformed:
        case Errc::not_found:
        case Errc::too_large:
        case Errc::busy:
        case Errc::unavailable:
        case Errc::corrupt:
        case Errc::io:
        case Errc::unsupported:
            return exit_unknown;
    }
    return exit_unknown;
}

int Cli::fail(const Error& error) const {
    if (json) {
        const boost::json::object inner{{"code", name_of(error.code)}, {"message", error.text}};
        std::cerr << boost::json::serialize(boost::json::object{{"error", inner}}) << '\n';
    } else {
        std::cerr << say("错误：", "error: ") << error.text << '\n';
    }
    return exit_code_of(error.code);
}

Time system_now() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return Time{static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since).count())};
}

Language language_of_locale() {
    // POSIX: the first of these that is set decides.
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
        const char* value = std::getenv(name);
        if (value == nullptr || *value == '\0') continue;
        return std::string_view(value).starts_with("zh") ? Language::zh : Language::en;
    }
    return Language::en;
}

}  // namespace xinlian::node

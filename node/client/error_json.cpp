#include "node/client/error_json.hpp"

#include <array>
#include <boost/json.hpp>

#include "crypto/utf8.hpp"
#include "node/client/json_reading.hpp"
#include "node/wording/plain.hpp"

namespace xinlian::node {

namespace json = boost::json;

namespace {

constexpr std::array<Errc, 12> all_codes{Errc::malformed,   Errc::invalid, Errc::unknown_key, Errc::not_found,
                                         Errc::conflict,    Errc::stale,   Errc::too_large,   Errc::busy,
                                         Errc::unavailable, Errc::corrupt, Errc::io,          Errc::unsupported};

// An error may repeat the request, even cut in the middle of a character. JSON is UTF-8 (RFC 8259, 8.1).
std::string whole_characters(std::string_view text) {
    std::string out;
    while (true) {
        const std::size_t bad = find_invalid_utf8(text);
        out += text.substr(0, bad);
        if (bad == std::string_view::npos) return out;
        append_utf8(out, U'\uFFFD');
        text.remove_prefix(bad + 1);
    }
}

}  // namespace

json::object error_json(const Error& error) {
    return {
        {"error", json::object{{"code", std::string(name_of(error.code))}, {"message", whole_characters(error.text)}}}};
}

Error parse_error(int status, std::string_view body) {
    const std::string answered = "the node answered HTTP " + std::to_string(status);
    const auto object = parse_object(body);
    const json::value* error = object ? object->if_contains("error") : nullptr;
    const json::object* inner = error != nullptr ? error->if_object() : nullptr;
    const auto code = inner != nullptr ? text_in(*inner, "code") : std::nullopt;
    const auto message = inner != nullptr ? text_in(*inner, "message") : std::nullopt;
    if (!code || !message) {
        return Error{Errc::unavailable,
                     answered + " without an error message; check that the address belongs to a Xinlian node"};
    }
    const std::string said = printable(*message);
    for (const Errc known : all_codes) {
        if (*code == name_of(known)) return Error{known, "the node says: " + said};
    }
    return Error{Errc::unavailable, answered + ": " + said};
}

}  // namespace xinlian::node

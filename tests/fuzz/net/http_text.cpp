// Laws: the decoded target contains no control character and equals an independent decoding; error answers are JSON for
// every message; an event is read back as it was written, however its bytes were split.
#include "net/http_text.hpp"

#include <boost/json.hpp>

#include "crypto/utf8.hpp"
#include "tests/fuzz/input.hpp"

using namespace xinlian;
using namespace xinlian::net;

namespace {

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// The path of an accepted target: every "%" is followed by two digits.
std::string plain_path(std::string_view target) {
    std::string out;
    const std::string_view path = target.substr(0, target.find('?'));
    for (std::size_t at = 0; at < path.size(); ++at) {
        const bool encoded = path[at] == '%';
        out += encoded ? static_cast<char>(std::stoi(std::string(path.substr(at + 1, 2)), nullptr, 16)) : path[at];
        if (encoded) at += 2;
    }
    return out;
}

struct Event {
    std::string id, event, data;
    bool operator==(const Event&) const = default;
};

std::vector<Event> parsed(std::string_view stream, std::size_t step) {
    std::vector<Event> events;
    EventParser parser;
    for (std::size_t at = 0; at < stream.size(); at += step) {
        const auto outcome =
            parser.feed(stream.substr(at, step), [&](const auto& id, const auto& event, const auto& data) {
                events.push_back({std::string(id), std::string(event), std::string(data)});
                return true;
            });
        XL_CHECK(outcome == EventParser::Outcome::more);
    }
    return events;
}

std::string without(std::string text, std::string_view unwanted) {
    std::erase_if(text, [=](char c) { return unwanted.find(c) != std::string_view::npos; });
    return text;
}

std::string with_plain_line_ends(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\r') {
            out += text[i];
        } else if (i + 1 == text.size() || text[i + 1] != '\n') {
            out += '\n';
        }
    }
    return out;
}

void check_event(fuzz::Input input) {
    const std::string id(as_text(input.take(input.byte() % 16)));
    const std::string event(as_text(input.take(input.byte() % 16)));
    const std::string data(as_text(input.rest()));
    constexpr std::string_view line_ends("\r\n\0", 3);
    const std::string name = without(event, line_ends);
    const Event expected{without(id, line_ends), name.empty() ? "message" : name, with_plain_line_ends(data)};
    const auto events = parsed(event_text(id, event, data), 7);
    XL_CHECK(events.size() == 1);
    XL_CHECK(events.front() == expected);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const std::uint8_t mode = input.byte() % 4;
    fuzz::Input copy = input;
    const std::string_view text = as_text(copy.rest());
    HttpRequest request;
    boost::json::error_code error;
    switch (mode) {
        case 0:
            if (!parse_target(text, request)) break;
            XL_CHECK(is_target(text));
            XL_CHECK(request.path == plain_path(text));
            XL_CHECK(!has_control(request.path));
            XL_CHECK(request.path.starts_with('/'));
            for (const auto& [name, value] : request.query) XL_CHECK(!has_control(name) && !has_control(value));
            break;
        case 1:
            // Text that is not UTF-8 cannot be JSON.
            if (find_invalid_utf8(text) != std::string_view::npos) break;
            boost::json::parse(error_response(400, text, text).body, error);
            XL_CHECK(!error);
            break;
        case 2:
            XL_CHECK(parsed(text, 1) == parsed(text, std::max<std::size_t>(1, text.size())));
            break;
        case 3:
            check_event(input);
            break;
    }
    return 0;
}

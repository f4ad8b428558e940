// Text formats of HTTP: targets, errors, event streams. Independent of sockets. Private to net.
#pragma once

#include "net/http.hpp"

namespace xinlian::net {

inline constexpr std::size_t event_bytes_max = 16u << 20;  // one event, as a client takes it

// Whether the text is a request target in origin-form (RFC 9112, 3.2.1): a path, and perhaps a query, of the characters
// that RFC 3986 allows there. All others, also those outside ASCII, must be percent-encoded.
bool is_target(std::string_view text);

// Splits and decodes "/v1/blocks/7?proof=1", a "+" of the query as a space. False if it is no target, or if its
// percent-encoding hides a control character.
bool parse_target(std::string_view target, HttpRequest& request);

// {"error":{"code":"...","message":"..."}}
HttpResponse error_response(int status, std::string_view code, std::string_view message);

// One event of a stream, ready to be sent. Line ends in id and event would begin another field and are left out.
std::string event_text(std::string_view id, std::string_view event, std::string_view data);

// Reads an event stream as it arrives (WHATWG HTML §9.2.6).
class EventParser {
public:
    enum class Outcome { more, stopped, too_large };
    // `stopped` once on_event returned false; `too_large` above event_bytes_max.
    Outcome feed(std::string_view text, const HttpClient::OnEvent& on_event);

private:
    bool line_done(const HttpClient::OnEvent& on_event);  // false: stop

    std::string line_, id_, event_, data_;
    bool after_cr_ = false;
};

}  // namespace xinlian::net

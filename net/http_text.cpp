#include "net/http_text.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace xinlian::net {

namespace json = boost::json;
namespace urls = boost::urls;

namespace {

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string without_line_ends(std::string_view text) {
    std::string out(text);
    std::erase_if(out, [](char c) { return c == '\n' || c == '\r' || c == '\0'; });
    return out;
}

}  // namespace

bool is_target(std::string_view text) { return urls::parse_origin_form(text).has_value(); }

bool parse_target(std::string_view target, HttpRequest& request) {
    const auto parsed = urls::parse_origin_form(target);
    if (!parsed) return false;
    request.path = parsed->path();
    if (has_control(request.path)) return false;
    // By value: the view decodes into a new param at each step, so that a param_view would refer to one that is gone.
    for (const urls::param param : parsed->params()) {
        if (param.key.empty() && !param.has_value) continue;  // nothing between two "&"
        if (has_control(param.key) || has_control(param.value)) return false;
        request.query[std::string(param.key)] = param.value;
    }
    return true;
}

HttpResponse error_response(int status, std::string_view code, std::string_view message) {
    HttpResponse response;
    response.status = status;
    response.body = json::serialize(json::object{{"error", json::object{{"code", code}, {"message", message}}}});
    return response;
}

std::string event_text(std::string_view id, std::string_view event, std::string_view data) {
    std::string out;
    out.reserve(id.size() + event.size() + data.size() + 32);
    if (!id.empty()) out += "id: " + without_line_ends(id) + "\n";
    if (!event.empty()) out += "event: " + without_line_ends(event) + "\n";
    out += "data: ";
    for (std::size_t at = 0; at < data.size(); ++at) {
        if (data[at] == '\r' && at + 1 < data.size() && data[at + 1] == '\n') continue;
        if (data[at] == '\n' || data[at] == '\r') {
            out += "\ndata: ";
        } else {
            out += data[at];
        }
    }
    return out += "\n\n";
}

EventParser::Outcome EventParser::feed(std::string_view text, const HttpClient::OnEvent& on_event) {
    for (const char c : text) {
        const bool second_half = c == '\n' && after_cr_;
        after_cr_ = c == '\r';
        if (second_half) continue;
        if (c == '\n' || c == '\r') {
            if (!line_done(on_event)) return Outcome::stopped;
        } else {
            if (line_.size() + data_.size() >= event_bytes_max) return Outcome::too_large;
            line_ += c;
        }
    }
    return Outcome::more;
}

bool EventParser::line_done(const HttpClient::OnEvent& on_event) {
    const std::string line = std::exchange(line_, {});
    if (line.empty()) {
        const std::string event = std::exchange(event_, {});
        std::string data = std::exchange(data_, {});
        if (data.empty()) return true;  // such as a heartbeat, or an id alone
        data.pop_back();                // the last of the line ends added below
        return on_event(id_, event.empty() ? "message" : event, data);
    }
    const std::size_t colon = line.find(':');
    const std::string field = line.substr(0, colon);
    std::string value = colon == std::string::npos ? std::string() : line.substr(colon + 1);
    if (!value.empty() && value.front() == ' ') value.erase(0, 1);
    if (field == "data") data_ += value + "\n";
    if (field == "event") event_ = value;
    if (field == "id" && value.find('\0') == std::string::npos) id_ = value;
    return true;
}

}  // namespace xinlian::net

#include "net/http_text.hpp"

#include <algorithm>

namespace xinlian::net {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

enum class Part { path, query };

bool percent_decode(std::string_view text, Part part, std::string& out) {
    out.clear();
    for (std::size_t at = 0; at < text.size(); ++at) {
        char c = text[at];
        if (c == '%') {
            if (at + 2 >= text.size()) return false;
            const int high = hex_digit(text[at + 1]), low = hex_digit(text[at + 2]);
            if (high < 0 || low < 0) return false;
            c = static_cast<char>(high * 16 + low);
            at += 2;
        } else if (c == '+' && part == Part::query) {
            c = ' ';
        }
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
        out += c;
    }
    return true;
}

std::string json_escaped(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            out += "\\u00";
            out += digits[byte >> 4];
            out += digits[byte & 15];
        } else {
            out += c;
        }
    }
    return out;
}

std::string without_line_ends(std::string_view text) {
    std::string out(text);
    std::erase_if(out, [](char c) { return c == '\n' || c == '\r' || c == '\0'; });
    return out;
}

}  // namespace

bool parse_target(std::string_view target, HttpRequest& request) {
    if (target.empty() || target.front() != '/') return false;
    const std::size_t mark = target.find('?');
    if (!percent_decode(target.substr(0, mark), Part::path, request.path)) return false;
    if (mark == std::string_view::npos) return true;
    std::string_view rest = target.substr(mark + 1);
    std::string name, value;
    while (!rest.empty()) {
        const std::string_view pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
        if (pair.empty()) continue;
        const std::size_t equals = pair.find('=');
        const std::string_view right = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
        if (!percent_decode(pair.substr(0, equals), Part::query, name)) return false;
        if (!percent_decode(right, Part::query, value)) return false;
        request.query[name] = value;
    }
    return true;
}

HttpResponse error_response(int status, std::string_view code, std::string_view message) {
    HttpResponse response;
    response.status = status;
    response.body =
        "{\"error\":{\"code\":\"" + json_escaped(code) + "\",\"message\":\"" + json_escaped(message) + "\"}}";
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

#include "node/client/node_status.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "node/wording/outcome.hpp"
#include "node/wording/plain.hpp"
#include "node/wording/sentence.hpp"

namespace xinlian::node {

namespace {

using boost::json::object;

Error missing(const char* name) {
    return Error{Errc::malformed,
                 std::string("the node's status has no usable \"") + name + "\"; is it another version?"};
}

Result<std::uint64_t> number(const object& json, const char* name) {
    const auto* value = json.if_contains(name);
    if (value != nullptr && value->is_uint64()) return value->get_uint64();
    if (value != nullptr && value->is_int64() && value->get_int64() >= 0)
        return static_cast<std::uint64_t>(value->get_int64());
    return missing(name);
}

Result<bool> truth(const object& json, const char* name) {
    const auto* value = json.if_contains(name);
    if (value == nullptr || !value->is_bool()) return missing(name);
    return value->get_bool();
}

// A node's text is printed on a terminal, so control characters are removed.
Result<std::string> text(const object& json, const char* name) {
    const auto* value = json.if_contains(name);
    if (value == nullptr || !value->is_string()) return missing(name);
    return printable(std::string_view(value->get_string()));
}

std::string text_or_empty(const object& json, const char* name) {
    auto value = text(json, name);
    return value ? *std::move(value) : std::string();
}

Result<PeerStanding> parse_peer(const boost::json::value& value) {
    const object* json = value.if_object();
    if (json == nullptr) return missing("peers");
    PeerStanding peer;
    XL_TRY(peer.id, text(*json, "id"));
    XL_TRY(peer.connected, truth(*json, "connected"));
    peer.address = text_or_empty(*json, "address");
    peer.last_error = text_or_empty(*json, "last_error");
    if (const auto height = number(*json, "height")) peer.height = *height;
    return peer;
}

// Columns of the text on a terminal: two for Chinese and full-width characters.
std::size_t width_of(std::string_view utf8) {
    std::size_t width = 0;
    for (const char c : utf8) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xC0) == 0x80) continue;
        width += byte >= 0xE3 && byte <= 0xEF ? 2 : 1;  // approximately U+3000 to U+FFFF
    }
    return width;
}

using Columns = std::array<std::string, 6>;

std::string print_rows(const std::vector<Columns>& rows) {
    std::array<std::size_t, 6> widths{};
    for (const Columns& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
    }
    std::string out;
    for (const Columns& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += row[i] + std::string(widths[i] - width_of(row[i]) + 2, ' ');
        }
        while (line.ends_with(' ')) line.pop_back();
        out += line + "\n";
    }
    return out;
}

Columns row_of(const NodeStanding& node, Language language) {
    const auto connected =
        std::count_if(node.peers.begin(), node.peers.end(), [](const auto& p) { return p.connected; });
    const char* ready = node.halted  ? say(language, "已停", "halted")
                        : node.ready ? say(language, "是", "yes")
                                     : say(language, "否", "no");
    const std::string name =
        node.name.empty() || node.name == node.member ? node.member : node.member + " " + node.name;
    return {name,
            std::to_string(node.height),
            std::to_string(node.view),
            ready,
            std::to_string(connected) + "/" + std::to_string(node.peers.size()),
            std::to_string(node.log_size)};
}

std::string complaint(const NodeStanding& node, const PeerStanding& peer, Language language) {
    if (!peer.connected) {
        const std::string why =
            peer.last_error.empty() ? say(language, "尚未连上", "not connected yet") : peer.last_error;
        const std::string where =
            peer.address.empty() ? "" : say(language, "（", " (") + peer.address + say(language, "）", ")");
        return peer.id + where + say(language, "：未连接：", ": not connected: ") + why;
    }
    if (!peer.height || *peer.height + lag_max >= node.height) return {};
    const std::string lag = std::to_string(node.height - *peer.height), at = std::to_string(*peer.height);
    return language == Language::zh ? peer.id + "：落后 " + lag + " 块（高度 " + at + "），正在追赶"
                                    : peer.id + ": " + lag + " blocks behind (height " + at + "), catching up";
}

std::vector<std::string> complaints(const NodeStanding& node, Language language) {
    std::vector<std::string> lines;
    if (node.halted) lines.push_back(say(language, "已停止：", "halted: ") + node.halt_reason);
    if (!node.halted && !node.ready) {
        const std::string known = std::to_string(node.highest_known);
        lines.push_back(
            node.highest_known > node.height
                ? say(language, "未就绪：正在追赶，已知最高高度 ", "not ready: catching up, highest known height ") +
                      known
                : std::string(
                      say(language, "未就绪：还没有连上足够的成员", "not ready: too few members are connected")));
    }
    for (const PeerStanding& peer : node.peers) {
        std::string line = complaint(node, peer, language);
        if (!line.empty()) lines.push_back(std::move(line));
    }
    return lines;
}

}  // namespace

Result<NodeStanding> parse_standing(const object& json) {
    NodeStanding node;
    XL_TRY(node.member, text(json, "member"));
    XL_TRY(node.fingerprint, text(json, "fingerprint"));
    XL_TRY(node.height, number(json, "height"));
    XL_TRY(node.highest_known, number(json, "highest_known"));
    XL_TRY(node.view, number(json, "view"));
    XL_TRY(node.log_size, number(json, "log_size"));
    XL_TRY(node.ready, truth(json, "ready"));
    XL_TRY(node.halted, truth(json, "halted"));
    node.name = text_or_empty(json, "name");
    node.halt_reason = text_or_empty(json, "halt_reason");
    const auto* peers = json.if_contains("peers");
    if (peers == nullptr || !peers->is_array()) return missing("peers");
    for (const auto& value : peers->get_array()) {
        XL_TRY(PeerStanding peer, parse_peer(value));
        node.peers.push_back(std::move(peer));
    }
    return node;
}

std::string print_standings(const std::vector<AskedNode>& nodes, Language language) {
    std::vector<Columns> rows{{say(language, "节点", "node"), say(language, "高度", "height"),
                               say(language, "视图", "view"), say(language, "就绪", "ready"),
                               say(language, "已连接", "peers"), say(language, "条目", "entries")}};
    for (const AskedNode& node : nodes) {
        rows.push_back(node.standing ? row_of(*node.standing, language) : Columns{node.url, "-", "-", "-", "-", "-"});
    }
    std::string out = print_rows(rows);
    for (const AskedNode& node : nodes) {
        if (!node.standing) {
            const std::string why = printable(node.standing.error().text);  // often contains the address itself
            out += "  " + (why.starts_with(node.url) ? "" : node.url + say(language, "：", ": ")) + why + "\n";
            continue;
        }
        for (const std::string& line : complaints(*node.standing, language)) {
            out += "  " + node.standing->member + say(language, " → ", " -> ") + line + "\n";
        }
    }
    return out;
}

int exit_code_of(const std::vector<AskedNode>& nodes) {
    int code = exit_ok;
    for (const AskedNode& node : nodes) {
        if (!node.standing) return exit_unknown;
        if (!node.standing->ready || node.standing->halted) code = exit_refused;
    }
    return code;
}

}  // namespace xinlian::node

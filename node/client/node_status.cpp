#include "node/client/node_status.hpp"

#include <algorithm>
#include <array>

#include "node/wording/outcome.hpp"
#include "node/wording/plain.hpp"
#include "node/wording/sentence.hpp"

namespace xinlian::node {

namespace {

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

Columns row_of(const NodeStatus& node, Language language) {
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

std::string complaint(const NodeStatus& node, const ReportedPeer& peer, Language language) {
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

std::vector<std::string> complaints(const NodeStatus& node, Language language) {
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
    for (const ReportedPeer& peer : node.peers) {
        std::string line = complaint(node, peer, language);
        if (!line.empty()) lines.push_back(std::move(line));
    }
    return lines;
}

}  // namespace

std::string print_statuses(const std::vector<AskedNode>& nodes, Language language) {
    std::vector<Columns> rows{{say(language, "节点", "node"), say(language, "高度", "height"),
                               say(language, "视图", "view"), say(language, "就绪", "ready"),
                               say(language, "已连接", "peers"), say(language, "条目", "entries")}};
    for (const AskedNode& node : nodes) {
        rows.push_back(node.status ? row_of(*node.status, language) : Columns{node.url, "-", "-", "-", "-", "-"});
    }
    std::string out = print_rows(rows);
    for (const AskedNode& node : nodes) {
        if (!node.status) {
            const std::string why = printable(node.status.error().text);  // often contains the address itself
            out += "  " + (why.starts_with(node.url) ? "" : node.url + say(language, "：", ": ")) + why + "\n";
            continue;
        }
        for (const std::string& line : complaints(*node.status, language)) {
            out += "  " + node.status->member + say(language, " → ", " -> ") + line + "\n";
        }
    }
    return out;
}

int exit_code_of(const std::vector<AskedNode>& nodes) {
    int code = exit_ok;
    for (const AskedNode& node : nodes) {
        if (!node.status) return exit_unknown;
        if (!node.status->ready || node.status->halted) code = exit_refused;
    }
    return code;
}

}  // namespace xinlian::node

#include "node/member/config.hpp"

#include <toml++/toml.h>
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <functional>
#include <map>
#include <numeric>
#include <sstream>

namespace xinlian::node {

namespace {

using Known = std::map<std::string, std::vector<std::string>>;  // table -> its keys; "" is the top level

const Known& known_keys() {
    static const Known keys = {{"", {"member", "peer", "api", "log", "storage", "peers"}},
                               {"peer", {"listen"}},
                               {"api", {"listen"}},
                               {"log", {"level"}},
                               {"storage", {"folder"}},
                               {"peers", {"id", "address"}}};
    return keys;
}

Status check_keys(const toml::table& table, const std::string& name) {
    const std::vector<std::string>& known = known_keys().at(name);
    for (const auto& [key, value] : table) {
        const std::string text(key.str());
        if (std::find(known.begin(), known.end(), text) != known.end()) continue;
        const std::string nearest = nearest_word(text, known);
        std::ostringstream at;
        at << "line " << value.source().begin.line;
        return Error{Errc::invalid, at.str() + ": unknown key \"" + text + "\"" +
                                        (name.empty() ? "" : " in [" + name + "]") +
                                        (nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?")};
    }
    return Status();
}

Result<std::string> text_of(const toml::table& table, const std::string& key, const std::string& where) {
    const auto value = table[key].value_exact<std::string>();
    if (!value) return Error{Errc::invalid, where + ": \"" + key + "\" must be a text in quotes"};
    return *value;
}

Status read_table(const toml::table& root, const std::string& name,
                  const std::function<Status(const toml::table&)>& read) {
    if (!root.contains(name)) return Status();
    const toml::table* table = root[name].as_table();
    if (table == nullptr) return Error{Errc::invalid, "[" + name + "] must be a table"};
    XL_TRY_STATUS(check_keys(*table, name));
    return read(*table);
}

Result<LogLevel> level_named(const std::string& name) {
    static const std::vector<std::string> names = {"trace", "debug", "info", "warn", "error"};
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
        return Error{Errc::invalid, "[log] level: \"" + name + "\" is not one of trace, debug, info, warn, error"};
    return static_cast<LogLevel>(found - names.begin());
}

Status read_peers(const toml::table& root, Config& config) {
    if (!root.contains("peers")) return Status();
    const toml::array* peers = root["peers"].as_array();
    if (peers == nullptr) return Error{Errc::invalid, "[[peers]] must be a list of tables"};
    for (const auto& node : *peers) {
        const toml::table* table = node.as_table();
        if (table == nullptr) return Error{Errc::invalid, "[[peers]] must be a list of tables"};
        XL_TRY_STATUS(check_keys(*table, "peers"));
        XL_TRY(std::string id, text_of(*table, "id", "[[peers]]"));
        XL_TRY(std::string address, text_of(*table, "address", "[[peers]]"));
        XL_TRY_STATUS(parse_endpoint(address));
        const auto same = [&id](const Config::Peer& peer) { return peer.id == id; };
        if (std::any_of(config.peers.begin(), config.peers.end(), same))
            return Error{Errc::invalid, "[[peers]] lists \"" + id + "\" twice; leave one of them"};
        config.peers.push_back({std::move(id), std::move(address)});
    }
    return Status();
}

Result<Config> read_config(const toml::table& root) {
    XL_TRY_STATUS(check_keys(root, ""));
    Config config;
    XL_TRY(config.member, text_of(root, "member", "the file"));
    const auto listen = [](Endpoint& endpoint, const std::string& where) {
        return [&endpoint, where](const toml::table& table) -> Status {
            if (!table.contains("listen")) return Status();
            XL_TRY(const std::string text, text_of(table, "listen", where));
            XL_TRY(endpoint, parse_endpoint(text));
            return Status();
        };
    };
    XL_TRY_STATUS(read_table(root, "peer", listen(config.peer_listen, "[peer]")));
    XL_TRY_STATUS(read_table(root, "api", listen(config.api_listen, "[api]")));
    XL_TRY_STATUS(read_table(root, "log", [&](const toml::table& table) -> Status {
        if (!table.contains("level")) return Status();
        XL_TRY(const std::string name, text_of(table, "level", "[log]"));
        XL_TRY(config.log_level, level_named(name));
        return Status();
    }));
    XL_TRY_STATUS(read_table(root, "storage", [&](const toml::table& table) -> Status {
        if (!table.contains("folder")) return Status();
        XL_TRY(config.data_folder, text_of(table, "folder", "[storage]"));
        return Status();
    }));
    XL_TRY_STATUS(read_peers(root, config));
    return config;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row.back();
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
    const Error wrong{Errc::malformed,
                      "\"" + std::string(text) + "\" is not an address; write host:port, for example 127.0.0.1:8300"};
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return wrong;
    std::string_view host = text.substr(0, colon);
    if (host.front() == '[') {
        if (host.back() != ']') return wrong;
        host = host.substr(1, host.size() - 2);
    } else if (host.find_first_of(":[]") != std::string_view::npos) {
        return wrong;  // an IPv6 address without brackets: its end is ambiguous
    }
    const std::string_view digits = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (fault != std::errc() || end != digits.data() + digits.size() || host.empty()) return wrong;
    return Endpoint{std::string(host), port};
}

Result<Config> load_config(const std::string& path) {
    if (!std::filesystem::exists(path)) {
        return Error{Errc::not_found,
                     "there is no configuration at " + path + "; `xinlian federation create` makes one"};
    }
    try {
        auto config = read_config(toml::parse_file(path));
        if (!config) return within(path, std::move(config).error());
        return config;
    } catch (const toml::parse_error& fault) {
        std::ostringstream at;
        at << path << ": line " << fault.source().begin.line << ", column " << fault.source().begin.column << ": "
           << fault.description();
        return Error{Errc::malformed, at.str()};
    }
}

std::string nearest_word(std::string_view word, const std::vector<std::string>& known) {
    std::string best;
    std::size_t least = std::max<std::size_t>(2, word.size() / 2) + 1;
    for (const std::string& candidate : known) {
        const std::size_t distance = edit_distance(word, candidate);
        if (distance < least) {
            least = distance;
            best = candidate;
        }
    }
    return best;
}

}  // namespace xinlian::node

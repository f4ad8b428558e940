#include "node/member/config.hpp"

#include <toml++/toml.h>
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <functional>
#include <map>
#include <sstream>

#include "crypto/nearest_name.hpp"

namespace xinlian::node {

namespace {

using Known = std::map<std::string, std::vector<std::string_view>>;  // table -> its keys; "" is the top level

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
    const std::vector<std::string_view>& known = known_keys().at(name);
    for (const auto& [key, value] : table) {
        const std::string text(key.str());
        if (std::find(known.begin(), known.end(), text) != known.end()) continue;
        // A name that differs in more than half of the letters is not suggested.
        const std::size_t edits_max = std::max<std::size_t>(2, std::min(text.size(), compared_name_bytes_max) / 2);
        const std::string nearest(nearest_name(text, known, edits_max));
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
    if (!value) return Error{Errc::invalid, where + ": \"" + key + "\" must be a string in quotes"};
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
        return Error{Errc::invalid,
                     "[log] level: \"" + name + "\" is unknown; expected trace, debug, info, warn or error"};
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
            return Error{Errc::invalid, "[[peers]] lists \"" + id + "\" twice; remove one of the two"};
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

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
    const Error wrong{Errc::malformed,
                      "invalid address \"" + std::string(text) + "\"; expected host:port, as in 127.0.0.1:8300"};
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
                     "there is no configuration file " + path + "; `xinlian federation create` creates one"};
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

}  // namespace xinlian::node

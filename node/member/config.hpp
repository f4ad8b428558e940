// node.toml. Every key is checked; an unknown key is an error that suggests the nearest known one.
#pragma once

#include <string>
#include <vector>

#include "crypto/result.hpp"

namespace xinlian::node {

struct Endpoint {
    std::string host;
    std::uint16_t port = 0;
};
Result<Endpoint> parse_endpoint(std::string_view text);  // "host:port", "[::1]:port"

enum class LogLevel : std::uint8_t { trace, debug, info, warn, error };

struct Config {
    struct Peer {
        std::string id;
        std::string address;  // "host:port"
    };
    std::string member;  // id of this node's member
    Endpoint peer_listen{"127.0.0.1", 8300};
    Endpoint api_listen{"127.0.0.1", 8310};
    LogLevel log_level = LogLevel::info;
    std::string data_folder = "data";  // relative to the file's folder
    std::vector<Peer> peers;
};

// Errc::not_found, malformed (with line and column), invalid (with the key and the allowed values).
Result<Config> load_config(const std::string& path);

}  // namespace xinlian::node

// Tests node.toml: unknown or invalid settings are refused, with their place and a remedy.
#include "node/member/config.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/unit/node/scratch_folder.hpp"

namespace xinlian::node {

namespace {

Result<Config> loaded(const std::string& text) {
    const ScratchFolder scratch;
    const std::string path = scratch.path("node.toml");
    std::ofstream(path, std::ios::binary) << text;
    return load_config(path);
}
std::string refusal(const std::string& text, Errc code = Errc::invalid) {
    const auto config = loaded(text);
    REQUIRE_FALSE(config.ok());
    CHECK(config.error().code == code);
    CHECK(config.error().text.find("node.toml") != std::string::npos);
    return config.error().text;
}
bool has(const std::string& text, const std::string& part) {
    UNSCOPED_INFO(text);
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a whole configuration is read") {
    const auto config = loaded(R"(
member = "310000"
[peer]
listen = "0.0.0.0:9300"
[api]
listen = "[::1]:9310"
[log]
level = "warn"
[storage]
folder = "/var/lib/xinlian"
[[peers]]
id = "320000"
address = "10.0.0.2:8300"
[[peers]]
id = "330000"
address = "[fd00::3]:8300"
)");
    REQUIRE(config.ok());
    CHECK(config->member == "310000");
    CHECK(config->peer_listen.host == "0.0.0.0");
    CHECK(config->peer_listen.port == 9300);
    CHECK(config->api_listen.host == "::1");
    CHECK(config->log_level == LogLevel::warn);
    CHECK(config->data_folder == "/var/lib/xinlian");
    REQUIRE(config->peers.size() == 2);
    CHECK(config->peers[1].id == "330000");
}

TEST_CASE("only the member is needed; both ports stay on this machine unless they are opened") {
    const auto config = loaded("member = \"310000\"\n");
    REQUIRE(config.ok());
    CHECK(config->peer_listen.host == "127.0.0.1");
    CHECK(config->api_listen.host == "127.0.0.1");
    CHECK(config->peers.empty());
}

TEST_CASE("a file that is not there is said to be missing, and how to make one") {
    const auto config = load_config("/nowhere/node.toml");
    REQUIRE_FALSE(config.ok());
    CHECK(config.error().code == Errc::not_found);
    CHECK(has(config.error().text, "federation create"));
}

TEST_CASE("an unknown key is refused with its line and the nearest known one") {
    const std::string text = refusal("member = \"310000\"\n[api]\nlisten = \"127.0.0.1:1\"\nlistn = \"x\"\n");
    CHECK(has(text, "line 4"));
    CHECK(has(text, "\"listn\" in [api]"));
    CHECK(has(text, "did you mean \"listen\""));
    CHECK(has(refusal("membr = \"310000\"\n"), "did you mean \"member\""));
    CHECK(has(refusal("member = \"310000\"\nzzzzzzzz = 1\n"), "unknown key \"zzzzzzzz\""));
    CHECK(has(refusal("member = \"310000\"\n[[peers]]\nid = \"1\"\naddres = \"x\"\n"), "did you mean \"address\""));
}

TEST_CASE("values of another kind are refused by name") {
    CHECK(has(refusal("member = 310000\n"), "\"member\" must be a string"));
    CHECK(has(refusal("api = 1\nmember = \"1\"\n"), "[api] must be a table"));
    CHECK(has(refusal("peers = 1\nmember = \"1\"\n"), "[[peers]] must be a list"));
    CHECK(has(refusal("peers = [1]\nmember = \"1\"\n"), "[[peers]] must be a list of tables"));
    const std::string peer = "[[peers]]\nid = \"2\"\naddress = \"a:1\"\n";
    CHECK(has(refusal("member = \"1\"\n" + peer + peer), "lists \"2\" twice"));
    CHECK(has(refusal("member = \"1\"\n[log]\nlevel = \"loud\"\n"), "trace, debug, info, warn or error"));
    CHECK(has(refusal("member = \"1\"\n[[peers]]\naddress = \"a:1\"\n"), "\"id\" must be a string"));
    CHECK(has(refusal(""), "\"member\""));
}

TEST_CASE("what is not TOML is refused with line and column") {
    const std::string text = refusal("member = \"310000\n", Errc::malformed);
    CHECK(has(text, "line 1"));
    CHECK(has(text, "column"));
    CHECK(has(refusal("member = \"1\"\nmember = \"2\"\n", Errc::malformed), "line 2"));
    refusal(std::string("\xff\xfe m = 1\n"), Errc::malformed);
}

TEST_CASE("addresses are host and port, nothing else") {
    CHECK(parse_endpoint("a:1")->port == 1);
    CHECK(parse_endpoint("[::1]:65535")->host == "::1");
    for (const char* wrong : {"", "a", "a:", ":1", "a:b", "a:65536", "a:-1", "a:1 ", "a:1x", "[]:1", "a:+1", "[:1"}) {
        INFO(wrong);
        CHECK_FALSE(parse_endpoint(wrong).ok());
    }
    CHECK_FALSE(parse_endpoint("::1:8300").ok());  // an IPv6 address needs its brackets
}

}  // namespace xinlian::node

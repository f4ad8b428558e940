#include "node/client/status_json.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "node/client/json_reading.hpp"

using namespace xinlian;
using namespace xinlian::node;

namespace {

const std::string healthy =
    R"({"member":"310000","name":"上海","fingerprint":"ab12 cd34","height":100,"highest_known":100,
    "view":120,"log_size":5000,"ready":true,"halted":false,"halt_reason":"","peers":[
    {"id":"320000","address":"10.0.0.2:8300","connected":true,"height":100,"last_error":""},
    {"id":"340000","address":"10.0.0.4:8300","connected":true,"last_error":""}]})";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

Result<NodeStatus> status_of(const std::string& text) {
    const auto json = parse_object(text);
    REQUIRE(json.ok());
    return parse_status(*json);
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

NodeStatus round_trip(const NodeStatus& node) {
    const auto read = status_of(boost::json::serialize(to_json(node)));
    INFO((read ? std::string() : read.error().text));
    REQUIRE(read.ok());
    return *read;
}

}  // namespace

TEST_CASE("a status reads back as it was printed") {
    CHECK(round_trip({}) == NodeStatus{});
    NodeStatus node;
    node.member = "310000";
    node.name = "上海 \"一\"";
    node.version = "1.2.3";
    node.chain_id = std::string(64, 'c');
    node.fingerprint = "ab12 cd34";
    node.federation = "长三角";
    node.suite = "sm2-sm3";
    node.height = ~Height{0};
    node.highest_known = ~Height{0} - 1;
    node.block = std::string(64, 'b');
    node.log_root = std::string(64, '1');
    node.state_root = std::string(64, '2');
    node.time = {~std::uint64_t{0} - 2};
    node.view = ~View{0} - 3;
    node.finalized_view = ~View{0} - 4;
    node.log_size = ~std::uint64_t{0} - 5;
    node.pool_batches = 6;
    node.pool_bytes = std::uint64_t{1} << 63;
    node.ready = true;
    node.halted = true;
    node.halt_reason = "state diverged at 99";
    node.peers = {
        {.id = "320000",
         .address = "10.0.0.2:8300",
         .connected = true,
         .height = ~Height{0},
         .last_error = "",
         .bytes_in = 1,
         .bytes_out = 2,
         .frames_in = 3,
         .frames_out = 4,
         .connects = 5,
         .queue_bytes = ~std::uint64_t{0},
         .summary = "in step"},
        {.id = "330000", .address = "", .connected = false, .height = {}, .last_error = "refused", .summary = ""}};
    CHECK(round_trip(node) == node);
}

TEST_CASE("members that another version omits from a status are empty") {
    const NodeStatus node = *status_of(healthy);
    CHECK(node.name == "上海");
    CHECK(node.version.empty());
    CHECK(node.pool_bytes == 0);
    REQUIRE(node.peers.size() == 2);
    CHECK(node.peers[0].height == 100);
    CHECK_FALSE(node.peers[1].height);
}

TEST_CASE("texts of a status have no control characters") {
    const NodeStatus node = *status_of(replaced(healthy, "ab12 cd34", "ab\\u001b[2J"));
    CHECK(node.fingerprint.find('\x1b') == std::string::npos);
}

TEST_CASE("a status without a required member is refused with the member's name") {
    for (const std::string name :
         {"member", "fingerprint", "height", "highest_known", "view", "log_size", "ready", "halted", "peers"}) {
        const auto status = status_of(replaced(healthy, "\"" + name + "\":", "\"x" + name + "\":"));
        INFO(name);
        REQUIRE_FALSE(status.ok());
        CHECK(status.error().code == Errc::malformed);
        CHECK(contains(status.error().text, name));
    }
}

TEST_CASE("a status with members of wrong types is refused") {
    for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
             {"\"height\":100,\"highest", "\"height\":-1,\"highest"},
             {"\"height\":100,\"highest", "\"height\":1.5,\"highest"},
             {"\"view\":120", "\"view\":\"120\""},
             {"\"ready\":true", "\"ready\":1"},
             {"\"member\":\"310000\"", "\"member\":310000"},
             {"\"connected\":true", "\"connected\":\"yes\""},
         }) {
        INFO(to);
        CHECK_FALSE(status_of(replaced(healthy, from, to)).ok());
    }
    CHECK_FALSE(status_of(R"({"member":"1","fingerprint":"","height":1,"highest_known":1,"view":1,"log_size":0,
        "ready":true,"halted":false,"peers":[7]})")
                    .ok());
}

// Tests what an operator reads about nodes, and which exit code a script gets.
#include "node/client/node_status.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "node/client/json_reading.hpp"
#include "node/wording/outcome.hpp"

using namespace xinlian;
using namespace xinlian::node;

namespace {

const std::string healthy =
    R"({"member":"310000","name":"上海","fingerprint":"ab12 cd34","height":100,"highest_known":100,
    "view":120,"log_size":5000,"ready":true,"halted":false,"halt_reason":"","peers":[
    {"id":"320000","address":"10.0.0.2:8300","connected":true,"height":100,"last_error":""},
    {"id":"330000","address":"10.0.0.3:8300","connected":true,"height":98,"last_error":""},
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

AskedNode asked(const std::string& text) { return {"http://10.0.0.1:8310", status_of(text), {}}; }

AskedNode silent() {
    return {"http://10.0.0.9:8310", Error{Errc::unavailable, "10.0.0.9:8310: connection\x1b refused"}, {}};
}

std::string printed(const std::vector<AskedNode>& nodes, Language language) { return print_statuses(nodes, language); }

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a healthy node takes one line and nothing more is said") {
    CHECK(printed({asked(healthy)}, Language::en) ==
          "node         height  view  ready  peers  entries\n"
          "310000 上海  100     120   yes    3/3    5000\n");
    CHECK(printed({asked(healthy)}, Language::zh) ==
          "节点         高度  视图  就绪  已连接  条目\n"
          "310000 上海  100   120   是    3/3     5000\n");
    CHECK(exit_code_of({asked(healthy)}) == exit_ok);
}

TEST_CASE("a peer that is away has a line that says why") {
    const std::string away = replaced(healthy, R"("connected":true,"height":100,"last_error":"")",
                                      R"("connected":false,"height":90,"last_error":"connection refused")");
    CHECK(contains(printed({asked(away)}, Language::en),
                   "  310000 -> 320000 (10.0.0.2:8300): not connected: connection refused\n"));
    CHECK(contains(printed({asked(away)}, Language::zh),
                   "  310000 → 320000（10.0.0.2:8300）：未连接：connection refused\n"));
    CHECK(contains(printed({asked(away)}, Language::en), "2/3"));
}

TEST_CASE("a peer is behind from three blocks on, not at two") {
    CHECK_FALSE(contains(printed({asked(healthy)}, Language::en), "behind"));
    const std::string behind = replaced(healthy, "\"height\":98", "\"height\":97");
    CHECK(contains(printed({asked(behind)}, Language::en),
                   "310000 -> 330000: 3 blocks behind (height 97), catching up\n"));
    CHECK(contains(printed({asked(behind)}, Language::zh), "310000 → 330000：落后 3 块（高度 97），正在追赶\n"));
}

TEST_CASE("a node that is not ready says why, and the exit code is 1") {
    const std::string not_ready = replaced(healthy, "\"ready\":true", "\"ready\":false");
    const std::string catching_up = replaced(not_ready, "\"highest_known\":100", "\"highest_known\":250");
    CHECK(contains(printed({asked(catching_up)}, Language::en), "catching up, highest known height 250"));
    CHECK(contains(printed({asked(not_ready)}, Language::en), "too few members"));
    CHECK(exit_code_of({asked(not_ready)}) == exit_refused);
    CHECK(exit_code_of({asked(healthy), asked(not_ready)}) == exit_refused);
}

TEST_CASE("a halted node is never shown as ready") {
    const std::string halted = replaced(replaced(healthy, "\"halted\":false", "\"halted\":true"), R"("halt_reason":"")",
                                        R"("halt_reason":"state diverged at 99")");
    CHECK(contains(printed({asked(halted)}, Language::en), "halted: state diverged at 99"));
    CHECK_FALSE(contains(printed({asked(halted)}, Language::en), "yes"));
    CHECK(exit_code_of({asked(halted)}) == exit_refused);
}

TEST_CASE("a node that cannot be reached gives 2, whatever the others say") {
    CHECK(exit_code_of({asked(healthy), silent()}) == exit_unknown);
    CHECK(exit_code_of({silent(), asked(replaced(healthy, "\"ready\":true", "\"ready\":false"))}) == exit_unknown);
    CHECK(contains(printed({silent()}, Language::en), "http://10.0.0.9:8310: 10.0.0.9:8310: connection  refused\n"));
}

// Tests the table of routes against docs/openapi.yaml, and which route a method and a path match.
#include "node/api/routes.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <regex>
#include <set>

namespace xinlian::node {

namespace {

using MethodAndPath = std::pair<std::string, std::string>;

std::set<MethodAndPath> documented() {
    std::ifstream in(XL_SOURCE_DIR "/docs/openapi.yaml");
    REQUIRE(in.good());
    const std::regex path_line("  (/[^ ]*):"), method_line("    (get|post|put|delete|patch|head|options):");
    std::set<MethodAndPath> found;
    std::string path;
    for (std::string line; std::getline(in, line);) {
        std::smatch match;
        if (std::regex_match(line, match, path_line)) path = match[1];
        if (!path.empty() && std::regex_match(line, match, method_line)) {
            std::string method = match[1];
            std::transform(method.begin(), method.end(), method.begin(), [](char c) { return c - 'a' + 'A'; });
            found.emplace(method, path);
        }
    }
    return found;
}

std::string filled(std::string_view pattern, const std::string& parameter) {
    std::string path(pattern);
    const std::size_t open = path.find('{');
    if (open != std::string::npos) path.replace(open, path.find('}') + 1 - open, parameter);
    return path;
}

const std::string undocumented = "/v1/proofs/{kind}";  // for unknown proof kinds: lists the known ones

}  // namespace

TEST_CASE("every documented path has a route of its own, and every route is documented") {
    std::set<MethodAndPath> routed;
    for (const Route& route : routes()) {
        INFO(route.pattern);
        CHECK(routed.emplace(route.method, route.pattern).second);
    }
    CHECK(routed.erase({"GET", undocumented}) == 1);
    const std::set<MethodAndPath> wanted = documented();
    CHECK(wanted.size() >= 32);
    CHECK(routed == wanted);
}

TEST_CASE("a path finds its own route and what stands in the place of the parameter") {
    for (const Route& route : routes()) {
        const std::string path = filled(route.pattern, "a{b}/c");
        INFO(path);
        const RouteMatch found = find_route(route.method, path);
        REQUIRE(found.route == &route);
        CHECK(found.parameter == (path == route.pattern ? "" : "a{b}/c"));
        if (route.method == "GET") CHECK(find_route("HEAD", path).route == &route);
    }
}

TEST_CASE("a method that a path does not have finds no route but the one that is allowed") {
    for (const Route& route : routes()) {
        const std::string path = filled(route.pattern, "7");
        for (const char* method : {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "get", ""}) {
            if (method == route.method || (method == std::string_view("HEAD") && route.method == "GET")) continue;
            INFO(method << " " << path);
            const RouteMatch found = find_route(method, path);
            CHECK(found.route == nullptr);
            CHECK(found.allow == route.method);
        }
    }
}

TEST_CASE("an unknown path finds nothing, whatever the method") {
    for (const char* path : {"",
                             "/",
                             "/v1",
                             "/v1/",
                             "/v2/status",
                             "/v1/status/",
                             "/v1/statuses",
                             "/V1/status",
                             "v1/status",
                             "/v1/blocks",
                             "/v1/blocks/",
                             "/v1/feeds/",
                             "/v1/batches/",
                             "/v1/evidence/",
                             "/v1/proofs",
                             "/v1/proofs/",
                             "/metrics/",
                             "/v1/events/1",
                             "/v1/checkpoint/1",
                             "/v1/nothing/7"}) {
        for (const char* method : {"GET", "HEAD", "POST", "DELETE"}) {
            INFO(method << " " << path);
            const RouteMatch found = find_route(method, path);
            CHECK(found.route == nullptr);
            CHECK(found.allow.empty());
        }
    }
}

TEST_CASE("the receipt of no batch is the batch of that name, and a proof of nothing is told which kinds there are") {
    const RouteMatch batch = find_route("GET", "/v1/batches//receipt");
    REQUIRE(batch.route != nullptr);
    CHECK(batch.route->pattern == "/v1/batches/{id}");
    CHECK(batch.parameter == "/receipt");
    for (const char* path : {"/v1/proofs/record", "/v1/proofs/record/", "/v1/proofs/feed/", "/v1/proofs/nothing/7"}) {
        INFO(path);
        const RouteMatch proof = find_route("GET", path);
        REQUIRE(proof.route != nullptr);
        CHECK(proof.route->pattern == undocumented);
    }
}

TEST_CASE("what reads much of the ledger is a long answer, and nothing else is") {
    std::set<std::string> found;
    for (const Route& route : routes()) {
        if (route.cost == Cost::long_answer) found.emplace(route.pattern);
    }
    CHECK(found == std::set<std::string>{"/v1/proofs/feed/{member}", "/v1/proofs/portfolio", "/v1/quality"});
}

}  // namespace xinlian::node

#include "node/client/error_json.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

using namespace xinlian;
using namespace xinlian::node;

namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("an error reads back as it was printed, with the node as its source") {
    for (const Errc code :
         {Errc::malformed, Errc::invalid, Errc::unknown_key, Errc::not_found, Errc::conflict, Errc::stale,
          Errc::too_large, Errc::busy, Errc::unavailable, Errc::corrupt, Errc::io, Errc::unsupported}) {
        const Error read = parse_error(400, boost::json::serialize(error_json(Error{code, "因为 \"this\""})));
        CHECK(read.code == code);
        CHECK(read.text == "the node says: 因为 \"this\"");
    }
}

TEST_CASE("a message that was cut in the middle of a character is printed with whole ones") {
    const auto json = error_json(Error{Errc::invalid,
                                       "a\xE4\xB8"
                                       "b\xFF"});
    CHECK(json.at("error").at("message").as_string() == "a\uFFFD\uFFFDb\uFFFD");
}

TEST_CASE("a node's error has its code, and a text without control characters") {
    const auto said = [](int status, const std::string& body) { return parse_error(status, body); };
    const Error known = said(409, R"({"error":{"code":"conflict","message":"two\u001b[2J lines\n\u0000end"}})");
    CHECK(known.code == Errc::conflict);
    CHECK(known.text == "the node says: two [2J lines  end");
    const Error strange = said(418, R"({"error":{"code":"teapot","message":"short\r"}})");
    CHECK(strange.code == Errc::unavailable);
    CHECK(strange.text == "the node answered HTTP 418: short ");
    for (const std::string body : {"", "<html>\x1b", "{}", R"({"error":{"code":7,"message":"x"}})"}) {
        CHECK(said(502, body).code == Errc::unavailable);
        CHECK(contains(said(502, body).text, "HTTP 502 without an error message"));
    }
}

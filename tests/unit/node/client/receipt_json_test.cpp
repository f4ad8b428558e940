#include "node/client/receipt_json.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "node/client/json_reading.hpp"

using namespace xinlian;
using namespace xinlian::node;
using ledger::Receipt;

namespace {

Hash named(std::string_view name) { return hash(Suite::ed25519_sha256, as_bytes(name)); }

Receipt receipt(ledger::Reason reason) {
    return {named("batch"), {reason, 7, 3, 5, 2, std::nullopt}, named("block"), {1'800'000'000'000}};
}

// As received from a node.
boost::json::object printed(const Receipt& of) { return *parse_object(boost::json::serialize(to_json(of))); }

Receipt round_trip(const Receipt& of) {
    const auto read = parse_receipt(printed(of));
    INFO((read ? std::string() : read.error().text));
    REQUIRE(read.ok());
    return *read;
}

}  // namespace

TEST_CASE("a receipt reads back as it was printed, whatever its outcome") {
    std::size_t reasons = 0;
    for (std::uint8_t i = 0; is_known(static_cast<ledger::Reason>(i)); ++i, ++reasons) {
        Receipt one = receipt(static_cast<ledger::Reason>(i));
        INFO(name_of(one.outcome.reason));
        CHECK(round_trip(one) == one);
        for (const std::uint64_t at : {std::uint64_t{0}, ~std::uint64_t{0}}) {
            one.outcome.conflicting_entry = at;
            CHECK(round_trip(one) == one);
        }
    }
    CHECK(reasons > 10);
}

TEST_CASE("a receipt keeps the smallest and the largest numbers") {
    Receipt most = receipt(ledger::Reason::accepted);
    most.outcome.entry = most.outcome.entry_count = 0xFFFF'FFFF;
    most.outcome.height = most.outcome.first_index = most.time.ms = ~std::uint64_t{0};
    CHECK(round_trip(most) == most);
    CHECK(round_trip(Receipt{}) == Receipt{});
}

TEST_CASE("a receipt without a conflicting entry may leave it out") {
    auto json = printed(receipt(ledger::Reason::accepted));
    json.erase("obstacle");
    CHECK(*parse_receipt(json) == receipt(ledger::Reason::accepted));
}

TEST_CASE("a receipt with a missing member or one of a wrong type is refused with the member's name") {
    const auto right = printed(receipt(ledger::Reason::accepted));
    const auto refuses = [&](const char* name, const boost::json::value& value) {
        auto json = right;
        json[name] = value;
        const auto read = parse_receipt(json);
        INFO(name << ": " << boost::json::serialize(value));
        REQUIRE_FALSE(read.ok());
        CHECK(read.error().text.find('\x1b') == std::string::npos);
        CHECK(read.error().text.find('\0') == std::string::npos);
    };
    for (const char* name : {"batch", "outcome", "entry", "height", "block", "time_ms", "first_index", "entry_count"}) {
        auto json = right;
        json.erase(name);
        const auto read = parse_receipt(json);
        INFO(name);
        REQUIRE_FALSE(read.ok());
        CHECK(read.error().code == Errc::malformed);
        CHECK(read.error().text.find(name) != std::string::npos);
        refuses(name, nullptr);
        refuses(name, true);
    }
    for (const char* name : {"entry", "height", "time_ms", "first_index", "entry_count", "obstacle"}) {
        for (const boost::json::value& value :
             {boost::json::value(-1), boost::json::value(1.5), boost::json::value("1")})
            refuses(name, value);
    }
    for (const char* name : {"entry", "entry_count"}) refuses(name, std::uint64_t{0x1'0000'0000});
    for (const char* name : {"batch", "block"}) refuses(name, "12");
    for (const std::string_view outcome : {std::string_view(""), std::string_view("accepted\0", 9),
                                           std::string_view("\x1bno"), std::string_view("Accepted")})
        refuses("outcome", boost::json::string(outcome.data(), outcome.size()));
}

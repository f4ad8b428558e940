#include "node/client/quality_json.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "node/client/json_reading.hpp"

using namespace xinlian;
using namespace xinlian::node;

namespace {

constexpr std::uint64_t most = std::uint64_t{1} << 47;

ledger::IssuerQuality counted() {
    ledger::IssuerQuality quality;
    quality.accepted_batches = most;
    quality.rejected_batches = 1;
    quality.reported = 2;
    quality.submitted = 3;
    quality.creates = 5;
    quality.late = 4;
    quality.repairs = 6;
    quality.disputes = 8;
    quality.disputes_in_time = 7;
    return quality;
}

boost::json::object answer(const ledger::QualityTable& rows) {
    const ledger::Period period = *ledger::period_of_days("2026-01-01", "2026-12-31");
    boost::json::object json = quality_json(period, rows);
    json["as_of"] = boost::json::object{{"height", most}, {"time_ms", 1'800'000'000'000}};
    return *parse_object(boost::json::serialize(json));
}

}  // namespace

TEST_CASE("a table of quality reads back as it was printed") {
    for (const ledger::QualityTable& rows :
         {ledger::QualityTable{}, ledger::QualityTable{{"310000", counted()}, {"320000", {}}}}) {
        const boost::json::object json = answer(rows);
        CHECK(json.at("from").as_string() == "2026-01-01");
        CHECK(json.at("to").as_string() == "2026-12-31");
        const auto read = parse_quality(json);
        INFO((read ? std::string() : read.error().text));
        REQUIRE(read.ok());
        CHECK(read->rows == rows);
        CHECK(read->height == most);
        CHECK(read->time == Time{1'800'000'000'000});
    }
}

TEST_CASE("a table of quality that lacks something, or counts what cannot be, is refused") {
    const boost::json::object right = answer({{"310000", counted()}});
    const auto refuses = [](const boost::json::object& json) {
        const auto read = parse_quality(json);
        INFO(boost::json::serialize(json));
        REQUIRE_FALSE(read.ok());
        CHECK(read.error().code == Errc::malformed);
    };
    for (const char* name : {"as_of", "issuers"}) {
        boost::json::object json = right;
        json.erase(name);
        refuses(json);
        json[name] = 1;
        refuses(json);
    }
    const boost::json::object row = right.at("issuers").as_array().at(0).as_object();
    for (const auto& member : row) {
        boost::json::object json = right;
        json.at("issuers").as_array().at(0).as_object().erase(member.key());
        refuses(json);
        for (const boost::json::value& value : {boost::json::value(-1), boost::json::value(0.5),
                                                boost::json::value(most + 1), boost::json::value(nullptr)}) {
            json.at("issuers").as_array().at(0).as_object()[member.key()] = value;
            refuses(json);
        }
    }
    boost::json::object more = right;
    more.at("issuers").as_array().at(0).as_object()["late"] = 6;  // of 5
    refuses(more);
}

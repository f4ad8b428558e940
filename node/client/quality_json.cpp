#include "node/client/quality_json.hpp"

#include <boost/json.hpp>

#include "node/client/json_reading.hpp"

namespace xinlian::node {

namespace {

namespace json = boost::json;
using ledger::IssuerQuality;

constexpr std::uint64_t count_max = std::uint64_t{1} << 47;  // within the range of percent_text

struct Count {
    const char* key;
    std::uint64_t IssuerQuality::*count;
};
constexpr Count counts[] = {{"accepted_batches", &IssuerQuality::accepted_batches},
                            {"rejected_batches", &IssuerQuality::rejected_batches},
                            {"reported", &IssuerQuality::reported},
                            {"submitted", &IssuerQuality::submitted},
                            {"creates", &IssuerQuality::creates},
                            {"late", &IssuerQuality::late},
                            {"repairs", &IssuerQuality::repairs},
                            {"disputes", &IssuerQuality::disputes},
                            {"disputes_in_time", &IssuerQuality::disputes_in_time}};

Error not_an_answer(std::string_view what) {
    return {Errc::malformed, "the node's answer is not a quality report: " + std::string(what)};
}

Result<std::uint64_t> number(const json::object& from, const char* key) {
    const auto count = number_in(from, key);
    if (!count || *count > count_max) return not_an_answer(std::string(key) + " is not a count");
    return *count;
}

Result<std::pair<std::string, IssuerQuality>> parse_row(const json::value& value) {
    const json::object* row = value.if_object();
    const json::value* issuer = row == nullptr ? nullptr : row->if_contains("issuer");
    if (issuer == nullptr || !issuer->is_string()) return not_an_answer("a row without an issuer");
    IssuerQuality quality;
    for (const Count& count : counts) {
        XL_TRY(quality.*count.count, number(*row, count.key));
    }
    for (const ledger::Rate& rate : {quality.compliance(), quality.lateness(), quality.disputes_timely()}) {
        if (rate.part > rate.whole) return not_an_answer("a part exceeds its whole");
    }
    return std::pair(std::string(issuer->get_string()), quality);
}

}  // namespace

json::object quality_json(const ledger::Period& period, const ledger::QualityTable& rows) {
    json::array issuers;
    for (const auto& [id, quality] : rows) {
        json::object row{{"issuer", id}};
        for (const Count& count : counts) row[count.key] = quality.*count.count;
        issuers.push_back(std::move(row));
    }
    return {{"from", ledger::date_text(period.from)},
            {"to", ledger::date_text(period.to)},
            {"issuers", std::move(issuers)}};
}

Result<QualityAnswer> parse_quality(const json::object& answer) {
    QualityAnswer out;
    const json::value* as_of = answer.if_contains("as_of");
    const json::value* issuers = answer.if_contains("issuers");
    if (as_of == nullptr || !as_of->is_object()) return not_an_answer("as_of is missing");
    if (issuers == nullptr || !issuers->is_array()) return not_an_answer("issuers is missing");
    XL_TRY(out.height, number(as_of->get_object(), "height"));
    XL_TRY(out.time.ms, number(as_of->get_object(), "time_ms"));
    for (const json::value& issuer : issuers->get_array()) {
        XL_TRY(auto row, parse_row(issuer));
        out.rows.push_back(std::move(row));
    }
    return out;
}

}  // namespace xinlian::node

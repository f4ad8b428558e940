#include "node/audit/signed_report.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "crypto/fingerprint.hpp"
#include "crypto/jcs.hpp"

namespace xinlian::node {

namespace {

namespace json = boost::json;

constexpr std::string_view tag = "xinlian/v1/audit-report";

Error no_report(std::string_view what) {
    return {Errc::malformed, "not a report of an audit command in JSON: " + std::string(what)};
}

Result<std::string_view> text_of(const json::object& object, const char* key) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr || !value->is_string()) return no_report(std::string(key) + " is missing");
    return std::string_view(value->get_string());
}

Result<Seal> parse_seal(const json::value& value) {
    if (!value.is_object()) return no_report("a seal is not an object");
    XL_TRY(const std::string_view key, text_of(value.get_object(), "public"));
    XL_TRY(const std::string_view hex, text_of(value.get_object(), "signature"));
    Seal seal;
    XL_TRY(seal.key, PublicKey::from_text(key));
    XL_TRY(const Bytes signature, from_hex(hex));
    if (signature.size() != seal.signature.bytes.size()) return no_report("a signature does not have 64 bytes");
    std::copy(signature.begin(), signature.end(), seal.signature.bytes.begin());
    return seal;
}

Result<Hash> chain_of(const json::object& report) {
    const json::value* chain = report.if_contains("chain");
    if (!report.contains("report") || chain == nullptr || !chain->is_object()) return no_report("chain is missing");
    XL_TRY(const std::string_view id, text_of(chain->get_object(), "chain_id"));
    return hash_from_hex(id);
}

}  // namespace

Bytes sealing_bytes(const SealedReport& sealed) {
    Bytes message = to_bytes(tag);
    message.insert(message.end(), sealed.chain_id.bytes.begin(), sealed.chain_id.bytes.end());
    const ByteView report = as_bytes(sealed.report);
    message.insert(message.end(), report.begin(), report.end());
    return message;
}

Result<SealedReport> parse_report(std::string_view text) {
    if (text.size() > sealed_bytes_max)
        return Error{Errc::too_large, "a report to seal must have at most 64 MiB; review a shorter period"};
    XL_TRY(const std::string canonical, jcs(text));  // strict: no duplicate names, no trailing data
    boost::system::error_code failed;
    const json::value value = json::parse(canonical, failed);
    const json::object* top = failed ? nullptr : value.if_object();
    if (top == nullptr) return no_report("it is not an object");
    SealedReport sealed;
    const json::value* seals = top->if_contains("seals");
    const json::value* inner = top->if_contains("sealed_report");
    if (seals == nullptr && inner == nullptr) {
        sealed.report = canonical;
        XL_TRY(sealed.chain_id, chain_of(*top));
        return sealed;
    }
    const bool whole =
        seals != nullptr && seals->is_array() && inner != nullptr && inner->is_object() && top->size() == 2;
    if (!whole) return no_report("a sealed report must contain a report and its seals, and nothing else");
    if (seals->get_array().size() > seals_max) return Error{Errc::too_large, "a report must have at most 16 seals"};
    XL_TRY(sealed.report, jcs(json::serialize(*inner)));
    XL_TRY(sealed.chain_id, chain_of(inner->get_object()));
    for (const json::value& one : seals->get_array()) {
        XL_TRY(Seal seal, parse_seal(one));
        sealed.seals.push_back(std::move(seal));
    }
    return sealed;
}

std::string print_sealed(const SealedReport& sealed) {
    json::array seals;
    for (const Seal& seal : sealed.seals)
        seals.push_back(json::object{{"public", seal.key.text()}, {"signature", to_hex(seal.signature.bytes)}});
    return "{\"sealed_report\":" + sealed.report + ",\"seals\":" + json::serialize(seals) + "}\n";
}

Status add_seal(SealedReport& sealed, const SecretKey& key) {
    const PublicKey& mine = key.public_key();
    const bool twice =
        std::any_of(sealed.seals.begin(), sealed.seals.end(), [&](const Seal& seal) { return seal.key == mine; });
    if (twice) return Error{Errc::conflict, "the key " + fingerprint(mine) + " has already sealed this report"};
    if (sealed.seals.size() == seals_max) return Error{Errc::too_large, "a report must have at most 16 seals"};
    sealed.seals.push_back({mine, key.sign(sealing_bytes(sealed))});
    return {};
}

Status check(const SealedReport& sealed) {
    if (sealed.seals.empty()) return Error{Errc::invalid, "the report has no seal"};
    const Bytes message = sealing_bytes(sealed);
    for (auto seal = sealed.seals.begin(); seal != sealed.seals.end(); ++seal) {
        const bool twice =
            std::any_of(sealed.seals.begin(), seal, [&](const Seal& one) { return one.key == seal->key; });
        if (twice) return Error{Errc::invalid, "the key " + fingerprint(seal->key) + " has sealed the report twice"};
        if (!verify(seal->key, message, seal->signature))
            return Error{Errc::invalid,
                         "the seal of the key " + fingerprint(seal->key) + " is not valid for this report"};
    }
    return {};
}

}  // namespace xinlian::node

#include "node/client/rules_file.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "crypto/files.hpp"
#include "node/client/json_reading.hpp"

namespace xinlian::node {

namespace {

constexpr std::string_view rules_form = "xinlian-signed-rules/1";
constexpr std::size_t rules_file_bytes_max = 4 * ledger::resolution_text_bytes_max;  // JSON in JSON: quotes are escaped

Error malformed(const std::string& path, const std::string& what) {
    return {Errc::malformed,
            path + ": " + what + "; the file was not written by `xinlian rules draft`, or it is damaged"};
}

Result<MemberSignature> read_signature(const ledger::Genesis& genesis, std::string_view id, const std::string& hex) {
    const auto index = genesis.validator_index(id);
    if (!index) return Error{Errc::unknown_key, std::string(id) + " is not a validator of this federation"};
    MemberSignature signature{*index, {}};
    XL_TRY(const Bytes bytes, from_hex(hex));
    if (bytes.size() != signature.signature.bytes.size())
        return Error{Errc::malformed, "a signature must have 64 bytes"};
    std::copy(bytes.begin(), bytes.end(), signature.signature.bytes.begin());
    return signature;
}

Bytes message_of(const ledger::Genesis& genesis, const ledger::SignedRules& rules) {
    return ledger::resolution_signing_bytes(genesis.chain_id(), ledger::resolution_id(genesis.suite(), rules.text));
}

void put_in(std::vector<MemberSignature>& signatures, const MemberSignature& added) {
    const auto at = std::lower_bound(signatures.begin(), signatures.end(), added,
                                     [](const auto& a, const auto& b) { return a.member < b.member; });
    if (at == signatures.end() || at->member != added.member) signatures.insert(at, added);
}

Result<std::optional<ledger::ParsedResolution>> resolution_at(const boost::json::object& json, const char* name,
                                                              const ledger::Genesis& genesis) {
    const boost::json::value& value = json.at(name);
    if (value.is_null()) return std::optional<ledger::ParsedResolution>();
    XL_TRY(ledger::ParsedResolution parsed,
           ledger::parse_resolution(genesis, std::string(value.at("text").as_string())));
    return std::optional(std::move(parsed));
}

}  // namespace

Result<ledger::SignedRules> load_rules_file(const std::string& path, const ledger::Genesis& genesis) {
    XL_TRY(const Bytes bytes, read_file(path, rules_file_bytes_max));
    const Result<boost::json::object> json = parse_object(as_text(bytes));
    if (!json) return malformed(path, json.error().text);
    ledger::SignedRules rules;
    try {
        if (json->at("format").as_string() != rules_form) return malformed(path, "unknown format");
        rules.text = json->at("text").as_string();
        if (const auto parsed = ledger::parse_resolution(genesis, rules.text); !parsed) return parsed.error();
        for (const auto& [id, hex] : json->at("signatures").as_object()) {
            XL_TRY(const MemberSignature signature,
                   read_signature(genesis, std::string(id), std::string(hex.as_string())));
            if (!verify(genesis.committee().key(signature.member), message_of(genesis, rules), signature.signature)) {
                return Error{Errc::invalid,
                             path + ": the signature of " + std::string(id) + " is not valid for this text"};
            }
            put_in(rules.signatures, signature);
        }
    } catch (const std::exception&) {  // thrown by Boost.JSON for a missing member or a wrong type
        return malformed(path, "a part is missing");
    }
    return rules;
}

Status store_rules_file(const std::string& path, const ledger::Genesis& genesis, const ledger::SignedRules& rules) {
    boost::json::object signatures;
    for (const MemberSignature& of : rules.signatures) {
        signatures.emplace(genesis.validator(of.member).id, to_hex(of.signature.bytes));
    }
    const boost::json::object json{{"format", rules_form}, {"text", rules.text}, {"signatures", std::move(signatures)}};
    return write_file(path, as_bytes(boost::json::serialize(json) + "\n"), 0644, Existing::replace);
}

Status sign_rules(ledger::SignedRules& rules, const ledger::Genesis& genesis, const SecretKey& key) {
    const auto index = genesis.committee().index_of(key.public_key());
    if (!index) return Error{Errc::unknown_key, "the key is not a validator key of the genesis file"};
    put_in(rules.signatures, {*index, key.sign(message_of(genesis, rules))});
    return {};
}

Result<RulesNow> fetch_rules(const NodeClient& node, const ledger::Genesis& genesis) {
    XL_TRY(const boost::json::object json, node.get_object("/v1/rules"));
    RulesNow now;
    try {
        now.count = json.at("count").to_number<std::uint32_t>();
        now.height = json.at("as_of").at("height").to_number<Height>();
        XL_TRY(now.in_force, resolution_at(json, "in_force", genesis));
        XL_TRY(now.to_come, resolution_at(json, "to_come", genesis));
    } catch (const std::exception&) {
        return Error{Errc::malformed, "the node's answer about the rules has an unknown form; use a newer program"};
    }
    return now;
}

}  // namespace xinlian::node

#include "ledger/rules/resolution.hpp"

#include "crypto/jcs.hpp"
#include "ledger/entry/strict_json.hpp"

namespace xinlian::ledger {

namespace {

namespace json = boost::json;

constexpr std::string_view format_name = "xinlian-resolution/1";

Result<ParsedResolution> parse_checked(const Genesis& genesis, std::string_view text) {
    static constexpr std::array<std::string_view, 5> known{"format", "chain_id", "number", "from", "rules"};
    const std::string where = "the resolution";
    json::error_code fault;
    const json::value value = json::parse(json::string_view(text.data(), text.size()), fault);
    if (fault) return Error{Errc::malformed, where + " is not JSON: " + fault.message()};
    XL_TRY(const json::object* const object, parts::object_of(value, where));
    XL_TRY_STATUS(parts::check_names(*object, where, known));
    XL_TRY(const std::string_view format, parts::text_at(*object, "format", where));
    if (format != format_name) return invalid(where + ": format is not " + std::string(format_name));
    XL_TRY(const std::string_view chain, parts::text_at(*object, "chain_id", where));
    if (chain != genesis.chain_id().hex()) return invalid(where + " belongs to another federation");
    ParsedResolution parsed;
    XL_TRY(const std::uint64_t number, parts::number_at(*object, "number", 1, UINT32_MAX, where));
    parsed.number = static_cast<std::uint32_t>(number);
    XL_TRY(parsed.from, parts::number_at(*object, "from", 1, std::uint64_t{1} << 53, where));
    XL_TRY(const json::object* const rules, parts::object_at(*object, "rules", where));
    if (rules == nullptr) return invalid(where + ": rules is missing");
    XL_TRY(parsed.rulebook, parse_rulebook(genesis, json::serialize(*rules)));
    return parsed;
}

}  // namespace

Result<ParsedResolution> parse_resolution(const Genesis& genesis, std::string_view text) {
    if (text.size() > resolution_text_bytes_max) {
        return Error{Errc::too_large, "the resolution has " + std::to_string(text.size()) + " bytes; at most " +
                                          std::to_string(resolution_text_bytes_max) + " are allowed"};
    }
    XL_TRY(const std::string canonical, jcs(text));
    if (canonical != text) return invalid("the resolution's text is not in canonical form (RFC 8785, JCS)");
    return parse_checked(genesis, text);
}

Result<std::string> print_resolution(const Genesis& genesis, std::uint32_t number, Height from,
                                     std::string_view rules) {
    XL_TRY(const std::string canonical, jcs(rules));
    const json::object object{{"format", format_name},
                              {"chain_id", genesis.chain_id().hex()},
                              {"number", number},
                              {"from", from},
                              {"rules", json::parse(canonical)}};
    XL_TRY(std::string text, jcs(json::serialize(object)));
    if (const Result<ParsedResolution> parsed = parse_resolution(genesis, text); !parsed) return parsed.error();
    return text;
}

Hash resolution_id(Suite suite, std::string_view text) {
    return tagged_hash(suite, "xinlian/v1/resolution", {as_bytes(text)});
}

Hash resolution_digest(Suite suite, const SignedRules& resolution) {
    const Bytes encoded = encode(resolution);
    return tagged_hash(suite, "xinlian/v1/resolution-signed", {encoded});
}

Bytes resolution_signing_bytes(const Hash& chain_id, const Hash& id) {
    Bytes bytes = to_bytes("xinlian/v1/resolution-signature");
    bytes.insert(bytes.end(), chain_id.bytes.begin(), chain_id.bytes.end());
    bytes.insert(bytes.end(), id.bytes.begin(), id.bytes.end());
    return bytes;
}

Result<ParsedResolution> check_resolution(const Genesis& genesis, const SignedRules& resolution) {
    XL_TRY(ParsedResolution parsed, parse_resolution(genesis, resolution.text));
    const Hash id = resolution_id(genesis.suite(), resolution.text);
    const Bytes message = resolution_signing_bytes(genesis.chain_id(), id);
    if (Status status = genesis.committee().check_quorum(message, resolution.signatures); !status) {
        return within("the resolution", std::move(status).error());
    }
    return parsed;
}

void apply_to_rules(std::optional<RulesState>& rules, const std::string& text, Height from, std::uint64_t index,
                    Height height) {
    if (!rules) rules.emplace();
    if (rules->last && rules->last->from <= height) rules->before = std::move(rules->last);
    rules->last = ResolvedRules{index, from, text};
    ++rules->count;
}

Rulebooks::Rulebooks(const Genesis& genesis, const RulesState& state) {
    const auto read = [&genesis](const std::optional<ResolvedRules>& rules) -> std::shared_ptr<const Rulebook> {
        if (!rules) return nullptr;
        Result<ParsedResolution> parsed = parse_resolution(genesis, rules->text);
        XL_CHECK(parsed.ok());  // its text was checked before
        return std::make_shared<const Rulebook>(std::move(parsed->rulebook));
    };
    before_ = read(state.before);
    last_ = read(state.last);
    if (state.last) last_from_ = state.last->from;
}

const Rulebook& Rulebooks::at(Height height) const {
    if (last_ && height >= last_from_) return *last_;
    return before_ ? *before_ : shipped_rulebook();
}

}  // namespace xinlian::ledger

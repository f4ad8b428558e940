// Independent readers of a node's answers, for the target `answers`: written from docs/openapi.yaml, without the
// program's own readers. Also those parts of its inputs that chance does not find: signatures and heads of lists.
#pragma once

#include <boost/json.hpp>

#include "node/vault/vault.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/support/builders.hpp"

namespace xinlian::fuzz {

inline std::optional<boost::json::object> object_in(std::string_view text) {
    boost::json::error_code fault;
    boost::json::value value = boost::json::parse(text, fault);
    if (fault || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

inline std::optional<std::uint64_t> whole(const boost::json::object& from, const char* name) {
    const boost::json::value* value = from.if_contains(name);
    if (value == nullptr || value->is_double()) return std::nullopt;
    boost::json::error_code fault;
    const auto number = value->to_number<std::uint64_t>(fault);
    return fault ? std::nullopt : std::optional(number);
}

inline std::optional<std::string> text_at(const boost::json::object& from, const char* name) {
    const boost::json::value* value = from.if_contains(name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string(value->get_string());
}

inline std::optional<Hash> id(const boost::json::object& from, const char* name) {
    const std::string digits = text_at(from, name).value_or("");
    if (digits.size() != 64) return std::nullopt;
    Hash hash;
    for (std::size_t i = 0; i < 64; ++i) {
        const std::size_t value = std::string_view("0123456789abcdefABCDEF").find(digits[i]);
        if (value == std::string_view::npos) return std::nullopt;
        hash.bytes[i / 2] |= static_cast<std::uint8_t>((value < 16 ? value : value - 6) << (i % 2 == 0 ? 4 : 0));
    }
    return hash;
}

// A receipt, or that there is none yet; nothing if the answer is neither.
inline std::optional<std::optional<ledger::Receipt>> plain_receipt(int status, std::string_view body,
                                                                   const Hash& batch) {
    const auto object = object_in(body);
    if ((status != 200 && status != 202) || !object || id(*object, "batch") != batch) return std::nullopt;
    if (status == 202) return std::optional<ledger::Receipt>();
    const auto entry = whole(*object, "entry"), height = whole(*object, "height"), time = whole(*object, "time_ms"),
               first = whole(*object, "first_index"), count = whole(*object, "entry_count");
    const auto block = id(*object, "block");
    const std::string outcome = text_at(*object, "outcome").value_or("");
    std::optional<ledger::Reason> reason;
    for (std::size_t i = 0; i <= std::size_t(ledger::Reason::too_soon); ++i) {
        if (outcome == name_of(static_cast<ledger::Reason>(i))) reason = static_cast<ledger::Reason>(i);
    }
    if (!entry || !height || !time || !first || !count || !block || !reason) return std::nullopt;
    if (std::max(*entry, *count) > 0xFFFF'FFFF) return std::nullopt;
    ledger::Receipt made{
        batch,
        {*reason, static_cast<std::uint32_t>(*entry), *height, *first, static_cast<std::uint32_t>(*count), {}},
        *block,
        Time{*time}};
    const boost::json::value* conflicting_entry = object->if_contains("obstacle");
    if (conflicting_entry == nullptr || conflicting_entry->is_null()) return std::optional(made);
    made.outcome.conflicting_entry = whole(*object, "obstacle");
    if (!made.outcome.conflicting_entry) return std::nullopt;
    return std::optional(made);
}

// Whether a status has every part that a client requires.
inline bool is_status(const boost::json::object& json) {
    const auto is = [](const boost::json::object& of, const char* name, auto kind) {
        const boost::json::value* value = of.if_contains(name);
        return value != nullptr && (value->*kind)();
    };
    using boost::json::value;
    for (const char* name : {"member", "fingerprint"}) {
        if (!is(json, name, &value::is_string)) return false;
    }
    for (const char* name : {"height", "highest_known", "view", "log_size"}) {
        if (!whole(json, name)) return false;
    }
    for (const char* name : {"ready", "halted"}) {
        if (!is(json, name, &value::is_bool)) return false;
    }
    const value* peers = json.if_contains("peers");
    if (peers == nullptr || !peers->is_array()) return false;
    const auto& all = peers->get_array();
    return std::all_of(all.begin(), all.end(), [&](const value& peer) {
        return peer.is_object() && is(peer.get_object(), "id", &value::is_string) &&
               is(peer.get_object(), "connected", &value::is_bool);
    });
}

// Whether a rate prints as one hundred per cent, with two digits and halves rounded up.
inline bool percent_is_whole(std::uint64_t part, std::uint64_t whole) { return (whole - part) * 20'000 <= whole; }

// A file of signed rules. The input asks for its signatures by name: "right", "neighbour" (another member's) or "other"
// (over another text).
struct SignedText {
    std::string text;
    bool right = false;  // by the independent reader
};

inline std::string signature_wished(const test::Federation& federation, MemberIndex by, std::string_view wish,
                                    const std::string& text) {
    const ledger::Genesis& genesis = federation.genesis();
    const Hash rules = ledger::resolution_id(federation.suite(), wish == "other" ? text + " " : text);
    const auto count = static_cast<MemberIndex>(genesis.committee().size());
    const MemberIndex signer = wish == "neighbour" ? static_cast<MemberIndex>((by + 1) % count) : by;
    const Bytes message = ledger::resolution_signing_bytes(genesis.chain_id(), rules);
    return to_hex(federation.validator(signer).sign(message).bytes);
}

inline SignedText with_signatures(const test::Federation& federation, std::string_view input) {
    auto json = object_in(input);
    if (!json) return {std::string(input), false};
    boost::json::value* signatures = json->if_contains("signatures");
    const boost::json::value *text = json->if_contains("text"), *format = json->if_contains("format");
    if (signatures == nullptr || !signatures->is_object() || text == nullptr || !text->is_string() ||
        format == nullptr || *format != "xinlian-signed-rules/1") {
        return {boost::json::serialize(*json), false};
    }
    const std::string rules(text->get_string());
    bool right = ledger::parse_resolution(federation.genesis(), rules).ok();
    for (auto& [member, signature] : signatures->get_object()) {
        const auto by = federation.genesis().validator_index(std::string(member));
        const std::string wish = signature.is_string() ? std::string(signature.get_string()) : std::string();
        const bool known = wish == "right" || wish == "neighbour" || wish == "other";
        if (by && known) signature = signature_wished(federation, *by, wish, rules);
        right = right && by && wish == "right";
    }
    return {boost::json::serialize(*json), right};
}

// What is known of a subject to somebody who saw at most its first `count` entries.
inline ledger::ListState seen_of(const ledger::Chain& chain, const Hash& tag, std::uint64_t count) {
    const Suite suite = chain.genesis().suite();
    const auto state = chain.snapshot()->state.subject(tag);
    ledger::ListState seen;
    seen.count = state ? std::min(count, state->count) : 0;
    for (const std::uint64_t index :
         test::must(chain.list_entries(ledger::StateKind::subject, tag.view(), 0, seen.count))) {
        const ledger::LogEntry entry = test::must(chain.entry(index)).entry;
        seen.head = ledger::list_next(suite, seen.head, log_leaf_hash(suite, encode(entry)), index);
    }
    return seen;
}

}  // namespace xinlian::fuzz

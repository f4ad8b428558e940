#include "ledger/entry/genesis.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <fstream>
#include <map>
#include <utility>

#include "crypto/jcs.hpp"
#include "ledger/entry/date.hpp"
#include "ledger/entry/strict_json.hpp"

namespace xinlian::ledger {

namespace {

namespace json = boost::json;
using parts::check_names;
using parts::people_name_at;
using parts::quoted;
using parts::text_at;

constexpr std::string_view format_name = "xinlian-genesis/1";
constexpr std::size_t validators_min = 4;  // fewer validators tolerate no fault

// A key must be present if the member's roles require it, and absent otherwise.
Result<PublicKey> parse_key(const json::object& object, std::string_view name, bool wanted, Suite suite,
                            const std::string& where) {
    const std::string place = where + ": " + std::string(name);
    if (!wanted) {
        if (object.if_contains(json::string_view(name.data(), name.size())) == nullptr) return PublicKey();
        return invalid(place + " is given, but the member lacks the role for it; remove the key or add the role");
    }
    XL_TRY(const std::string_view text, text_at(object, name, where));
    auto key = PublicKey::from_text(text);
    if (!key) return within(place, invalid(key.error().text));
    if (key->suite() != suite) {
        return invalid(place + " is a key of another suite; it must be a key of " + std::string(name_of(suite)));
    }
    return *key;
}

Result<Member> parse_member(const json::value& value, std::size_t number, Suite suite) {
    static constexpr std::array<std::string_view, 6> known{"id",         "name",         "roles", "validator_key",
                                                           "issuer_key", "transport_key"};
    std::string where = "member number " + std::to_string(number);
    const json::object* object = value.if_object();
    if (object == nullptr) return invalid(where + ": must be an object with id, name, roles and keys");
    XL_TRY_STATUS(check_names(*object, where, known));
    Member member;
    XL_TRY(const std::string_view id, text_at(*object, "id", where));
    if (auto status = check_member_id(id); !status) return within(where, std::move(status).error());
    member.id = id;
    where = "member " + member.id;
    XL_TRY(member.name, people_name_at(*object, where));
    XL_TRY(member.roles, parts::roles_at(*object, where));
    if (member.roles == Roles{}) {
        return invalid(where + ": roles is empty; give the member at least one, as in \"observer\"");
    }
    XL_TRY(member.validator_key, parse_key(*object, "validator_key", member.roles.validator, suite, where));
    XL_TRY(member.issuer_key, parse_key(*object, "issuer_key", member.roles.writes(), suite, where));
    XL_TRY(member.transport_key, parse_key(*object, "transport_key", true, Suite::ed25519_sha256, where));
    return member;
}

Result<std::vector<Member>> parse_members(const json::object& file, Suite suite) {
    const json::value* value = file.if_contains("members");
    const json::array* list = value == nullptr ? nullptr : value->if_array();
    if (list == nullptr) return invalid("members must be a list");
    if (list->size() > members_max) {
        return invalid("the file has " + std::to_string(list->size()) + " members; at most " +
                       std::to_string(members_max) + " are allowed");
    }
    std::vector<Member> members;
    for (const json::value& item : *list) {
        XL_TRY(Member member, parse_member(item, members.size() + 1, suite));
        members.push_back(std::move(member));
    }
    std::sort(members.begin(), members.end(), [](const Member& a, const Member& b) { return a.id < b.id; });
    return members;
}

Status check_distinct(const std::vector<Member>& members) {
    std::map<PublicKey, std::string> keys;
    for (std::size_t i = 0; i < members.size(); ++i) {
        const Member& member = members[i];
        if (i > 0 && members[i - 1].id == member.id) return invalid("member " + member.id + " is listed twice");
        std::vector<std::pair<const PublicKey*, std::string>> own{{&member.transport_key, "transport_key"}};
        if (member.roles.validator) own.emplace_back(&member.validator_key, "validator_key");
        if (member.roles.writes()) own.emplace_back(&member.issuer_key, "issuer_key");
        for (const auto& [key, name] : own) {
            const std::string place = name + " of member " + member.id;
            const auto [at, added] = keys.emplace(*key, place);
            if (!added)
                return invalid("the " + place + " is also the " + at->second + "; create a separate key for each");
        }
    }
    return {};
}

}  // namespace

Result<Genesis> Genesis::parse(std::string_view text) {
    static constexpr std::array<std::string_view, 6> known{"format", "name", "suite", "time", "members", "parameters"};
    if (text.size() > genesis_bytes_max) {
        return Error{Errc::too_large, "the genesis file has " + std::to_string(text.size()) + " bytes; at most " +
                                          std::to_string(genesis_bytes_max) + " are allowed"};
    }
    XL_TRY(std::string canonical, jcs(text));
    json::error_code fault;
    const json::value value = json::parse(json::string_view(canonical.data(), canonical.size()), fault);
    if (fault) return Error{Errc::malformed, "the genesis file is not valid JSON: " + fault.message()};
    const json::object* file = value.if_object();
    if (file == nullptr) return invalid("the genesis file must be a JSON object");

    XL_TRY(const std::string_view format, text_at(*file, "format", "genesis file"));
    if (format != format_name) {
        return invalid("format is " + quoted(format) + "; this program reads \"" + std::string(format_name) + "\"");
    }
    XL_TRY_STATUS(check_names(*file, "genesis file", known));
    XL_TRY(const std::string_view suite_name, text_at(*file, "suite", "genesis file"));
    const Result<Suite> suite = suite_named(suite_name);
    if (!suite) return within("suite", invalid(suite.error().text));
    XL_TRY(const std::string_view time, text_at(*file, "time", "genesis file"));

    XL_TRY(std::vector<Member> members, parse_members(*file, *suite));
    XL_TRY_STATUS(check_distinct(members));
    std::vector<PublicKey> keys;
    for (const Member& member : members) {
        if (member.roles.validator) keys.push_back(member.validator_key);
    }
    if (keys.size() < validators_min || keys.size() > committee_max) {
        return invalid("the file has " + std::to_string(keys.size()) + " validators; it must have " +
                       std::to_string(validators_min) + " to " + std::to_string(committee_max));
    }
    XL_TRY(Committee committee, Committee::of(std::move(keys)));

    Genesis genesis(std::move(committee));
    XL_TRY(genesis.name_, people_name_at(*file, "genesis file"));
    const Result<Time> from = utc_from_text(time);
    if (!from) return within("time", invalid(from.error().text));
    genesis.time_ = *from;
    if (const json::value* given = file->if_contains("parameters")) {
        XL_TRY(genesis.parameters_, parts::parameters_of(*given, "parameters", Parameters{}));
    }
    genesis.suite_ = *suite;
    genesis.chain_id_ = hash(*suite, as_bytes(canonical));
    genesis.text_ = std::move(canonical);
    genesis.members_ = std::move(members);
    genesis.index_validators();
    return genesis;
}

void Genesis::index_validators() {
    validators_.resize(committee_.size());
    for (std::size_t i = 0; i < members_.size(); ++i) {
        if (!members_[i].roles.validator) continue;
        const auto index = committee_.index_of(members_[i].validator_key);
        XL_CHECK(index.has_value());
        validators_[*index] = i;
    }
}

Result<Genesis> Genesis::load(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return Error{Errc::not_found, path + ": cannot be opened; give the path of the federation's genesis file"};
    std::string text(genesis_bytes_max + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad()) return Error{Errc::io, path + ": cannot be read"};
    text.resize(static_cast<std::size_t>(file.gcount()));
    auto genesis = parse(text);
    if (!genesis) return within(path, std::move(genesis).error());
    return genesis;
}

std::string Genesis::fingerprint() const {
    const std::string hex = to_hex(chain_id_.view().first(10));
    std::string text = hex.substr(0, 4);
    for (std::size_t at = 4; at < hex.size(); at += 4) text += "-" + hex.substr(at, 4);
    return text;
}

const Member* Genesis::member_at(std::size_t number) const {
    return number < members_.size() ? &members_[number] : nullptr;
}

std::size_t Genesis::number_of(const Member& member) const {
    return static_cast<std::size_t>(&member - members_.data());
}

const Member* Genesis::member(std::string_view id) const {
    const auto at = std::lower_bound(members_.begin(), members_.end(), id,
                                     [](const Member& member, std::string_view i) { return member.id < i; });
    return at != members_.end() && at->id == id ? &*at : nullptr;
}

const Member& Genesis::validator(MemberIndex index) const {
    XL_CHECK(index < validators_.size());
    return members_[validators_[index]];
}

std::optional<MemberIndex> Genesis::validator_index(std::string_view id) const {
    const Member* found = member(id);
    if (found == nullptr || !found->roles.validator) return std::nullopt;
    return committee_.index_of(found->validator_key);
}

std::string print_genesis(std::string_view name, Suite suite, Time time, const std::vector<Member>& members,
                          const Parameters& parameters) {
    const auto text = [](std::string_view t) { return json::serialize(json::string_view(t.data(), t.size())); };
    std::string out = "{\n  \"format\": " + text(format_name) + ",\n  \"name\": " + text(name) +
                      ",\n  \"suite\": " + text(name_of(suite)) + ",\n  \"time\": " + text(utc_text(time)) +
                      ",\n  \"members\": [";
    for (const Member& member : members) {
        std::string roles;
        for (const json::value& role : parts::roles_json(member.roles)) {
            roles += (roles.empty() ? "" : ", ") + text(std::string_view(role.as_string()));
        }
        out += &member == members.data() ? "\n" : ",\n";
        out += "    {\n      \"id\": " + text(member.id) + ",\n      \"name\": " + text(member.name) +
               ",\n      \"roles\": [" + roles + "],\n";
        if (member.roles.validator) out += "      \"validator_key\": " + text(member.validator_key.text()) + ",\n";
        if (member.roles.writes()) out += "      \"issuer_key\": " + text(member.issuer_key.text()) + ",\n";
        out += "      \"transport_key\": " + text(member.transport_key.text()) + "\n    }";
    }
    out += "\n  ],\n  \"parameters\": {";
    bool first = true;
    for (const auto& item : parts::parameters_json(parameters)) {
        out += std::exchange(first, false) ? "\n" : ",\n";
        out += "    " + text(std::string_view(item.key())) + ": " + json::serialize(item.value());
    }
    return out + "\n  }\n}\n";
}

}  // namespace xinlian::ledger

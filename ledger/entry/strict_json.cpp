#include "ledger/entry/strict_json.hpp"

#include <algorithm>
#include <array>

#include "crypto/nearest_name.hpp"

namespace xinlian::ledger::parts {

namespace json = boost::json;

namespace {

struct RoleName {
    std::string_view name;
    bool Roles::*role;
};
constexpr std::array<RoleName, 5> role_names{{{"validator", &Roles::validator},
                                              {"issuer", &Roles::issuer},
                                              {"bureau", &Roles::bureau},
                                              {"regulator", &Roles::regulator},
                                              {"observer", &Roles::observer}}};

struct ParameterRule {
    std::string_view name;
    std::uint64_t min, max;
    std::uint64_t (*get)(const Parameters&);
    void (*set)(Parameters&, std::uint64_t);
};

template <auto field>
constexpr ParameterRule rule(std::string_view name, std::uint64_t min, std::uint64_t max) {
    if constexpr (std::is_same_v<decltype(field), Duration Parameters::*>) {
        return {name, min, max, [](const Parameters& p) { return (p.*field).ms; },
                [](Parameters& p, std::uint64_t v) { (p.*field).ms = v; }};
    } else {
        return {name, min, max, [](const Parameters& p) { return std::uint64_t{p.*field}; },
                [](Parameters& p, std::uint64_t v) { p.*field = static_cast<std::uint32_t>(v); }};
    }
}

constexpr std::array<ParameterRule, 7> parameter_rules{
    rule<&Parameters::batch_entries_max>("batch_entries_max", 1, 20'000),
    rule<&Parameters::block_batches_max>("block_batches_max", 1, 1024),
    rule<&Parameters::block_body_bytes_max>("block_body_bytes_max", 64u << 10, 8u << 20),
    rule<&Parameters::block_interval_min>("block_interval_min_ms", 0, 10'000),
    rule<&Parameters::clock_ahead_max>("clock_ahead_max_ms", 100, 600'000),
    rule<&Parameters::heartbeat>("heartbeat_ms", 1'000, 3'600'000),
    rule<&Parameters::view_timeout>("view_timeout_ms", 100, 60'000)};

const json::value* find(const json::object& object, std::string_view name) {
    return object.if_contains(json::string_view(name.data(), name.size()));
}

}  // namespace

std::string quoted(std::string_view text) {
    constexpr std::size_t quoted_bytes_max = 48;
    if (text.size() <= quoted_bytes_max) return "\"" + std::string(text) + "\"";
    std::size_t end = quoted_bytes_max;
    while (end > 0 && (static_cast<std::uint8_t>(text[end]) & 0xC0U) == 0x80) --end;
    return "\"" + std::string(text.substr(0, end)) + "…\"";
}

Error unknown_word(const std::string& where, std::string_view what, std::string_view word,
                   std::span<const std::string_view> known) {
    return invalid(where + ": unknown " + std::string(what) + " " + quoted(word) + "; did you mean \"" +
                   std::string(nearest_name(word, known)) + "\"?");
}

Status check_names(const json::object& object, const std::string& where, std::span<const std::string_view> known) {
    for (const auto& item : object) {
        const std::string_view name(item.key().data(), item.key().size());
        if (std::find(known.begin(), known.end(), name) == known.end()) return unknown_word(where, "name", name, known);
    }
    return {};
}

Result<std::string_view> text_of(const json::value& value, const std::string& where) {
    const json::string* text = value.if_string();
    if (text == nullptr) return invalid(where + ": must be a string");
    return std::string_view(text->data(), text->size());
}

Result<std::string_view> text_at(const json::object& object, std::string_view name, const std::string& where) {
    const json::value* value = find(object, name);
    const std::string place = where + ": " + std::string(name);
    if (value == nullptr) return invalid(place + " is missing");
    return text_of(*value, place);
}

Result<std::string> people_name_at(const json::object& object, const std::string& where) {
    XL_TRY(const std::string_view name, text_at(object, "name", where));
    if (name.empty() || name.size() > name_bytes_max) {
        return invalid(where + ": name must have 1 to " + std::to_string(name_bytes_max) + " bytes");
    }
    for (const char c : name) {
        const auto byte = static_cast<std::uint8_t>(c);
        if (byte < 0x20 || byte == 0x7F) return invalid(where + ": name contains a control character; remove it");
    }
    return std::string(name);
}

Result<std::uint64_t> number_at(const json::object& object, std::string_view name, std::uint64_t min, std::uint64_t max,
                                const std::string& where) {
    const json::value* value = find(object, name);
    const std::int64_t* number = value == nullptr ? nullptr : value->if_int64();
    if (number == nullptr || *number < 0 || static_cast<std::uint64_t>(*number) < min ||
        static_cast<std::uint64_t>(*number) > max) {
        return invalid(where + ": " + std::string(name) + " must be an integer from " + std::to_string(min) + " to " +
                       std::to_string(max));
    }
    return static_cast<std::uint64_t>(*number);
}

Result<const json::object*> object_of(const json::value& value, const std::string& where) {
    const json::object* object = value.if_object();
    if (object == nullptr) return invalid(where + ": must be an object");
    return object;
}

Result<const json::object*> object_at(const json::object& object, std::string_view name, const std::string& where) {
    const json::value* value = find(object, name);
    if (value == nullptr) return static_cast<const json::object*>(nullptr);
    return object_of(*value, where + ": " + std::string(name));
}

Result<const json::array*> list_at(const json::object& object, std::string_view name, std::size_t most,
                                   const std::string& where) {
    const json::value* value = find(object, name);
    const json::array* list = value == nullptr ? nullptr : value->if_array();
    const std::string place = where + ": " + std::string(name);
    if (list == nullptr) return invalid(place + " must be a list");
    if (list->size() > most) return invalid(place + " has more than " + std::to_string(most) + " items");
    return list;
}

Result<Roles> roles_of(const json::value& value, const std::string& where) {
    const json::array* list = value.if_array();
    if (list == nullptr) return invalid(where + ": roles must be a list, as in [\"issuer\", \"validator\"]");
    std::array<std::string_view, role_names.size()> known;
    for (std::size_t i = 0; i < known.size(); ++i) known[i] = role_names[i].name;
    Roles roles;
    for (const json::value& item : *list) {
        XL_TRY(const std::string_view name, text_of(item, where + ": roles"));
        const auto at = std::find(known.begin(), known.end(), name);
        if (at == known.end()) return unknown_word(where, "role", name, known);
        bool& role = roles.*role_names[static_cast<std::size_t>(at - known.begin())].role;
        if (role) return invalid(where + ": role " + quoted(name) + " is given twice");
        role = true;
    }
    return roles;
}

Result<Roles> roles_at(const json::object& object, const std::string& where) {
    const json::value* value = find(object, "roles");
    if (value == nullptr) return invalid(where + ": roles must be a list, as in [\"issuer\", \"validator\"]");
    return roles_of(*value, where);
}

json::array roles_json(const Roles& roles) {
    json::array list;
    for (const RoleName& role : role_names) {
        if (roles.*role.role) list.emplace_back(role.name);
    }
    return list;
}

Result<Parameters> parameters_of(const json::value& value, const std::string& where, Parameters otherwise) {
    XL_TRY(const json::object* const object, object_of(value, where));
    std::array<std::string_view, parameter_rules.size()> known;
    for (std::size_t i = 0; i < known.size(); ++i) known[i] = parameter_rules[i].name;
    XL_TRY_STATUS(check_names(*object, where, known));
    for (const ParameterRule& rule : parameter_rules) {
        if (find(*object, rule.name) == nullptr) continue;
        XL_TRY(const std::uint64_t number, number_at(*object, rule.name, rule.min, rule.max, where));
        rule.set(otherwise, number);
    }
    return otherwise;
}

json::object parameters_json(const Parameters& parameters) {
    json::object object;
    for (const ParameterRule& rule : parameter_rules) object[rule.name] = rule.get(parameters);
    return object;
}

}  // namespace xinlian::ledger::parts

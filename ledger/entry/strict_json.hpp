// Strict parsing of the JSON files that members agree on (genesis, rules). Unknown names are errors, and every error
// names its place. Errc::invalid.
#pragma once

#include <boost/json.hpp>
#include <span>

#include "ledger/entry/member.hpp"

namespace xinlian::ledger::parts {

inline constexpr std::size_t name_bytes_max = 200;

// Text of the file for error messages, cut to fit a line and never within a UTF-8 character.
std::string quoted(std::string_view text);
// Rejects names that are not among `known`, and suggests the nearest known one.
Status check_names(const boost::json::object& object, const std::string& where,
                   std::span<const std::string_view> known);
Error unknown_word(const std::string& where, std::string_view what, std::string_view word,
                   std::span<const std::string_view> known);

Result<std::string_view> text_of(const boost::json::value& value, const std::string& where);
Result<std::string_view> text_at(const boost::json::object& object, std::string_view name, const std::string& where);
// A display name: not empty, short, one line. The file was already checked to be UTF-8.
Result<std::string> people_name_at(const boost::json::object& object, const std::string& where);
Result<std::uint64_t> number_at(const boost::json::object& object, std::string_view name, std::uint64_t min,
                                std::uint64_t max, const std::string& where);
Result<const boost::json::object*> object_of(const boost::json::value& value, const std::string& where);
// nullptr if there is no such name.
Result<const boost::json::object*> object_at(const boost::json::object& object, std::string_view name,
                                             const std::string& where);
Result<const boost::json::array*> list_at(const boost::json::object& object, std::string_view name, std::size_t most,
                                          const std::string& where);

// A list of distinct role names; it may be empty.
Result<Roles> roles_of(const boost::json::value& value, const std::string& where);
Result<Roles> roles_at(const boost::json::object& object, const std::string& where);
boost::json::array roles_json(const Roles& roles);

// An object of limits and times by name, each within its range. A missing one has the value in `otherwise`.
Result<Parameters> parameters_of(const boost::json::value& value, const std::string& where, Parameters otherwise);
boost::json::object parameters_json(const Parameters& parameters);

}  // namespace xinlian::ledger::parts

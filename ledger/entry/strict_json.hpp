// Reading the files that members agree on (genesis, rules): every name known, every refusal with its place.
// Errc::invalid.
#pragma once

#include <boost/json.hpp>
#include <span>

#include "ledger/entry/member.hpp"

namespace xinlian::ledger::parts {

inline constexpr std::size_t name_bytes_max = 200;

Error broken(std::string text);
// What the file says, for errors, but never more of it than fits a line, and never half a character.
std::string quoted(std::string_view text);
// Refuses names that are not among these, with the nearest that is.
Status check_names(const boost::json::object& object, const std::string& where,
                   std::span<const std::string_view> known);
Error unknown_word(const std::string& where, std::string_view what, std::string_view word,
                   std::span<const std::string_view> known);

Result<std::string_view> text_of(const boost::json::value& value, const std::string& where);
Result<std::string_view> text_at(const boost::json::object& object, std::string_view name, const std::string& where);
// A name for people: not empty, short, one line. That it is UTF-8 was checked with the file.
Result<std::string> people_name_at(const boost::json::object& object, const std::string& where);
Result<std::uint64_t> number_at(const boost::json::object& object, std::string_view name, std::uint64_t min,
                                std::uint64_t max, const std::string& where);
Result<const boost::json::object*> object_of(const boost::json::value& value, const std::string& where);
// nullptr if it is not there.
Result<const boost::json::object*> object_at(const boost::json::object& object, std::string_view name,
                                             const std::string& where);
Result<const boost::json::array*> list_at(const boost::json::object& object, std::string_view name, std::size_t most,
                                          const std::string& where);

// A list of names of roles, each once; it may be empty.
Result<Roles> roles_of(const boost::json::value& value, const std::string& where);
Result<Roles> roles_at(const boost::json::object& object, const std::string& where);
boost::json::array roles_json(const Roles& roles);

// An object of limits and times by name, each in its range; what it leaves out is as in `otherwise`.
Result<Parameters> parameters_of(const boost::json::value& value, const std::string& where, Parameters otherwise);
boost::json::object parameters_json(const Parameters& parameters);

}  // namespace xinlian::ledger::parts

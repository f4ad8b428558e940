// Reads members of the JSON objects in a node's responses. Each function checks the member's type; the caller checks
// the value.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>

#include "crypto/hash.hpp"

namespace xinlian::node {

// Parses the body of a response. Errc::malformed if it is not a JSON object.
Result<boost::json::object> parse_object(std::string_view text);

// The member of this name; empty if it is missing or of another type. A number is a non-negative integer.
std::optional<std::uint64_t> number_in(const boost::json::object& object, std::string_view name);
std::optional<bool> truth_in(const boost::json::object& object, std::string_view name);
std::optional<std::string> text_in(const boost::json::object& object, std::string_view name);

// The same for a required member. Errc::malformed names it.
Result<std::uint64_t> number_of(const boost::json::object& object, std::string_view name);
Result<std::uint32_t> small_number_of(const boost::json::object& object, std::string_view name);
Result<std::string> text_of(const boost::json::object& object, std::string_view name);
Result<Hash> hash_of(const boost::json::object& object, std::string_view name);

}  // namespace xinlian::node

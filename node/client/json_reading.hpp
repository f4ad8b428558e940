// Reading members of the JSON objects that a node answers with. Each function checks the member's type; the caller
// checks what the value means.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>

#include "crypto/hash.hpp"

namespace xinlian::node {

// The text of an answer as an object. Errc::malformed if it is no JSON object.
Result<boost::json::object> parse_object(std::string_view text);

// The member of this name, or nothing if it is missing or of another type. A number is whole and not negative.
std::optional<std::uint64_t> number_in(const boost::json::object& object, std::string_view name);
std::optional<bool> truth_in(const boost::json::object& object, std::string_view name);
std::optional<std::string> text_in(const boost::json::object& object, std::string_view name);

// The same for a member that must be there. Errc::malformed names it.
Result<std::uint64_t> number_of(const boost::json::object& object, std::string_view name);
Result<std::uint32_t> small_number_of(const boost::json::object& object, std::string_view name);
Result<std::string> text_of(const boost::json::object& object, std::string_view name);
Result<Hash> hash_of(const boost::json::object& object, std::string_view name);

}  // namespace xinlian::node

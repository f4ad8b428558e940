// RFC 8785 JSON Canonicalization Scheme: one byte string for one JSON value, so that a JSON file can be hashed.
#pragma once

#include "crypto/bytes.hpp"

namespace xinlian {

inline constexpr std::size_t jcs_depth_max = 64;

// Parses strictly (UTF-8, no duplicate names, I-JSON numbers as IEEE doubles, no lone surrogates, nothing after the
// value) and prints canonically. Errc::malformed with the offset.
Result<std::string> jcs(std::string_view json);

}  // namespace xinlian

// An error as JSON in both directions: {"error":{"code":"not_found","message":"…"}} (docs/openapi.yaml, Error).
#pragma once

#include <boost/json/fwd.hpp>
#include <string_view>

#include "crypto/result.hpp"

namespace xinlian::node {

// The message may repeat the request. Bytes that are not UTF-8 are replaced.
boost::json::object error_json(const Error& error);
// The error in a response of this HTTP status and body; Errc::unavailable if there is none that this program knows. Its
// text is printable.
Error parse_error(int status, std::string_view body);

}  // namespace xinlian::node

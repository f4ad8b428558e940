// An error as a node answers with it: {"error":{"code":"not_found","message":"…"}} (docs/openapi.yaml, Error).
#pragma once

#include <boost/json/fwd.hpp>
#include <string_view>

#include "crypto/result.hpp"

namespace xinlian::node {

boost::json::object error_json(const Error& error);
// The error that an answer of this HTTP status and body tells; Errc::unavailable if it tells none that this program
// knows. Its words are printable.
Error parse_error(int status, std::string_view body);

}  // namespace xinlian::node

// How answers are written: JSON, files, and the one form of an error (docs/openapi.yaml).
#pragma once

#include <boost/json/fwd.hpp>

#include "crypto/bytes.hpp"
#include "crypto/result.hpp"
#include "net/http.hpp"

namespace xinlian::ledger {
struct Snapshot;
}

namespace xinlian::node {

net::HttpResponse json_response(int status, const boost::json::object& body);
net::HttpResponse bytes_response(ByteView bytes);
// The status that docs/openapi.yaml gives to the error's code, the body error_json, and Retry-After where trying again
// helps.
net::HttpResponse error_response(const Error& error);
// 405; `methods` is the value of Allow: "GET".
net::HttpResponse not_allowed_response(const std::string& methods);

// Which height an answer about the ledger speaks of.
boost::json::object as_of(const ledger::Snapshot& snapshot);

}  // namespace xinlian::node

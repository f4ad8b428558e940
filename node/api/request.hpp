// The values in paths and queries of requests. A value that is not what it must be is Errc::malformed; the message
// names it.
#pragma once

#include "crypto/hash.hpp"
#include "net/http.hpp"

namespace xinlian::node {

// "NAME must be a whole number": decimal digits alone, below 2^64.
Result<std::uint64_t> number(std::string_view text, const std::string& name);
Result<std::uint64_t> path_number(std::string_view text, const std::string& name);  // "NAME in the path must be …"
Result<Hash> path_hash(std::string_view text, const std::string& name);

// The value of the query's parameter; null if the query has none of this name.
const std::string* query_value(const net::HttpRequest& request, const std::string& name);

// How long the client wants to wait for a receipt: wait_ms, at most 30 s; without it not at all.
Result<Duration> wait_of(const net::HttpRequest& request);

}  // namespace xinlian::node

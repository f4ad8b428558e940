// Asks a node over HTTP and turns its refusals back into errors. What a node says is checked by whoever asks.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <string>

#include "net/http.hpp"

namespace xinlian::node {

inline constexpr const char* default_node_url = "http://127.0.0.1:8310";

// One GET; tests bring a node of their own.
using Fetch = std::function<Result<net::HttpResponse>(const std::string& target)>;

// Errc::malformed for an address that is none. Connects at the first request.
Result<Fetch> fetch_from(const std::string& url, Duration deadline);

// One POST of text.
using Post = std::function<Result<net::HttpResponse>(const std::string& target, std::string_view body)>;
Result<Post> post_to(const std::string& url, Duration deadline);

// The node's own error; Errc::unavailable if it gave none. Its words are printable.
Error refusal_of(const net::HttpResponse& response);
// The body of a 2xx answer; else refusal_of.
Result<std::string> body_of(Result<net::HttpResponse> answered);
Result<std::string> get(const Fetch& fetch, const std::string& target);
// The same, as a JSON object. Errc::malformed if it is none.
Result<boost::json::object> get_object(const Fetch& fetch, const std::string& target);
Result<boost::json::object> parse_object(std::string_view text);

}  // namespace xinlian::node

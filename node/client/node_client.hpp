// Sends HTTP requests to a node and converts its error responses to errors. The caller verifies the content of
// responses.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <string>

#include "net/http.hpp"

namespace xinlian::node {

inline constexpr const char* default_node_url = "http://127.0.0.1:8310";

// Performs one GET; tests provide their own node.
using Fetch = std::function<Result<net::HttpResponse>(const std::string& target)>;

// Errc::malformed for an invalid address. Connects at the first request.
Result<Fetch> fetch_from(const std::string& url, Duration deadline);

// Performs one POST of text.
using Post = std::function<Result<net::HttpResponse>(const std::string& target, std::string_view body)>;
Result<Post> post_to(const std::string& url, Duration deadline);

// The error in the node's response; Errc::unavailable if there is none. Its text is printable.
Error refusal_of(const net::HttpResponse& response);
// The body of a 2xx response; otherwise refusal_of.
Result<std::string> body_of(Result<net::HttpResponse> answered);
Result<std::string> get(const Fetch& fetch, const std::string& target);
// The same, parsed as a JSON object. Errc::malformed if it is not one.
Result<boost::json::object> get_object(const Fetch& fetch, const std::string& target);
Result<boost::json::object> parse_object(std::string_view text);

}  // namespace xinlian::node

// Sends HTTP requests to a node and converts its error responses to errors. The caller verifies the content of
// responses.
#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <string>

#include "net/http.hpp"

namespace xinlian::node {

inline constexpr const char* default_node_url = "http://127.0.0.1:8310";

struct NodeRequest {
    std::string method, target;
    std::string content_type{};  // of the body
    std::string_view body{};
};

// One node. Copies share a connection; they are not thread-safe.
class NodeClient {
public:
    // Sends one request and returns the response, whatever its status.
    using Send = std::function<Result<net::HttpResponse>(const NodeRequest&)>;

    // The node at this address, with a deadline for each request. Errc::malformed for an invalid address. Connects at
    // the first request.
    static Result<NodeClient> to(const std::string& url, Duration deadline);
    // Tests provide their own node.
    explicit NodeClient(Send send) : send_(std::move(send)) {}

    Result<net::HttpResponse> send(const NodeRequest& request) const { return send_(request); }

    // The body of a 2xx response. Otherwise the error in the node's response (parse_error), or Errc::unavailable if
    // there is no response.
    Result<std::string> get(const std::string& target) const;
    Result<std::string> post(const std::string& target, std::string_view body, const std::string& content_type) const;
    // The same, parsed as a JSON object. Errc::malformed if it is not one.
    Result<boost::json::object> get_object(const std::string& target) const;

private:
    Send send_;
};

}  // namespace xinlian::node

#include "node/client/node_client.hpp"

#include <boost/json.hpp>
#include <memory>

#include "node/client/error_json.hpp"
#include "node/client/json_reading.hpp"

namespace xinlian::node {

namespace {

Result<std::string> body_of(Result<net::HttpResponse> answered) {
    XL_TRY(net::HttpResponse response, std::move(answered));
    if (response.status < 200 || response.status > 299) return parse_error(response.status, response.body);
    return std::move(response.body);
}

}  // namespace

Result<NodeClient> NodeClient::to(const std::string& url, Duration deadline) {
    XL_TRY(std::shared_ptr<net::HttpClient> client, net::HttpClient::to(url));
    return NodeClient([client, deadline](const NodeRequest& request) {
        return client->request(request.method, request.target, request.content_type, request.body, deadline);
    });
}

Result<std::string> NodeClient::get(const std::string& target) const {
    return body_of(send({.method = "GET", .target = target}));
}

Result<std::string> NodeClient::post(const std::string& target, std::string_view body,
                                     const std::string& content_type) const {
    return body_of(send({.method = "POST", .target = target, .content_type = content_type, .body = body}));
}

Result<boost::json::object> NodeClient::get_object(const std::string& target) const {
    XL_TRY(const std::string body, get(target));
    return parse_object(body);
}

}  // namespace xinlian::node

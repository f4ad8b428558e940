#include "node/api/response.hpp"

#include <boost/json.hpp>

#include "ledger/chain/chain.hpp"
#include "node/client/error_json.hpp"

namespace xinlian::node {

namespace json = boost::json;

namespace {

int http_status(Errc code) {
    switch (code) {
        case Errc::malformed:
        case Errc::invalid:
        case Errc::unsupported:
            return 400;
        case Errc::unknown_key:
            return 403;
        case Errc::not_found:
            return 404;
        case Errc::conflict:
        case Errc::stale:
            return 409;
        case Errc::too_large:
            return 413;
        case Errc::busy:
            return 429;
        case Errc::unavailable:
            return 503;
        case Errc::corrupt:
        case Errc::io:
            return 500;
    }
    return 500;
}

}  // namespace

net::HttpResponse json_response(int status, const json::object& body) {
    net::HttpResponse response;
    response.status = status;
    response.body = json::serialize(body);
    return response;
}

net::HttpResponse bytes_response(ByteView bytes) {
    net::HttpResponse response;
    response.content_type = "application/octet-stream";
    response.body.assign(bytes.begin(), bytes.end());
    return response;
}

net::HttpResponse error_response(const Error& error) {
    net::HttpResponse response = json_response(http_status(error.code), error_json(error));
    if (error.code == Errc::busy || error.code == Errc::unavailable) response.headers.emplace_back("Retry-After", "1");
    return response;
}

net::HttpResponse not_allowed_response(const std::string& methods) {
    net::HttpResponse response =
        json_response(405, error_json(Error{Errc::invalid, "method not allowed; expected " + methods}));
    response.headers.emplace_back("Allow", methods);
    return response;
}

json::object as_of(const ledger::Snapshot& snapshot) {
    return {{"height", snapshot.tip.height}, {"block", snapshot.tip_id.hex()}, {"time_ms", snapshot.tip.time.ms}};
}

}  // namespace xinlian::node

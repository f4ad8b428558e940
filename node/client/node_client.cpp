#include "node/client/node_client.hpp"

#include <array>
#include <boost/json.hpp>
#include <memory>

#include "node/wording/plain.hpp"
#include "node/wording/sentence.hpp"

namespace xinlian::node {

namespace {

constexpr std::array<Errc, 12> all_codes{Errc::malformed,   Errc::invalid, Errc::unknown_key, Errc::not_found,
                                         Errc::conflict,    Errc::stale,   Errc::too_large,   Errc::busy,
                                         Errc::unavailable, Errc::corrupt, Errc::io,          Errc::unsupported};

}  // namespace

// {"error":{"code":"not_found","message":"…"}}
Error refusal_of(const net::HttpResponse& response) {
    const std::string status = "the node answered HTTP " + std::to_string(response.status);
    const auto json = parse_object(response.body);
    const auto* error = json ? json->if_contains("error") : nullptr;
    const auto* inner = error != nullptr ? error->if_object() : nullptr;
    const auto* code = inner != nullptr ? inner->if_contains("code") : nullptr;
    const auto* message = inner != nullptr ? inner->if_contains("message") : nullptr;
    if (code == nullptr || !code->is_string() || message == nullptr || !message->is_string()) {
        return Error{Errc::unavailable, status + " without a reason; is it a node of this program?"};
    }
    const std::string said = printable(message->get_string());
    for (const Errc known : all_codes) {
        if (std::string_view(code->get_string()) == name_of(known)) return Error{known, "the node says: " + said};
    }
    return Error{Errc::unavailable, status + ": " + said};
}

Result<Fetch> fetch_from(const std::string& url, Duration deadline) {
    XL_TRY(std::shared_ptr<net::HttpClient> client, net::HttpClient::to(url));
    return Fetch(
        [client, deadline](const std::string& target) { return client->request("GET", target, "", {}, deadline); });
}

Result<Post> post_to(const std::string& url, Duration deadline) {
    XL_TRY(std::shared_ptr<net::HttpClient> client, net::HttpClient::to(url));
    return Post([client, deadline](const std::string& target, std::string_view body) {
        return client->request("POST", target, "text/plain", body, deadline);
    });
}

Result<std::string> body_of(Result<net::HttpResponse> answered) {
    XL_TRY(net::HttpResponse response, std::move(answered));
    if (response.status < 200 || response.status > 299) return refusal_of(response);
    return std::move(response.body);
}

Result<std::string> get(const Fetch& fetch, const std::string& target) { return body_of(fetch(target)); }

Result<boost::json::object> parse_object(std::string_view text) {
    boost::json::error_code fault;
    boost::json::value value = boost::json::parse(text, fault);
    if (fault) return Error{Errc::malformed, "the node's answer is not JSON: " + fault.message()};
    if (!value.is_object()) return Error{Errc::malformed, "the node's answer is not a JSON object"};
    return std::move(value.get_object());
}

Result<boost::json::object> get_object(const Fetch& fetch, const std::string& target) {
    XL_TRY(const std::string body, get(fetch, target));
    return parse_object(body);
}

}  // namespace xinlian::node

// A blocking client: runs an io_context of its own until the operation is done or its deadline has passed.
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "net/http_text.hpp"

namespace xinlian::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::size_t answer_bytes_max = 256u << 20;
constexpr std::size_t answer_header_bytes_max = 64u << 10;
constexpr std::size_t chunk_bytes_max = 64u << 10;  // of one read; chunk headers and trailers must fit
constexpr std::chrono::seconds stream_connect_deadline{10};
constexpr std::chrono::seconds stream_silence_max{60};  // servers send a heartbeat every 15 s

struct Target {
    std::string host, port, prefix;  // prefix: "" or "/xinlian"
};

Result<Target> parse_base(const std::string& url) {
    const Error malformed{Errc::malformed, "invalid address \"" + url + "\"; expected http://host:port"};
    constexpr std::string_view scheme = "http://";
    if (!url.starts_with(scheme)) return malformed;
    Target target;
    std::string rest = url.substr(scheme.size());
    if (const auto slash = rest.find('/'); slash != std::string::npos) {
        target.prefix = rest.substr(slash);
        rest.resize(slash);
        while (!target.prefix.empty() && target.prefix.back() == '/') target.prefix.pop_back();
    }
    const bool printable = std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    if (!printable || url.find_first_of("?#@") != std::string::npos) return malformed;
    const auto bracket = rest.rfind(']');
    const auto colon = rest.find(':', bracket == std::string::npos ? 0 : bracket);
    target.host = rest.substr(0, colon);
    target.port = colon == std::string::npos ? "80" : rest.substr(colon + 1);
    if (target.host.size() > 2 && target.host.front() == '[' && target.host.back() == ']')
        target.host = target.host.substr(1, target.host.size() - 2);
    const bool digits =
        std::all_of(target.port.begin(), target.port.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (target.host.empty() || target.port.empty() || target.port.size() > 5 || !digits) return malformed;
    if (std::stoul(target.port) > 65535 || std::stoul(target.port) == 0) return malformed;
    return target;
}

// One TCP connection and the loop that drives it.
class Line {
public:
    Line() : stream_(io_) {}

    error_code open(const Target& target, Clock::time_point until) {
        tcp::resolver resolver(io_);
        tcp::resolver::results_type found;
        error_code result = asio::error::timed_out;
        resolver.async_resolve(target.host, target.port, [&](error_code error, tcp::resolver::results_type endpoints) {
            result = error;
            found = std::move(endpoints);
        });
        io_.restart();
        io_.run_until(until);
        if (!io_.stopped()) {  // the name is still being looked up; the handler must not outlive this frame
            resolver.cancel();
            io_.run();
            return beast::error::timeout;
        }
        if (result) return result;
        return run(until, [&](auto done) {
            stream_.async_connect(found, [done](error_code error, const tcp::endpoint&) { done(error); });
        });
    }

    template <class Message>
    error_code write(Message& message, Clock::time_point until) {
        return run(until, [&](auto done) {
            http::async_write(stream_, message, [done](error_code error, std::size_t) { done(error); });
        });
    }
    template <class Parser>
    error_code read_header(Parser& parser, Clock::time_point until) {
        return run(until, [&](auto done) {
            http::async_read_header(stream_, buffer_, parser, [done](error_code error, std::size_t) { done(error); });
        });
    }
    template <class Parser>
    error_code read_some(Parser& parser, Clock::time_point until) {
        return run(until, [&](auto done) {
            http::async_read_some(stream_, buffer_, parser, [done](error_code error, std::size_t) { done(error); });
        });
    }
    template <class Parser>
    error_code read(Parser& parser, Clock::time_point until) {
        return run(until, [&](auto done) {
            http::async_read(stream_, buffer_, parser, [done](error_code error, std::size_t) { done(error); });
        });
    }

    // Whether the server has closed a connection that should be waiting for our next request.
    bool is_stale() {
        char byte = 0;
        const auto peeked = ::recv(stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        return !(peeked < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
    }

private:
    template <class Start>
    error_code run(Clock::time_point until, const Start& start) {
        error_code result;
        stream_.expires_at(until);
        start([&result](error_code error) { result = error; });
        io_.restart();
        io_.run();
        return result;
    }

    asio::io_context io_{1};
    beast::tcp_stream stream_;
    beast::flat_buffer buffer_{answer_header_bytes_max + chunk_bytes_max};
};

class BeastClient : public HttpClient {
public:
    BeastClient(std::string base_url, Target target) : base_url_(std::move(base_url)), target_(std::move(target)) {}

    Result<HttpResponse> request(const std::string& method, const std::string& target, const std::string& content_type,
                                 std::string_view body, Duration deadline) override;
    Status events(const std::string& target, const std::string& last_event_id, const OnEvent& on_event) override;

private:
    using Request = http::request<http::string_body>;

    Request request_for(const std::string& method, const std::string& target) const {
        Request request;
        request.method_string(method);
        request.target(target_.prefix + target);
        request.version(11);
        request.set(http::field::host, target_.host + ":" + target_.port);
        request.set(http::field::user_agent, "xinlian/" XL_VERSION);
        return request;
    }
    error_code exchange(Request& request, HttpResponse& response, Clock::time_point until);
    Error unavailable(const error_code& error, const std::string& consequence) const {
        const std::string why = error == beast::error::timeout ? "no answer in time" : error.message();
        return Error{Errc::unavailable, base_url_ + ": " + why + consequence};
    }

    const std::string base_url_;
    const Target target_;
    std::unique_ptr<Line> line_;  // kept alive between requests
};

// True if it is a plain token or target; anything else would write another request than the one meant.
bool is_clean(const std::string& method, const std::string& target) {
    return !method.empty() && std::all_of(method.begin(), method.end(), [](char c) { return c >= 'A' && c <= 'Z'; }) &&
           is_target(target);
}

error_code BeastClient::exchange(Request& request, HttpResponse& response, Clock::time_point until) {
    if (const error_code error = line_->write(request, until)) return error;
    http::response_parser<http::string_body> parser;
    parser.header_limit(answer_header_bytes_max);
    parser.body_limit(answer_bytes_max);
    parser.skip(request.method() == http::verb::head);
    if (const error_code error = line_->read(parser, until)) return error;
    auto& message = parser.get();
    response.status = static_cast<int>(message.result_int());
    response.content_type = std::string(message[http::field::content_type]);
    for (const auto& field : message)
        response.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    response.body = std::move(message.body());
    if (!message.keep_alive()) line_ = nullptr;
    return {};
}

Result<HttpResponse> BeastClient::request(const std::string& method, const std::string& target,
                                          const std::string& content_type, std::string_view body, Duration deadline) {
    if (!is_clean(method, target))
        return Error{Errc::malformed, "invalid request \"" + method + " " + target + "\"; percent-encode the path"};
    const auto until = Clock::now() + std::chrono::milliseconds(deadline.ms);
    Request request = request_for(method, target);
    if (!content_type.empty()) request.set(http::field::content_type, content_type);
    request.body() = body;
    request.keep_alive(true);
    request.prepare_payload();
    if (line_ && line_->is_stale()) line_ = nullptr;
    const bool reused = line_ != nullptr;
    for (bool again = reused && method == "GET";; again = false) {
        if (!line_) {
            line_ = std::make_unique<Line>();
            if (const error_code error = line_->open(target_, until)) {
                line_ = nullptr;
                return unavailable(error, "; is the node running there?");
            }
        }
        HttpResponse response;
        const error_code error = exchange(request, response, until);
        if (!error) return response;
        line_ = nullptr;
        if (error == http::error::body_limit)
            return Error{Errc::too_large,
                         base_url_ + ": the answer has more than " + std::to_string(answer_bytes_max) + " bytes"};
        if (again && error != beast::error::timeout) continue;
        return unavailable(
            error,
            method == "GET" ? "" : "; the node may have accepted the request: query its state before sending again");
    }
}

Status BeastClient::events(const std::string& target, const std::string& last_event_id, const OnEvent& on_event) {
    if (!is_clean("GET", target)) return Error{Errc::malformed, "invalid path \"" + target + "\"; percent-encode it"};
    Line line;
    if (const error_code error = line.open(target_, Clock::now() + stream_connect_deadline))
        return unavailable(error, "; is the node running there?");
    Request request = request_for("GET", target);
    request.set(http::field::accept, "text/event-stream");
    if (!last_event_id.empty()) request.set("Last-Event-ID", last_event_id);
    if (const error_code error = line.write(request, Clock::now() + stream_silence_max)) return unavailable(error, "");

    http::response_parser<http::buffer_body> parser;
    parser.header_limit(answer_header_bytes_max);
    parser.body_limit(boost::none);
    if (const error_code error = line.read_header(parser, Clock::now() + stream_silence_max))
        return unavailable(error, "");
    if (parser.get().result() != http::status::ok ||
        !parser.get()[http::field::content_type].starts_with("text/event-stream"))
        return Error{Errc::unavailable, base_url_ + target + " answers HTTP " +
                                            std::to_string(parser.get().result_int()) + " instead of an event stream"};
    EventParser events;
    std::vector<char> chunk(16 * 1024);
    while (!parser.is_done()) {
        parser.get().body().data = chunk.data();
        parser.get().body().size = chunk.size();
        const error_code error = line.read_some(parser, Clock::now() + stream_silence_max);
        const std::size_t size = chunk.size() - parser.get().body().size;
        const auto outcome = events.feed({chunk.data(), size}, on_event);
        if (outcome == EventParser::Outcome::stopped) return {};
        if (outcome == EventParser::Outcome::too_large)
            return Error{Errc::too_large,
                         base_url_ + target + ": an event has more than " + std::to_string(event_bytes_max) + " bytes"};
        if (error && error != http::error::need_buffer && error != http::error::end_of_stream)
            return unavailable(error, "");
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<HttpClient>> HttpClient::to(const std::string& base_url) {
    XL_TRY(Target target, parse_base(base_url));
    return std::unique_ptr<HttpClient>(std::make_unique<BeastClient>(base_url, std::move(target)));
}

}  // namespace xinlian::net

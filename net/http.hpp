// HTTP/1.1 on Boost.Beast: a small server with routes of our own above it (node/api), and a client for the command
// line. Independent of the requests' meaning. Everything is bounded: connections, header and body sizes, their
// sum over all connections, deadlines.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/bytes.hpp"
#include "crypto/time.hpp"

namespace boost::asio {
class io_context;
}

namespace xinlian::net {

struct HttpRequest {
    std::string method;                        // "GET", "POST"
    std::string path;                          // decoded, without the query: "/v1/blocks/7"
    std::map<std::string, std::string> query;  // decoded; of a repeated name the last
    std::string accept, accept_language, content_type, last_event_id;
    std::string body;
    std::string remote;  // address:port, for logs and limits
};

struct HttpResponse {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
};

// Server-sent events (WHATWG HTML §9.2). Thread-safe. The queue is bounded; a reader that is too slow is disconnected
// and resumes later with Last-Event-ID.
class EventStream {
public:
    virtual ~EventStream() = default;
    virtual bool send(std::string_view id, std::string_view event,
                      std::string_view data) = 0;  // false once the reader is gone
    virtual void on_closed(std::function<void()> callback) = 0;
};

// One request's answer; call exactly one of them, once, from any thread, now or later. A responder that is destroyed
// without an answer sends 500.
class Responder {
public:
    virtual ~Responder() = default;
    virtual void answer(HttpResponse response) = 0;
    virtual std::shared_ptr<EventStream> stream() = 0;  // answers 200 text/event-stream and keeps the connection
};
using HttpHandler = std::function<void(HttpRequest, std::shared_ptr<Responder>)>;

// A body or answer of at most this many bytes always has room, so that health and status are served under any load.
inline constexpr std::size_t http_small_bytes_max = 64u << 10;

struct HttpLimits {
    std::size_t connections_max = 256;
    std::size_t header_bytes_max = 16 * 1024;
    std::size_t body_bytes_max = 8u << 20;
    // Larger bodies, from their header until their answer, and larger answers until they are written, of all
    // connections together; above it 503.
    std::size_t held_bytes_max = 256u << 20;
    Duration header_deadline{5'000};
    Duration idle_deadline{60'000};
};

class HttpServer {
public:
    // Listens on address:port (0 picks one). The handler runs on the io_context's thread and must not block.
    // Errc::unavailable if the address is taken. The server must outlive its io_context's run.
    static Result<std::unique_ptr<HttpServer>> listen(boost::asio::io_context& io, const std::string& address,
                                                      std::uint16_t port, HttpLimits limits, HttpHandler handler);
    virtual ~HttpServer() = default;
    virtual std::uint16_t port() const = 0;
    virtual void stop() = 0;
};

// A blocking client with a kept-alive connection, for the command line and tests. Not thread-safe.
class HttpClient {
public:
    // "http://127.0.0.1:8310". Errc::malformed.
    static Result<std::unique_ptr<HttpClient>> to(const std::string& base_url);
    virtual ~HttpClient() = default;
    // Errc::unavailable names address and reason; a kept-alive connection that the server closed is retried once for
    // GET only.
    virtual Result<HttpResponse> request(const std::string& method, const std::string& target,
                                         const std::string& content_type, std::string_view body, Duration deadline) = 0;
    // Reads an event stream until the callback returns false or the server ends it.
    using OnEvent = std::function<bool(const std::string& id, const std::string& event, const std::string& data)>;
    virtual Status events(const std::string& target, const std::string& last_event_id, const OnEvent& on_event) = 0;
};

}  // namespace xinlian::net

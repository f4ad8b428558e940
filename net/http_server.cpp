// Accepts, reads requests, hands them on, writes answers. One coroutine per connection; an event stream has a second
// one that notices the reader's leaving.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <set>

#include "net/coroutine.hpp"
#include "net/event_queue.hpp"

namespace xinlian::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::seconds heartbeat{15};
constexpr std::chrono::seconds farewell{2};  // for the reader of a last answer before the connection is cut
constexpr std::size_t farewells_max = 64;    // connections above the cap that are told so at a time
constexpr std::size_t farewell_bytes_max = 1u << 20;
constexpr std::chrono::milliseconds accept_pause{100};

std::string text_of(beast::string_view text) { return {text.data(), text.size()}; }

// Bytes that the connections of one server may still hold. On the io_context's thread only.
using Budget = std::shared_ptr<std::size_t>;

HttpResponse no_room() {
    HttpResponse response = error_response(
        503, "busy", "the node has no memory left for more requests and answers in progress; try again soon");
    response.headers.emplace_back("Retry-After", "5");
    return response;
}

class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(tcp::socket socket, std::string remote, const HttpLimits& limits, const HttpHandler& handler,
               Budget budget)
        : stream_(std::move(socket)),
          wake_(stream_.get_executor()),
          remote_(std::move(remote)),
          limits_(limits),
          handler_(handler),
          budget_(std::move(budget)),
          buffer_(limits.header_bytes_max + read_bytes_max) {}

    static asio::awaitable<void> serve(std::shared_ptr<Connection> self);
    static asio::awaitable<void> send_away(std::shared_ptr<Connection> self);
    void close() {
        open_ = false;
        error_code ignored;
        stream_.socket().close(ignored);
        wake_.cancel();
        if (events_) events_->closed();
        hold(0);
    }

    // From the responder, on the connection's thread.
    void answered(HttpResponse response) {
        response_ = hold(response.body.size()) ? std::move(response) : no_room();
        wake_.cancel();
    }
    void streamed(std::shared_ptr<EventQueue> events) {
        if (!open_) return events->closed();
        hold(0);
        events_ = std::move(events);
        wake_.cancel();
    }
    void wake() {
        if (events_ && events_->overflowed()) close();  // cuts a write that hangs, too
        wake_.cancel();
    }
    asio::any_io_executor executor() { return stream_.get_executor(); }

private:
    using Parser = http::request_parser<http::string_body>;
    enum class Next { keep, end };

    static asio::awaitable<error_code> read(std::shared_ptr<Connection> self, Parser& parser);
    static asio::awaitable<Next> answer(std::shared_ptr<Connection> self, Parser& parser);
    static asio::awaitable<bool> write(std::shared_ptr<Connection> self, HttpResponse& response, Parser& parser,
                                       Next next);
    static asio::awaitable<void> run_stream(std::shared_ptr<Connection> self);
    static asio::awaitable<void> watch_reader(std::shared_ptr<Connection> self);
    static asio::awaitable<void> linger(std::shared_ptr<Connection> self);
    HttpRequest request_of(Parser& parser) const;
    bool hold(std::size_t bytes);

    beast::tcp_stream stream_;
    asio::steady_timer wake_;
    const std::string remote_;
    const HttpLimits limits_;
    const HttpHandler& handler_;
    const Budget budget_;
    std::size_t held_ = 0;  // taken from the budget, for the body or the answer under way
    beast::flat_buffer buffer_;
    std::optional<HttpResponse> response_;
    std::shared_ptr<EventQueue> events_;
    bool open_ = true;
};

class StreamHandle : public EventStream {
public:
    explicit StreamHandle(std::shared_ptr<EventQueue> queue) : queue_(std::move(queue)) {}
    ~StreamHandle() override { queue_->finish(); }
    bool send(std::string_view id, std::string_view event, std::string_view data) override {
        return queue_->send(id, event, data);
    }
    void on_closed(std::function<void()> callback) override { queue_->on_closed(std::move(callback)); }

private:
    std::shared_ptr<EventQueue> queue_;
};

class ConnectionResponder : public Responder {
public:
    explicit ConnectionResponder(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
    ~ConnectionResponder() override {
        if (!used_)
            ConnectionResponder::answer(error_response(500, "internal", "the request was discarded without an answer"));
    }

    void answer(HttpResponse response) override {
        XL_CHECK(!used_.exchange(true));
        // The response travels in a pointer, because a handler must be copyable or cheap to move.
        auto carried = std::make_shared<HttpResponse>(std::move(response));
        asio::post(connection_->executor(),
                   [connection = connection_, carried] { connection->answered(std::move(*carried)); });
    }

    std::shared_ptr<EventStream> stream() override {
        XL_CHECK(!used_.exchange(true));
        const std::weak_ptr<Connection> weak = connection_;
        const auto queue = std::make_shared<EventQueue>(connection_->executor(), [weak] {
            if (const auto connection = weak.lock()) connection->wake();
        });
        asio::post(connection_->executor(), [connection = connection_, queue] { connection->streamed(queue); });
        return std::make_shared<StreamHandle>(queue);
    }

private:
    std::shared_ptr<Connection> connection_;
    std::atomic<bool> used_ = false;
};

HttpResponse refusal(const error_code& error, const HttpLimits& limits) {
    if (error == http::error::body_limit)
        return error_response(
            413, "too_large",
            "the body has more than " + std::to_string(limits.body_bytes_max) + " bytes; send it in parts");
    if (error == http::error::header_limit || error == http::error::buffer_overflow)
        return error_response(
            431, "too_large",
            "the header has more than " + std::to_string(limits.header_bytes_max) + " bytes; shorten it");
    if (error == http::error::bad_alloc) return no_room();
    return error_response(400, "malformed", "the request is not HTTP/1.1: " + error.message());
}

// Too slow, or no longer there: nobody is left to tell.
bool is_gone(const error_code& error) {
    return error == beast::error::timeout || error == http::error::end_of_stream || error == asio::error::eof ||
           error == http::error::partial_message || error.category() == boost::system::system_category();
}

asio::awaitable<void> Connection::serve(std::shared_ptr<Connection> self) {
    Duration first_byte = self->limits_.header_deadline;  // later, between requests: idle_deadline
    while (self->open_) {
        Parser parser;
        parser.header_limit(static_cast<std::uint32_t>(self->limits_.header_bytes_max));
        parser.body_limit(self->limits_.body_bytes_max);
        if (self->buffer_.size() == 0) {
            self->stream_.expires_after(in_ms(first_byte));
            const auto room = self->buffer_.prepare(4096);
            const auto [error, size] = co_await self->stream_.async_read_some(room, token);
            if (error) co_return self->close();
            self->buffer_.commit(size);
        }
        first_byte = self->limits_.idle_deadline;
        const error_code error = co_await read(self, parser);
        if (error && is_gone(error)) co_return self->close();
        if (error) {
            HttpResponse response = refusal(error, self->limits_);
            const bool told = co_await write(self, response, parser, Next::end);
            if (told) co_await linger(self);
            co_return self->close();
        }
        const Next next = co_await answer(self, parser);
        if (next == Next::end) co_return self->close();
    }
}

asio::awaitable<error_code> Connection::read(std::shared_ptr<Connection> self, Parser& parser) {
    self->stream_.expires_after(in_ms(self->limits_.header_deadline));
    const auto [error, size] = co_await http::async_read_header(self->stream_, self->buffer_, parser, token);
    if (error || parser.is_done()) co_return error;
    // One of unknown length may become as long as allowed.
    if (!self->hold(parser.content_length().value_or(self->limits_.body_bytes_max)))
        co_return http::make_error_code(http::error::bad_alloc);
    self->stream_.expires_after(in_ms(self->limits_.idle_deadline));  // for all of the body
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
        http::response<http::empty_body> go_on(http::status::continue_, 11);
        const auto [told, told_size] = co_await http::async_write(self->stream_, go_on, token);
        if (told) co_return told;
    }
    const auto [body_error, body_size] = co_await http::async_read(self->stream_, self->buffer_, parser, token);
    co_return body_error;
}

// In place of what this connection held before. False, and it holds nothing, if others hold too much.
bool Connection::hold(std::size_t bytes) {
    *budget_ += std::exchange(held_, 0);
    if (bytes <= http_small_bytes_max) return true;
    if (bytes > *budget_) return false;
    *budget_ -= bytes;
    held_ = bytes;
    return true;
}

HttpRequest Connection::request_of(Parser& parser) const {
    auto& message = parser.get();
    HttpRequest request;
    request.method = text_of(message.method_string());
    request.accept = text_of(message[http::field::accept]);
    request.accept_language = text_of(message[http::field::accept_language]);
    request.content_type = text_of(message[http::field::content_type]);
    request.last_event_id = text_of(message["Last-Event-ID"]);
    request.body = std::move(message.body());
    request.remote = remote_;
    return request;
}

asio::awaitable<Connection::Next> Connection::answer(std::shared_ptr<Connection> self, Parser& parser) {
    const Next next = parser.get().keep_alive() ? Next::keep : Next::end;
    HttpRequest request = self->request_of(parser);
    self->response_.reset();
    if (!parse_target(text_of(parser.get().target()), request)) {
        self->response_ = error_response(400, "malformed", "the path or query is not percent-encoded text; encode it");
    } else {
        self->stream_.expires_never();
        self->handler_(std::move(request), std::make_shared<ConnectionResponder>(self));
    }
    while (self->open_ && !self->response_ && !self->events_) {
        self->wake_.expires_at(asio::steady_timer::time_point::max());
        co_await self->wake_.async_wait(token);
    }
    if (self->events_) {
        co_await run_stream(self);
        co_return Next::end;
    }
    if (!self->open_) co_return Next::end;
    HttpResponse response = std::move(*self->response_);
    const bool written = co_await write(self, response, parser, next);
    self->hold(0);
    co_return written ? next : Next::end;
}

asio::awaitable<bool> Connection::write(std::shared_ptr<Connection> self, HttpResponse& response, Parser& parser,
                                        Next next) {
    http::response<http::string_body> message;
    message.result(static_cast<unsigned>(response.status));
    message.version(11);
    message.keep_alive(next == Next::keep);
    if (!response.content_type.empty()) message.set(http::field::content_type, response.content_type);
    for (const auto& [name, value] : response.headers) message.set(name, value);
    message.body() = std::move(response.body);
    message.prepare_payload();
    if (parser.is_header_done() && parser.get().method() == http::verb::head) message.body().clear();
    self->stream_.expires_after(in_ms(self->limits_.idle_deadline));
    const auto [error, size] = co_await http::async_write(self->stream_, message, token);
    co_return !error;
}

asio::awaitable<void> Connection::run_stream(std::shared_ptr<Connection> self) {
    const auto events = self->events_;
    // Reading has no deadline here; writing sets its own below, which does not touch a read under way.
    self->stream_.expires_never();
    asio::co_spawn(self->executor(), watch_reader(self), [self](const std::exception_ptr&) { self->close(); });
    std::string text =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nX-Accel-Buffering: no\r\n"
        "Connection: close\r\n\r\n";
    bool more = true;
    while (self->open_ && more) {
        if (!text.empty()) {
            const auto all = asio::buffer(text);
            self->stream_.expires_after(in_ms(self->limits_.idle_deadline));
            const auto [error, size] = co_await asio::async_write(self->stream_, all, token);
            if (error) break;
        }
        self->wake_.expires_after(heartbeat);  // before take(), after which others may cancel it
        more = events->take(text);
        if (!more || !text.empty()) continue;
        const auto [woken] = co_await self->wake_.async_wait(token);
        if (!woken) text = ":\n\n";
    }
    if (self->open_ && !events->overflowed()) co_await linger(self);
    self->close();
}

asio::awaitable<void> Connection::watch_reader(std::shared_ptr<Connection> self) {
    std::array<char, 512> ignored{};
    const auto room = asio::buffer(ignored);
    while (self->open_) {
        const auto [error, size] = co_await self->stream_.async_read_some(room, token);
        if (error) co_return;
    }
}

// A socket closed with unread input is reset, and the reset may overtake our last answer: read a little first.
asio::awaitable<void> Connection::linger(std::shared_ptr<Connection> self) {
    error_code ignored;
    self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    if (self->events_) co_return;  // the watcher reads
    std::vector<char> rest(16 * 1024);
    const auto room = asio::buffer(rest);
    self->stream_.expires_after(farewell);
    for (std::size_t total = 0; self->open_ && total < farewell_bytes_max;) {
        const auto [error, size] = co_await self->stream_.async_read_some(room, token);
        if (error) co_return;
        total += size;
    }
}

asio::awaitable<void> Connection::send_away(std::shared_ptr<Connection> self) {
    const HttpResponse response = error_response(503, "busy", "too many connections; try again in a few seconds");
    std::string text =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 5\r\n"
        "Connection: close\r\nContent-Length: " +
        std::to_string(response.body.size()) + "\r\n\r\n" + response.body;
    const auto all = asio::buffer(text);
    self->stream_.expires_after(farewell);
    const auto [error, size] = co_await asio::async_write(self->stream_, all, token);
    if (!error) co_await linger(self);
    self->close();
}

// The listening side, kept alive by its coroutine; the HttpServer is what the caller holds.
class Listener : public std::enable_shared_from_this<Listener> {
public:
    Listener(asio::io_context& io, HttpLimits limits, HttpHandler handler)
        : io_(io),
          limits_(limits),
          handler_(std::move(handler)),
          budget_(std::make_shared<std::size_t>(limits.held_bytes_max)),
          acceptor_(io),
          accept_timer_(io) {}

    Status listen(const std::string& address, std::uint16_t port);
    void start() {
        asio::co_spawn(io_, accept_all(shared_from_this()), [](const std::exception_ptr& failure) {
            if (failure) std::rethrow_exception(failure);
        });
    }
    void stop() {
        stopped_ = true;
        error_code ignored;
        acceptor_.close(ignored);
        accept_timer_.cancel();
        for (const auto& connection : serving_) connection->close();
        for (const auto& connection : leaving_) connection->close();
    }
    std::uint16_t port() const { return port_; }
    asio::io_context& io() { return io_; }

private:
    static asio::awaitable<void> accept_all(std::shared_ptr<Listener> self);
    void begin(tcp::socket socket);

    using Connections = std::set<std::shared_ptr<Connection>>;

    asio::io_context& io_;
    const HttpLimits limits_;
    const HttpHandler handler_;
    const Budget budget_;
    tcp::acceptor acceptor_;
    asio::steady_timer accept_timer_;
    std::uint16_t port_ = 0;
    bool stopped_ = false;
    Connections serving_, leaving_;
};

Status Listener::listen(const std::string& address, std::uint16_t port) {
    error_code error;
    const auto ip = asio::ip::make_address(address, error);
    if (error) return Error{Errc::invalid, "HTTP address \"" + address + "\" is not an IP address"};
    const tcp::endpoint endpoint(ip, port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error)
        return Error{Errc::unavailable,
                     "cannot listen for HTTP on " + address + ":" + std::to_string(port) + ": " + error.message()};
    port_ = acceptor_.local_endpoint(error).port();
    return {};
}

asio::awaitable<void> Listener::accept_all(std::shared_ptr<Listener> self) {
    while (!self->stopped_) {
        auto [error, socket] = co_await self->acceptor_.async_accept(token);
        if (self->stopped_) co_return;
        if (!error) {
            self->begin(std::move(socket));
            continue;
        }
        self->accept_timer_.expires_after(accept_pause);  // usually no file descriptor is free
        co_await self->accept_timer_.async_wait(token);
    }
}

void Listener::begin(tcp::socket socket) {
    error_code gone;
    const tcp::endpoint remote = socket.remote_endpoint(gone);
    if (gone) return;
    const bool full = serving_.size() >= limits_.connections_max;
    if (full && leaving_.size() >= farewells_max) return;
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    const std::string address = remote.address().to_string() + ":" + std::to_string(remote.port());
    const auto connection = std::make_shared<Connection>(std::move(socket), address, limits_, handler_, budget_);
    Connections& list = full ? leaving_ : serving_;
    list.insert(connection);
    asio::co_spawn(io_, full ? Connection::send_away(connection) : Connection::serve(connection),
                   [self = shared_from_this(), connection, &list](const std::exception_ptr&) {
                       connection->close();
                       list.erase(connection);
                   });
}

class BeastServer : public HttpServer {
public:
    explicit BeastServer(std::shared_ptr<Listener> listener) : listener_(std::move(listener)) {}
    ~BeastServer() override { BeastServer::stop(); }
    std::uint16_t port() const override { return listener_->port(); }
    void stop() override {
        asio::dispatch(listener_->io(), [listener = listener_] { listener->stop(); });
    }

private:
    const std::shared_ptr<Listener> listener_;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::listen(asio::io_context& io, const std::string& address,
                                                       std::uint16_t port, HttpLimits limits, HttpHandler handler) {
    const auto listener = std::make_shared<Listener>(io, limits, std::move(handler));
    XL_TRY_STATUS(listener->listen(address, port));
    listener->start();
    return std::unique_ptr<HttpServer>(std::make_unique<BeastServer>(listener));
}

}  // namespace xinlian::net

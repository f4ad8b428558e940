// xinlian-proxy: forwards connections between nodes and degrades them: delay, jitter, low bandwidth, loss in one or
// both directions, refused and reset connections. It takes commands on standard input, one a line, and answers each
// with one line, "ok ..." or "error ..."; it ends with its input, so it never outlives the test that started it.
//
//   route NAME HOST:PORT                     listens on a free port of 127.0.0.1 and forwards to HOST:PORT: "ok PORT"
//   set NAME forward|back|both [delay_ms=N] [jitter_ms=N] [bytes_per_second=N] [hole=0|1]
//                                            an omitted setting is off; a hole forwards nothing, and drops nothing
//   refuse NAME 0|1                          closes new connections at once
//   chaos NAME N                             resets a connection at random, one per N pieces read; 0: none
//   reset NAME                               resets the connections that are open now
//   stats NAME                               "ok connections=N forward=BYTES back=BYTES resets=N"
//
// Bytes keep their order, as in TCP. Each direction of a connection holds at most buffer_bytes_max; then nothing is
// read from the sender until some bytes have been written.
#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <sstream>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;
constexpr auto token = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t piece_bytes_max = 64u << 10;
constexpr std::size_t buffer_bytes_max = 4u << 20;
constexpr std::size_t connections_max = 1024;  // of one route
constexpr std::size_t command_bytes_max = 4096;

// The settings of one direction, as set last.
struct Line {
    std::uint64_t delay_ms = 0, jitter_ms = 0, bytes_per_second = 0, hole = 0;
};

class Connection;

struct Route {
    Route(asio::io_context& io, tcp::endpoint to) : acceptor(io), target(std::move(to)) {}
    tcp::acceptor acceptor;
    tcp::endpoint target;
    Line lines[2];  // forward, back
    bool refuse = false;
    std::uint64_t chaos_one_in = 0;
    std::uint64_t bytes[2] = {0, 0}, connections = 0, resets = 0;
    std::set<std::shared_ptr<Connection>> open;
};

// One direction of a connection: bytes that were read and are not due yet.
struct Pipe {
    explicit Pipe(asio::io_context& io) : wake(io), room(io) {}
    struct Piece {
        Steady::time_point due;
        std::vector<char> bytes;
    };
    std::deque<Piece> pieces;
    std::size_t held = 0;
    Steady::time_point last_due;    // of the last piece read: the order is kept
    Steady::time_point free_at;     // when the bandwidth is free after the last write
    bool ended = false;             // nothing more will be read
    asio::steady_timer wake, room;  // of the writer, of the reader
};

class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(asio::io_context& io, std::shared_ptr<Route> route, tcp::socket accepted)
        : route_(std::move(route)),
          sockets_{std::move(accepted), tcp::socket(io)},
          pipes_{Pipe(io), Pipe(io)},
          chance_(std::random_device{}()) {}

    static asio::awaitable<void> run(std::shared_ptr<Connection> self) {
        const tcp::endpoint target = self->route_->target;
        const auto [error] = co_await self->sockets_[1].async_connect(target, token);
        if (error || self->closed_) {
            self->reset();
            co_return;
        }
        const auto executor = self->sockets_[0].get_executor();
        for (int way = 0; way < 2; ++way) {
            error_code ignored;
            self->sockets_[way].set_option(tcp::no_delay(true), ignored);
            asio::co_spawn(executor, read(self, way), rethrow);
            asio::co_spawn(executor, write(self, way), rethrow);
        }
    }

    void reset() {
        if (closed_) return;
        ++route_->resets;
        for (tcp::socket& socket : sockets_) {
            error_code ignored;
            socket.set_option(asio::socket_base::linger(true, 0), ignored);
        }
        close();
    }

    // Wakes waiting pieces after a change of settings.
    void look_again() {
        for (Pipe& pipe : pipes_) pipe.wake.cancel();
    }

    static void rethrow(const std::exception_ptr& failure) {
        if (failure) std::rethrow_exception(failure);
    }

private:
    static asio::awaitable<void> read(std::shared_ptr<Connection> self, int way) {
        Pipe& pipe = self->pipes_[way];
        tcp::socket& from = self->sockets_[way];
        std::vector<char> bytes(piece_bytes_max);
        while (!self->closed_) {
            if (pipe.held >= buffer_bytes_max) {
                pipe.room.expires_at(Steady::time_point::max());
                co_await pipe.room.async_wait(token);
                continue;
            }
            const auto space = asio::buffer(bytes);
            const auto [error, size] = co_await from.async_read_some(space, token);
            if (self->closed_) co_return;
            if (error && error != asio::error::eof) co_return self->reset();
            if (error) break;
            const std::uint64_t one_in = self->route_->chaos_one_in;
            if (one_in != 0 && self->chance_() % one_in == 0) co_return self->reset();
            self->keep(way, std::vector<char>(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)));
        }
        pipe.ended = true;
        pipe.wake.cancel();
    }

    void keep(int way, std::vector<char> bytes) {
        Pipe& pipe = pipes_[way];
        const Line& line = route_->lines[way];
        const std::uint64_t extra = line.jitter_ms == 0 ? 0 : chance_() % (line.jitter_ms + 1);
        pipe.last_due = std::max(pipe.last_due, Steady::now() + milliseconds(line.delay_ms + extra));
        pipe.held += bytes.size();
        pipe.pieces.push_back({pipe.last_due, std::move(bytes)});
        pipe.wake.cancel();
    }

    static asio::awaitable<void> write(std::shared_ptr<Connection> self, int way) {
        Pipe& pipe = self->pipes_[way];
        tcp::socket& to = self->sockets_[1 - way];
        while (!self->closed_) {
            const Line line = self->route_->lines[way];
            if (pipe.pieces.empty() && pipe.ended) break;
            const bool waits = pipe.pieces.empty() || line.hole != 0;
            const auto until = waits ? Steady::time_point::max() : std::max(pipe.pieces.front().due, pipe.free_at);
            if (until > Steady::now()) {
                pipe.wake.expires_at(until);
                co_await pipe.wake.async_wait(token);
                continue;
            }
            const std::vector<char> bytes = std::move(pipe.pieces.front().bytes);
            pipe.pieces.pop_front();
            const auto all = asio::buffer(bytes);
            const auto [error, size] = co_await asio::async_write(to, all, token);
            if (self->closed_) co_return;
            if (error) co_return self->reset();
            pipe.held -= size;
            self->route_->bytes[way] += size;
            pipe.room.cancel();
            if (line.bytes_per_second != 0)
                pipe.free_at = Steady::now() + milliseconds(1000 * size / line.bytes_per_second);
        }
        error_code ignored;
        to.shutdown(tcp::socket::shutdown_send, ignored);
        if (self->pipes_[1 - way].ended && self->pipes_[1 - way].pieces.empty()) self->close();
    }

    void close() {
        if (closed_) return;
        closed_ = true;
        error_code ignored;
        for (tcp::socket& socket : sockets_) socket.close(ignored);
        for (Pipe& pipe : pipes_) {
            pipe.wake.cancel();
            pipe.room.cancel();
        }
        route_->open.erase(shared_from_this());
    }

    std::shared_ptr<Route> route_;
    tcp::socket sockets_[2];  // to the dialling node, to the target
    Pipe pipes_[2];           // from the first to the second, and back
    std::mt19937_64 chance_;
    bool closed_ = false;
};

asio::awaitable<void> accept_all(asio::io_context& io, std::shared_ptr<Route> route) {
    for (;;) {
        auto [error, socket] = co_await route->acceptor.async_accept(token);
        if (error == asio::error::operation_aborted) co_return;
        if (error || route->refuse || route->open.size() >= connections_max)
            continue;  // closed when it goes out of scope
        ++route->connections;
        const auto connection = std::make_shared<Connection>(io, route, std::move(socket));
        route->open.insert(connection);
        asio::co_spawn(io, Connection::run(connection), Connection::rethrow);
    }
}

// Reads "NAME=N" for one of the four settings of a line; false if it is none.
bool read_setting(const std::string& word, Line& line) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) return false;
    const std::string name = word.substr(0, equals), digits = word.substr(equals + 1);
    if (digits.empty() || digits.size() > 12 || digits.find_first_not_of("0123456789") != std::string::npos)
        return false;
    const std::map<std::string, std::uint64_t*> settings = {{"delay_ms", &line.delay_ms},
                                                            {"jitter_ms", &line.jitter_ms},
                                                            {"bytes_per_second", &line.bytes_per_second},
                                                            {"hole", &line.hole}};
    const auto found = settings.find(name);
    if (found == settings.end()) return false;
    *found->second = std::stoull(digits);
    return true;
}

class Commands {
public:
    explicit Commands(asio::io_context& io) : io_(io) {}

    std::string obey(const std::string& text) {
        std::istringstream words(text);
        std::string command, name;
        words >> command >> name;
        if (command == "route") return add(name, words);
        const auto found = routes_.find(name);
        if (found == routes_.end()) return "error there is no route \"" + name + "\"";
        Route& route = *found->second;
        if (command == "set") return set(route, words);
        if (command == "reset") {
            const auto open = route.open;  // each erases itself
            for (const auto& connection : open) connection->reset();
            return "ok " + std::to_string(open.size());
        }
        if (command == "stats") {
            return "ok connections=" + std::to_string(route.connections) +
                   " forward=" + std::to_string(route.bytes[0]) + " back=" + std::to_string(route.bytes[1]) +
                   " resets=" + std::to_string(route.resets);
        }
        std::uint64_t number = 0;
        if (!(words >> number)) return "error \"" + text + "\" is no command, or its number is missing";
        if (command == "refuse") {
            route.refuse = number != 0;
        } else if (command == "chaos") {
            route.chaos_one_in = number;
        } else {
            return "error there is no command \"" + command + "\"";
        }
        return "ok";
    }

    void stop() {
        for (const auto& [name, route] : routes_) {
            error_code ignored;
            route->acceptor.close(ignored);
            const auto open = route->open;
            for (const auto& connection : open) connection->reset();
        }
    }

private:
    std::string add(const std::string& name, std::istringstream& words) {
        std::string target;
        words >> target;
        const std::size_t colon = target.rfind(':');
        error_code error;
        const auto host = asio::ip::make_address(target.substr(0, colon), error);
        const long port = colon == std::string::npos ? 0 : std::strtol(target.c_str() + colon + 1, nullptr, 10);
        if (error || port < 1 || port > 65'535) return "error \"" + target + "\" is not IP:PORT";
        if (routes_.contains(name)) return "error there is a route \"" + name + "\" already";
        const auto route = std::make_shared<Route>(io_, tcp::endpoint(host, static_cast<std::uint16_t>(port)));
        route->acceptor.open(tcp::v4(), error);
        if (!error) route->acceptor.bind(tcp::endpoint(asio::ip::address_v4::loopback(), 0), error);
        if (!error) route->acceptor.listen(asio::socket_base::max_listen_connections, error);
        if (error) return "error cannot listen: " + error.message();
        routes_.emplace(name, route);
        asio::co_spawn(io_, accept_all(io_, route), Connection::rethrow);
        return "ok " + std::to_string(route->acceptor.local_endpoint(error).port());
    }

    std::string set(Route& route, std::istringstream& words) {
        std::string way;
        words >> way;
        if (way != "forward" && way != "back" && way != "both") return "error \"" + way + "\" is no direction";
        Line line;
        for (std::string word; words >> word;) {
            if (!read_setting(word, line)) return "error \"" + word + "\" is no setting";
        }
        if (way != "back") route.lines[0] = line;
        if (way != "forward") route.lines[1] = line;
        for (const auto& connection : route.open) connection->look_again();
        return "ok";
    }

    asio::io_context& io_;
    std::map<std::string, std::shared_ptr<Route>> routes_;
};

asio::awaitable<void> obey_all(asio::io_context& io, Commands& commands) {
    asio::posix::stream_descriptor input(io, ::dup(0));
    std::string waiting;
    for (;;) {
        auto room = asio::dynamic_buffer(waiting, command_bytes_max);
        const auto [error, size] = co_await asio::async_read_until(input, room, '\n', token);
        if (error) break;
        std::cout << commands.obey(waiting.substr(0, size - 1)) << std::endl;
        waiting.erase(0, size);
    }
    commands.stop();
    io.stop();
}

}  // namespace

int main() {
    asio::io_context io{1};
    Commands commands(io);
    asio::co_spawn(io, obey_all(io, commands), Connection::rethrow);
    io.run();
    return 0;
}

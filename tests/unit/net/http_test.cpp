// Tests the server with our own client and with bytes written by hand.
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <thread>

#include "net/http_text.hpp"
#include "tests/unit/net/loopback.hpp"

namespace xinlian::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// A server on its own thread, because the client blocks. It answers with what was asked; "/events" streams, "/large"
// has the requested size.
struct Server {
    explicit Server(HttpLimits limits = {}) {
        auto listening = HttpServer::listen(io, "127.0.0.1", 0, limits,
                                            [this](HttpRequest request, std::shared_ptr<Responder> responder) {
                                                handle(std::move(request), std::move(responder));
                                            });
        REQUIRE(listening.ok());
        server = std::move(*listening);
        thread = std::thread([this] { io.run(); });
    }
    ~Server() {
        server->stop();
        {
            const std::lock_guard lock(mutex);
            streams.clear();
            kept.clear();
        }
        thread.join();
    }
    void handle(HttpRequest request, std::shared_ptr<Responder> responder) {
        const std::lock_guard lock(mutex);
        last = request;
        ++requests;
        if (request.path == "/drop") return;
        if (request.path == "/keep") return kept.push_back(std::move(responder));
        if (request.path == "/events") {
            auto stream = responder->stream();
            stream->on_closed([this] { ++closed; });
            streams.push_back(std::move(stream));
            return;
        }
        HttpResponse response;
        response.status = request.path == "/teapot" ? 418 : 200;
        response.content_type = "text/plain";
        response.body = request.method + " " + request.path + " " + std::to_string(request.body.size());
        if (request.path == "/large") response.body.assign(std::stoul(request.query["bytes"]), 'x');
        response.headers.emplace_back("X-Height", "7");
        responder->answer(std::move(response));
    }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(server->port()); }
    // Waits for another thread.
    template <class Condition>
    bool wait(const Condition& condition) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(25);
        while (std::chrono::steady_clock::now() < end) {
            {
                const std::lock_guard lock(mutex);
                if (condition()) return true;
            }
            std::this_thread::yield();
        }
        return false;
    }

    asio::io_context io;
    std::unique_ptr<HttpServer> server;
    std::thread thread;
    std::mutex mutex;
    HttpRequest last;
    int requests = 0;
    std::atomic<int> closed = 0;
    std::vector<std::shared_ptr<EventStream>> streams;
    std::vector<std::shared_ptr<Responder>> kept;
};

constexpr Duration patience{10'000};

// Sends bytes and returns everything received until the server closes.
std::string raw(const Server& server, const std::string& bytes) {
    asio::io_context io;
    asio::ip::tcp::socket socket(io);
    socket.connect({asio::ip::address_v4::loopback(), server.server->port()});
    error_code error;
    asio::write(socket, asio::buffer(bytes), error);
    std::string answer;
    asio::read(socket, asio::dynamic_buffer(answer), error);
    return answer;
}

TEST_CASE("a request and its answer make the round trip, many on one connection") {
    Server server;
    auto client = *HttpClient::to(server.url() + "/");
    for (int i = 0; i < 50; ++i) {
        const auto got = client->request("GET", "/v1/blocks/7", "", "", patience);
        REQUIRE(got.ok());
        CHECK(got->status == 200);
        CHECK(got->body == "GET /v1/blocks/7 0");
        CHECK(got->content_type == "text/plain");
    }
    const auto posted = client->request("POST", "/v1/batches", "application/json", "{}", patience);
    REQUIRE(posted.ok());
    CHECK(posted->body == "POST /v1/batches 2");
    CHECK(server.last.content_type == "application/json");
    CHECK(client->request("GET", "/teapot", "", "", patience)->status == 418);
    const auto head = client->request("HEAD", "/v1/status", "", "", patience);
    REQUIRE(head.ok());
    CHECK(head->body.empty());
    CHECK(client->request("GET", "/after-head", "", "", patience)->body == "GET /after-head 0");
}

TEST_CASE("path and query are decoded, the last of a repeated name wins") {
    HttpRequest request;
    REQUIRE(parse_target("/v1/%E4%BF%A1/a+b?x=1&y=a+b%26c&x=2&flag&&=z", request));
    CHECK(request.path == "/v1/信/a+b");
    CHECK(request.query == std::map<std::string, std::string>{{"x", "2"}, {"y", "a b&c"}, {"flag", ""}, {"", "z"}});
}

TEST_CASE("a target with characters that a URL does not allow is refused") {
    for (const char* bad :
         {"",     "v1",  "/%",   "/%4", "/%zz", "/%00", "/a%0d%0ab", "/?x=%", "/?%7f=1",  "*",     "/?x=%0a",   "/?%4",
          "/a b", "/\t", "/a#b", "/信", "/?信", "/a|b", "/\"",       "/\\",   "/?a[0]=1", "/{id}", "http://h/x"}) {
        HttpRequest request;
        INFO(bad);
        CHECK_FALSE(parse_target(bad, request));
    }
    Server server;
    const std::string answer = raw(server, "GET /%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    CHECK(answer.find("HTTP/1.1 400") == 0);
    CHECK(answer.find("{\"error\":{\"code\":\"malformed\"") != std::string::npos);
    CHECK(server.requests == 0);
}

TEST_CASE("a body at the limit is taken, one byte above is 413 before it is read") {
    HttpLimits limits;
    limits.body_bytes_max = 3'000'000;
    Server server(limits);
    auto client = *HttpClient::to(server.url());
    const auto at_limit = client->request("POST", "/x", "", std::string(3'000'000, 'x'), patience);
    REQUIRE(at_limit.ok());
    CHECK(at_limit->body == "POST /x 3000000");
    const std::string above =
        raw(server, "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3000001\r\n\r\n" + std::string(100'000, 'x'));
    CHECK(above.find("HTTP/1.1 413") == 0);
    CHECK(above.find("\"code\":\"too_large\"") != std::string::npos);
    const std::string chunked =
        raw(server, "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2dc6c1\r\n" +
                        std::string(3'000'001, 'x') + "\r\n0\r\n\r\n");
    CHECK(chunked.find("HTTP/1.1 413") == 0);
    CHECK(server.requests == 1);
}

TEST_CASE("chunk headers and trailers without an end are 431") {
    HttpLimits limits;
    limits.idle_deadline = patience;
    Server server(limits);
    const std::string begin = "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    SECTION("a chunk header") {
        CHECK(raw(server, begin + "5;" + std::string(1u << 20, 'a')).find("HTTP/1.1 431") == 0);
    }
    SECTION("trailers") {
        std::string trailers = "5\r\nhello\r\n0\r\n";
        while (trailers.size() < 1u << 20) trailers += "X-Field: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n";
        CHECK(raw(server, begin + trailers).find("HTTP/1.1 431") == 0);
    }
    CHECK(server.requests == 0);
}

TEST_CASE("a chunk header without an end is not read to the end of the client's memory") {
    asio::io_context io;
    asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    std::thread babbler([&] {
        asio::ip::tcp::socket socket = acceptor.accept();
        std::string asked;
        error_code error;
        asio::read_until(socket, asio::dynamic_buffer(asked), "\r\n\r\n", error);
        const std::string endless =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;" + std::string(1u << 20, 'a');
        asio::write(socket, asio::buffer(endless), error);
        asio::read(socket, asio::dynamic_buffer(asked), error);
    });
    auto client = *HttpClient::to("http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()));
    const auto answer = client->request("GET", "/", "", "", patience);
    client = nullptr;
    babbler.join();
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().text.find("buffer overflow") != std::string::npos);
}

// A connection with a request whose answer is never read.
struct Unread {
    Unread(const Server& server, const std::string& request) : socket(io) {
        socket.connect({asio::ip::address_v4::loopback(), server.server->port()});
        asio::write(socket, asio::buffer(request));
    }
    void first_byte() {
        char byte = 0;
        asio::read(socket, asio::buffer(&byte, 1));
    }
    asio::io_context io;
    asio::ip::tcp::socket socket;
};

TEST_CASE("bodies under way are bounded together, one byte above is 503 until others are answered") {
    HttpLimits limits;
    limits.held_bytes_max = 300'000;
    Server server(limits);
    Unread first(server,
                 "POST /keep HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n" + std::string(200'000, 'x'));
    REQUIRE(server.wait([&] { return server.kept.size() == 1; }));
    auto client = *HttpClient::to(server.url());
    const auto post = [&](std::size_t size) {
        return client->request("POST", "/x", "", std::string(size, 'x'), patience);
    };
    CHECK(post(100'000)->status == 200);
    const auto above = post(100'001);
    REQUIRE(above.ok());
    CHECK(above->status == 503);
    CHECK(above->body.find("\"code\":\"busy\"") != std::string::npos);
    const std::string chunked = "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n";
    CHECK(raw(server, chunked).find("HTTP/1.1 503") == 0);  // it could become longer than the space left
    CHECK(post(http_small_bytes_max)->status == 200);
    {
        const std::lock_guard lock(server.mutex);
        server.kept.clear();
    }
    first.first_byte();
    CHECK(post(300'000)->status == 200);
    CHECK(post(300'000)->status == 200);
    CHECK(post(300'001)->status == 503);
}

TEST_CASE("answers under way have the same bound, and small ones always have room") {
    HttpLimits limits;
    limits.held_bytes_max = 16u << 20;  // more than sockets take
    Server server(limits);
    auto client = *HttpClient::to(server.url());
    const auto get = [&](std::size_t size) {
        return client->request("GET", "/large?bytes=" + std::to_string(size), "", "", patience);
    };
    {
        Unread all(server, "GET /large?bytes=16777216 HTTP/1.1\r\nHost: x\r\n\r\n");
        all.first_byte();
        const auto refused = get(http_small_bytes_max + 1);
        REQUIRE(refused.ok());
        CHECK(refused->status == 503);
        CHECK(refused->body.find("\"code\":\"busy\"") != std::string::npos);
        CHECK(get(http_small_bytes_max)->status == 200);
    }
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(25);
    while (get(16u << 20)->status != 200) REQUIRE(std::chrono::steady_clock::now() < end);
    CHECK(get(16u << 20)->status == 200);
    CHECK(get((16u << 20) + 1)->status == 503);
}

TEST_CASE("a client that sends Expect gets 100 Continue") {
    Server server;
    const std::string answer = raw(server,
                                   "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n"
                                   "Expect: 100-continue\r\n\r\nhi");
    CHECK(answer.find("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK") == 0);
    CHECK(answer.find("POST /x 2") != std::string::npos);
}

TEST_CASE("a flood of header bytes is 431, and what is no HTTP is 400") {
    Server server;
    std::string flood = "GET / HTTP/1.1\r\nHost: x\r\n";
    SECTION("many fields") {
        for (int i = 0; i < 2000; ++i) flood += "X-Field-" + std::to_string(i) + ": y\r\n";
        CHECK(raw(server, flood + "\r\n").find("HTTP/1.1 431") == 0);
    }
    SECTION("one long field") {
        CHECK(raw(server, flood + "X: " + std::string(17 * 1024, 'y') + "\r\n\r\n").find("HTTP/1.1 431") == 0);
    }
    SECTION("within the limit") {
        const std::string large = "X: " + std::string(15 * 1024, 'y') + "\r\nConnection: close\r\n\r\n";
        CHECK(raw(server, flood + large).find("HTTP/1.1 200") == 0);
    }
    SECTION("garbage") { CHECK(raw(server, "\x16\x03\x01 what?\r\n\r\n").find("HTTP/1.1 400") == 0); }
    SECTION("two lengths that differ") {
        const std::string answer =
            raw(server, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc");
        CHECK(answer.find("HTTP/1.1 400") == 0);
    }
}

TEST_CASE("a header that comes too slowly ends the connection, and so does an idle one") {
    HttpLimits limits;
    limits.header_deadline = {100};
    limits.idle_deadline = {100};
    Server server(limits);
    CHECK(raw(server, "GET / HTTP/1.1\r\nHo").empty());
    CHECK(raw(server, "").empty());
    CHECK(raw(server, "GET /ok HTTP/1.1\r\nHost: x\r\n\r\n").find("HTTP/1.1 200") == 0);  // then idle
    CHECK(raw(server, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc").empty());
}

TEST_CASE("connections above the cap are told 503") {
    HttpLimits limits;
    limits.connections_max = 1;
    Server server(limits);
    auto first = *HttpClient::to(server.url());
    REQUIRE(first->request("GET", "/", "", "", patience).ok());
    auto second = *HttpClient::to(server.url());
    const auto refused = second->request("GET", "/", "", "", patience);
    REQUIRE(refused.ok());
    CHECK(refused->status == 503);
    CHECK(refused->body.find("\"code\":\"busy\"") != std::string::npos);
    CHECK(first->request("GET", "/", "", "", patience)->status == 200);
}

TEST_CASE("a responder may answer later, from another thread; one that is dropped answers 500") {
    Server server;
    auto client = *HttpClient::to(server.url());
    std::thread worker([&] {
        const bool came = server.wait([&] { return !server.kept.empty(); });
        const std::lock_guard lock(server.mutex);
        if (came) server.kept[0]->answer(error_response(404, "not_found", "no \"such\" thing\n"));
        server.kept.clear();
    });
    const auto late = client->request("GET", "/keep", "", "", patience);
    worker.join();
    REQUIRE(late.ok());
    CHECK(late->status == 404);
    CHECK(late->body == "{\"error\":{\"code\":\"not_found\",\"message\":\"no \\\"such\\\" thing\\n\"}}");
    CHECK(client->request("GET", "/drop", "", "", patience)->status == 500);
}

TEST_CASE("an event stream is read from where it was left") {
    Server server;
    auto client = *HttpClient::to(server.url());
    std::thread teller([&] {
        if (!server.wait([&] { return !server.streams.empty(); })) return;
        const std::lock_guard lock(server.mutex);
        server.streams[0]->send("8", "block", "line one\nline two");
        server.streams[0]->send("9", "", "");
        server.streams[0]->send("10\nevent: forged", "block", "end");
    });
    std::vector<std::string> got;
    const Status ended = client->events("/events", "7", [&](const auto& id, const auto& event, const auto& data) {
        got.push_back(id + "|" + event + "|" + data);
        return data != "end";
    });
    teller.join();
    CHECK(ended.ok());
    CHECK(got == std::vector<std::string>{"8|block|line one\nline two", "9|message|", "10event: forged|block|end"});
    CHECK(server.last.last_event_id == "7");
    CHECK(server.last.accept == "text/event-stream");
    REQUIRE(server.wait([&] { return server.closed == 1; }));
    const std::lock_guard lock(server.mutex);
    CHECK_FALSE(server.streams[0]->send("11", "block", "nobody hears this"));
}

TEST_CASE("the server's end of a stream is the end for the reader, after all that waited") {
    Server server;
    auto client = *HttpClient::to(server.url());
    std::thread teller([&] {
        if (!server.wait([&] { return !server.streams.empty(); })) return;
        const std::lock_guard lock(server.mutex);
        for (int i = 0; i < 1000; ++i) server.streams[0]->send(std::to_string(i), "block", "x");
        server.streams.clear();
    });
    int events = 0;
    const Status ended =
        client->events("/events", "", [&](const auto&, const auto&, const auto&) { return ++events > 0; });
    teller.join();
    CHECK(ended.ok());
    CHECK(events == 1000);
}

TEST_CASE("a reader of events that is too slow is disconnected at 1 MiB") {
    Server server;
    asio::io_context io;
    asio::ip::tcp::socket socket(io);
    socket.connect({asio::ip::address_v4::loopback(), server.server->port()});
    const std::string ask = "GET /events HTTP/1.1\r\nHost: x\r\n\r\n";
    asio::write(socket, asio::buffer(ask));
    REQUIRE(server.wait([&] { return !server.streams.empty(); }));
    const std::string data(100'000, 'x');
    int sent = 0;
    while (sent < 10'000 && server.streams[0]->send("1", "block", data)) ++sent;
    CHECK(sent < 10'000);
    CHECK(server.wait([&] { return server.closed == 1; }));
}

TEST_CASE("the client's errors name address and reason") {
    asio::io_context io;
    const HeldPort held(io);
    const std::string gone = "http://127.0.0.1:" + std::to_string(held.number());
    auto client = *HttpClient::to(gone);
    const auto refused = client->request("GET", "/", "", "", patience);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == Errc::unavailable);
    CHECK(refused.error().text.find(gone + ": Connection refused") == 0);

    Server server;
    auto waiting = *HttpClient::to(server.url());
    const auto late = waiting->request("GET", "/keep", "", "", Duration{50});
    REQUIRE_FALSE(late.ok());
    CHECK(late.error().text == server.url() + ": no answer in time");
    const auto unknown = waiting->request("POST", "/keep", "", "x", Duration{50});
    REQUIRE_FALSE(unknown.ok());
    CHECK(unknown.error().text.find("the node may have accepted the request") != std::string::npos);
    CHECK_FALSE(waiting->events("/teapot", "", [](const auto&, const auto&, const auto&) { return true; }).ok());
    CHECK(waiting->request("GET", "/a b", "", "", patience).error().code == Errc::malformed);
    CHECK(waiting->request("GET", "/x\r\nHost: y", "", "", patience).error().code == Errc::malformed);
}

TEST_CASE("a kept connection that the server has closed is opened again") {
    HttpLimits limits;
    limits.idle_deadline = {50};
    Server server(limits);
    auto client = *HttpClient::to(server.url());
    for (const std::string method : {"GET", "POST"}) {
        REQUIRE(client->request(method, "/", "", "", patience).ok());
        asio::io_context io;
        run_for(io, 1);
        asio::steady_timer pause(io, std::chrono::milliseconds(150));
        pause.wait();
        CHECK(client->request(method, "/", "", "", patience).ok());
    }
}

TEST_CASE("only http addresses are taken") {
    for (const char* bad : {"", "127.0.0.1:80", "https://x:1", "http://", "http://:80", "http://x:", "http://x:0",
                            "http://x:65536", "http://x:8a", "http://x:80?y", "http://a b"}) {
        INFO(bad);
        const auto client = HttpClient::to(bad);
        REQUIRE_FALSE(client.ok());
        CHECK(client.error().code == Errc::malformed);
    }
    for (const char* good : {"http://localhost", "http://127.0.0.1:8310/", "http://[::1]:8310", "http://x:65535/node"})
        CHECK(HttpClient::to(good).ok());
}

TEST_CASE("an address that is taken is unavailable, and what is no address is invalid") {
    Server server;
    asio::io_context io;
    CHECK(HttpServer::listen(io, "127.0.0.1", server.server->port(), {}, {}).error().code == Errc::unavailable);
    CHECK(HttpServer::listen(io, "localhost!", 0, {}, {}).error().code == Errc::invalid);
}

TEST_CASE("the event parser reads all three line ends, comments and unknown fields") {
    const std::string text =
        ":heartbeat\n\nid: 1\r\ndata: a\r\ndata:b\r\n\r\nevent: x\rdata\r\rretry: 5\nfoo\n\nid: 2\n\ndata: c\n\n";
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        EventParser parser;
        std::vector<std::string> got;
        for (std::size_t at = 0; at < text.size(); at += piece)
            parser.feed(std::string_view(text).substr(at, piece),
                        [&](const auto& id, const auto& event, const auto& data) {
                            got.push_back(id + "|" + event + "|" + data);
                            return true;
                        });
        CHECK(got == std::vector<std::string>{"1|message|a\nb", "1|x|", "2|message|c"});
    }
}

TEST_CASE("an event that never ends is refused") {
    EventParser parser;
    const std::string part(1u << 20, 'x');
    const auto never = [](const auto&, const auto&, const auto&) { return true; };
    for (int i = 0; i < 16; ++i) REQUIRE(parser.feed(part, never) == EventParser::Outcome::more);
    CHECK(parser.feed("x", never) == EventParser::Outcome::too_large);
}

}  // namespace
}  // namespace xinlian::net

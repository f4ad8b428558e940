// Tests peers that know each other: frames, limits, reconnection, which connection stays.
#include <thread>

#include "tests/unit/net/loopback.hpp"

namespace xinlian::net {
namespace {

TEST_CASE("frames arrive complete and in order, in both directions") {
    boost::asio::io_context io;
    Pair pair(io);
    pair.connect();
    for (std::uint8_t i = 0; i < 200; ++i) {
        pair.dialler.network->send(0, frame_of(1 + i * 300u, i));
        pair.listener.network->send(0, frame_of(1 + i, i));
    }
    REQUIRE(run_until(io, [&] { return pair.listener.frames.size() == 200 && pair.dialler.frames.size() == 200; }));
    for (std::uint8_t i = 0; i < 200; ++i) {
        CHECK(pair.listener.frames[i] == Bytes(1 + i * 300u, i));
        CHECK(pair.dialler.frames[i] == Bytes(1 + i, i));
    }
    const auto status = pair.dialler.network->status().at(0);
    CHECK(status.connects == 1);
    CHECK(status.last_error.empty());
    CHECK(status.frames_out >= 200);
    REQUIRE(run_until(io, [&] { return pair.dialler.network->status().at(0).queue_bytes == 0; }));
}

TEST_CASE("a frame of 12 MiB, the limit, arrives") {
    boost::asio::io_context io;
    Pair pair(io);
    pair.connect();
    pair.dialler.network->send(0, frame_of(frame_bytes_max, 7));
    REQUIRE(run_until(io, [&] { return pair.listener.frames.size() == 1; }));
    CHECK(pair.listener.frames[0] == Bytes(frame_bytes_max, 7));
}

TEST_CASE("small frames overtake bulk that waits") {
    boost::asio::io_context io;
    Pair pair(io);
    pair.connect();
    for (int i = 0; i < 20; ++i) pair.dialler.network->send(0, frame_of(1'500'000, 1));
    pair.dialler.network->send(0, frame_of("a vote"));
    REQUIRE(run_until(io, [&] { return pair.listener.frames.size() == 21; }));
    std::size_t at = 0;
    while (pair.listener.frames[at] != to_bytes("a vote")) ++at;
    CHECK(at <= 1);
}

TEST_CASE("frames may be sent from any thread") {
    boost::asio::io_context io;
    Pair pair(io);
    pair.connect();
    std::vector<std::thread> threads;
    for (std::uint8_t t = 0; t < 3; ++t)
        threads.emplace_back([&pair, t] {
            for (int i = 0; i < 500; ++i) pair.dialler.network->broadcast(frame_of(100, t));
        });
    const bool all = run_until(io, [&] { return pair.listener.frames.size() == 1500; });
    for (std::thread& thread : threads) thread.join();
    CHECK(all);
}

TEST_CASE("a connection that drops is dialled again") {
    boost::asio::io_context io;
    Pair pair(io);
    pair.connect();
    const std::uint16_t port = pair.listener.network->port();
    pair.listener.network.reset();
    REQUIRE(run_until(io, [&] { return pair.dialler.downs.size() == 1; }));
    REQUIRE(run_until(
        io, [&] { return pair.dialler.network->status()[0].last_error.find("cannot reach 127.0.0.1") == 0; }));
    pair.listener.settings.listen_port = port;
    pair.listener.start(io);
    REQUIRE(run_until(io, [&] { return pair.listener.connected() && pair.dialler.connected(); }));
    CHECK(pair.dialler.network->status()[0].connects == 2);
    pair.dialler.network->send(0, frame_of("again"));
    REQUIRE(run_until(io, [&] { return pair.listener.frames.size() == 1; }));
}

TEST_CASE("a peer that cannot be reached is dialled soon again, however long those that refuse us are left alone") {
    boost::asio::io_context io;
    Pair pair(io);
    const HeldPort held(io);
    const std::uint16_t port = held.number();
    pair.dialler.settings.limits.redial_min = pair.dialler.settings.limits.redial_max = {600'000};
    pair.dialler.settings.limits.redial_unreached_max = {20};
    pair.dialler.knows(pair.listener, port);
    pair.dialler.start(io);
    REQUIRE(run_until(io, [&] { return pair.dialler.network->status()[0].last_error.find("cannot reach") == 0; }));
    pair.listener.settings.listen_port = port;
    pair.listener.knows(pair.dialler, 0);
    pair.listener.start(io);
    CHECK(run_until(io, [&] { return pair.dialler.connected(); }));
}

// Accepts every connection and closes it.
struct Rude {
    Rude(boost::asio::io_context& io, std::uint16_t port)
        : acceptor(io, {boost::asio::ip::address_v4::loopback(), port}) {
        hang_up();
    }
    void hang_up() {
        acceptor.async_accept([this](boost::system::error_code error, const boost::asio::ip::tcp::socket&) {
            if (error) return;
            ++count;
            hang_up();
        });
    }
    boost::asio::ip::tcp::acceptor acceptor;
    int count = 0;
};

TEST_CASE("after a connection that lasted the pauses between dials are short again") {
    boost::asio::io_context io;
    Pair pair(io);
    const HeldPort held(io);
    const std::uint16_t port = held.number();
    pair.listener.settings.listen_port = port;
    pair.listener.knows(pair.dialler, 0);
    pair.dialler.settings.limits.redial_min = {5};
    pair.dialler.settings.limits.redial_max = {600'000};
    pair.dialler.settings.limits.lasting = {50};
    pair.dialler.knows(pair.listener, port);
    pair.dialler.start(io);
    // Each pause is about twice the one before: eight take a second, and eight more would take minutes.
    const auto refused_eight_times = [&] {
        Rude rude(io, port);
        return run_until(io, [&] { return rude.count >= 8; });
    };
    REQUIRE(refused_eight_times());
    pair.listener.start(io);
    REQUIRE(run_until(io, [&] { return pair.dialler.connected() && pair.listener.connected(); }));
    run_for(io, 60);
    pair.listener.network.reset();
    REQUIRE(run_until(io, [&] { return pair.dialler.downs.size() == 1; }));
    CHECK(refused_eight_times());
}

TEST_CASE("a connection that TCP does not get through is given up long before the handshake's deadline") {
    boost::asio::io_context io;
    FullPort full(io);
    Node dialler(2);
    dialler.settings.limits.handshake_deadline = {600'000};
    dialler.settings.limits.connect_deadline = {50};
    dialler.knows(Node(1), full.number());
    dialler.start(io);
    CHECK(run_until(io, [&] {
        return dialler.network->status()[0].last_error.find("timeout while connecting") != std::string::npos;
    }));
    dialler.network.reset();
    run_for(io, 20);
}

TEST_CASE("a peer that leaves bytes unanswered for too long is dropped, though its queue has room") {
    boost::asio::io_context io;
    Pair pair(io);
    pair.dialler.settings.limits.unanswered_deadline = {300};
    pair.listener.settings.limits.bytes_per_second_max = 1000;  // reads a little, then pauses for long
    pair.connect();
    for (int i = 0; i < 500; ++i) pair.dialler.network->send(0, frame_of(60'000, 1));
    CHECK(run_until(io, [&] { return !pair.dialler.downs.empty(); }));
    CHECK(pair.dialler.network->status()[0].queue_bytes == 0);
}

TEST_CASE("what is sent to a peer that is not connected is dropped") {
    boost::asio::io_context io;
    Pair pair(io);
    pair.start();
    pair.dialler.network->send(0, frame_of("too early"));
    REQUIRE(run_until(io, [&] { return pair.listener.connected() && pair.dialler.connected(); }));
    pair.dialler.network->send(0, frame_of("now"));
    REQUIRE(run_until(io, [&] { return !pair.listener.frames.empty(); }));
    CHECK(pair.listener.frames[0] == to_bytes("now"));
}

TEST_CASE("a second process with the same key replaces the first connection") {
    boost::asio::io_context io;
    Pair pair(io);
    pair.listener.settings.limits.accept_pause = {0};
    pair.connect();
    Node twin(2);
    twin.knows(pair.listener, pair.listener.network->port());
    twin.settings.limits.redial_min = {5'000};
    pair.dialler.network->stop();
    twin.start(io);
    REQUIRE(run_until(io, [&] { return twin.ups == 1 && pair.listener.ups == 2; }));
    CHECK(pair.listener.downs.size() == 1);
    twin.network.reset();
}

TEST_CASE("a peer that reads too slowly is dropped at the bound of its queue") {
    boost::asio::io_context io;
    Pair pair(io);
    pair.dialler.settings.limits.queue_bytes_max = 4u << 20;
    pair.listener.settings.limits.bytes_per_second_max = 1000;  // reads 16 KiB, then pauses for long
    pair.connect();
    for (int i = 0; i < 200; ++i) pair.dialler.network->send(0, frame_of(60'000, 1));
    REQUIRE(run_until(io, [&] { return !pair.dialler.downs.empty(); }));
    CHECK(pair.dialler.downs[0].find("reads too slowly") == 0);
}

TEST_CASE("a queue filled to its bound is kept and one byte more drops the peer") {
    boost::asio::io_context io;
    Pair pair(io);
    pair.dialler.settings.limits.queue_bytes_max = 1000;
    pair.connect();
    SECTION("at the bound") {
        pair.dialler.network->send(0, frame_of(996, 1));
        REQUIRE(run_until(io, [&] { return pair.listener.frames.size() == 1; }));
        CHECK(pair.dialler.downs.empty());
    }
    SECTION("one above") {
        pair.dialler.network->send(0, frame_of(997, 1));
        REQUIRE(run_until(io, [&] { return pair.dialler.downs.size() == 1; }));
        CHECK(pair.listener.frames.empty());
    }
}

TEST_CASE("a banned peer stays disconnected, whoever dials") {
    boost::asio::io_context io;
    Pair pair(io);
    pair.connect();
    SECTION("punished by the listening side") {
        pair.listener.network->ban(0, "it sent two faces");
        REQUIRE(run_until(io, [&] { return pair.listener.downs.size() == 1 && pair.dialler.downs.size() == 1; }));
        CHECK(pair.listener.downs[0].find("it sent two faces") != std::string::npos);
    }
    SECTION("punished by the dialling side") {
        pair.dialler.network->ban(0, "it sent two faces");
        REQUIRE(run_until(io, [&] { return pair.listener.downs.size() == 1 && pair.dialler.downs.size() == 1; }));
    }
    run_for(io, 300);
    CHECK_FALSE(pair.listener.connected());
    CHECK_FALSE(pair.dialler.connected());
    CHECK(pair.listener.ups == 1);
    CHECK(pair.dialler.ups == 1);
}

TEST_CASE("a banned peer reconnects when the time is over") {
    boost::asio::io_context io;
    Pair pair(io);
    pair.listener.settings.limits.ban_time = {100};
    pair.listener.settings.limits.accept_pause = {100};
    pair.connect();
    pair.listener.network->ban(0, "a broken rule");
    REQUIRE(run_until(io, [&] { return pair.listener.ups == 2 && pair.dialler.connected(); }));
}

TEST_CASE("keep-alives hold a quiet connection, and silence ends it") {
    boost::asio::io_context io;
    Pair pair(io);
    pair.listener.settings.limits.idle_deadline = {600};
    SECTION("the peer sends keep-alives") {
        pair.dialler.settings.limits.idle_deadline = {600};
        pair.connect();
        run_for(io, 1'500);
        CHECK(pair.listener.downs.empty());
    }
    SECTION("the peer is silent for longer") {
        pair.connect();
        REQUIRE(run_until(io, [&] { return !pair.listener.downs.empty(); }));
        CHECK(pair.listener.downs[0].find("nothing was received for 600 ms") == 0);
    }
}

TEST_CASE("more frames than allowed are read late, not lost") {
    boost::asio::io_context io;
    Pair pair(io);
    pair.listener.settings.limits.frames_per_second_max = 1000;
    pair.connect();
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 1300; ++i) pair.dialler.network->send(0, frame_of("small"));
    REQUIRE(run_until(io, [&] { return pair.listener.frames.size() == 1300; }));
    // 1000 at once, and those in the chunk that exceeded the limit; the rest only after the rate allows it.
    pair.dialler.network->send(0, frame_of("last"));
    REQUIRE(run_until(io, [&] { return pair.listener.frames.size() == 1301; }));
    CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(200));
}

TEST_CASE("a network refuses to start with what cannot work") {
    boost::asio::io_context io;
    Node one(1), two(2);
    one.knows(two, 1);
    SECTION("an address that is taken") {
        one.start(io);
        two.settings.listen_port = one.network->port();
        const auto started = Network::start(io, two.settings, two.key, {});
        REQUIRE_FALSE(started.ok());
        CHECK(started.error().code == Errc::unavailable);
        CHECK(started.error().text.find(std::to_string(one.network->port())) != std::string::npos);
    }
    SECTION("a certificate of another key") {
        const auto started = Network::start(io, one.settings, two.key, {});
        REQUIRE_FALSE(started.ok());
        CHECK(started.error().code == Errc::invalid);
    }
    SECTION("a certificate that is none") {
        one.settings.certificate_pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        const auto started = Network::start(io, one.settings, one.key, {});
        REQUIRE_FALSE(started.ok());
        CHECK(started.error().code == Errc::invalid);
    }
    SECTION("ourselves among the peers") {
        one.knows(one, 1);
        CHECK_FALSE(Network::start(io, one.settings, one.key, {}).ok());
    }
    SECTION("an address without a port") {
        one.settings.peers[0].address = "somewhere";
        const auto started = Network::start(io, one.settings, one.key, {});
        REQUIRE_FALSE(started.ok());
        CHECK(started.error().text.find("peer-0") != std::string::npos);
    }
}

}  // namespace
}  // namespace xinlian::net

// Two or more ends in one process: keys, settings, and a loop that runs until a condition holds.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>
#include <chrono>

#include "net/network.hpp"

namespace xinlian::net {

// Runs the loop until the condition holds; false after 25 seconds, which only a failing test waits for.
template <class Condition>
bool run_until(boost::asio::io_context& io, const Condition& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(25);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        io.restart();
        io.run_one_for(std::chrono::milliseconds(50));
    }
    return true;
}

// Runs the loop for a while, to check that something does not happen.
inline void run_for(boost::asio::io_context& io, int duration_ms) {
    io.restart();
    io.run_for(std::chrono::milliseconds(duration_ms));
}

inline SecretKey key_of(std::uint8_t number) {
    Bytes seed(32, number);
    return *SecretKey::from_seed(Suite::ed25519_sha256, seed);
}

// A port for ends that must know each other's address before they start. Nothing listens there, and no other program is
// given it while this lives; a socket with SO_REUSEADDR, as listeners have, can still listen on it.
class HeldPort {
public:
    explicit HeldPort(boost::asio::io_context& io) : socket_(io, boost::asio::ip::tcp::v4()) {
        socket_.set_option(boost::asio::socket_base::reuse_address(true));
        socket_.bind({boost::asio::ip::address_v4::loopback(), 0});
    }
    std::uint16_t number() const { return socket_.local_endpoint().port(); }

private:
    boost::asio::ip::tcp::socket socket_;
};

// A listener whose queue is full, so that TCP gets no further connection through.
class FullPort {
public:
    explicit FullPort(boost::asio::io_context& io) : listener(io) {
        listener.open(boost::asio::ip::tcp::v4());
        listener.bind({boost::asio::ip::address_v4::loopback(), 0});
        listener.listen(0);
        for (int i = 0; i < 3; ++i) {
            fillers_.emplace_back(io);
            fillers_.back().async_connect(listener.local_endpoint(), [](boost::system::error_code) {});
        }
        run_for(io, 20);
    }
    std::uint16_t number() const { return listener.local_endpoint().port(); }

    boost::asio::ip::tcp::acceptor listener;

private:
    std::vector<boost::asio::ip::tcp::socket> fillers_;
};

inline FramePtr frame_of(std::size_t size, std::uint8_t fill) { return std::make_shared<const Bytes>(size, fill); }
inline FramePtr frame_of(std::string_view text) { return std::make_shared<const Bytes>(to_bytes(text)); }

// A node of the test: a network and everything it reported.
struct Node {
    explicit Node(std::uint8_t number) : key(key_of(number)) {
        settings.listen_address = "127.0.0.1";
        settings.certificate_pem = *make_certificate(key, "node-" + std::to_string(number));
        settings.limits.redial_min = {10};
        settings.limits.redial_max = {50};
        settings.limits.handshake_deadline = {3'000};
    }
    void knows(const Node& other, std::uint16_t port) {
        const std::string address = port == 0 ? "" : "127.0.0.1:" + std::to_string(port);
        settings.peers.push_back({"peer-" + std::to_string(settings.peers.size()), address, other.key.public_key()});
    }
    void start(boost::asio::io_context& io) {
        NetworkEvents events;
        events.up = [this](PeerIndex) { ++ups; };
        events.down = [this](PeerIndex, const std::string& reason) { downs.push_back(reason); };
        events.frame = [this](PeerIndex, Bytes frame) { frames.push_back(std::move(frame)); };
        events.refused = [this](const std::string&, const std::string& reason) { refused.push_back(reason); };
        auto started = Network::start(io, settings, key, std::move(events));
        REQUIRE(started.ok());
        network = std::move(*started);
    }
    bool connected(PeerIndex peer = 0) const { return network->status().at(peer).connected; }
    bool was_refused(std::string_view part) const {
        for (const std::string& reason : refused)
            if (reason.find(part) != std::string::npos) return true;
        return false;
    }

    SecretKey key;
    NetworkSettings settings;
    int ups = 0;
    std::vector<std::string> downs, refused;
    std::vector<Bytes> frames;
    std::unique_ptr<Network> network;
};

// Two nodes that know each other; `dialler` dials `listener`.
struct Pair {
    explicit Pair(boost::asio::io_context& loop) : io(loop) {}
    ~Pair() {
        listener.network.reset();
        dialler.network.reset();
        run_for(io, 20);
    }
    void start() {
        listener.knows(dialler, 0);
        listener.start(io);
        dialler.knows(listener, listener.network->port());
        dialler.start(io);
    }
    void connect() {
        start();
        REQUIRE(run_until(io, [this] { return listener.connected() && dialler.connected(); }));
    }
    boost::asio::io_context& io;
    Node listener{1}, dialler{2};
};

}  // namespace xinlian::net

// Tests two peers that dial each other at about the same time: which connection stays.
#include <array>
#include <boost/asio/write.hpp>
#include <functional>
#include <list>
#include <optional>

#include "tests/unit/net/loopback.hpp"

namespace xinlian::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Two nodes with keys in this order.
struct TwoNodes {
    TwoNodes() {
        if (larger.key.public_key() < smaller.key.public_key()) std::swap(smaller, larger);
        for (Node* node : {&smaller, &larger}) {
            node->settings.limits.accept_pause = {600'000};
            node->settings.limits.handshake_deadline = {600'000};
        }
    }
    Node smaller{3}, larger{4};
};

// Takes one connection and forwards it, until told to hold back what the side behind it sends.
class Relay {
public:
    Relay(asio::io_context& io, std::uint16_t behind)
        : listener_(io, {asio::ip::address_v4::loopback(), 0}), front_(io), back_(io) {
        listener_.async_accept(front_, [this, behind](error_code error) {
            REQUIRE_FALSE(error);
            back_.connect({asio::ip::address_v4::loopback(), behind});
            pass(front_, back_, from_front_);
            pass(back_, front_, from_back_);
        });
    }
    std::uint16_t port() const { return listener_.local_endpoint().port(); }
    // What the side behind sends after the handshake stays here until release().
    bool holds() const { return !from_back_.held.empty(); }
    void release() {
        hold_ = false;
        error_code gone;
        asio::write(front_, asio::buffer(from_back_.held), gone);
    }

private:
    struct Way {
        std::array<std::uint8_t, 4096> room{};
        unsigned parts = 0;
        Bytes held;
    };
    void pass(tcp::socket& from, tcp::socket& to, Way& way) {
        from.async_read_some(asio::buffer(way.room), [this, &from, &to, &way](error_code error, std::size_t size) {
            error_code gone;
            if (error) {
                to.shutdown(tcp::socket::shutdown_send, gone);
                return;
            }
            ++way.parts;
            // In TLS 1.3 the dialling side's second flight ends the handshake.
            if (&way == &from_back_ && hold_ && from_front_.parts >= 2) {
                way.held.insert(way.held.end(), way.room.begin(), way.room.begin() + static_cast<long>(size));
            } else {
                asio::write(to, asio::buffer(way.room, size), gone);
            }
            pass(from, to, way);
        });
    }
    tcp::acceptor listener_;
    tcp::socket front_, back_;
    Way from_front_, from_back_;
    bool hold_ = true;
};

TEST_CASE("two nodes that dial each other at once keep exactly one connection") {
    for (int round = 0; round < 20; ++round) {
        asio::io_context io;
        TwoNodes nodes;
        Node &one = nodes.smaller, &two = nodes.larger;
        const HeldPort of_one(io), of_two(io);
        one.settings.listen_port = of_one.number();
        two.settings.listen_port = of_two.number();
        one.knows(two, two.settings.listen_port);
        two.knows(one, one.settings.listen_port);
        (round % 2 == 0 ? one : two).start(io);
        (round % 2 == 0 ? two : one).start(io);
        REQUIRE(run_until(io, [&] { return one.connected() && two.connected(); }));
        one.network->send(0, frame_of("to two"));
        two.network->send(0, frame_of("to one"));
        REQUIRE(run_until(io, [&] { return !one.frames.empty() && !two.frames.empty(); }));
        run_for(io, 30);
        for (const Node* node : {&one, &two}) {
            CHECK(node->connected());
            CHECK(node->ups == 1);
            CHECK(node->downs.empty());
        }
        one.network.reset();
        two.network.reset();
        run_for(io, 10);
    }
}

TEST_CASE("a dial that TCP completes only after the peer's own was accepted sends nothing more") {
    asio::io_context io;
    TwoNodes nodes;
    FullPort full(io);
    nodes.smaller.settings.limits.connect_deadline = {600'000};
    nodes.smaller.knows(nodes.larger, full.number());
    nodes.smaller.start(io);
    nodes.larger.knows(nodes.smaller, nodes.smaller.network->port());
    nodes.larger.start(io);
    REQUIRE(run_until(io, [&] { return nodes.smaller.connected() && nodes.larger.connected(); }));

    // Of the connections accepted here, only the node's dial sends bytes or closes.
    std::list<tcp::socket> taken;
    std::optional<std::size_t> said;
    char room = 0;
    const std::function<void()> take = [&] {
        taken.emplace_back(io);
        full.listener.async_accept(taken.back(), [&](error_code error) {
            if (error) return;
            taken.back().async_read_some(asio::buffer(&room, 1), [&](error_code, std::size_t size) { said = size; });
            take();
        });
    };
    take();
    REQUIRE(run_until(io, [&] { return said.has_value(); }));
    CHECK(said == 0u);
    full.listener.close();
    run_for(io, 30);
    for (const Node* node : {&nodes.smaller, &nodes.larger}) {
        CHECK(node->ups == 1);
        CHECK(node->downs.empty());
    }
}

TEST_CASE("a dial that is taken late gives way to a connection that the peer made meanwhile") {
    asio::io_context io;
    TwoNodes nodes;
    nodes.smaller.knows(nodes.larger, 0);
    nodes.smaller.start(io);
    Relay relay(io, nodes.smaller.network->port());
    nodes.larger.knows(nodes.smaller, relay.port());
    nodes.larger.start(io);
    REQUIRE(run_until(io, [&] { return nodes.smaller.connected() && relay.holds(); }));

    // The peer restarted and dials.
    Node again(nodes.smaller.key.seed()[0]);
    again.knows(nodes.larger, nodes.larger.network->port());
    again.start(io);
    REQUIRE(run_until(io, [&] { return again.connected() && nodes.larger.connected(); }));
    relay.release();
    REQUIRE(run_until(io, [&] { return nodes.smaller.downs.size() == 1; }));
    CHECK(nodes.larger.connected());
    CHECK(nodes.larger.ups == 1);
    CHECK(again.connected());
    CHECK(again.downs.empty());
}

}  // namespace
}  // namespace xinlian::net

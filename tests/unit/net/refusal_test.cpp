// Tests refusals of unknown and wrong clients at the peer port, each for one stated reason. The client is OpenSSL
// driven by hand.
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include "net/tls.hpp"
#include "tests/unit/net/loopback.hpp"

namespace xinlian::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

const std::string no_alpn = "none";

// A client that can be wrong in one way.
struct RawClient {
    asio::ssl::context context{asio::ssl::context::tls};
    std::unique_ptr<asio::ssl::stream<asio::ip::tcp::socket>> stream;
    error_code result;
    bool done = false;
    std::string got;
    char byte = 0;

    RawClient() { context.set_verify_mode(asio::ssl::verify_none); }

    void show(const SecretKey& key, const std::string& certificate) {
        SSL_CTX* raw = context.native_handle();
        EVP_PKEY* secret = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.seed().data(), 32);
        REQUIRE(SSL_CTX_use_PrivateKey(raw, secret) == 1);
        EVP_PKEY_free(secret);
        context.use_certificate(asio::buffer(certificate), asio::ssl::context::pem);
    }
    void connect(asio::io_context& io, std::uint16_t port) {
        stream = std::make_unique<asio::ssl::stream<asio::ip::tcp::socket>>(io, context);
        stream->next_layer().connect({asio::ip::address_v4::loopback(), port});
    }
    // Does the handshake, then reads one byte: a TLS 1.3 client learns only then that it was refused.
    void handshake(const std::string& alpn) {
        const std::string wire = static_cast<char>(alpn.size()) + alpn;
        if (alpn != no_alpn)
            SSL_set_alpn_protos(stream->native_handle(), as_bytes(wire).data(), static_cast<unsigned>(wire.size()));
        stream->async_handshake(asio::ssl::stream_base::client, [this](error_code error) {
            if (error) return finish(error);
            asio::async_read(*stream, asio::buffer(&byte, 1), [this](error_code late, std::size_t) { finish(late); });
        });
    }
    void finish(error_code error) {
        result = error;
        done = true;
    }
};

// A listening node that knows one peer, and the ALPN name of its chain.
struct Door {
    Door() { node.knows(friendly, 0); }
    ~Door() {
        node.network.reset();
        run_for(io, 10);
    }
    void open() { node.start(io); }
    std::uint16_t port() const { return node.network->port(); }
    std::string certificate(const Node& of) const { return of.settings.certificate_pem; }

    asio::io_context io;
    Node node{1}, friendly{2};
    const std::string alpn = "xinlian/1/0000000000000000";
};

// A certificate of this key that ended in 1971, with an unknown name.
std::string expired_certificate(const SecretKey& key) {
    EVP_PKEY* secret = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.seed().data(), 32);
    X509* x509 = X509_new();
    X509_set_version(x509, 2);
    ASN1_TIME_set_string(X509_getm_notBefore(x509), "19700101000000Z");
    ASN1_TIME_set_string(X509_getm_notAfter(x509), "19710101000000Z");
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("somebody else"), -1, -1, 0);
    X509_set_pubkey(x509, secret);
    X509_sign(x509, secret, nullptr);
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, x509);
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio, &text);
    std::string pem(text, static_cast<std::size_t>(size));
    BIO_free(bio);
    X509_free(x509);
    EVP_PKEY_free(secret);
    return pem;
}

TEST_CASE("the client of these tests is accepted when nothing is wrong with it") {
    Door door;
    door.open();
    RawClient client;
    client.show(door.friendly.key, door.certificate(door.friendly));
    client.connect(door.io, door.port());
    client.handshake(door.alpn);
    REQUIRE(run_until(door.io, [&] { return client.done; }));
    CHECK_FALSE(client.result);
    CHECK(client.byte == 0);
    CHECK(door.node.connected());
    CHECK(door.node.refused.empty());
}

TEST_CASE("dates and names in a certificate are ignored: an expired one is accepted") {
    Door door;
    door.open();
    RawClient client;
    client.show(door.friendly.key, expired_certificate(door.friendly.key));
    client.connect(door.io, door.port());
    client.handshake(door.alpn);
    REQUIRE(run_until(door.io, [&] { return client.done; }));
    CHECK_FALSE(client.result);
    CHECK(door.node.connected());
}

TEST_CASE("a client is refused for the one thing that is wrong, and the reason is logged once") {
    Door door;
    door.open();
    RawClient client, second;
    std::string alpn = door.alpn, reason;
    const Node unknown(9);
    SECTION("a key that nobody has") {
        for (RawClient* one : {&client, &second}) one->show(unknown.key, door.certificate(unknown));
        reason = "presents a key of no known peer: " + unknown.key.public_key().text();
    }
    SECTION("no certificate") { reason = "presents no certificate"; }
    SECTION("TLS 1.2 at most") {
        for (RawClient* one : {&client, &second}) {
            one->show(door.friendly.key, door.certificate(door.friendly));
            SSL_CTX_set_max_proto_version(one->context.native_handle(), TLS1_2_VERSION);
        }
        reason = "does not offer TLS 1.3";
    }
    SECTION("the name of another chain") {
        for (RawClient* one : {&client, &second}) one->show(door.friendly.key, door.certificate(door.friendly));
        alpn = "xinlian/1/0000000000000001";
        reason = "uses another chain";
    }
    SECTION("a prefix of the right name") {
        for (RawClient* one : {&client, &second}) one->show(door.friendly.key, door.certificate(door.friendly));
        alpn = "xinlian/1/";
        reason = "uses another chain";
    }
    SECTION("no protocol name at all") {
        for (RawClient* one : {&client, &second}) one->show(door.friendly.key, door.certificate(door.friendly));
        alpn = no_alpn;
        reason = "offers no known protocol";
    }
    for (RawClient* one : {&client, &second}) {
        one->connect(door.io, door.port());
        one->handshake(alpn);
        REQUIRE(run_until(door.io, [&] { return one->done; }));
        CHECK(one->result);
        REQUIRE(run_until(door.io, [&] { return !door.node.refused.empty(); }));
        run_for(door.io, 20);
    }
    CHECK(door.node.was_refused(reason));
    CHECK(door.node.refused.size() == 1);
    CHECK(door.node.ups == 0);
}

// Sends bytes to the peer port and waits until the node closes.
void knock(Door& door, std::string_view bytes) {
    asio::ip::tcp::socket socket(door.io);
    socket.connect({asio::ip::address_v4::loopback(), door.port()});
    asio::write(socket, asio::buffer(bytes.data(), bytes.size()));
    bool closed = false;
    std::array<char, 512> answer{};
    asio::async_read(socket, asio::buffer(answer), [&](error_code, std::size_t) { closed = true; });
    REQUIRE(run_until(door.io, [&] { return closed && !door.node.refused.empty(); }));
    CHECK(door.node.ups == 0);
}

TEST_CASE("bytes that are not TLS are refused by what they are") {
    Door door;
    SECTION("garbage") {
        door.open();
        knock(door, "\x01\x02\x03\x04garbage, and rather a lot of it, so that nobody waits for more");
        CHECK(door.node.was_refused("does not speak TLS"));
    }
    SECTION("plain HTTP") {
        door.open();
        knock(door, "GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n");
        CHECK(door.node.was_refused("sends plain HTTP to the peer port"));
    }
    SECTION("silence") {
        door.node.settings.limits.handshake_deadline = {100};
        door.open();
        knock(door, "");
        CHECK(door.node.was_refused("does not finish the handshake in time"));
    }
    SECTION("half a greeting") {
        door.node.settings.limits.handshake_deadline = {100};
        door.open();
        knock(door, std::string_view("\x16\x03\x01\x02\x00\x01", 6));
        CHECK(door.node.was_refused("does not finish the handshake in time"));
    }
}

// Connects from an address of its own and is silent; connects again, if told to, whenever it is refused.
struct Silent {
    Silent(Door& to, const char* address, bool again) : door(to), from(address), comes_again(again), socket(to.io) {
        connect();
    }
    ~Silent() { end(); }
    void connect() {
        socket = asio::ip::tcp::socket(door.io, asio::ip::tcp::v4());
        socket.bind({asio::ip::make_address(from), 0});
        socket.connect({asio::ip::address_v4::loopback(), door.port()});
        asio::async_read(socket, asio::buffer(&byte, 1), [this](error_code error, std::size_t) {
            if (error == asio::error::operation_aborted) return;
            ++turned_away;
            if (comes_again) connect();
        });
    }
    void end() {
        comes_again = false;
        error_code ignored;
        socket.close(ignored);
        run_for(door.io, 1);
    }
    Door& door;
    const std::string from;
    bool comes_again;
    asio::ip::tcp::socket socket;
    char byte = 0;
    int turned_away = 0;
};

TEST_CASE("a client that occupies all handshake slots, again and again, does not keep a peer out") {
    Door door;
    door.node.settings.limits.handshakes_max = 4;
    door.node.settings.limits.handshake_deadline = {600'000};
    door.open();
    std::vector<std::unique_ptr<Silent>> silent;
    for (int i = 0; i < 5; ++i) silent.push_back(std::make_unique<Silent>(door, "127.0.0.2", true));
    REQUIRE(run_until(door.io, [&] { return door.node.was_refused("too many handshakes at once"); }));
    RawClient client;
    client.show(door.friendly.key, door.certificate(door.friendly));
    client.connect(door.io, door.port());
    client.handshake(door.alpn);
    REQUIRE(run_until(door.io, [&] { return client.done; }));
    CHECK_FALSE(client.result);
    CHECK(door.node.connected());
}

TEST_CASE("all addresses of a network of IPv6 count as one, and an IPv4 address counts alike in either form") {
    const auto origin = [](const char* address) { return origin_of(asio::ip::make_address(address)); };
    CHECK(origin("2001:db8:1:2::1") == origin("2001:db8:1:2:ffff:ffff:ffff:ffff"));
    CHECK(origin("2001:db8:1:2::1") != origin("2001:db8:1:3::1"));
    CHECK(origin("192.0.2.1") == origin("::ffff:192.0.2.1"));
    CHECK(origin("192.0.2.1") != origin("::ffff:192.0.2.2"));
}

TEST_CASE("one handshake more than allowed turns away the oldest of the address that has the most") {
    Door door;
    door.node.settings.limits.handshakes_max = 3;
    door.node.settings.limits.handshake_deadline = {600'000};
    door.open();
    Silent first(door, "127.0.0.3", false), second(door, "127.0.0.2", false), third(door, "127.0.0.2", false);
    run_for(door.io, 20);
    CHECK(first.turned_away + second.turned_away + third.turned_away == 0);
    Silent fourth(door, "127.0.0.4", false);
    REQUIRE(run_until(door.io, [&] { return second.turned_away == 1; }));
    CHECK(first.turned_away + third.turned_away + fourth.turned_away == 0);
    Silent fifth(door, "127.0.0.5", false);  // all have one
    REQUIRE(run_until(door.io, [&] { return first.turned_away == 1; }));
    CHECK(third.turned_away + fourth.turned_away + fifth.turned_away == 0);
    CHECK(door.node.refused.size() == 2);
}

// The known peer dials; returns once it is accepted or refused.
std::unique_ptr<RawClient> call(Door& door) {
    auto caller = std::make_unique<RawClient>();
    caller->show(door.friendly.key, door.certificate(door.friendly));
    caller->connect(door.io, door.port());
    caller->handshake(door.alpn);
    REQUIRE(run_until(door.io, [&] { return caller->done; }));
    return caller;
}

TEST_CASE("a peer that dials again and again is taken once in a pause") {
    Door door;
    door.node.settings.limits.accept_pause = {600'000};
    door.open();
    std::vector<std::unique_ptr<RawClient>> calls;
    SECTION("though its last connection stands") {
        for (int i = 0; i < 100; ++i) calls.push_back(call(door));
        CHECK(door.node.connected());
        CHECK(door.node.downs.empty());
    }
    SECTION("though it has ended its last connection") {
        for (int i = 0; i < 100; ++i) {
            calls.push_back(call(door));
            calls.back()->stream = nullptr;
            run_for(door.io, 1);
        }
        REQUIRE(run_until(door.io, [&] { return door.node.downs.size() == 1; }));
    }
    CHECK(door.node.ups == 1);
    for (std::size_t i = 0; i < calls.size(); ++i) CHECK(calls[i]->result.failed() == (i > 0));
}

TEST_CASE("a peer that dials again after the pause replaces its connection") {
    Door door;
    door.node.settings.limits.accept_pause = {0};
    door.open();
    const auto first = call(door), second = call(door);
    CHECK_FALSE(second->result);
    CHECK(door.node.connected());
    CHECK(door.node.ups == 2);
    CHECK(door.node.downs.size() == 1);
}

TEST_CASE("a peer that announces a frame above 12 MiB is dropped before anything is allocated") {
    Door door;
    door.open();
    RawClient client;
    client.show(door.friendly.key, door.certificate(door.friendly));
    client.connect(door.io, door.port());
    client.handshake(door.alpn);
    REQUIRE(run_until(door.io, [&] { return client.done && door.node.connected(); }));
    const Bytes claim{0x00, 0xc0, 0x00, 0x01};
    bool sent = false;
    asio::async_write(*client.stream, asio::buffer(claim), [&](error_code, std::size_t) { sent = true; });
    REQUIRE(run_until(door.io, [&] { return sent && door.node.downs.size() == 1; }));
    CHECK(door.node.downs[0].find("declares 12582913 bytes") != std::string::npos);
}

TEST_CASE("the dialling side refuses a listener with another peer's key, even a known one") {
    asio::io_context io;
    Node listener(1), other(3), dialler(2);
    listener.knows(dialler, 0);
    listener.start(io);
    dialler.knows(other, listener.network->port());
    dialler.knows(listener, 0);
    dialler.start(io);
    REQUIRE(run_until(
        io, [&] { return dialler.was_refused("presents another key than the peer that this node dialled"); }));
    CHECK(dialler.ups == 0);
    CHECK(listener.ups == 0);
    CHECK(dialler.network->status()[0].last_error.find("presents another key") != std::string::npos);
}

TEST_CASE("a node whose own key is not in the peer's list is told so") {
    asio::io_context io;
    Node listener(1), somebody(3), dialler(2);
    listener.knows(somebody, 0);
    listener.start(io);
    dialler.knows(listener, listener.network->port());
    dialler.start(io);
    REQUIRE(run_until(io, [&] { return listener.was_refused("presents a key of no known peer"); }));
    REQUIRE(run_until(io, [&] {
        return dialler.network->status()[0].last_error.find("does not accept this node's transport key") !=
               std::string::npos;
    }));
    CHECK(dialler.ups == 0);
}

TEST_CASE("a node of another chain with the right keys is refused by both sides") {
    asio::io_context io;
    Pair pair(io);
    pair.dialler.settings.chain_id.bytes[0] = 1;
    pair.start();
    REQUIRE(run_until(io, [&] { return pair.listener.was_refused("uses another chain"); }));
    REQUIRE(run_until(io, [&] { return pair.dialler.was_refused("uses another chain"); }));
    CHECK(pair.listener.ups + pair.dialler.ups == 0);
}

TEST_CASE("a certificate is made for a member id of 1 to 64 characters and an Ed25519 key") {
    CHECK(make_certificate(key_of(1), std::string(64, 'x')).ok());
    CHECK_FALSE(make_certificate(key_of(1), std::string(65, 'x')).ok());
    CHECK_FALSE(make_certificate(key_of(1), "").ok());
    CHECK_FALSE(make_certificate(SecretKey::generate(Suite::sm2_sm3), "310000").ok());
}

}  // namespace
}  // namespace xinlian::net

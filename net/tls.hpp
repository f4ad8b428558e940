// TLS 1.3 between peers: mutual, with pinned keys, bound to one chain by its ALPN name. Private to net.
//
// The only thing read from a certificate is its Ed25519 public key. No chain is built, no date, name, issuer or
// signature of the certificate is looked at: the peer proves possession of the pinned key in the handshake (RFC
// 8446, 4.4.3).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/network.hpp"

namespace xinlian::net {

namespace asio = boost::asio;

using TlsStream = asio::ssl::stream<asio::ip::tcp::socket>;

// A TLS connection, shared by its coroutines and timers. Any of them may close it.
struct Link {
    Link(asio::ip::tcp::socket socket, asio::ssl::context& context, std::string remote_address)
        : stream(std::move(socket), context), timer(stream.get_executor()), remote(std::move(remote_address)) {}

    TlsStream stream;
    asio::steady_timer timer;  // the deadline of dialling and handshake
    std::string remote;        // host:port
    bool late = false;         // the deadline closed it
    bool settled = false;      // the deadline no longer applies
    bool displaced = false;    // closed to make room for a newer one

    void close();
    // Closes the link after this time unless settle() comes first.
    static void limit(const std::shared_ptr<Link>& link, Duration deadline);
    void settle();
};

// The address group that a connection counts for. One host may have a whole /64 of IPv6, so that all of its addresses
// are one.
std::string origin_of(const asio::ip::address& address);

struct HandshakeOutcome {
    HandshakeOutcome() = default;
    std::optional<PublicKey> key;  // of the peer, if all is well
    std::string reason;            // else: why not, from a fixed set, so that it can be counted
    std::string detail;            // and what exactly was seen
    bool refusal = true;           // false: the connection just broke
};

class Tls {
public:
    enum class Side { dialling, accepting };

    // Errc::invalid if the certificate does not parse or is not of this key.
    static Result<std::unique_ptr<Tls>> make(const NetworkSettings& settings, const SecretKey& transport_key);

    asio::ssl::context& context() { return context_; }
    // `expected`: whom we dialled; empty: any pinned key. The caller sets the deadline with Link::limit().
    asio::awaitable<HandshakeOutcome> handshake(std::shared_ptr<Link> link, Side side,
                                                std::optional<PublicKey> expected);

private:
    Tls() : context_(asio::ssl::context::tlsv13) {}
    Status adopt(const std::string& certificate_pem, const SecretKey& transport_key);
    Status restrict();

    asio::ssl::context context_;
    std::vector<PublicKey> pinned_;
    std::string alpn_;  // as on the wire: a byte of length, then the name
};

std::string explain(const boost::system::error_code& error);

}  // namespace xinlian::net

// Frames between authenticated peers over TLS 1.3. Listens, dials with back-off, keeps one connection per peer, and
// reports who is connected and why not. Independent of the frames' meaning.
//
// A peer is identified by its TLS key: both sides present a self-signed certificate, and its public key must be exactly
// the one pinned for a peer. Names, dates and issuers in certificates are ignored: the genesis file names the keys, so
// no expiry can stop the federation.
//
// There is one connection per peer. Of two dials that cross, both sides keep the same one: the smaller transport key's,
// unless it has taken the other's before its own got through. Otherwise a newer connection of a key replaces the older
// one (`down`, then `up`), so a second process with the same key shows as a peer that is replaced again and again: at
// most once in a pause, before which it is not taken.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/key.hpp"
#include "crypto/time.hpp"

namespace boost::asio {
class io_context;
}

namespace xinlian::net {

inline constexpr std::size_t frame_bytes_max = 12u
                                               << 20;  // a frame: 4 bytes of length, big-endian, then that many bytes

using PeerIndex = std::size_t;  // position in Settings::peers
using FramePtr = std::shared_ptr<const Bytes>;

struct PeerSettings {
    std::string id;       // member id, for logs
    std::string address;  // "host:port" to dial; empty: only accept
    PublicKey key;        // Ed25519
};

struct NetworkLimits {
    std::size_t queue_bytes_max =
        64u << 20;  // per peer, waiting to be sent; above it the peer is dropped and dialled again
    // Connections not yet authenticated. One more turns away the oldest of the address that has the most of them.
    std::size_t handshakes_max = 32;
    Duration connect_deadline{
        2'000};  // TCP's own attempts grow rarer: a network that is back is seen sooner by a new dial
    Duration handshake_deadline{5'000};
    Duration unanswered_deadline{5'000};           // of bytes sent: no acknowledgement, or no room for more
    Duration idle_deadline{30'000};                // nothing received (keep-alives go every third of it)
    std::uint64_t frames_per_second_max = 20'000;  // per peer, received; above it reading pauses
    std::uint64_t bytes_per_second_max = 256u << 20;
    Duration redial_min{100}, redial_max{10'000};  // back-off with jitter
    Duration redial_unreached_max{1'000};          // the same for a peer that cannot be reached: that costs one packet
    Duration accept_pause{1'000};                  // from one connection of a peer to the next that is taken from it
    Duration lasting{1'000};                       // a connection of this age shows that the peer is well
    Duration ban_time{60'000};                     // how long a peer is banned
};

struct NetworkSettings {
    std::string listen_address;  // "127.0.0.1"
    std::uint16_t listen_port = 0;
    std::string certificate_pem;      // of our transport key; see make_certificate
    Hash chain_id;                    // in the ALPN name, so that peers of another chain are refused in the handshake
    std::vector<PeerSettings> peers;  // without the own member
    NetworkLimits limits;
};

// Called on the io_context's thread; must not block. A frame stays valid until the callback returns.
struct NetworkEvents {
    std::function<void(PeerIndex)> up;
    std::function<void(PeerIndex, const std::string& reason)> down;
    std::function<void(PeerIndex, Bytes frame)> frame;
    // An unknown or faulty peer was refused; at most once a minute for one address and reason.
    std::function<void(const std::string& address, const std::string& reason)> refused;
};

struct PeerStatus {
    std::string id, address;
    bool connected = false;
    std::string last_error;  // why not, in one sentence; empty if connected
    std::uint64_t bytes_in = 0, bytes_out = 0, frames_in = 0, frames_out = 0, connects = 0;
    std::size_t queue_bytes = 0;
};

class Network {
public:
    // Errc::unavailable if the address is taken, Errc::invalid if certificate and key do not belong together.
    static Result<std::unique_ptr<Network>> start(boost::asio::io_context& io, NetworkSettings settings,
                                                  const SecretKey& transport_key, NetworkEvents events);
    // Stops, if stop() was not called. The io_context must outlive the Network.
    virtual ~Network() = default;
    virtual std::uint16_t port() const = 0;
    // Queues a frame of 1 to frame_bytes_max bytes; from any thread. Not connected: dropped (the caller's protocol
    // re-sends). Order is kept among frames below 64 KiB and among larger ones; small ones overtake large ones.
    virtual void send(PeerIndex peer, FramePtr frame) = 0;
    virtual void broadcast(FramePtr frame) = 0;
    // Closes the connection and bans the peer for a while: it violated the protocol.
    virtual void ban(PeerIndex peer, const std::string& reason) = 0;
    virtual std::vector<PeerStatus> status() const = 0;  // from any thread
    // Called on the io_context's thread (or after its run): no event follows. From another thread: soon. The io_context
    // runs a moment longer to end the connections.
    virtual void stop() = 0;
};

// A self-signed X.509 certificate (PEM) for an Ed25519 key; subject CN = member id, valid from 2020 to 9999.
Result<std::string> make_certificate(const SecretKey& transport_key, const std::string& member_id);

}  // namespace xinlian::net

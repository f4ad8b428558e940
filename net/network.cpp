// Listens, dials, and decides who stays connected.
//
// One connection per peer. If both sides dial at about the same time, the side with the smaller transport key decides,
// and both keep the same one: once its own dial has reached the other side it turns the other's away; until then it
// takes the other's, and its own dial ends where it is. Otherwise a newer connection of the same key replaces the older
// one, because the usual cause is a peer that restarted or lost its network, and its old connection is a ghost; two
// processes with one key therefore push each other out again and again, which shows in `down`. Whoever dials again at
// once is not taken: each connection costs those above us work.
#include "net/network.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <list>
#include <map>
#include <set>

#include "crypto/random.hpp"
#include "net/coroutine.hpp"
#include "net/peer.hpp"

namespace xinlian::net {
namespace {

using asio::ip::tcp;
using boost::system::error_code;
constexpr Duration refusal_silence{60'000};   // one report for one address and reason in this time
constexpr std::size_t refusals_max = 1024;    // remembered for that; above it nothing is reported until some are old
constexpr Duration accept_retry{100};         // after accept itself failed, usually for want of file descriptors
constexpr int unsent_bytes_max = 256 * 1024;  // in the kernel: more would let bulk frames delay the small ones

std::string text_of(const tcp::endpoint& endpoint) {
    const std::string address = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

std::string without_port(const std::string& address) { return address.substr(0, address.rfind(':')); }

// "host:port" or "[v6]:port".
Result<std::pair<std::string, std::string>> split_address(const std::string& address) {
    const std::size_t colon = address.rfind(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == address.size())
        return Error{Errc::invalid, "invalid address \"" + address + "\"; expected host:port"};
    std::string host = address.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    return std::pair{host, address.substr(colon + 1)};
}

// Half to all of it, so that two sides do not dial in step for ever.
Duration jittered(Duration duration) {
    std::array<std::uint8_t, 4> chance{};
    random_fill(chance);
    const std::uint64_t part = (std::uint64_t{chance[0]} << 24) | (chance[1] << 16) | (chance[2] << 8) | chance[3];
    return {duration.ms / 2 + part % (duration.ms / 2 + 1)};
}

// Without a deadline of its own TCP retries ever more rarely: after a cut of a minute, a minute later.
void tune(tcp::socket& socket, Duration unanswered_deadline) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    const unsigned deadline = static_cast<unsigned>(unanswered_deadline.ms);
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &deadline, sizeof deadline);
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_bytes_max, sizeof unsent_bytes_max);
}

// The connections and the rules; kept alive by its coroutines, while the Network is what the caller holds.
class Core : public std::enable_shared_from_this<Core> {
public:
    Core(asio::io_context& io, NetworkSettings settings, const PublicKey& own_key, NetworkEvents events,
         std::unique_ptr<Tls> tls)
        : io_(io),
          limits_(settings.limits),
          own_key_(own_key),
          events_(std::move(events)),
          tls_(std::move(tls)),
          acceptor_(io),
          accept_timer_(io) {
        for (PeerSettings& peer : settings.peers) peers_.push_back(std::make_unique<Peer>(std::move(peer), io));
    }

    Status listen(const std::string& address, std::uint16_t port);
    void start();
    void stop();
    void send(PeerIndex index, const FramePtr& frame);
    void broadcast(const FramePtr& frame);
    void ban(PeerIndex index, const std::string& reason);
    std::vector<PeerStatus> status() const;
    std::uint16_t port() const { return port_; }

private:
    struct Peer {
        Peer(PeerSettings peer_settings, asio::io_context& io) : settings(std::move(peer_settings)), wake(io) {}
        const PeerSettings settings;
        const std::shared_ptr<Traffic> traffic = std::make_shared<Traffic>();
        asio::steady_timer wake;    // of the dialling coroutine
        bool dial_reached = false;  // our own dial has reached the other side and is in the handshake
        Time since, away_until;
        // Guarded by mutex_; the session itself is replaced on the io_context's thread only.
        std::shared_ptr<Session> session;
        std::string last_error = "not connected yet";
        std::uint64_t connects = 0;
    };

    // A connection that was accepted and is not yet authenticated.
    struct Arrival {
        std::shared_ptr<Link> link;
        std::string origin;
    };

    static asio::awaitable<void> accept_all(std::shared_ptr<Core> self);
    static asio::awaitable<void> welcome(std::shared_ptr<Core> self, std::shared_ptr<Link> link);
    static asio::awaitable<void> keep_dialling(std::shared_ptr<Core> self, PeerIndex index);
    static asio::awaitable<std::string> dial(std::shared_ptr<Core> self, PeerIndex index, std::shared_ptr<Link> link);
    static asio::awaitable<std::string> reach(std::shared_ptr<Core> self, PeerIndex index, std::shared_ptr<Link> link);

    std::shared_ptr<Link> new_link(tcp::socket socket, std::string remote) {
        return std::make_shared<Link>(std::move(socket), tls_->context(), std::move(remote));
    }
    void make_room();
    void install(PeerIndex index, const std::shared_ptr<Link>& link);
    void ended(PeerIndex index, const std::string& reason);
    bool comes_too_soon(const Peer& peer) const;
    bool stays_away(const Peer& peer) const { return steady_now() < peer.away_until; }
    void set_error(Peer& peer, const std::string& reason);
    void report(const std::string& address, const std::string& reason, const std::string& detail);

    asio::io_context& io_;
    const NetworkLimits limits_;
    const PublicKey own_key_;
    const NetworkEvents events_;
    const std::unique_ptr<Tls> tls_;
    tcp::acceptor acceptor_;
    asio::steady_timer accept_timer_;
    std::uint16_t port_ = 0;
    bool stopped_ = false;
    std::list<Arrival> welcomed_;              // oldest first
    std::set<std::shared_ptr<Link>> dialled_;  // by us, not yet authenticated
    std::map<std::pair<std::string, std::string>, Time> refusals_;
    std::vector<std::unique_ptr<Peer>> peers_;
    mutable std::mutex mutex_;
};

Status Core::listen(const std::string& address, std::uint16_t port) {
    error_code error;
    const auto ip = asio::ip::make_address(address, error);
    if (error) return Error{Errc::invalid, "listen address \"" + address + "\" is not an IP address"};
    const tcp::endpoint endpoint(ip, port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error)
        return Error{Errc::unavailable, "cannot listen for peers on " + text_of(endpoint) + ": " + error.message()};
    port_ = acceptor_.local_endpoint(error).port();
    return {};
}

void Core::start() {
    // A coroutine that ends with an exception (no memory) is not restarted: the process should not go on half deaf.
    const auto ended_with = [](const std::exception_ptr& failure) {
        if (failure) std::rethrow_exception(failure);
    };
    asio::co_spawn(io_, accept_all(shared_from_this()), ended_with);
    for (PeerIndex index = 0; index < peers_.size(); ++index)
        if (!peers_[index]->settings.address.empty())
            asio::co_spawn(io_, keep_dialling(shared_from_this(), index), ended_with);
}

void Core::stop() {
    if (stopped_) return;
    stopped_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    accept_timer_.cancel();
    for (const Arrival& arrival : welcomed_) arrival.link->close();
    for (const auto& link : dialled_) link->close();
    for (const auto& peer : peers_) {
        peer->wake.cancel();
        const std::lock_guard lock(mutex_);
        if (peer->session) peer->session->close_quietly();
        peer->session = nullptr;
        peer->last_error = "this node is stopping";
    }
}

asio::awaitable<void> Core::accept_all(std::shared_ptr<Core> self) {
    while (!self->stopped_) {
        auto [error, socket] = co_await self->acceptor_.async_accept(token);
        if (self->stopped_) co_return;
        if (error) {
            self->report("port:" + std::to_string(self->port_), "cannot accept connections: " + error.message(), "");
            self->accept_timer_.expires_after(std::chrono::milliseconds(accept_retry.ms));
            co_await self->accept_timer_.async_wait(token);
            continue;
        }
        error_code gone;
        const tcp::endpoint remote = socket.remote_endpoint(gone);
        if (gone) continue;
        self->make_room();
        tune(socket, self->limits_.unanswered_deadline);
        const auto link = self->new_link(std::move(socket), text_of(remote));
        self->welcomed_.push_back({link, origin_of(remote.address())});
        asio::co_spawn(self->io_, welcome(self, link), [self, link](const std::exception_ptr& failure) {
            self->welcomed_.remove_if([&link](const Arrival& arrival) { return arrival.link == link; });
            if (failure) link->close();
        });
    }
}

// For one more handshake. Turned away is the oldest of whoever has the most: a stranger cannot keep others out by being
// silent, however often it comes again.
void Core::make_room() {
    if (welcomed_.empty() || welcomed_.size() < limits_.handshakes_max) return;
    std::map<std::string, std::size_t> counts;
    for (const Arrival& arrival : welcomed_) ++counts[arrival.origin];
    auto turned_away = welcomed_.begin();
    for (auto arrival = welcomed_.begin(); arrival != welcomed_.end(); ++arrival)
        if (counts[arrival->origin] > counts[turned_away->origin]) turned_away = arrival;
    const std::shared_ptr<Link> link = turned_away->link;
    welcomed_.erase(turned_away);
    link->displaced = true;
    link->close();
    report(link->remote, "too many handshakes at once", "");
}

asio::awaitable<void> Core::welcome(std::shared_ptr<Core> self, std::shared_ptr<Link> link) {
    Link::limit(link, self->limits_.handshake_deadline);
    const auto outcome = co_await self->tls_->handshake(link, Tls::Side::accepting, std::nullopt);
    link->settle();
    if (self->stopped_ || link->displaced) co_return;
    if (!outcome.key) {
        self->report(link->remote, outcome.reason, outcome.detail);
        co_return link->close();
    }
    PeerIndex index = 0;
    while (self->peers_[index]->settings.key != *outcome.key) ++index;  // the handshake let only pinned keys through
    const Peer& peer = *self->peers_[index];
    // Closing without a greeting tells the other side that this connection is not wanted.
    const bool ours_wins = peer.dial_reached && self->own_key_ < peer.settings.key;
    if (ours_wins || self->stays_away(peer) || self->comes_too_soon(peer)) co_return link->close();
    self->install(index, link);
}

asio::awaitable<void> Core::keep_dialling(std::shared_ptr<Core> self, PeerIndex index) {
    Peer& peer = *self->peers_[index];
    Duration back_off = self->limits_.redial_min;
    while (!self->stopped_) {
        bool unreached = false;
        if (peer.session) {
            peer.wake.expires_at(asio::steady_timer::time_point::max());
            co_await peer.wake.async_wait(token);
            // One that broke at once must not be dialled hotly.
            if (steady_now() - peer.since >= self->limits_.lasting) back_off = self->limits_.redial_min;
        } else if (!self->stays_away(peer)) {
            const auto link = self->new_link(tcp::socket(self->io_), peer.settings.address);
            self->dialled_.insert(link);
            const std::string failure = co_await dial(self, index, link);
            self->dialled_.erase(link);
            unreached = !std::exchange(peer.dial_reached, false);
            if (!failure.empty()) {
                link->close();
                if (!peer.session) self->set_error(peer, failure);
            }
        }
        if (self->stopped_) co_return;
        if (peer.session) continue;
        const Duration away = peer.away_until - steady_now();
        if (unreached) back_off = std::min(back_off, self->limits_.redial_unreached_max);
        const Duration wait = std::max(away, jittered(back_off));
        back_off = std::min(Duration{back_off.ms * 2}, self->limits_.redial_max);
        peer.wake.expires_after(std::chrono::milliseconds(wait.ms));
        co_await peer.wake.async_wait(token);
    }
}

// Connects the link's socket; why not, or nothing.
asio::awaitable<std::string> Core::reach(std::shared_ptr<Core> self, PeerIndex index, std::shared_ptr<Link> link) {
    const Peer& peer = *self->peers_[index];
    const std::string where = "cannot reach " + peer.settings.address + ": ";
    const auto parts = split_address(peer.settings.address);
    if (!parts) co_return where + parts.error().text;
    tcp::resolver resolver(link->stream.get_executor());
    const auto [unknown, endpoints] = co_await resolver.async_resolve(parts->first, parts->second, token);
    if (unknown) co_return where + unknown.message();
    if (link->late) co_return where + "timeout while resolving its name";
    Link::limit(link, self->limits_.connect_deadline);
    const auto [error, endpoint] = co_await asio::async_connect(link->stream.next_layer(), endpoints, token);
    if (link->late) co_return where + "timeout while connecting";
    if (error) co_return where + error.message();
    tune(link->stream.next_layer(), self->limits_.unanswered_deadline);
    co_return std::string();
}

// One attempt, up to the first keep-alive from the other side: only then did it accept us (in TLS 1.3 the dialling side
// is done with the handshake before the other has seen its certificate).
asio::awaitable<std::string> Core::dial(std::shared_ptr<Core> self, PeerIndex index, std::shared_ptr<Link> link) {
    Peer& peer = *self->peers_[index];
    const std::string who = "the peer at " + peer.settings.address + " ";
    Link::limit(link, self->limits_.handshake_deadline);
    const std::string unreached = co_await reach(self, index, link);
    if (!unreached.empty()) co_return unreached;
    if (peer.session) co_return who + "has connected in the meantime";
    Link::limit(link, self->limits_.handshake_deadline);
    peer.dial_reached = true;
    const auto outcome = co_await self->tls_->handshake(link, Tls::Side::dialling, peer.settings.key);
    if (!outcome.key) {
        if (outcome.refusal && !self->stopped_) self->report(peer.settings.address, outcome.reason, outcome.detail);
        co_return who + outcome.reason;
    }
    std::array<std::uint8_t, frame_header_bytes> greeting{};
    const auto room = asio::buffer(greeting);
    const auto [error, size] = co_await asio::async_read(link->stream, room, token);
    link->settle();
    if (self->stopped_) co_return "this node is stopping";
    if (link->late) co_return who + "completed the handshake but sent no greeting in time";
    if (error == asio::error::eof || error == asio::ssl::error::stream_truncated ||
        error == asio::error::connection_reset)
        co_return who +
            "closed the connection without a greeting: it keeps its own connection, or this node is banned there";
    if (error) co_return who + explain(error);
    if (greeting != std::array<std::uint8_t, frame_header_bytes>{})
        co_return who + "did not send a greeting as its first frame";
    if (self->stays_away(peer)) co_return "the peer is banned";
    if (peer.session) co_return who + "has connected in the meantime";
    self->install(index, link);
    co_return std::string();
}

void Core::install(PeerIndex index, const std::shared_ptr<Link>& link) {
    Peer& peer = *peers_[index];
    if (peer.session) {
        peer.session->close("replaced by a newer connection of the same peer, from " + link->remote);
        if (stopped_ || stays_away(peer)) return link->close();  // the caller may act in `down`
    }
    SessionEvents events;
    events.frame = [weak = weak_from_this(), index](Bytes frame) {
        const auto core = weak.lock();
        if (core && !core->stopped_ && core->events_.frame) core->events_.frame(index, std::move(frame));
    };
    events.closed = [weak = weak_from_this(), index](const std::string& reason) {
        if (const auto core = weak.lock()) core->ended(index, reason);
    };
    const auto session = std::make_shared<Session>(link, limits_, peer.traffic, std::move(events));
    peer.since = steady_now();
    {
        const std::lock_guard lock(mutex_);
        peer.session = session;
        peer.last_error.clear();
        ++peer.connects;
    }
    session->start();
    peer.wake.cancel();
    if (events_.up) events_.up(index);
}

// Also after a connection that has ended: whoever ends its own is not to be taken any more often.
bool Core::comes_too_soon(const Peer& peer) const {
    return peer.connects > 0 && steady_now() - peer.since < limits_.accept_pause;
}

void Core::ended(PeerIndex index, const std::string& reason) {
    if (stopped_) return;
    Peer& peer = *peers_[index];
    {
        const std::lock_guard lock(mutex_);
        peer.session = nullptr;
        peer.last_error = reason;
    }
    peer.wake.cancel();
    if (events_.down) events_.down(index, reason);
}

void Core::ban(PeerIndex index, const std::string& reason) {
    if (stopped_) return;
    Peer& peer = *peers_[index];
    peer.away_until = steady_now() + limits_.ban_time;
    const std::string text = "banned for " + std::to_string(limits_.ban_time.ms) + " ms: " + reason;
    if (const auto session = peer.session) return session->close(text);
    set_error(peer, text);
}

void Core::set_error(Peer& peer, const std::string& reason) {
    const std::lock_guard lock(mutex_);
    peer.last_error = reason;
}

void Core::report(const std::string& address, const std::string& reason, const std::string& detail) {
    const Time now = steady_now();
    const std::pair<std::string, std::string> kind(without_port(address), reason);
    const auto known = refusals_.find(kind);
    if (known != refusals_.end() && now - known->second < refusal_silence) return;
    if (refusals_.size() >= refusals_max)
        std::erase_if(refusals_, [now](const auto& refusal) { return !(now - refusal.second < refusal_silence); });
    if (refusals_.size() >= refusals_max && !refusals_.contains(kind)) return;
    refusals_[kind] = now;
    if (events_.refused) events_.refused(address, detail.empty() ? reason : reason + ": " + detail);
}

void Core::send(PeerIndex index, const FramePtr& frame) {
    XL_CHECK(frame != nullptr);
    XL_CHECK(!frame->empty());
    XL_CHECK(frame->size() <= frame_bytes_max);
    std::shared_ptr<Session> session;
    {
        const std::lock_guard lock(mutex_);
        session = peers_.at(index)->session;
    }
    if (session) session->send(frame);
}

void Core::broadcast(const FramePtr& frame) {
    for (PeerIndex index = 0; index < peers_.size(); ++index) send(index, frame);
}

std::vector<PeerStatus> Core::status() const {
    std::vector<PeerStatus> all;
    const std::lock_guard lock(mutex_);
    for (const auto& peer : peers_) {
        PeerStatus& status = all.emplace_back();
        status.id = peer->settings.id;
        status.address = peer->session ? peer->session->remote() : peer->settings.address;
        status.connected = peer->session != nullptr;
        status.last_error = peer->last_error;
        status.bytes_in = peer->traffic->bytes_in.load(std::memory_order_relaxed);
        status.bytes_out = peer->traffic->bytes_out.load(std::memory_order_relaxed);
        status.frames_in = peer->traffic->frames_in.load(std::memory_order_relaxed);
        status.frames_out = peer->traffic->frames_out.load(std::memory_order_relaxed);
        status.connects = peer->connects;
        status.queue_bytes = peer->session ? peer->session->queue_bytes() : 0;
    }
    return all;
}

class SocketNetwork : public Network {
public:
    SocketNetwork(asio::io_context& io, std::shared_ptr<Core> core) : io_(io), core_(std::move(core)) {}
    ~SocketNetwork() override { SocketNetwork::stop(); }

    std::uint16_t port() const override { return core_->port(); }
    void send(PeerIndex peer, FramePtr frame) override { core_->send(peer, frame); }
    void broadcast(FramePtr frame) override { core_->broadcast(frame); }
    void ban(PeerIndex peer, const std::string& reason) override {
        asio::dispatch(io_, [core = core_, peer, reason] { core->ban(peer, reason); });
    }
    std::vector<PeerStatus> status() const override { return core_->status(); }
    void stop() override {
        asio::dispatch(io_, [core = core_] { core->stop(); });
    }

private:
    asio::io_context& io_;
    const std::shared_ptr<Core> core_;
};

}  // namespace

Result<std::unique_ptr<Network>> Network::start(asio::io_context& io, NetworkSettings settings,
                                                const SecretKey& transport_key, NetworkEvents events) {
    std::set<PublicKey> keys{transport_key.public_key()};
    for (const PeerSettings& peer : settings.peers) {
        if (!keys.insert(peer.key).second)
            return Error{Errc::invalid, "peer " + peer.id + " has the transport key of another peer or of this node"};
        if (peer.address.empty()) continue;
        if (const auto parts = split_address(peer.address); !parts) return within("peer " + peer.id, parts.error());
    }
    XL_TRY(auto tls, Tls::make(settings, transport_key));
    const std::string address = settings.listen_address;
    const std::uint16_t port = settings.listen_port;
    const auto core =
        std::make_shared<Core>(io, std::move(settings), transport_key.public_key(), std::move(events), std::move(tls));
    XL_TRY_STATUS(core->listen(address, port));
    core->start();
    return std::unique_ptr<Network>(std::make_unique<SocketNetwork>(io, core));
}

}  // namespace xinlian::net

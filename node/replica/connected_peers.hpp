// The peers that are connected, in the order of their indices.
#pragma once

#include <iterator>
#include <optional>
#include <set>

#include "net/network.hpp"

namespace xinlian::node {

using net::PeerIndex;

class ConnectedPeers {
public:
    void connect(PeerIndex peer) { peers_.insert(peer); }
    void disconnect(PeerIndex peer) { peers_.erase(peer); }
    bool contains(PeerIndex peer) const { return peers_.contains(peer); }
    // Round robin: the peer whose turn number `turn` is. Nothing if none is connected.
    std::optional<PeerIndex> at_turn(unsigned turn) const {
        if (peers_.empty()) return std::nullopt;
        return *std::next(peers_.begin(), static_cast<std::ptrdiff_t>(turn % peers_.size()));
    }
    auto begin() const { return peers_.begin(); }
    auto end() const { return peers_.end(); }

private:
    std::set<PeerIndex> peers_;
};

}  // namespace xinlian::node

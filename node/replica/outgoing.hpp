// What a part of the replica wants sent and when it wants to run again. Replica encodes and releases it.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "crypto/time.hpp"
#include "net/network.hpp"
#include "node/replica/wire.hpp"

namespace xinlian::node {

using net::PeerIndex;

struct OutgoingMessages {
    std::vector<std::pair<PeerIndex, wire::Message>> send;
    std::vector<wire::Message> broadcast;
    std::optional<Time> wake;  // steady

    void wake_at(Time steady) {
        if (!wake || steady < *wake) wake = steady;
    }
};

}  // namespace xinlian::node

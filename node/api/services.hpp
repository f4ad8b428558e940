// What the interface needs of the daemon, and the two forms of an answer. All of it is thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger/chain/chain.hpp"
#include "net/http.hpp"
#include "node/api/metrics.hpp"
#include "node/replica/replica.hpp"

namespace xinlian::node {

struct ApiServices {
    const ledger::Chain& chain;
    std::string member;
    std::function<bool(std::function<void()>)> work;  // runs a task on a worker thread; false: too many wait
    using Submitted = std::function<void(Result<std::optional<ledger::Receipt>>)>;
    std::function<Status(ledger::BatchPtr, Submitted)>
        submit;  // Errc::busy if the queue is full; answers on the replica's thread
    // Whether the batch waits here to become final. As submit.
    std::function<Status(const Hash& batch, std::function<void(bool)>)> holds;
    std::function<Replica::Overview()> overview;
    std::function<std::vector<net::PeerStatus>()> peers;
    Metrics& metrics;
};
using ApiServicesPtr = std::shared_ptr<const ApiServices>;

using Answer = Result<net::HttpResponse>;
using ResponderPtr = std::shared_ptr<net::Responder>;

// Of a request that no worker is free for.
inline constexpr const char* full_workers = "too many requests are waiting at this node; try again in a second";

}  // namespace xinlian::node

// The replica meets sockets, disk, clock and workers. Three kinds of threads: the replica's (owns core, pool, tree and
// chain, does the synced writes), the network's (peers and HTTP), and workers (pure functions: checking batches,
// building proofs). Between them bounded queues; full means: drop and count (peers), "busy" (clients).
#pragma once

#include <memory>
#include <string>

#include "node/member/config.hpp"
#include "node/member/member_files.hpp"

namespace xinlian::node {

class Daemon {
public:
    // Opens everything: config, genesis, keys, journal (locked), chain (checked), sockets. The error says what to do.
    static Result<std::unique_ptr<Daemon>> open(const MemberFiles& files, const std::string& passphrase);
    ~Daemon();

    // Runs until SIGINT or SIGTERM (0), or until the disk or the state gives a reason to stop (the error).
    Status run();

private:
    struct State;
    explicit Daemon(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace xinlian::node

// Connects the replica to sockets, disk, clock and worker threads. There are three kinds of threads: the replica's
// thread (owns core, pool, tree and chain, and performs the synced writes), the network's thread (peers and HTTP), and
// workers (pure functions: checking batches, building proofs). Between them are bounded queues. When a queue is full,
// input from peers is dropped and counted, and clients get "busy".
#pragma once

#include <memory>
#include <string>

#include "node/member/config.hpp"
#include "node/member/member_files.hpp"

namespace xinlian::node {

class Daemon {
public:
    // Opens everything: config, genesis, keys, journal (locked), chain (checked), sockets. The error text says what to
    // do.
    static Result<std::unique_ptr<Daemon>> open(const MemberFiles& files, const std::string& passphrase);
    ~Daemon();

    // Runs until SIGINT or SIGTERM (success), or until a failure of the disk or the state (the error).
    Status run();

private:
    struct State;
    explicit Daemon(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace xinlian::node

// What Prometheus sees. Labels carry member ids and kinds only, never anything about records.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/network.hpp"
#include "node/replica/replica.hpp"

namespace xinlian::node {

class Metrics {
public:
    Metrics();
    ~Metrics();

    // All thread-safe.
    void committed(const ledger::StoredBlock& block, std::size_t entries);
    void settled(bool accepted);
    void journal_sync(double seconds);
    void http_request(int status);
    void scrubbed(std::uint64_t bytes, bool damage, bool round);
    void dropped_input(std::size_t count);
    void note(const consensus::Note& note);
    void evidence(const std::string& validator);  // new here, against this one
    // Prometheus text format 0.0.4, after taking over the current gauges.
    std::string text(const Replica::Overview& overview, const std::vector<net::PeerStatus>& peers, bool ready);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace xinlian::node

// Answers what peers request. What is in memory is sent at once. Reading the chain is slow, so a turn serves one piece
// of it, to one peer after the other. Each peer's requests and bytes are rate-limited, so that no peer's requests delay
// the votes of others.
#pragma once

#include <set>
#include <span>

#include "ledger/chain/chain.hpp"
#include "net/limiter.hpp"
#include "node/replica/outgoing.hpp"

namespace xinlian::node {

class PeerServer {
public:
    // What one peer may request: questions that are answered from the chain, and bytes of all answers.
    static constexpr std::uint64_t questions_per_second = 100, questions_at_once = 8;
    static constexpr std::uint64_t bytes_per_second = 32u << 20, bytes_at_once = 64u << 20;

    // `chain` outlives the server.
    PeerServer(const ledger::Chain& chain, std::size_t peers) : chain_(chain), peers_(peers) {}

    // A peer requested batches: sends those in memory, `here`, as far as its limits allow. The `missing` ones are
    // looked up in the chain later, since a final batch may be missing in a run that is too long for a range.
    OutgoingMessages on_batch_request(PeerIndex peer, std::span<const ledger::BatchPtr> here, std::set<Hash> missing,
                                      Time now);
    // A peer requested a block that is not in memory.
    Result<OutgoingMessages> on_block_request(PeerIndex peer, const Hash& id, Time now);
    // A peer requested final blocks from a height on. Replaces its earlier request.
    void on_range_request(PeerIndex peer, Height from, Time now);
    // Drops what the peer has requested.
    void disconnected(PeerIndex peer);

    // At the end of a turn: serves one piece, up to height `tip`.
    struct Served {
        OutgoingMessages out;
        std::optional<Error> failure;  // the chain could not be read
    };
    Served serve(Height tip, Time now);

private:
    struct Peer {
        net::TokenBucket questions{questions_per_second, questions_at_once, Time{}};
        net::TokenBucket bytes{bytes_per_second, bytes_at_once, Time{}};
        std::optional<Height> due_range;  // requested and not served yet
        std::set<Hash> due_batches;
        bool is_due() const { return due_range || !due_batches.empty(); }
    };

    Status serve_batches(PeerIndex peer, Time now, OutgoingMessages& out);
    Status serve_range(PeerIndex peer, Height tip, Time now, OutgoingMessages& out);
    Result<wire::RangeBlock> read_block(Height height) const;

    const ledger::Chain& chain_;
    std::vector<Peer> peers_;
    PeerIndex next_ = 0;  // whose turn it is
};

}  // namespace xinlian::node

// Fetches missing batches and blocks from peers. What a block names is requested from one peer after the other until
// it arrives. What only a peer announces is requested once, from that peer. Every list is bounded.
#pragma once

#include <map>
#include <span>

#include "node/replica/connected_peers.hpp"
#include "node/replica/outgoing.hpp"

namespace xinlian::node {

class Fetcher {
public:
    static constexpr Duration retry_after{300};  // then the next peer is asked
    static constexpr unsigned tries_max = 30;
    static constexpr std::size_t wanted_max = 4096;                   // batches, and blocks
    static constexpr std::size_t required_bytes_max = 64u << 20;      // of the batches kept by require
    static constexpr std::size_t announced_max = wire::pool_ids_max;  // open requests per announcing peer

    explicit Fetcher(std::size_t peers) : announced_by_(peers) {}

    // Requests batches that a block names: from `first` if it is connected, later from the others in turn.
    OutgoingMessages want_batches(std::span<const Hash> ids, std::optional<PeerIndex> first,
                                  const ConnectedPeers& connected, Time now);
    // Requests a block from all peers.
    OutgoingMessages want_block(const Hash& id, Time now);
    // Requests batches that `peer` announced and that this node lacks.
    OutgoingMessages announced(PeerIndex peer, std::span<const Hash> ids, Time now);
    // Repeats the requests that are due.
    OutgoingMessages retry(const ConnectedPeers& connected, Time now);

    // A batch or block arrived. True if a block names it and it was requested.
    bool batch_arrived(const Hash& id);
    bool block_arrived(const Hash& id) { return wanted_blocks_.erase(id) > 0; }

    // Keeps a batch that a proposal names although the pool refused it. If there are too many, all earlier ones are
    // dropped; a block that still needs one requests it again.
    void require(const ledger::BatchPtr& batch);
    ledger::BatchPtr required(const Hash& id) const;  // nullptr if not kept

    // Drops what was requested or kept for this block. Another block that needs it requests it again.
    void release(const ledger::Block& block);
    // These are final: they are not requested any more.
    void batch_final(const Hash& id) { wanted_batches_.erase(id); }
    void block_final(const Hash& id) { wanted_blocks_.erase(id); }
    // No block waits for anything.
    void clear();
    // Drops required batches that `is_decided`.
    template <class Predicate>
    void drop_required(Predicate is_decided) {
        std::erase_if(required_, [&](const auto& item) { return is_decided(item.first); });
    }

private:
    struct Wanted {
        Time asked;
        unsigned tries = 0;
    };
    struct Announced {
        Time at;
        PeerIndex by = 0;
    };

    static void request(PeerIndex peer, std::span<const Hash> ids, OutgoingMessages& out);
    // True if the request is to be repeated now; one that was repeated too often is erased.
    static bool is_due(std::map<Hash, Wanted>& wanted, std::map<Hash, Wanted>::iterator& at, Time now);

    std::map<Hash, Wanted> wanted_batches_, wanted_blocks_;  // named by blocks
    std::map<Hash, Announced> announced_;                    // named by peers
    std::vector<std::size_t> announced_by_;                  // Invariant: counts announced_, by peer
    std::map<Hash, ledger::BatchPtr> required_;
};

}  // namespace xinlian::node

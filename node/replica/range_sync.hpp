// Decides when to request a range of final blocks, and from which peer. Heights that peers claim are only hints: blocks
// are taken with certificates (check_certified). No peer can make this node request for ever or keep it from others.
#pragma once

#include "ledger/state/execute.hpp"
#include "node/replica/connected_peers.hpp"
#include "node/replica/outgoing.hpp"

namespace xinlian::node {

class RangeSync {
public:
    static constexpr Duration retry_after{300};  // after a failure the next peer is asked
    static constexpr Duration deadline{5'000};   // without an answer the next peer is asked
    static constexpr Duration patience{1'000};   // a peer that answers within this is asked again
    static constexpr Duration stuck{500};        // behind, and no progress for this long: request a range
    static constexpr Height far_behind = 8;      // behind by this much: request a range at once

    explicit RangeSync(std::size_t peers) : peers_(peers) {}

    // This node's own progress.
    struct Progress {
        Height tip = 0;
        Time tip_changed;
        bool final_above = false;  // a certificate shows that a block above the tip is final
        bool halted = false;       // nothing is requested any more
    };
    struct Request {
        Time at;
        Height from = 0;
    };
    // A range that was applied.
    struct Answer {
        PeerIndex peer = 0;
        Request request;
        bool progressed = false;  // it brought the tip further
    };

    // A peer says how high its chain is.
    void on_claim(PeerIndex peer, Height height);
    // Requests a range if this node is behind, unless one is under way.
    OutgoingMessages request_if_behind(const Progress& own, const ConnectedPeers& connected, Time now);
    // The request that a range from this peer answers; nothing if none was sent. Late answers count as well.
    std::optional<Request> take_request(PeerIndex peer);
    // Requests the next range, or stops.
    OutgoingMessages applied(const Answer& answer, const Progress& own, const ConnectedPeers& connected, Time now);
    // The peer's answer does not hold or does not help: the next peer is asked after a pause. `tip`: the own height.
    OutgoingMessages failed(PeerIndex peer, Duration pause, Height tip, Time now);
    OutgoingMessages disconnected(PeerIndex peer, Height tip, Time now);
    // A run that did not fit in a range is final now. Ranges may follow.
    OutgoingMessages run_applied(Time now);

    bool catching_up() const { return catching_up_; }  // the last range that was applied brought the tip further
    Height claimed(PeerIndex peer) const { return peers_[peer].claimed; }
    bool has_claimed(PeerIndex peer) const { return peers_[peer].has_claimed; }  // since this node started

private:
    struct Peer {
        Height claimed = 0;
        bool has_claimed = false;
        std::optional<Request> request;  // not answered yet
    };

    void request(PeerIndex peer, Height tip, Time now, OutgoingMessages& out);

    std::vector<Peer> peers_;
    std::optional<PeerIndex> awaited_;  // the peer that was asked last, while its answer is awaited
    unsigned turn_ = 0;                 // whose turn it is to be asked
    Time not_before_;
    bool catching_up_ = false;
};

// Whether the blocks of a range are linked to the tip, and its certificates are a quorum's and finalize them, the last
// one included. It is checked before anything is executed: headers are cheap to make, and executing blocks that nobody
// signed would keep this node busy for seconds.
Status check_certified(const ledger::Genesis& genesis, const ledger::ExecutedBlock& tip, const wire::Range& range);
// Whether the certificate is a quorum's and makes this block final.
Status check_final(const ledger::Genesis& genesis, const Hash& block, const Certificate& certificate);

}  // namespace xinlian::node

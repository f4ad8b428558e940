#include "node/replica/range_sync.hpp"

#include <algorithm>

namespace xinlian::node {

void RangeSync::on_claim(PeerIndex peer, Height height) {
    peers_[peer].has_claimed = true;
    peers_[peer].claimed = height;
}

OutgoingMessages RangeSync::request_if_behind(const Progress& own, const ConnectedPeers& connected, Time now) {
    OutgoingMessages out;
    if (own.halted) return out;
    if (awaited_) {
        const Time until = peers_[*awaited_].request->at + deadline;
        if (now >= until) return failed(*awaited_, retry_after, own.tip, now);
        out.wake_at(until);
        return out;
    }
    if (now < not_before_) {
        out.wake_at(not_before_);
        return out;
    }
    if (catching_up_) {
        if (const auto peer = connected.at_turn(turn_)) request(*peer, own.tip, now, out);
        return out;
    }
    Height best = own.tip;
    for (const PeerIndex peer : connected) best = std::max(best, peers_[peer].claimed);
    const Height behind = best - own.tip;
    if (behind == 0 && !own.final_above) return out;
    if (behind < far_behind && now < own.tip_changed + stuck) {
        out.wake_at(own.tip_changed + stuck);
        return out;
    }
    // Any peer that claims to be ahead; after a failure the next one.
    std::vector<PeerIndex> ahead;
    for (const PeerIndex peer : connected) {
        if (peers_[peer].claimed > own.tip || own.final_above) ahead.push_back(peer);
    }
    if (!ahead.empty()) request(ahead[turn_ % ahead.size()], own.tip, now, out);
    return out;
}

// An answer to an earlier request may still come. Its first height tells which request it answers.
void RangeSync::request(PeerIndex peer, Height tip, Time now, OutgoingMessages& out) {
    const Height from = tip + 1;
    std::optional<Request>& open = peers_[peer].request;
    open = Request{now, open ? std::min(open->from, from) : from};
    awaited_ = peer;
    out.wake_at(now + deadline);
    out.send.emplace_back(peer, wire::RangeRequest{from});
}

std::optional<RangeSync::Request> RangeSync::take_request(PeerIndex peer) {
    if (!peers_[peer].request) return std::nullopt;
    if (awaited_ == peer) awaited_.reset();
    return std::exchange(peers_[peer].request, std::nullopt);
}

OutgoingMessages RangeSync::applied(const Answer& answer, const Progress& own, const ConnectedPeers& connected,
                                    Time now) {
    if (!answer.progressed && own.tip < answer.request.from && !catching_up_)
        return failed(answer.peer, retry_after, own.tip, now);
    OutgoingMessages out;
    if (awaited_) return out;  // another peer was asked meanwhile
    // Claims are older than this range: they do not show whether this node has caught up.
    catching_up_ = answer.progressed;
    if (!answer.progressed) return request_if_behind(own, connected, now);
    // A quick peer is asked again. A slow one is not: it could send one block at a time and keep this node behind.
    const bool quick = now - answer.request.at < patience && connected.contains(answer.peer);
    if (!quick) ++turn_;
    if (const auto next = quick ? std::optional(answer.peer) : connected.at_turn(turn_))
        request(*next, own.tip, now, out);
    return out;
}

OutgoingMessages RangeSync::failed(PeerIndex peer, Duration pause, Height tip, Time now) {
    OutgoingMessages out;
    if (awaited_ == peer) awaited_.reset();
    peers_[peer].claimed = std::min(peers_[peer].claimed, tip);  // until it claims more again
    ++turn_;
    not_before_ = now + pause;
    out.wake_at(not_before_);
    return out;
}

OutgoingMessages RangeSync::disconnected(PeerIndex peer, Height tip, Time now) {
    peers_[peer].request.reset();
    return awaited_ == peer ? failed(peer, retry_after, tip, now) : OutgoingMessages();
}

OutgoingMessages RangeSync::run_applied(Time now) {
    OutgoingMessages out;
    catching_up_ = true;
    not_before_ = now;
    out.wake_at(now);
    return out;
}

Status check_certified(const ledger::Genesis& genesis, const ledger::ExecutedBlock& tip, const wire::Range& range) {
    Hash last = tip.id;
    bool certified = true;
    for (const auto& [block, batches, certificate] : range.blocks) {
        if (block.header.height <= tip.block.header.height) continue;  // committed meanwhile
        if (block.header.parent != last) return Error{Errc::invalid, "its blocks do not form a chain"};
        last = ledger::block_id(genesis.suite(), block.header);
        certified = certificate.has_value();
        if (!certified) continue;
        XL_TRY_STATUS(check_final(genesis, last, *certificate));
    }
    return certified ? Status() : Error{Errc::invalid, "its last block has no certificate"};
}

Status check_final(const ledger::Genesis& genesis, const Hash& block, const Certificate& certificate) {
    XL_TRY_STATUS(genesis.committee().check(genesis.chain_id(), certificate));
    if (certificate.statement.kind == VoteKind::finalize && certificate.statement.block == block) return Status();
    return Error{Errc::invalid, "one of its certificates does not finalize its block"};
}

}  // namespace xinlian::node

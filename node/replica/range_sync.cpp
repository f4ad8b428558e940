// Catching up by ranges of final blocks. Heights that peers name are claims; only certificates move the chain.
#include <algorithm>

#include "node/replica/replica.hpp"

namespace xinlian::node {

using ledger::BatchPtr;
using ledger::ExecutedPtr;

namespace {

constexpr Duration range_retry{300};       // after a failure the next peer is asked this much later
constexpr Duration range_deadline{5'000};  // a range that did not come is asked of the next peer
constexpr Duration range_patience{1'000};  // who answers within this is asked again
constexpr Duration stuck{500};             // behind for this long without progress: ask for a range
constexpr Height far_behind = 8;           // behind by this much: ask at once

}  // namespace

Result<ExecutedPtr> Replica::execute_range_block(const wire::RangeBlock& item, const ExecutedPtr& before) {
    const ledger::Parameters& limits = ledger::limits_above(genesis_, *before);
    XL_TRY_STATUS(ledger::check_block(genesis_, limits, item.block, before->block.header));
    XL_TRY_STATUS(ledger::check_new(before->after, item.block));
    if (item.batches.size() != item.block.batches.size())
        return Error{Errc::invalid, "a block without all of its batches"};
    std::vector<BatchPtr> bodies;
    for (std::size_t i = 0; i < item.batches.size(); ++i) {
        BatchPtr batch = held(item.block.batches[i]);
        if (!batch) {
            XL_TRY(batch, ledger::check_batch(genesis_, item.batches[i]));
        }
        if (batch->id != item.block.batches[i])
            return Error{Errc::invalid, "a batch that is not the one the block names"};
        bodies.push_back(std::move(batch));
    }
    XL_TRY_STATUS(ledger::check_bodies(limits, bodies));
    return ledger::execute(genesis_, before->after, item.block, std::move(bodies));
}

// Before anything of it is executed: its blocks are linked to the tip, and its last one, as every other certificate in
// it, is a quorum's. A header costs its maker nothing; to execute what nobody signed would keep this node busy for
// seconds.
Status Replica::check_certified(const wire::Range& range) const {
    Hash last = tip_->id;
    bool certified = true;
    for (const auto& [block, batches, certificate] : range.blocks) {
        if (block.header.height <= tip_->block.header.height) continue;  // committed meanwhile
        if (block.header.parent != last) return Error{Errc::invalid, "its blocks are not linked"};
        last = ledger::block_id(genesis_.suite(), block.header);
        certified = certificate.has_value();
        if (!certified) continue;
        XL_TRY_STATUS(check_final(last, *certificate));
    }
    return certified ? Status() : Error{Errc::invalid, "its last block has no certificate"};
}

Status Replica::check_final(const Hash& block, const Certificate& certificate) const {
    XL_TRY_STATUS(genesis_.committee().check(genesis_.chain_id(), certificate));
    if (certificate.statement.kind == VoteKind::finalize && certificate.statement.block == block) return Status();
    return Error{Errc::invalid, "a certificate of it does not make its block final"};
}

// What is between is fetched block by block, from it down. The nearest end that anybody named goes first: it takes the
// least to hold, and one that a liar named far away is forgotten for it.
Status Replica::take_run_end(PeerIndex peer, const wire::RangeBlock& end) {
    const Hash id = ledger::block_id(genesis_.suite(), end.block.header);
    if (!has_own_body(end.block)) return Error{Errc::invalid, "a block with another body than its header names"};
    if (!end.certificate) return Error{Errc::invalid, "the end of a run without its certificate"};
    XL_TRY_STATUS(check_final(id, *end.certificate));
    const View view = end.certificate->statement.view;
    if (view <= tip_->block.header.view) return Status();
    tree_.try_emplace(id, TreeBlock(end.block));
    if (!run_end_ || view < run_end_->statement.view) run_end_ = end.certificate;
    run(core_.receive(speaker(peer), consensus::Message(*end.certificate), now_.steady));
    return Status();
}

void Replica::on_range(PeerIndex peer, const wire::Range& range) {
    if (!peers_[peer].asked) return;  // nobody asked
    const Asked asked = *std::exchange(peers_[peer].asked, std::nullopt);
    if (range_peer_ == peer) range_peer_.reset();  // else it is late, and as good as any
    const bool end_alone = range.blocks.size() == 1 && range.blocks[0].block.header.height > asked.from;
    if (const Status holds = end_alone ? take_run_end(peer, range.blocks[0]) : check_certified(range); !holds) {
        ban(peer, "a range that does not hold: " + holds.error().text);
        return range_failed(peer, range_retry);
    }
    // Meanwhile the run is fetched; who may have named a nearer end is asked if that does not come to its end.
    if (end_alone) return range_failed(peer, range_deadline);
    const Height start = tip_->block.header.height;
    if (!take_range(peer, range) || effects_.fatal) return;
    const bool came = tip_->block.header.height > start;
    if (!came && tip_->block.header.height < asked.from && !catching_up_) return range_failed(peer, range_retry);
    if (range_peer_) return;  // somebody else was asked meanwhile
    // While these came, more were made: what peers claimed before is no measure of being in step.
    catching_up_ = came;
    if (!came) return maybe_sync();
    // Who answers at once is asked again. Nobody can make this node wait for one peer's crumbs.
    const bool quick = now_.steady - asked.at < range_patience && peers_[peer].up;
    if (!quick) ++range_turn_;
    if (const auto next = quick ? std::optional(peer) : next_peer(range_turn_)) ask_range(*next);
}

// False if it does not hold, or this node halts.
bool Replica::take_range(PeerIndex peer, const wire::Range& range) {
    std::vector<ExecutedPtr> run_blocks;
    ExecutedPtr before = tip_;
    for (const wire::RangeBlock& item : range.blocks) {
        if (item.block.header.height <= tip_->block.header.height) continue;  // committed meanwhile
        auto done = execute_range_block(item, before);
        if (!done) {
            ban(peer, "a range that does not hold: " + done.error().text);
            range_failed(peer, range_retry);
            return false;
        }
        before = *done;
        run_blocks.push_back(before);
        if (!item.certificate) continue;
        if (*item.certificate->statement.result != before->result) {
            halt("the federation certified another result at height " + std::to_string(before->block.header.height) +
                 " than this node's own execution gave");
            return false;
        }
        commit(std::move(run_blocks), *item.certificate);
        run_blocks.clear();
        if (effects_.fatal) return false;
        before = tip_;
        // The core learns of it as of any certificate: it jumps views and prunes.
        run(core_.receive(speaker(peer), consensus::Message(*item.certificate), now_.steady));
    }
    return true;
}

// The next peer is asked, after a while: nobody can make this node ask for ever, or keep it from asking others.
void Replica::range_failed(PeerIndex peer, Duration pause) {
    if (range_peer_ == peer) range_peer_.reset();
    peers_[peer].height = std::min(peers_[peer].height, tip_->block.header.height);  // until it says so again
    ++range_turn_;
    range_not_before_ = now_.steady + pause;
    wake_at(range_not_before_);
}

// Whose word a certificate is that a peer brought: the core listens to other members only, whoever checked it.
MemberIndex Replica::speaker(PeerIndex peer) const {
    return settings_.peers[peer].value_or(settings_.self == MemberIndex{0} ? MemberIndex{1} : MemberIndex{0});
}

void Replica::maybe_sync() {
    if (halted_) return;
    if (range_peer_) {
        const Time until = peers_[*range_peer_].asked->at + range_deadline;
        if (now_.steady < until) return wake_at(until);
        range_failed(*range_peer_, range_retry);
    }
    if (now_.steady < range_not_before_) return wake_at(range_not_before_);
    if (catching_up_) {
        if (const auto peer = next_peer(range_turn_)) ask_range(*peer);
        return;
    }
    Height best = tip_->block.header.height;
    for (const Peer& peer : peers_) {
        if (peer.up) best = std::max(best, peer.height);
    }
    const Height behind = best - tip_->block.header.height;
    const bool waiting = behind > 0 || final_.has_value();
    if (!waiting) return;
    if (behind < far_behind && now_.steady < tip_changed_ + stuck) return wake_at(tip_changed_ + stuck);
    // Any peer that claims to be ahead, the next one after a failure.
    std::vector<PeerIndex> ahead;
    for (PeerIndex i = 0; i < peers_.size(); ++i) {
        if (peers_[i].up && (peers_[i].height > tip_->block.header.height || final_)) ahead.push_back(i);
    }
    if (ahead.empty()) return;
    ask_range(ahead[range_turn_ % ahead.size()]);
}

// An answer to an earlier question may still come: which of them it is for is told by its first height.
void Replica::ask_range(PeerIndex peer) {
    const Height from = tip_->block.header.height + 1;
    std::optional<Asked>& asked = peers_[peer].asked;
    asked = Asked{now_.steady, asked ? std::min(asked->from, from) : from};
    range_peer_ = peer;
    wake_at(now_.steady + range_deadline);
    send(peer, wire::RangeRequest{from});
}

}  // namespace xinlian::node

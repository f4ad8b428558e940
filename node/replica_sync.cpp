// Fetching what is missing and catching up. Heights that peers name are claims; only certificates move the chain.
#include <algorithm>

#include "node/replica.hpp"

namespace xinlian::node {

using ledger::BatchPtr;
using ledger::ExecutedPtr;

namespace {

constexpr Duration fetch_retry{300};       // a missing batch or block is asked of the next peer after this
constexpr Duration range_deadline{5'000};  // a range that did not come is asked of the next peer
constexpr Duration stuck{500};             // behind for this long without progress: ask for a range
constexpr Height far_behind = 8;           // behind by this much: ask at once
constexpr Duration standing_interval_min{100};
constexpr std::size_t wanted_max = 4096;

}  // namespace

void Replica::connected(PeerIndex peer, Clock now) {
    now_ = now;
    peers_[peer].up = true;
    wire::Standing standing{tip_->block.header.height, tip_->id, pool_.ids(wire::pool_ids_max, tip_->after)};
    send(peer, standing);
    for (const auto& [member, evidence] : accused_) send(peer, wire::Accusation{evidence});
    if (settings_.peers[peer]) run(core_.connected(*settings_.peers[peer], now.steady));
    progress();
}

void Replica::disconnected(PeerIndex peer) {
    peers_[peer].up = false;
    if (range_asked_ && range_asked_->peer == peer) range_failed(*range_asked_);
}

void Replica::receive(PeerIndex peer, const wire::Message& message, Clock now) {
    now_ = now;
    struct Visitor {
        Replica& self;
        PeerIndex peer;
        void operator()(const wire::Consensus& m) const { self.on_consensus(peer, m.message); }
        void operator()(const wire::Standing& m) const { self.on_standing(peer, m); }
        void operator()(const wire::BatchBody&) const {}  // comes checked, through body()
        void operator()(const wire::BatchRequest& m) const { self.on_batch_request(peer, m); }
        void operator()(const wire::BlockRequest& m) const { self.on_block_request(peer, m); }
        void operator()(const wire::BlockBody& m) const { self.on_block(m.block); }
        void operator()(const wire::RangeRequest& m) const { self.on_range_request(peer, m.from); }
        void operator()(const wire::Range& m) const { self.on_range(peer, m); }
        void operator()(const wire::Accusation& m) const { self.on_accusation(peer, m.evidence); }
    };
    std::visit(Visitor{*this, peer}, message);
    progress();
}

void Replica::on_consensus(PeerIndex peer, const Bytes& message) {
    if (!settings_.peers[peer]) return;  // observers have no say
    const auto decoded = consensus::decode_message(message);
    if (!decoded) {
        effects_.punish.emplace_back(peer, "a consensus message that is none: " + decoded.error().text);
        return;
    }
    run(core_.receive(*settings_.peers[peer], *decoded, now_.steady));
}

void Replica::on_standing(PeerIndex peer, const wire::Standing& standing) {
    peers_[peer].heard = true;
    peers_[peer].height = standing.height;
    // Asked once and of the one that has them; who still holds them says so again. They are claims: nothing that a
    // block needs waits behind them.
    wire::BatchRequest request;
    for (const Hash& id : standing.waiting) {
        if (peers_[peer].announced >= wire::pool_ids_max) break;
        if (held(id) || wanted_batches_.contains(id) || tip_->after.outcome(id)) continue;
        if (!announced_.emplace(id, Announced{now_.steady, peer}).second) continue;
        ++peers_[peer].announced;
        request.ids.push_back(id);
    }
    if (!request.ids.empty()) {
        send(peer, request);
        wake_at(now_.steady + fetch_retry);
    }
    maybe_sync();
}

void Replica::body(PeerIndex peer, BatchPtr batch, Clock now) {
    now_ = now;
    if (const auto named = announced_.find(batch->id); named != announced_.end()) {
        --peers_[named->second.by].announced;
        announced_.erase(named);
    }
    const bool wanted = wanted_batches_.erase(batch->id) > 0;
    if (tip_->after.outcome(batch->id)) return;
    const auto admitted = pool_.admit(batch, tip_->after);
    // A proposal may name a batch that the pool would not take (full, or another one of that number came first). That
    // one stays: which of them becomes final is not known yet.
    if (!admitted && wanted && required_.size() < wanted_max) required_.emplace(batch->id, batch);
    static_cast<void>(peer);
    update_demand();
    progress();
}

void Replica::on_batch_request(PeerIndex peer, const wire::BatchRequest& request) {
    std::size_t bytes = 0;
    // What it may have in all is limited: a request is short, and what it asks for long.
    const auto may_have = [&](std::size_t more) {
        if (bytes > wire::range_bytes_max || peers_[peer].bodies.take(more, now_.steady).ms > 0) return false;
        bytes += more;
        return true;
    };
    const auto give = [&](const BatchPtr& batch) {
        if (may_have(batch->encoded.size())) send(peer, wire::BatchBody{batch->encoded});
    };
    std::set<Hash> missing;
    for (const Hash& id : std::set<Hash>(request.ids.begin(), request.ids.end())) {
        if (const BatchPtr batch = held(id)) {
            give(batch);
        } else {
            missing.insert(id);
        }
    }
    // Bodies of blocks that wait for finality: one walk, however much is asked.
    for (auto at = tree_.begin(); at != tree_.end() && !missing.empty(); ++at) {
        for (const BatchPtr& batch : at->second.bodies) {
            if (missing.erase(batch->id) > 0) give(batch);
        }
    }
    // What is final here may be what the asker lacks of a run too long for a range.
    if (missing.empty() || peers_[peer].ranges.take(1, now_.steady).ms > 0) return;
    for (const Hash& id : missing) {
        if (bytes > wire::range_bytes_max) return;
        auto body = chain_.batch(id);
        if (!body && body.error().code != Errc::not_found) {
            effects_.fatal = within("serving a batch", body.error());
            return;
        }
        if (!body) continue;
        if (may_have(body->size())) send(peer, wire::BatchBody{*std::move(body)});
    }
}

void Replica::on_block_request(PeerIndex peer, const wire::BlockRequest& request) {
    if (const auto found = tree_.find(request.id); found != tree_.end()) {
        return send(peer, wire::BlockBody{found->second.block});
    }
    const auto height = chain_.height_of(request.id);
    if (height && (!*height || peers_[peer].ranges.take(1, now_.steady).ms > 0)) return;
    const auto stored = height ? chain_.block(**height) : Result<ledger::StoredBlock>(height.error());
    if (stored) return send(peer, wire::BlockBody{stored->block});
    effects_.fatal = within("serving block " + request.id.hex(), stored.error());
}

void Replica::on_block(const ledger::Block& block) {
    const Hash id = ledger::block_id(genesis_.suite(), block.header);
    if (!has_own_body(block)) return;
    if (wanted_blocks_.erase(id) == 0 || block.header.height <= tip_->block.header.height) return;
    tree_.try_emplace(id, TreeBlock(block));
}

void Replica::on_range_request(PeerIndex peer, Height from) {
    if (peers_[peer].ranges.take(1, now_.steady).ms > 0) return;
    wire::Range range;
    std::size_t bytes = 0, certified = 0;
    for (Height h = from; h >= 1 && h <= tip_->block.header.height && range.blocks.size() < wire::range_blocks_max;
         ++h) {
        auto stored = chain_.block(h);
        if (!stored) {
            effects_.fatal = within("serving height " + std::to_string(h), stored.error());
            return;
        }
        wire::RangeBlock item{stored->block, {}, stored->certificate};
        for (const Hash& id : stored->block.batches) {
            auto body = chain_.batch(id);
            if (!body) {
                effects_.fatal = within("serving height " + std::to_string(h), body.error());
                return;
            }
            bytes += body->size();
            item.batches.push_back(*std::move(body));
        }
        // A run without its certified end is of no use to the asker. One that is too long for a frame is fetched block
        // by block, from its certificate down.
        if (bytes > wire::range_bytes_max && !range.blocks.empty()) break;
        range.blocks.push_back(std::move(item));
        if (stored->certificate) certified = range.blocks.size();
    }
    range.blocks.resize(certified);
    send(peer, range);
}

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
        XL_TRY_STATUS(genesis_.committee().check(genesis_.chain_id(), *certificate));
        if (certificate->statement.kind != VoteKind::finalize || certificate->statement.block != last)
            return Error{Errc::invalid, "a certificate of it does not make its block final"};
    }
    return certified ? Status() : Error{Errc::invalid, "its last block has no certificate"};
}

void Replica::on_range(PeerIndex peer, const wire::Range& range) {
    if (!range_asked_ || range_asked_->peer != peer) return;  // not asked, or too late
    const Asked asked = *range_asked_;
    range_asked_.reset();
    if (const Status holds = check_certified(range); !holds) {
        effects_.punish.emplace_back(peer, "a range that does not hold: " + holds.error().text);
        return range_failed(asked);
    }
    const Height start = tip_->block.header.height;
    std::vector<ExecutedPtr> run_blocks;
    ExecutedPtr before = tip_;
    for (const wire::RangeBlock& item : range.blocks) {
        if (item.block.header.height <= tip_->block.header.height) continue;  // committed meanwhile
        auto done = execute_range_block(item, before);
        if (!done) {
            effects_.punish.emplace_back(peer, "a range that does not hold: " + done.error().text);
            return range_failed(asked);
        }
        before = *done;
        run_blocks.push_back(before);
        if (!item.certificate) continue;
        if (*item.certificate->statement.result != before->result) {
            return halt("the federation certified another result at height " +
                        std::to_string(before->block.header.height) + " than this node's own execution gave");
        }
        commit(std::move(run_blocks), *item.certificate);
        run_blocks.clear();
        if (effects_.fatal) return;
        before = tip_;
        // The core learns of it as of any certificate: it jumps views and prunes.
        run(core_.receive(speaker(peer), consensus::Message(*item.certificate), now_.steady));
    }
    const bool came = tip_->block.header.height > start;
    if (!came && tip_->block.header.height < asked.from && !catching_up_) return range_failed(asked);
    // While these came, more were made: what peers claimed before is no measure of being in step.
    catching_up_ = came;
    if (came && peers_[peer].up) return ask_range(peer);
    maybe_sync();
}

// The next peer is asked, after a while: nobody can make this node ask for ever, or keep it from asking others.
void Replica::range_failed(const Asked& asked) {
    range_asked_.reset();
    peers_[asked.peer].height =
        std::min(peers_[asked.peer].height, tip_->block.header.height);  // until it says so again
    ++range_failures_;
    range_not_before_ = now_.steady + fetch_retry;
    wake_at(range_not_before_);
}

// Whose word a certificate is that a peer brought: the core listens to other members only, whoever checked it.
MemberIndex Replica::speaker(PeerIndex peer) const {
    return settings_.peers[peer].value_or(settings_.self == MemberIndex{0} ? MemberIndex{1} : MemberIndex{0});
}

void Replica::maybe_sync() {
    if (halted_) return;
    if (range_asked_ && now_.steady < range_asked_->at + range_deadline)
        return wake_at(range_asked_->at + range_deadline);
    if (range_asked_) range_failed(*range_asked_);
    if (now_.steady < range_not_before_) return wake_at(range_not_before_);
    if (catching_up_) {
        if (const auto peer = next_peer(range_failures_)) ask_range(*peer);
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
    ask_range(ahead[range_failures_ % ahead.size()]);
}

void Replica::ask_range(PeerIndex peer) {
    range_asked_ = Asked{peer, now_.steady, tip_->block.header.height + 1};
    wake_at(now_.steady + range_deadline);
    send(peer, wire::RangeRequest{range_asked_->from});
}

void Replica::want_batch(const Hash& id, std::optional<PeerIndex> first) {
    if (wanted_batches_.size() >= wanted_max || wanted_batches_.contains(id)) return;
    wanted_batches_[id] = {now_.steady, 0};
    wake_at(now_.steady + fetch_retry);
    if (first && !peers_[*first].up) first.reset();
    if (!first) first = next_peer(0);
    if (first) send(*first, wire::BatchRequest{{id}});
}

void Replica::want_block(const Hash& id) {
    if (wanted_blocks_.size() >= wanted_max || wanted_blocks_.contains(id)) return;
    wanted_blocks_[id] = {now_.steady, 0};
    wake_at(now_.steady + fetch_retry);
    broadcast(wire::BlockRequest{id});
}

void Replica::ask_again() {
    constexpr unsigned tries_max = 30;
    for (auto at = wanted_batches_.begin(); at != wanted_batches_.end();) {
        if (now_.steady < at->second.asked + fetch_retry) {
            ++at;
            continue;
        }
        if (++at->second.tries > tries_max) {
            at = wanted_batches_.erase(at);  // asked again if it is still needed
            continue;
        }
        at->second.asked = now_.steady;
        if (const auto peer = next_peer(at->second.tries)) send(*peer, wire::BatchRequest{{at->first}});
        ++at;
    }
    for (auto at = wanted_blocks_.begin(); at != wanted_blocks_.end();) {
        if (now_.steady < at->second.asked + fetch_retry) {
            ++at;
            continue;
        }
        if (++at->second.tries > tries_max) {
            at = wanted_blocks_.erase(at);
            continue;
        }
        at->second.asked = now_.steady;
        broadcast(wire::BlockRequest{at->first});
        ++at;
    }
    std::erase_if(announced_, [this](const auto& item) {
        const bool over = now_.steady >= item.second.at + fetch_retry;
        if (over) --peers_[item.second.by].announced;
        return over;
    });
    if (!wanted_batches_.empty() || !wanted_blocks_.empty() || !announced_.empty()) wake_at(now_.steady + fetch_retry);
}

void Replica::tick(Clock now) {
    now_ = now;
    run(core_.tick(now.steady));
    ask_again();
    maybe_sync();
    tell_standing();
    progress();
}

// Idle federations are quiet: five times as rarely when nothing waits.
void Replica::tell_standing() {
    const bool busy = demand_ || !tree_.empty();
    Duration every{busy ? settings_.standing.ms : settings_.standing.ms * 5};
    if (standing_due_) every = std::min(every, standing_interval_min);
    if (now_.steady < standing_told_ + every) return wake_at(standing_told_ + every);
    standing_told_ = now_.steady;
    standing_due_ = false;
    broadcast(wire::Standing{tip_->block.header.height, tip_->id, pool_.ids(wire::pool_ids_max, tip_->after)});
    // A peer whose queue was full has lost the first one, and this node's demand alone moves no view.
    for (const auto& [member, evidence] : accused_) broadcast(wire::Accusation{evidence});
    wake_at(now_.steady + every);
}

std::optional<PeerIndex> Replica::next_peer(unsigned tries) const {
    std::vector<PeerIndex> up;
    for (PeerIndex i = 0; i < peers_.size(); ++i) {
        if (peers_[i].up) up.push_back(i);
    }
    if (up.empty()) return std::nullopt;
    return up[tries % up.size()];
}

std::optional<PeerIndex> Replica::peer_of(MemberIndex member) const {
    for (PeerIndex i = 0; i < settings_.peers.size(); ++i) {
        if (settings_.peers[i] == member) return i;
    }
    return std::nullopt;
}

void Replica::update_demand() {
    const bool pending = !accused_.empty() || pool_.has_work(tip_->after);
    if (pending == demand_) return;
    demand_ = pending;
    run(core_.demand(pending, now_.steady));
}

void Replica::wake_at(Time steady) {
    if (!effects_.wake || steady < *effects_.wake) effects_.wake = steady;
}

}  // namespace xinlian::node

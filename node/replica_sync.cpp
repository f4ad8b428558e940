// Fetching what is missing: batches and blocks that a block needs, or that a peer names.
#include <algorithm>

#include "node/replica.hpp"

namespace xinlian::node {

using ledger::BatchPtr;

namespace {

constexpr Duration fetch_retry{300};  // a missing batch or block is asked of the next peer after this
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
    if (range_asked_ && range_asked_->peer == peer) range_failed(*range_asked_, fetch_retry);
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

void Replica::body(BatchPtr batch, Clock now) {
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

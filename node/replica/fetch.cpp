// Fetching what is missing: batches and blocks that a block needs, or that a peer names.
#include <algorithm>

#include "node/replica/replica.hpp"

namespace xinlian::node {

using ledger::BatchPtr;

namespace {

constexpr Duration fetch_retry{300};  // a missing batch or block is asked of the next peer after this
constexpr Duration status_interval_min{100};
constexpr std::size_t wanted_max = 4096;
constexpr std::size_t required_bytes_max = 64u << 20;  // of many blocks' batches

}  // namespace

void Replica::connected(PeerIndex peer, Clock now) {
    now_ = now;
    peers_[peer].up = true;
    peers_[peer].banned = false;
    wire::SyncStatus status{tip_->block.header.height, tip_->id, pool_.ids(wire::pool_ids_max, tip_->after)};
    send(peer, status);
    for (const auto& [member, evidence] : accused_) send(peer, wire::Accusation{evidence});
    if (settings_.peers[peer]) run(core_.connected(*settings_.peers[peer], now.steady));
    progress();
}

void Replica::disconnected(PeerIndex peer) {
    peers_[peer].up = false;
    peers_[peer].asked.reset();
    peers_[peer].due_range.reset();
    peers_[peer].due_batches.clear();
    if (range_peer_ == peer) range_failed(peer, fetch_retry);
}

void Replica::receive(PeerIndex peer, const wire::Message& message, Clock now) {
    now_ = now;
    if (peers_[peer].banned) return;
    struct Visitor {
        Replica& self;
        PeerIndex peer;
        void operator()(const wire::Consensus& m) const { self.on_consensus(peer, m.message); }
        void operator()(const wire::SyncStatus& m) const { self.on_status(peer, m); }
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
        ban(peer, "a consensus message that is none: " + decoded.error().text);
        return;
    }
    run(core_.receive(*settings_.peers[peer], *decoded, now_.steady));
}

void Replica::on_status(PeerIndex peer, const wire::SyncStatus& status) {
    peers_[peer].heard = true;
    peers_[peer].height = status.height;
    // Asked once and of the one that has them; who still holds them says so again. They are claims: nothing that a
    // block needs waits behind them.
    wire::BatchRequest request;
    for (const Hash& id : status.waiting) {
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
    if (peers_[peer].banned) return;
    if (const auto named = announced_.find(batch->id); named != announced_.end()) {
        --peers_[named->second.by].announced;
        announced_.erase(named);
    }
    const bool wanted = wanted_batches_.erase(batch->id) > 0;
    if (tip_->after.outcome(batch->id)) return;
    const auto admitted = pool_.admit(batch, tip_->after);
    // A proposal may name a batch that the pool would not take (full, or another one of that number came first). That
    // one stays: which of them becomes final is not known yet.
    if (!admitted && wanted) require(batch);
    update_demand();
    progress();
}

void Replica::on_block(const ledger::Block& block) {
    const Hash id = ledger::block_id(genesis_.suite(), block.header);
    if (!has_own_body(block)) return;
    if (wanted_blocks_.erase(id) == 0 || block.header.height <= tip_->block.header.height) return;
    tree_.try_emplace(id, TreeBlock(block));
}

// Batches that a block names: of the first peer now, then of one after the other until they come.
void Replica::want_batches(std::span<const Hash> ids, std::optional<PeerIndex> first) {
    std::vector<Hash> fresh;
    for (const Hash& id : ids) {
        if (wanted_batches_.size() >= wanted_max) break;
        if (wanted_batches_.try_emplace(id, Wanted{now_.steady, 0}).second) fresh.push_back(id);
    }
    if (fresh.empty()) return;
    wake_at(now_.steady + fetch_retry);
    if (first && !peers_[*first].up) first.reset();
    if (!first) first = next_peer(0);
    if (first) request(*first, fresh);
}

void Replica::request(PeerIndex peer, std::span<const Hash> ids) {
    while (!ids.empty()) {
        const auto some = ids.first(std::min(ids.size(), wire::request_ids_max));
        send(peer, wire::BatchRequest{{some.begin(), some.end()}});
        ids = ids.subspan(some.size());
    }
}

// A batch that a proposal names and the pool would not take. Who needs one that had to go asks for it anew.
void Replica::require(const BatchPtr& batch) {
    std::size_t bytes = batch->encoded.size();
    for (const auto& [id, other] : required_) bytes += other->encoded.size();
    if (bytes > required_bytes_max || required_.size() >= wanted_max) required_.clear();
    required_.emplace(batch->id, batch);
}

// What was asked for or kept for this block alone. Another one that needs it asks for it anew.
void Replica::release(const ledger::Block& block) {
    for (const Hash& id : block.batches) {
        wanted_batches_.erase(id);
        required_.erase(id);
    }
}

void Replica::want_block(const Hash& id) {
    if (wanted_blocks_.size() >= wanted_max || wanted_blocks_.contains(id)) return;
    wanted_blocks_[id] = {now_.steady, 0};
    wake_at(now_.steady + fetch_retry);
    broadcast(wire::BlockRequest{id});
}

void Replica::ask_again() {
    constexpr unsigned tries_max = 30;
    std::map<PeerIndex, std::vector<Hash>> again;
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
        if (const auto peer = next_peer(at->second.tries)) again[*peer].push_back(at->first);
        ++at;
    }
    for (const auto& [peer, ids] : again) request(peer, ids);
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
    send_status();
    progress();
}

// Idle federations are quiet: five times as rarely when nothing waits.
void Replica::send_status() {
    const bool busy = demand_ || !tree_.empty();
    Duration every{busy ? settings_.sync_status_interval.ms : settings_.sync_status_interval.ms * 5};
    if (status_due_) every = std::min(every, status_interval_min);
    if (now_.steady < status_sent_ + every) return wake_at(status_sent_ + every);
    status_sent_ = now_.steady;
    status_due_ = false;
    broadcast(wire::SyncStatus{tip_->block.header.height, tip_->id, pool_.ids(wire::pool_ids_max, tip_->after)});
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

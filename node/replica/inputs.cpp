// The inputs of the replica: connections, messages of peers, and the time.
#include <algorithm>

#include "node/replica/replica.hpp"

namespace xinlian::node {

using ledger::BatchPtr;

namespace {

constexpr Duration status_interval_min{100};

}  // namespace

void Replica::connected(PeerIndex peer, Clock now) {
    now_ = now;
    connected_.connect(peer);
    banned_.erase(peer);
    send(peer, own_status());
    for (const auto& [member, evidence] : evidence_.pending()) send(peer, wire::Accusation{evidence});
    if (settings_.peers[peer]) run(core_.connected(*settings_.peers[peer], now.steady));
    progress();
}

void Replica::disconnected(PeerIndex peer) {
    connected_.disconnect(peer);
    server_.disconnected(peer);
    emit(range_sync_.disconnected(peer, tip_->block.header.height, now_.steady));
}

void Replica::receive(PeerIndex peer, const wire::Message& message, Clock now) {
    now_ = now;
    if (banned_.contains(peer)) return;
    struct Visitor {
        Replica& self;
        PeerIndex peer;
        void operator()(const wire::Consensus& m) const { self.on_consensus(peer, m.message); }
        void operator()(const wire::SyncStatus& m) const { self.on_status(peer, m); }
        void operator()(const wire::BatchBody&) const {}  // body() takes them, checked
        void operator()(const wire::BatchRequest& m) const { self.on_batch_request(peer, m); }
        void operator()(const wire::BlockRequest& m) const { self.on_block_request(peer, m); }
        void operator()(const wire::BlockBody& m) const { self.on_block(m.block); }
        void operator()(const wire::RangeRequest& m) const {
            self.server_.on_range_request(peer, m.from, self.now_.steady);
        }
        void operator()(const wire::Range& m) const { self.on_range(peer, m); }
        void operator()(const wire::Accusation& m) const { self.on_accusation(peer, m.evidence); }
    };
    std::visit(Visitor{*this, peer}, message);
    progress();
}

void Replica::on_consensus(PeerIndex peer, const Bytes& message) {
    if (!settings_.peers[peer]) return;  // an observer has no vote
    const auto decoded = consensus::decode_message(message);
    if (!decoded) {
        ban(peer, "invalid consensus message: " + decoded.error().text);
        return;
    }
    run(core_.receive(*settings_.peers[peer], *decoded, now_.steady));
}

void Replica::on_status(PeerIndex peer, const wire::SyncStatus& status) {
    range_sync_.on_claim(peer, status.height);
    // An announced batch is requested once. A peer that still holds it announces it again.
    std::vector<Hash> lacking;
    for (const Hash& id : status.waiting) {
        if (!held(id) && !tip_->after.outcome(id)) lacking.push_back(id);
    }
    emit(fetcher_.announced(peer, lacking, now_.steady));
    request_range_if_behind();
}

void Replica::body(PeerIndex peer, BatchPtr batch, Clock now) {
    now_ = now;
    if (banned_.contains(peer)) return;
    const bool wanted = fetcher_.batch_arrived(batch->id);
    if (tip_->after.outcome(batch->id)) return;
    const auto admitted = pool_.admit(batch, tip_->after);
    // A proposal may name a batch that the pool refuses, because it is full or holds another batch with that number.
    // Both are kept: either of them may become final.
    if (!admitted && wanted) fetcher_.require(batch);
    update_demand();
    progress();
}

void Replica::on_block(const ledger::Block& block) {
    const Hash id = ledger::block_id(genesis_.suite(), block.header);
    if (!has_own_body(block)) return;
    if (!fetcher_.block_arrived(id) || block.header.height <= tip_->block.header.height) return;
    tree_.try_emplace(id, TreeBlock(block));
}

void Replica::on_batch_request(PeerIndex peer, const wire::BatchRequest& request) {
    std::vector<BatchPtr> here;
    std::set<Hash> missing;
    for (const Hash& id : std::set<Hash>(request.ids.begin(), request.ids.end())) {
        if (BatchPtr batch = held(id)) {
            here.push_back(std::move(batch));
        } else {
            missing.insert(id);
        }
    }
    // Bodies of blocks that are not final: one walk, however many batches are requested.
    for (auto at = tree_.begin(); at != tree_.end() && !missing.empty(); ++at) {
        for (const BatchPtr& batch : at->second.bodies) {
            if (missing.erase(batch->id) > 0) here.push_back(batch);
        }
    }
    emit(server_.on_batch_request(peer, here, std::move(missing), now_.steady));
}

void Replica::on_block_request(PeerIndex peer, const wire::BlockRequest& request) {
    if (const auto found = tree_.find(request.id); found != tree_.end())
        return send(peer, wire::BlockBody{found->second.block});
    auto answer = server_.on_block_request(peer, request.id, now_.steady);
    if (!answer) return failed_to_serve(std::move(answer).error());
    emit(*answer);
}

void Replica::on_accusation(PeerIndex peer, const Evidence& evidence) {
    const Result<bool> added = evidence_.receive(evidence, tip_->after);
    if (!added) return ban(peer, "invalid evidence: " + added.error().text);
    if (*added) publish(evidence);
}

// At the end of a turn.
void Replica::serve() {
    if (effects_.fatal) return;
    PeerServer::Served served = server_.serve(tip_->block.header.height, now_.steady);
    emit(served.out);
    if (served.failure) failed_to_serve(*std::move(served.failure));
}

// A node with damaged data serves the rest but signs nothing any more, as when the scrub finds the damage. A disk that
// cannot be read ends the node.
void Replica::failed_to_serve(Error why) {
    if (why.code == Errc::corrupt) return damaged(why.text, now_);
    effects_.fatal = std::move(why);
}

void Replica::tick(Clock now) {
    now_ = now;
    run(core_.tick(now.steady));
    emit(fetcher_.retry(connected_, now_.steady));
    request_range_if_behind();
    send_status();
    progress();
}

wire::SyncStatus Replica::own_status() const {
    return {tip_->block.header.height, tip_->id, pool_.ids(wire::pool_ids_max, tip_->after)};
}

// When nothing waits, statuses are five times as rare.
void Replica::send_status() {
    const bool busy = demand_ || !tree_.empty();
    Duration every{busy ? settings_.sync_status_interval.ms : settings_.sync_status_interval.ms * 5};
    if (status_due_) every = std::min(every, status_interval_min);
    if (now_.steady < status_sent_ + every) return wake_at(status_sent_ + every);
    status_sent_ = now_.steady;
    status_due_ = false;
    broadcast(own_status());
    // A peer with a full queue has lost the first accusation, and this node alone cannot advance the view.
    for (const auto& [member, evidence] : evidence_.pending()) broadcast(wire::Accusation{evidence});
    wake_at(now_.steady + every);
}

std::optional<PeerIndex> Replica::peer_of(MemberIndex member) const {
    for (PeerIndex i = 0; i < settings_.peers.size(); ++i) {
        if (settings_.peers[i] == member) return i;
    }
    return std::nullopt;
}

void Replica::update_demand() {
    const bool pending = !evidence_.empty() || pool_.has_work(tip_->after);
    if (pending == demand_) return;
    demand_ = pending;
    run(core_.demand(pending, now_.steady));
}

}  // namespace xinlian::node

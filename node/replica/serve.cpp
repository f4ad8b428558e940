// What peers ask of this node. What it has in memory goes out at once. Reading the chain takes long: of that a turn
// serves one piece, the peers taking turns, and each gets no more bytes than it may have. So nobody's questions keep
// the votes of others waiting.
#include "node/replica/replica.hpp"

namespace xinlian::node {

using ledger::BatchPtr;

namespace {

constexpr std::size_t block_cost = 8u << 10;  // bytes that reading a block counts as, beside its batches

}  // namespace

void Replica::on_batch_request(PeerIndex peer, const wire::BatchRequest& request) {
    std::size_t bytes = 0;
    const auto give = [&](const BatchPtr& batch) {
        if (bytes > wire::range_bytes_max || !peers_[peer].bytes.try_take(batch->encoded.size(), now_.steady)) return;
        bytes += batch->encoded.size();
        send(peer, wire::BatchBody{batch->encoded});
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
    if (missing.empty() || !peers_[peer].questions.try_take(1, now_.steady)) return;
    std::set<Hash>& due = peers_[peer].due_batches;
    if (due.size() < ledger::block_batches_max) due.merge(missing);
}

void Replica::on_block_request(PeerIndex peer, const wire::BlockRequest& request) {
    if (const auto found = tree_.find(request.id); found != tree_.end()) {
        return send(peer, wire::BlockBody{found->second.block});
    }
    if (!peers_[peer].questions.try_take(1, now_.steady)) return;
    const auto height = chain_.height_of(request.id);
    if (height && !*height) return;
    const auto stored = height ? chain_.block(**height) : Result<ledger::StoredBlock>(height.error());
    if (stored) return send(peer, wire::BlockBody{stored->block});
    failed_to_serve("block " + request.id.hex(), stored.error());
}

void Replica::on_range_request(PeerIndex peer, Height from) {
    if (from >= 1 && peers_[peer].questions.try_take(1, now_.steady)) peers_[peer].due_range = from;
}

// At the end of a turn.
void Replica::serve() {
    bool served = false;
    const PeerIndex first = next_served_;
    for (std::size_t n = 0; n < peers_.size() && !effects_.fatal; ++n) {
        const PeerIndex peer = static_cast<PeerIndex>((first + n) % peers_.size());
        Peer& to = peers_[peer];
        if (!to.due_range && to.due_batches.empty()) continue;
        const Duration wait = to.bytes.take(0, now_.steady);
        if (served || wait.ms > 0) {
            wake_at(now_.steady + wait);
            continue;
        }
        served = true;
        next_served_ = static_cast<PeerIndex>((peer + 1) % peers_.size());
        if (const auto from = std::exchange(to.due_range, std::nullopt)) {
            serve_range(peer, *from);
        } else {
            serve_batches(peer);
        }
        if (to.due_range || !to.due_batches.empty()) wake_at(now_.steady);
    }
}

void Replica::serve_batches(PeerIndex peer) {
    std::set<Hash>& due = peers_[peer].due_batches;
    std::size_t bytes = 0;
    while (!due.empty() && bytes <= wire::range_bytes_max) {
        const Hash id = due.extract(due.begin()).value();
        auto body = chain_.batch(id);
        if (!body && body.error().code == Errc::not_found) continue;
        if (!body) return failed_to_serve("batch " + id.hex(), body.error());
        bytes += body->size();
        send(peer, wire::BatchBody{*std::move(body)});
    }
    peers_[peer].bytes.take(bytes, now_.steady);
}

void Replica::serve_range(PeerIndex peer, Height from) {
    wire::Range range;
    std::size_t bytes = 0, certified = 0;
    const auto failed = [&](Height height, const Error& why) {
        failed_to_serve("height " + std::to_string(height), why);
    };
    for (Height h = from; h <= tip_->block.header.height && range.blocks.size() < wire::range_blocks_max; ++h) {
        auto stored = chain_.block(h);
        if (!stored) return failed(h, stored.error());
        wire::RangeBlock item{stored->block, {}, stored->certificate};
        for (const Hash& id : stored->block.batches) {
            auto body = chain_.batch(id);
            if (!body) return failed(h, body.error());
            bytes += body->size();
            item.batches.push_back(*std::move(body));
        }
        // A run without its certified end is of no use to the asker.
        if (bytes > wire::range_bytes_max && !range.blocks.empty()) break;
        range.blocks.push_back(std::move(item));
        if (stored->certificate) certified = range.blocks.size();
    }
    peers_[peer].bytes.take(bytes + range.blocks.size() * block_cost, now_.steady);
    // One that has no place in a frame is fetched block by block, from its end down.
    const bool too_long = certified == 0 && !range.blocks.empty();
    range.blocks.resize(certified);
    if (too_long) {
        auto end = chain_.certified_at_or_above(from);
        if (!end) return failed(from, end.error());
        range.blocks.push_back({std::move(end->block), {}, std::move(end->certificate)});
    }
    send(peer, range);
}

// What is damaged here is not served and ends the signing, as if the scrub had found it; a disk that does not answer
// ends the node.
void Replica::failed_to_serve(const std::string& what, const Error& why) {
    Error whole = within("serving " + what, why);
    if (why.code == Errc::corrupt) return damaged(whole.text, now_);
    effects_.fatal = std::move(whole);
}

}  // namespace xinlian::node

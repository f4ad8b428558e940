#include "node/replica/peer_server.hpp"

namespace xinlian::node {

using ledger::BatchPtr;

namespace {

constexpr std::size_t block_cost = 8u << 10;  // bytes that reading a block counts as, in addition to its batches

}  // namespace

OutgoingMessages PeerServer::on_batch_request(PeerIndex peer, std::span<const BatchPtr> here, std::set<Hash> missing,
                                              Time now) {
    OutgoingMessages out;
    Peer& to = peers_[peer];
    std::size_t bytes = 0;
    for (const BatchPtr& batch : here) {
        if (bytes > wire::range_bytes_max || !to.bytes.try_take(batch->encoded.size(), now)) continue;
        bytes += batch->encoded.size();
        out.send.emplace_back(peer, wire::BatchBody{batch->encoded});
    }
    if (missing.empty() || !to.questions.try_take(1, now)) return out;
    if (to.due_batches.size() < ledger::block_batches_max) to.due_batches.merge(missing);
    return out;
}

Result<OutgoingMessages> PeerServer::on_block_request(PeerIndex peer, const Hash& id, Time now) {
    OutgoingMessages out;
    if (!peers_[peer].questions.try_take(1, now)) return out;
    const auto height = chain_.height_of(id);
    if (height && !*height) return out;
    auto stored = height ? chain_.block(**height) : Result<ledger::StoredBlock>(height.error());
    if (!stored) return within("serving block " + id.hex(), std::move(stored).error());
    out.send.emplace_back(peer, wire::BlockBody{std::move(stored->block)});
    return out;
}

void PeerServer::on_range_request(PeerIndex peer, Height from, Time now) {
    if (from >= 1 && peers_[peer].questions.try_take(1, now)) peers_[peer].due_range = from;
}

void PeerServer::disconnected(PeerIndex peer) {
    peers_[peer].due_range.reset();
    peers_[peer].due_batches.clear();
}

PeerServer::Served PeerServer::serve(Height tip, Time now) {
    Served turn;
    bool served = false;
    const PeerIndex first = next_;
    for (std::size_t n = 0; n < peers_.size(); ++n) {
        const PeerIndex peer = static_cast<PeerIndex>((first + n) % peers_.size());
        Peer& to = peers_[peer];
        if (!to.is_due()) continue;
        const Duration wait = to.bytes.take(0, now);
        if (served || wait.ms > 0) {
            turn.out.wake_at(now + wait);
            continue;
        }
        served = true;
        next_ = static_cast<PeerIndex>((peer + 1) % peers_.size());
        Status done = to.due_range ? serve_range(peer, tip, now, turn.out) : serve_batches(peer, now, turn.out);
        if (!done) turn.failure = std::move(done).error();
        if (to.is_due()) turn.out.wake_at(now);
    }
    return turn;
}

Status PeerServer::serve_batches(PeerIndex peer, Time now, OutgoingMessages& out) {
    std::set<Hash>& due = peers_[peer].due_batches;
    std::size_t bytes = 0;
    while (!due.empty() && bytes <= wire::range_bytes_max) {
        const Hash id = due.extract(due.begin()).value();
        auto body = chain_.batch(id);
        if (!body && body.error().code == Errc::not_found) continue;
        if (!body) return within("serving batch " + id.hex(), std::move(body).error());
        bytes += body->size();
        out.send.emplace_back(peer, wire::BatchBody{*std::move(body)});
    }
    peers_[peer].bytes.take(bytes, now);
    return Status();
}

Result<wire::RangeBlock> PeerServer::read_block(Height height) const {
    XL_TRY(ledger::StoredBlock stored, chain_.block(height));
    wire::RangeBlock item{std::move(stored.block), {}, std::move(stored.certificate)};
    for (const Hash& id : item.block.batches) {
        XL_TRY(Bytes body, chain_.batch(id));
        item.batches.push_back(std::move(body));
    }
    return item;
}

Status PeerServer::serve_range(PeerIndex peer, Height tip, Time now, OutgoingMessages& out) {
    const Height from = *std::exchange(peers_[peer].due_range, std::nullopt);
    const auto failed = [](Height height, Error why) {
        return within("serving height " + std::to_string(height), std::move(why));
    };
    wire::Range range;
    std::size_t bytes = 0, certified = 0;
    for (Height h = from; h <= tip && range.blocks.size() < wire::range_blocks_max; ++h) {
        auto item = read_block(h);
        if (!item) return failed(h, std::move(item).error());
        for (const Bytes& body : item->batches) bytes += body.size();
        if (bytes > wire::range_bytes_max && !range.blocks.empty()) break;
        range.blocks.push_back(*std::move(item));
        if (range.blocks.back().certificate) certified = range.blocks.size();
    }
    peers_[peer].bytes.take(bytes + range.blocks.size() * block_cost, now);
    // The receiver cannot check blocks above the last certified one. If the first run does not fit in a range, only its
    // last block is sent; the receiver fetches the others one by one.
    const bool too_long = certified == 0 && !range.blocks.empty();
    range.blocks.resize(certified);
    if (too_long) {
        auto end = chain_.certified_at_or_above(from);
        if (!end) return failed(from, std::move(end).error());
        range.blocks.push_back({std::move(end->block), {}, std::move(end->certificate)});
    }
    out.send.emplace_back(peer, std::move(range));
    return Status();
}

}  // namespace xinlian::node

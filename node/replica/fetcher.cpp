#include "node/replica/fetcher.hpp"

#include <algorithm>

namespace xinlian::node {

using ledger::BatchPtr;

OutgoingMessages Fetcher::want_batches(std::span<const Hash> ids, std::optional<PeerIndex> first,
                                       const ConnectedPeers& connected, Time now) {
    OutgoingMessages out;
    std::vector<Hash> fresh;
    for (const Hash& id : ids) {
        if (wanted_batches_.size() >= wanted_max) break;
        if (wanted_batches_.try_emplace(id, Wanted{now, 0}).second) fresh.push_back(id);
    }
    if (fresh.empty()) return out;
    out.wake_at(now + retry_after);
    if (first && !connected.contains(*first)) first.reset();
    if (!first) first = connected.at_turn(0);
    if (first) request(*first, fresh, out);
    return out;
}

void Fetcher::request(PeerIndex peer, std::span<const Hash> ids, OutgoingMessages& out) {
    while (!ids.empty()) {
        const auto some = ids.first(std::min(ids.size(), wire::request_ids_max));
        out.send.emplace_back(peer, wire::BatchRequest{{some.begin(), some.end()}});
        ids = ids.subspan(some.size());
    }
}

OutgoingMessages Fetcher::want_block(const Hash& id, Time now) {
    OutgoingMessages out;
    if (wanted_blocks_.size() >= wanted_max || wanted_blocks_.contains(id)) return out;
    wanted_blocks_[id] = {now, 0};
    out.wake_at(now + retry_after);
    out.broadcast.emplace_back(wire::BlockRequest{id});
    return out;
}

OutgoingMessages Fetcher::announced(PeerIndex peer, std::span<const Hash> ids, Time now) {
    OutgoingMessages out;
    wire::BatchRequest request;
    for (const Hash& id : ids) {
        if (announced_by_[peer] >= announced_max) break;
        if (wanted_batches_.contains(id) || !announced_.emplace(id, Announced{now, peer}).second) continue;
        ++announced_by_[peer];
        request.ids.push_back(id);
    }
    if (request.ids.empty()) return out;
    out.send.emplace_back(peer, std::move(request));
    out.wake_at(now + retry_after);
    return out;
}

bool Fetcher::is_due(std::map<Hash, Wanted>& wanted, std::map<Hash, Wanted>::iterator& at, Time now) {
    if (now < at->second.asked + retry_after) {
        ++at;
        return false;
    }
    if (++at->second.tries > tries_max) {
        at = wanted.erase(at);  // requested again if it is still needed
        return false;
    }
    at->second.asked = now;
    return true;
}

OutgoingMessages Fetcher::retry(const ConnectedPeers& connected, Time now) {
    OutgoingMessages out;
    std::map<PeerIndex, std::vector<Hash>> again;
    for (auto at = wanted_batches_.begin(); at != wanted_batches_.end();) {
        if (!is_due(wanted_batches_, at, now)) continue;
        if (const auto peer = connected.at_turn(at->second.tries)) again[*peer].push_back(at->first);
        ++at;
    }
    for (const auto& [peer, ids] : again) request(peer, ids, out);
    for (auto at = wanted_blocks_.begin(); at != wanted_blocks_.end();) {
        if (!is_due(wanted_blocks_, at, now)) continue;
        out.broadcast.emplace_back(wire::BlockRequest{at->first});
        ++at;
    }
    std::erase_if(announced_, [&](const auto& item) {
        const bool over = now >= item.second.at + retry_after;
        if (over) --announced_by_[item.second.by];
        return over;
    });
    if (!wanted_batches_.empty() || !wanted_blocks_.empty() || !announced_.empty()) out.wake_at(now + retry_after);
    return out;
}

bool Fetcher::batch_arrived(const Hash& id) {
    if (const auto named = announced_.find(id); named != announced_.end()) {
        --announced_by_[named->second.by];
        announced_.erase(named);
    }
    return wanted_batches_.erase(id) > 0;
}

void Fetcher::require(const BatchPtr& batch) {
    std::size_t bytes = batch->encoded.size();
    for (const auto& [id, other] : required_) bytes += other->encoded.size();
    if (bytes > required_bytes_max || required_.size() >= wanted_max) required_.clear();
    required_.emplace(batch->id, batch);
}

BatchPtr Fetcher::required(const Hash& id) const {
    const auto found = required_.find(id);
    return found == required_.end() ? nullptr : found->second;
}

void Fetcher::release(const ledger::Block& block) {
    for (const Hash& id : block.batches) {
        wanted_batches_.erase(id);
        required_.erase(id);
    }
}

void Fetcher::clear() {
    wanted_batches_.clear();
    wanted_blocks_.clear();
    required_.clear();
}

}  // namespace xinlian::node

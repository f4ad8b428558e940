#include "node/replica/pool.hpp"

#include <algorithm>

#include "ledger/state/execute.hpp"

namespace xinlian::ledger {

namespace {

std::string named(const BatchHeader& header) {
    return "batch " + std::to_string(header.sequence) + " of " + header.issuer;
}

// Whether the batch can still become the next of its feed after this state.
bool is_next(const CheckedBatch& batch, const State& state, const FeedState& feed) {
    const BatchHeader& header = batch.batch.header;
    return header.sequence == feed.next_sequence && header.previous == feed.head && !state.outcome(batch.id);
}

Status check_place(const CheckedBatch& batch, const State& state, const FeedState& feed, std::uint64_t ahead_max) {
    const BatchHeader& header = batch.batch.header;
    if (header.sequence < feed.next_sequence) {
        return Error{Errc::stale, named(header) +
                                      " has a sequence number that is already used; the next one of the feed is " +
                                      std::to_string(feed.next_sequence)};
    }
    if (header.sequence - feed.next_sequence > ahead_max) {
        return Error{Errc::busy, named(header) + " is too far ahead of its feed; submit number " +
                                     std::to_string(feed.next_sequence) + " first"};
    }
    if (header.sequence > feed.next_sequence) return {};
    if (header.previous != feed.head) {
        return Error{Errc::conflict, named(header) + " does not name batch " + feed.head.hex() +
                                         ", the last batch of its feed, as its previous batch; create the batch again"};
    }
    if (const auto outcome = state.outcome(batch.id)) {
        return Error{Errc::stale, named(header) + " was already decided at height " + std::to_string(outcome->height) +
                                      ": " + std::string(name_of(outcome->reason))};
    }
    return {};
}

}  // namespace

Result<Admitted> Pool::admit(BatchPtr batch, const State& state) {
    const BatchHeader& header = batch->batch.header;
    if (batches_.contains(batch->id)) return Admitted{.id = batch->id, .known = true};
    XL_TRY_STATUS(check_place(*batch, state, state.feed(header.issuer), limits_.sequence_ahead_max));
    const std::size_t bytes = batch->encoded.size();
    const auto feed = feeds_.find(header.issuer);
    if (feed != feeds_.end()) {
        if (feed->second.contains(header.sequence)) {
            return Error{Errc::conflict,
                         "another " + named(header) + " is already waiting; the feed can contain only one of the two"};
        }
        if (feed_bytes_.find(header.issuer)->second + bytes > limits_.issuer_bytes_max) {
            return Error{Errc::busy,
                         "the share of " + header.issuer + " in the pool is full; try again in a few seconds"};
        }
    }
    const bool fits = bytes_ + bytes <= limits_.bytes_max || (!is_loose(header, state) && make_room(bytes, state));
    if (bytes > limits_.issuer_bytes_max || !fits) {
        return Error{Errc::busy, "the pool is full; try again in a few seconds"};
    }
    const Hash id = batch->id;
    require(std::move(batch));
    return Admitted{.id = id, .known = false};
}

bool Pool::is_loose(const BatchHeader& header, const State& state) const {
    if (header.sequence == state.feed(header.issuer).next_sequence) return false;
    const auto feed = feeds_.find(header.issuer);
    return feed == feeds_.end() || !feed->second.contains(header.sequence - 1);
}

bool Pool::make_room(std::size_t bytes, const State& state) {
    const auto has_gap = [&state](const auto& named_feed) {
        const auto& [issuer, feed] = named_feed;
        const std::uint64_t first = feed.begin()->first, last = feed.rbegin()->first;
        return first > state.feed(issuer).next_sequence || last - first >= feed.size();
    };
    while (bytes_ + bytes > limits_.bytes_max) {
        const auto loose = std::find_if(feeds_.begin(), feeds_.end(), has_gap);
        if (loose == feeds_.end()) return false;
        forget(Hash(loose->second.rbegin()->second));
    }
    return true;
}

void Pool::require(BatchPtr batch) {
    const BatchHeader& header = batch->batch.header;
    const Hash id = batch->id;
    if (batches_.contains(id)) return;
    if (const auto feed = feeds_.find(header.issuer); feed != feeds_.end()) {
        const auto other = feed->second.find(header.sequence);
        if (other != feed->second.end()) forget(Hash(other->second));
    }
    feeds_[header.issuer][header.sequence] = id;
    feed_bytes_[header.issuer] += batch->encoded.size();
    bytes_ += batch->encoded.size();
    batches_.emplace(id, std::move(batch));
}

void Pool::forget(const Hash& id) {
    const auto at = batches_.find(id);
    const BatchHeader& header = at->second->batch.header;
    const auto feed = feeds_.find(header.issuer);
    const auto feed_bytes = feed_bytes_.find(header.issuer);
    const std::size_t bytes = at->second->encoded.size();
    bytes_ -= bytes;
    feed_bytes->second -= bytes;
    feed->second.erase(header.sequence);
    if (feed->second.empty()) {
        feeds_.erase(feed);
        feed_bytes_.erase(feed_bytes);
    }
    batches_.erase(at);
}

void Pool::drop_chain(Hash id, std::vector<Hash>& dropped) {
    for (auto at = batches_.find(id); at != batches_.end(); at = batches_.find(id)) {
        const BatchHeader header = at->second->batch.header;
        dropped.push_back(id);
        forget(id);
        const auto feed = feeds_.find(header.issuer);
        if (feed == feeds_.end()) return;
        const auto next = feed->second.find(header.sequence + 1);
        if (next == feed->second.end()) return;
        if (batches_.find(next->second)->second->batch.header.previous != id) return;
        id = next->second;
    }
}

BatchPtr Pool::find(const Hash& id) const {
    const auto at = batches_.find(id);
    return at == batches_.end() ? nullptr : at->second;
}

std::vector<BatchPtr> Pool::pick(const ExecutedBlock& parent) const {
    const State& state = parent.after;
    const Parameters& limits = limits_above(genesis_, parent);
    // What is left of one feed: its waiting batches from `at` on, the next of which has to follow `next`.
    struct Turn {
        std::map<std::uint64_t, Hash>::const_iterator at, end;
        FeedState next;
    };
    std::vector<Turn> turns;
    for (const auto& [issuer, feed] : feeds_) {
        const FeedState next = state.feed(issuer);
        const auto at = feed.find(next.next_sequence);
        if (at != feed.end()) turns.push_back({at, feed.end(), next});
    }
    if (turns.empty()) return {};
    // Where blocks are full, whoever starts gets more: the state root decides, so that no province always comes first.
    const Hash root = state.map.root();
    const std::size_t start = (root.bytes[30] * 256U + root.bytes[31]) % turns.size();
    std::rotate(turns.begin(), turns.begin() + static_cast<std::ptrdiff_t>(start), turns.end());

    std::vector<BatchPtr> picked;
    std::size_t bytes = 0;
    while (!turns.empty()) {
        std::vector<Turn> still;
        for (Turn& turn : turns) {
            if (picked.size() == limits.block_batches_max) return picked;
            const BatchPtr& batch = batches_.find(turn.at->second)->second;
            if (!is_next(*batch, state, turn.next)) continue;
            if (bytes + batch->encoded.size() > limits.block_body_bytes_max) continue;
            bytes += batch->encoded.size();
            picked.push_back(batch);
            turn.next = {turn.next.next_sequence + 1, batch->id};
            if (++turn.at != turn.end) still.push_back(turn);
        }
        turns = std::move(still);
    }
    return picked;
}

bool Pool::has_work(const State& state) const {
    return std::any_of(feeds_.begin(), feeds_.end(), [this, &state](const auto& named_feed) {
        const FeedState next = state.feed(named_feed.first);
        const auto at = named_feed.second.find(next.next_sequence);
        return at != named_feed.second.end() && is_next(*batches_.find(at->second)->second, state, next);
    });
}

std::vector<Hash> Pool::settle(const State& state, std::span<const Hash> decided) {
    std::vector<Hash> dropped;
    for (const Hash& id : decided) {
        if (!batches_.contains(id)) continue;
        const auto outcome = state.outcome(id);
        if (outcome && outcome->reason == Reason::accepted) {
            forget(id);
            continue;
        }
        // A rejected batch is never executed again, so nothing that follows it can be accepted.
        std::vector<Hash> chain;
        drop_chain(id, chain);
        dropped.insert(dropped.end(), chain.begin() + 1, chain.end());
    }
    std::vector<std::string> issuers;
    for (const auto& [issuer, feed] : feeds_) issuers.push_back(issuer);
    for (const std::string& issuer : issuers) {
        const FeedState next = state.feed(issuer);
        for (auto feed = feeds_.find(issuer); feed != feeds_.end(); feed = feeds_.find(issuer)) {
            const auto& [sequence, id] = *feed->second.begin();
            const CheckedBatch& batch = *batches_.find(id)->second;
            if (sequence > next.next_sequence || is_next(batch, state, next)) break;
            const bool in_chain = state.outcome(id).has_value();
            std::vector<Hash> chain;
            if (sequence < next.next_sequence) {
                chain.push_back(id);
                forget(Hash(id));
            } else {
                drop_chain(id, chain);
            }
            dropped.insert(dropped.end(), chain.begin() + (in_chain ? 1 : 0), chain.end());
        }
    }
    return dropped;
}

std::vector<Hash> Pool::ids(std::size_t max, const State& state) const {
    std::vector<Hash> ids;
    std::set<Hash> listed;
    const auto list = [&](const Hash& id) {
        if (ids.size() < max && listed.insert(id).second) ids.push_back(id);
    };
    std::vector<std::pair<const std::map<std::uint64_t, Hash>*, std::uint64_t>> turns;  // feeds, and the number due
    for (const auto& [issuer, feed] : feeds_) turns.emplace_back(&feed, state.feed(issuer).next_sequence);
    while (!turns.empty() && ids.size() < max) {
        std::erase_if(turns, [](const auto& turn) { return !turn.first->contains(turn.second); });
        for (auto& [feed, due] : turns) list(feed->find(due++)->second);
    }
    for (auto at = batches_.begin(); at != batches_.end() && ids.size() < max; ++at) list(at->first);
    return ids;
}

}  // namespace xinlian::ledger

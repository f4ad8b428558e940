// A store in memory with the faults of real disks: torn commits, commits lost although they were reported as done, and
// flipped bits. Copying it copies the disk. Not for several threads.
#pragma once

#include <algorithm>
#include <functional>
#include <map>

#include "ledger/store/store.hpp"

namespace xinlian::test {

class MemoryStore : public ledger::Store {
public:
    using Rows = std::map<Bytes, Bytes>;

    Result<std::optional<Bytes>> get(ByteView key) const override {
        if (on_get) on_get();
        const auto at = rows_.find(Bytes(key.begin(), key.end()));
        return at == rows_.end() ? std::optional<Bytes>() : std::optional<Bytes>(at->second);
    }
    Status scan(ByteView from, ByteView to, const Visitor& visitor) const override {
        const Bytes end(to.begin(), to.end());
        for (auto at = rows_.lower_bound(Bytes(from.begin(), from.end())); at != rows_.end() && at->first < end; ++at) {
            if (!visitor(at->first, at->second)) break;
        }
        return Status();
    }
    Result<std::optional<std::pair<Bytes, Bytes>>> last_before(ByteView from, ByteView to) const override {
        using Row = std::pair<Bytes, Bytes>;
        auto at = rows_.lower_bound(Bytes(to.begin(), to.end()));
        if (at == rows_.begin()) return std::optional<Row>();
        --at;
        if (at->first < Bytes(from.begin(), from.end())) return std::optional<Row>();
        return std::optional<Row>(Row{at->first, at->second});
    }
    Status commit(std::span<const ledger::Change> changes) override {
        ++commits_;
        if (lose_commits) return Status();
        const std::size_t kept = tear_after ? std::min(*tear_after, changes.size()) : changes.size();
        for (const ledger::Change& change : changes.first(kept)) {
            if (change.value) {
                rows_[change.key] = *change.value;
            } else {
                rows_.erase(change.key);
            }
        }
        if (tear_after) return Error{Errc::io, "the disk went away (test)"};
        return Status();
    }

    std::function<void()> on_get;  // called while something is read

    // Faults, from the next commit on.
    bool lose_commits = false;              // reported as done, but not there
    std::optional<std::size_t> tear_after;  // only this many changes of a commit arrive, and it fails

    void flip(const Bytes& key, std::size_t byte, std::uint8_t mask = 1) { rows_.at(key).at(byte) ^= mask; }
    void erase(const Bytes& key) { rows_.erase(key); }
    void put(const Bytes& key, Bytes value) { rows_[key] = std::move(value); }
    const Rows& rows() const { return rows_; }
    std::size_t commits() const { return commits_; }

private:
    Rows rows_;
    std::size_t commits_ = 0;
};

}  // namespace xinlian::test

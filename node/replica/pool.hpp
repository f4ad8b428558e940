// The batches that wait to be ordered. Holds only what it has checked; says why it refused. Never blocks, never touches
// disk.
#pragma once

#include <map>
#include <set>

#include "ledger/block/batch.hpp"
#include "ledger/state/execute.hpp"

namespace xinlian::ledger {

struct ExecutedBlock;

struct PoolLimits {
    std::size_t bytes_max = 256u << 20;
    std::size_t issuer_bytes_max = 96u << 20;  // one issuer may not crowd out the others
    std::uint64_t sequence_ahead_max = 4096;   // how far beyond the feed's next number a batch may be
};

struct Admitted {
    Hash id;
    bool known = false;  // it was here already
};

class Pool {
public:
    Pool(const Genesis& genesis, PoolLimits limits) : genesis_(genesis), limits_(limits) {}

    // Takes a checked batch, or says why not. A batch already held is not an error: `known` is set. `state` is the last
    // final one: an old sequence number is Errc::stale, a full pool Errc::busy, another batch of the same issuer and
    // sequence number Errc::conflict (the first stays).
    Result<Admitted> admit(BatchPtr batch, const State& state);
    // As admit, but the batch replaces one of the same issuer and number: for batches that a proposal already names.
    void require(BatchPtr batch);

    BatchPtr find(const Hash& id) const;  // nullptr if not held

    // The next batches that fit above `parent` (feeds without gaps, issuers take turns), within the limits there.
    std::vector<BatchPtr> pick(const ExecutedBlock& parent) const;
    // True if pick of a block with this state would give any.
    bool has_work(const State& state) const;

    // After a block is final: drops what its state has decided and what can never fit any more. Returns the ids that
    // were dropped without being in the chain, so that their submitters can be told.
    std::vector<Hash> settle(const State& state, std::span<const Hash> decided);

    std::size_t size() const { return batches_.size(); }
    std::size_t bytes() const { return bytes_; }
    // For telling peers what is here: first what can be ordered above `state`, the issuers taking turns, then the rest.
    std::vector<Hash> ids(std::size_t max, const State& state) const;

private:
    // Lets go of batches that cannot be ordered, since one before them is missing, until there is room; or says that
    // there is none. So nobody's gaps take the place of others' batches.
    bool make_room(std::size_t bytes, const State& state);
    bool is_loose(const BatchHeader& header, const State& state) const;
    void forget(const Hash& id);
    // Forgets the batch and those that name it, one after the other, as the one before; adds their ids to `dropped`.
    void drop_chain(Hash id, std::vector<Hash>& dropped);

    const Genesis& genesis_;
    PoolLimits limits_;
    std::map<Hash, BatchPtr> batches_;
    std::map<std::string, std::map<std::uint64_t, Hash>, std::less<>>
        feeds_;  // Invariant: holds exactly batches_, no feed empty.
    std::map<std::string, std::size_t, std::less<>> feed_bytes_;
    std::size_t bytes_ = 0;  // Invariant: sum of the encoded sizes.
};

}  // namespace xinlian::ledger

// The committed past: final blocks with their bodies, outcomes, log and state, in one Store; one commit per block.
// Reads are safe from any thread; append from one.
//
// Layout (docs/encoding.md): one-byte table, then the key. Per block: header, batch ids, evidence, certificate if it
// has its own, batch bodies under their ids, map leaves under their keys (current values only), log tiles of 256 hashes
// per level, the first log index of the block -> height, the lists (map key, number) -> log index, and the tip.
#pragma once

#include "ledger/state/execute.hpp"
#include "ledger/store/store.hpp"

namespace xinlian::ledger {

// The final tip as readers see it: immutable, handed over by value.
struct Snapshot {
    explicit Snapshot(State s) : state(std::move(s)) {}
    BlockHeader tip;
    Hash tip_id;
    State state;
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;

struct StoredBlock {
    Hash id;
    Block block;
    ExecutionResult result;                  // after it
    std::optional<Certificate> certificate;  // its own; a block may be final through a descendant
};

class Chain {
public:
    // Opens and checks: tip record, its header hash, certificate quorum (of the tip: the last certified block is the
    // tip, as blocks are appended in runs that end with a certified one), the last 1,000 headers chained, the map
    // rebuilt from its leaves gives the tip's state root, the log's frontier gives its log root. An empty store starts
    // at genesis. Errc::corrupt names the place.
    static Result<std::unique_ptr<Chain>> open(Store& store, const Genesis& genesis);

    // Appends blocks oldest first; the certificate is the last one's. All of them in one commit. Checks that they
    // follow the tip and that the certificate fits the last result. Any error is fatal for the caller.
    // `mark`, if there is one, is kept with them: the caller's own note, replaced by the next.
    Status append(std::span<const ExecutedBlockPtr> blocks, const Certificate& certificate, ByteView mark = {});
    Result<std::optional<Bytes>> mark() const;

    SnapshotPtr snapshot() const;  // thread-safe
    Height height() const { return snapshot()->tip.height; }

    Result<StoredBlock> block(Height height) const;  // Errc::not_found above the tip
    Result<std::optional<Height>> height_of(const Hash& block_id) const;
    // The first certified block at or above `height` (the tip always is one). Errc::not_found above the tip.
    Result<StoredBlock> certified_at_or_above(Height height) const;
    Result<Bytes> batch(const Hash& id) const;  // encoded body; Errc::not_found
    // What the block of that height carries against this member; Errc::not_found.
    Result<Evidence> evidence(Height height, MemberIndex member) const;
    struct LocatedEntry {
        LogEntry entry;
        std::uint64_t index = 0;
        Hash batch;
        std::uint32_t position = 0;  // in the batch
    };
    Result<LocatedEntry> entry(std::uint64_t index) const;
    // Log indexes of the entries of a list, oldest first: numbers [from, to).
    Result<std::vector<std::uint64_t>> list_entries(StateKind list, ByteView id, std::uint64_t from,
                                                    std::uint64_t to) const;
    // Root of a complete subtree, from the tiles.
    Result<Hash> log_subtree(unsigned level, std::uint64_t index) const;

    const Genesis& genesis() const { return genesis_; }

private:
    Chain(Store& store, const Genesis& genesis);
    Store& store_;
    const Genesis& genesis_;
    struct Shared;  // the current snapshot behind a mutex
    std::shared_ptr<Shared> shared_;
};

}  // namespace xinlian::ledger

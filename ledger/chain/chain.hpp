// The committed chain in one Store: final blocks with their bodies, outcomes, log and state. Each append is one commit.
// Reads are safe from any thread; append() is for one thread.
//
// Layout (docs/encoding.md): a key is a one-byte table and then the key within it. Stored are, for each block, the
// header, batch ids, evidence, and the certificate if it has its own; batch bodies under their ids; map leaves under
// their keys (current values only); log tiles of 256 hashes per level; the first log index of a block -> height; the
// lists (map key, number) -> log index; and the tip.
#pragma once

#include "ledger/state/execute.hpp"
#include "ledger/store/store.hpp"

namespace xinlian::ledger {

// The final tip for readers: immutable, passed by value.
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
    ExecutionResult result;                  // after the block
    std::optional<Certificate> certificate;  // the block's own; a block can also be final through a descendant
};

class Chain {
public:
    // Opens the chain and checks: the tip record and its header hash, the quorum of its certificate (the tip always has
    // its own, because each appended run ends with a certified block), the links of the last 1,000 headers, that the
    // map rebuilt from its leaves has the tip's state root, and that the log's frontier has the log root. An empty
    // store starts at genesis. Errc::corrupt names the place.
    static Result<std::unique_ptr<Chain>> open(Store& store, const Genesis& genesis);

    // Appends blocks, oldest first, in one commit. The certificate is the last block's. Checks that the blocks follow
    // the tip and that the certificate matches the last result. Any error is fatal for the caller. A `mark` that is not
    // empty is stored with them: a note of the caller, replaced by the next one.
    Status append(std::span<const ExecutedBlockPtr> blocks, const Certificate& certificate, ByteView mark = {});
    Result<std::optional<Bytes>> mark() const;

    SnapshotPtr snapshot() const;  // thread-safe
    Height height() const { return snapshot()->tip.height; }

    Result<StoredBlock> block(Height height) const;  // Errc::not_found above the tip
    Result<std::optional<Height>> height_of(const Hash& block_id) const;
    // The first certified block at or above `height` (the tip always is one). Errc::not_found above the tip.
    Result<StoredBlock> certified_at_or_above(Height height) const;
    Result<Bytes> batch(const Hash& id) const;  // encoded body; Errc::not_found
    // The evidence against this member in the block of that height; Errc::not_found.
    Result<Evidence> evidence(Height height, MemberIndex member) const;
    struct LocatedEntry {
        LogEntry entry;
        std::uint64_t index = 0;
        Hash batch;
        std::uint32_t position = 0;  // position in the batch
    };
    Result<LocatedEntry> entry(std::uint64_t index) const;
    // Log indexes of the entries of a list, oldest first, for the numbers [from, to) in the list.
    Result<std::vector<std::uint64_t>> list_entries(StateKind list, ByteView id, std::uint64_t from,
                                                    std::uint64_t to) const;
    // The root of a complete subtree, read from the tiles.
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

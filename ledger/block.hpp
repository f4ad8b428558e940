// A block: a short list of batch ids in order. The bodies travel and are kept beside it.
#pragma once

#include "ledger/batch.hpp"

namespace xinlian::ledger {

inline constexpr std::size_t block_batches_max = 1024;

struct BlockHeader {
    Epoch epoch = 0;
    Height height = 0;
    View view = 0;
    Hash parent;               // block id
    MemberIndex proposer = 0;  // committee index; the leader of the view
    Time time;                 // never before the parent's
    Hash batches_hash;         // tagged_hash("xinlian/v1/batch-ids", ids)
    bool operator==(const BlockHeader&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(epoch, height, view, parent, proposer, time.ms, batches_hash);
    }
};
Hash block_id(Suite suite, const BlockHeader& header);  // tagged_hash("xinlian/v1/block", encoded header)
Hash batches_hash(Suite suite, std::span<const Hash> ids);

struct Block {
    BlockHeader header;
    std::vector<Hash> batches;
    bool operator==(const Block&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(header, bounded(batches, block_batches_max));
    }
};
inline constexpr std::size_t block_bytes_max = 8 + 8 + 8 + 32 + 2 + 8 + 32 + 4 + 32 * block_batches_max;

// Height 0, view 0, time of the genesis file, parent = chain id, no batches. Final by definition.
Block genesis_block(const Genesis& genesis);

// What needs only the parent: height + 1, larger view, time not before the parent's and at least block_interval_min
// after it, ids distinct and hashed right, proposer leads the view. Errc::invalid.
Status check_block(const Genesis& genesis, const Block& block, const BlockHeader& parent);

}  // namespace xinlian::ledger

// A block: a short list of batch ids in order, and evidence of equivocation that it puts on the ledger. The bodies of
// batches travel and are kept beside it.
#pragma once

#include "crypto/evidence.hpp"
#include "ledger/block/batch.hpp"

namespace xinlian::ledger {

inline constexpr std::size_t block_batches_max = 1024;
inline constexpr std::size_t block_evidence_max = 4;

struct BlockHeader {
    Epoch epoch = 0;
    Height height = 0;
    View view = 0;
    Hash parent;               // block id
    MemberIndex proposer = 0;  // committee index; the leader of the view
    Time time;                 // never before the parent's
    Hash body_hash;            // what follows the header in the block
    bool operator==(const BlockHeader&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(epoch, height, view, parent, proposer, time.ms, body_hash);
    }
};
Hash block_id(Suite suite, const BlockHeader& header);  // tagged_hash("xinlian/v1/block", encoded header)

struct Block {
    BlockHeader header;
    std::vector<Hash> batches;
    std::vector<Evidence> evidence;  // members ascend; each against somebody of whom the branch before holds none
    bool operator==(const Block&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(header, bounded(batches, block_batches_max), bounded(evidence, block_evidence_max));
    }
};
inline constexpr std::size_t block_bytes_max =
    8 + 8 + 8 + 32 + 2 + 8 + 32 + 4 + 32 * block_batches_max + 4 + evidence_bytes_max * block_evidence_max;
// tagged_hash("xinlian/v1/block-body", the encoded lists of batch ids and of evidence)
Hash body_hash(Suite suite, const Block& block);

// Height 0, view 0, time of the genesis file, parent = chain id, no batches, no evidence. Final by definition.
Block genesis_block(const Genesis& genesis);

// What needs only the parent and the limits above it: height + 1, larger view, time not before the parent's, interval,
// number of ids, all distinct, proposer leads the view, body hashed right, evidence of this epoch that holds against
// distinct members. Errc::invalid. At most two signature checks for each piece of evidence, last of all.
Status check_block(const Genesis& genesis, const Parameters& limits, const Block& block, const BlockHeader& parent);
// What needs the batches that the block lists: their bytes together. Errc::too_large.
Status check_bodies(const Parameters& limits, std::span<const BatchPtr> batches);

}  // namespace xinlian::ledger

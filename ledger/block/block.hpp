// A block: an ordered list of batch ids, and the evidence of equivocation that it adds to the ledger. The bodies of the
// batches are transferred and stored separately.
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
    Hash body_hash;            // covers what follows the header in the block
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
    std::vector<Evidence> evidence;  // ascending members; none has evidence in the branch before
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

// Performs every check that needs only the parent and the limits in force: height + 1, a larger view, time not before
// the parent's, the minimum interval, the number of ids, distinct ids, the proposer leads the view, the body hash, and
// evidence of this epoch that is valid against distinct members. Errc::invalid. Verifies at most two signatures for
// each piece of evidence, after all other checks.
Status check_block(const Genesis& genesis, const Parameters& limits, const Block& block, const BlockHeader& parent);
// Checks the total size of the batches that the block lists. Errc::too_large.
Status check_bodies(const Parameters& limits, std::span<const BatchPtr> batches);

}  // namespace xinlian::ledger

// What nodes say to each other: one tag byte and a canonical body in a frame. Everything is bounded and checked by the
// replica before it means anything; heights and pool contents are claims, blocks come with certificates.
#pragma once

#include <variant>

#include "consensus/message.hpp"
#include "ledger/block/block.hpp"
#include "net/network.hpp"

namespace xinlian::node::wire {

inline constexpr std::size_t pool_ids_max = 512;
inline constexpr std::size_t request_ids_max = 512;
inline constexpr std::size_t batch_bytes_max = 4u << 20;  // an encoded batch; genesis limits are tighter
inline constexpr std::size_t range_blocks_max = 256;
inline constexpr std::size_t range_bytes_max = 8u << 20;  // of bodies in a range, or one block if that has more

// A message of the consensus core, still encoded: only the core looks inside.
struct Consensus {
    Bytes message;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(bounded(message, net::frame_bytes_max));
    }
};

// On connect and from time to time: how far this node is and which batches wait here, so that peers pull what they lack
// (+5).
struct SyncStatus {
    Height height = 0;
    Hash tip;
    std::vector<Hash> waiting;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(height, tip, bounded(waiting, pool_ids_max));
    }
};

// A batch, pushed once by the node that admitted it, or as an answer to BatchRequest.
struct BatchBody {
    Bytes batch;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(bounded(batch, batch_bytes_max));
    }
};
struct BatchRequest {
    std::vector<Hash> ids;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(bounded(ids, request_ids_max));
    }
};

// A block that was proposed or notarized and that the asker does not hold.
struct BlockRequest {
    Hash id;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(id);
    }
};
struct BlockBody {
    ledger::Block block;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(block);
    }
};

// Final blocks from a height on: runs that end with a certified block, bodies included. Of a first run that has no
// place in a range comes the end alone, without bodies.
struct RangeRequest {
    Height from = 0;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(from);
    }
};
struct RangeBlock {
    ledger::Block block;
    std::vector<Bytes> batches;
    std::optional<Certificate> certificate;  // the last one of a range always has it
    template <class Archive>
    void serialize(Archive& archive) {
        archive(block);
        std::uint32_t count = static_cast<std::uint32_t>(batches.size());
        archive(count);
        if constexpr (requires { archive.failed(); }) {
            if (count > ledger::block_batches_max) return archive.fail("a block has too many batches");
            batches.clear();
            for (std::uint32_t i = 0; i < count && !archive.failed(); ++i)
                archive(bounded(batches.emplace_back(), batch_bytes_max));
        } else {
            for (Bytes& batch : batches) archive(bounded(batch, batch_bytes_max));
        }
        archive(certificate);
    }
};
struct Range {
    std::vector<RangeBlock> blocks;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(bounded(blocks, range_blocks_max));
    }
};

// Evidence of equivocation that is not final yet: to all when it is found or first heard and with every SyncStatus, and
// to whoever connects.
struct Accusation {
    Evidence evidence;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(evidence);
    }
};

using Message = std::variant<Consensus, SyncStatus, BatchBody, BatchRequest, BlockRequest, BlockBody, RangeRequest,
                             Range, Accusation>;

Bytes encode_message(const Message& message);      // one tag byte (1 …, in the variant's order), then the body
Result<Message> decode_message(ByteView bytes);    // Errc::malformed
std::string_view name_of(const Message& message);  // "batch-body", …

}  // namespace xinlian::node::wire

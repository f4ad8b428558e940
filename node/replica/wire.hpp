// The messages between nodes. A frame holds one tag byte and a canonical body. Every length is bounded. The replica
// checks each message before it acts on it: heights and pool contents are only claims, and blocks come with
// certificates.
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
inline constexpr std::size_t range_bytes_max = 8u << 20;  // bodies in a range; a single block may exceed it

// A message of the consensus core, still encoded: only the core looks inside.
struct Consensus {
    Bytes message;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(bounded(message, net::frame_bytes_max));
    }
};

// The height of a node's chain, and the batches in its pool (+5). It is sent on connect and periodically, so that peers
// request the blocks and batches they lack.
struct SyncStatus {
    Height height = 0;
    Hash tip;
    std::vector<Hash> waiting;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(height, tip, bounded(waiting, pool_ids_max));
    }
};

// A batch. The node that admitted it broadcasts it once; later it is the answer to BatchRequest.
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

// Requests a block that was proposed or notarized and that the sender lacks.
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

// Requests final blocks from a height on. The answer holds runs that end with a certified block, bodies included. If
// the first run does not fit in a range, only its last block is sent, without bodies.
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

// Evidence of equivocation that is not final yet. It is broadcast when it is found or first received and with every
// SyncStatus, and sent to each peer that connects.
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

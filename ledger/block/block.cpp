#include "ledger/block/block.hpp"

#include <algorithm>

namespace xinlian::ledger {

namespace {

Status check_place(const Genesis& genesis, Duration interval, const BlockHeader& header, const BlockHeader& parent) {
    if (header.epoch != parent.epoch) return invalid("the block has another epoch than its parent");
    if (parent.height == UINT64_MAX || header.height != parent.height + 1) {
        return invalid("the block has height " + std::to_string(header.height) + ", but its parent has " +
                       std::to_string(parent.height));
    }
    if (header.view <= parent.view) {
        return invalid("the block has view " + std::to_string(header.view) + "; it must be after its parent's view " +
                       std::to_string(parent.view));
    }
    if (header.proposer != genesis.committee().leader(header.view)) {
        return invalid("member " + std::to_string(header.proposer) + " is not the leader of view " +
                       std::to_string(header.view));
    }
    if (header.time < parent.time) return invalid("the block's time is before its parent's");
    if (header.time - parent.time < interval) {
        return invalid("the block's time is less than " + std::to_string(interval.ms) + " ms after its parent's");
    }
    if (header.parent != block_id(genesis.suite(), parent)) return invalid("the block names another parent");
    return {};
}

Status check_evidence(const Genesis& genesis, const Block& block) {
    for (std::size_t i = 0; i < block.evidence.size(); ++i) {
        const Evidence& evidence = block.evidence[i];
        const std::string name = "the evidence against member " + std::to_string(evidence.member);
        if (i > 0 && evidence.member <= block.evidence[i - 1].member)
            return invalid(name + " is repeated or out of order");
        if (evidence.first.epoch != block.header.epoch) return invalid(name + " has another epoch than the block");
    }
    for (const Evidence& evidence : block.evidence) {
        if (Status status = check(genesis.committee(), genesis.chain_id(), evidence); !status) {
            return within("the block", std::move(status).error());
        }
    }
    return {};
}

}  // namespace

Hash block_id(Suite suite, const BlockHeader& header) {
    const Bytes encoded = encode(header);
    return tagged_hash(suite, "xinlian/v1/block", {encoded});
}

Hash body_hash(Suite suite, const Block& block) {
    Writer writer;
    writer.reserve(4 + block.batches.size() * sizeof(Hash) + 4 + block.evidence.size() * evidence_bytes_max);
    writer(bounded(block.batches, block_batches_max), bounded(block.evidence, block_evidence_max));
    const Bytes body = writer.take();
    return tagged_hash(suite, "xinlian/v1/block-body", {body});
}

Block genesis_block(const Genesis& genesis) {
    Block block;
    block.header.parent = genesis.chain_id();
    block.header.time = genesis.time();
    block.header.body_hash = body_hash(genesis.suite(), block);
    return block;
}

Status check_block(const Genesis& genesis, const Parameters& limits, const Block& block, const BlockHeader& parent) {
    XL_TRY_STATUS(check_place(genesis, limits.block_interval_min, block.header, parent));
    if (block.batches.size() > limits.block_batches_max) {
        return invalid("the block lists " + std::to_string(block.batches.size()) + " batches; at most " +
                       std::to_string(limits.block_batches_max) + " are allowed");
    }
    std::vector<Hash> sorted = block.batches;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
        return invalid("the block lists a batch twice");
    if (block.evidence.size() > block_evidence_max) {
        return invalid("the block carries " + std::to_string(block.evidence.size()) + " pieces of evidence; at most " +
                       std::to_string(block_evidence_max) + " are allowed");
    }
    if (block.header.body_hash != body_hash(genesis.suite(), block)) {
        return invalid("the block's header does not match its batches and evidence");
    }
    return check_evidence(genesis, block);
}

Status check_bodies(const Parameters& limits, std::span<const BatchPtr> batches) {
    std::size_t bytes = 0;
    for (const BatchPtr& batch : batches) bytes += batch->encoded.size();
    if (bytes <= limits.block_body_bytes_max) return {};
    return Error{Errc::too_large, "the block's batches have " + std::to_string(bytes) + " bytes; at most " +
                                      std::to_string(limits.block_body_bytes_max) + " are allowed"};
}

}  // namespace xinlian::ledger

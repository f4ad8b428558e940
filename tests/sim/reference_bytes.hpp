// An independent implementation of canonical bytes, hashes and trees, written from docs/encoding.md, for the reference
// ledger and audit. It uses the program's types to hold what was read, and none of its functions.
#pragma once

#include <openssl/sha.h>

#include <algorithm>

#include "crypto/evidence.hpp"
#include "ledger/block/block.hpp"

namespace xinlian::sim::own {

inline Hash sha256(ByteView bytes) {
    Hash hash;
    SHA256(bytes.data(), bytes.size(), hash.bytes.data());
    return hash;
}

struct Out {
    Bytes bytes;
    Out& number(std::uint64_t value, int width) {
        for (int i = width - 1; i >= 0; --i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
        return *this;
    }
    Out& raw(ByteView view) {
        bytes.insert(bytes.end(), view.begin(), view.end());
        return *this;
    }
    Out& text(std::string_view text) { return number(text.size(), 4).raw(as_bytes(text)); }
    Out& optional(const std::optional<std::uint64_t>& value) {
        number(value ? 1 : 0, 1);
        return value ? number(*value, 8) : *this;
    }
};

inline Hash tagged(std::string_view tag, ByteView over) {
    return sha256(Out().number(tag.size(), 1).raw(as_bytes(tag)).raw(over).bytes);
}
inline Hash pair_hash(std::uint8_t prefix, const Hash& left, const Hash& right) {
    return sha256(Out().number(prefix, 1).raw(left.view()).raw(right.view()).bytes);
}

// RFC 9162, 2.1.1, as written: the largest power of two below n splits the leaves.
inline Hash log_root(std::span<const Hash> leaves) {
    if (leaves.empty()) return sha256({});
    if (leaves.size() == 1) return leaves[0];
    std::size_t split = 1;
    while (split * 2 < leaves.size()) split *= 2;
    return pair_hash(1, log_root(leaves.first(split)), log_root(leaves.subspan(split)));
}

using MapLeaves = std::vector<std::pair<Hash, Hash>>;  // key, leaf hash; ascending

inline bool bit(const Hash& key, std::size_t i) { return (key.bytes[i / 8] >> (7 - i % 8) & 1) != 0; }

inline Hash map_root(std::span<const std::pair<Hash, Hash>> leaves, std::size_t depth) {
    if (leaves.empty()) return {};
    if (leaves.size() == 1) return leaves[0].second;
    const auto right =
        std::partition_point(leaves.begin(), leaves.end(), [&](const auto& leaf) { return !bit(leaf.first, depth); });
    const auto split = static_cast<std::size_t>(right - leaves.begin());
    return pair_hash(3, map_root(leaves.first(split), depth + 1), map_root(leaves.subspan(split), depth + 1));
}

inline Bytes entry_bytes(const ledger::Entry& entry) {
    return Out()
        .number(static_cast<std::uint8_t>(entry.operation), 1)
        .number(static_cast<std::uint8_t>(entry.category), 1)
        .raw(entry.record.view())
        .number(entry.version, 4)
        .raw(entry.digest.view())
        .raw(entry.subject.view())
        .number(entry.decided, 4)
        .number(entry.public_until, 4)
        .number(entry.party, 2)
        .number(entry.code, 2)
        .number(entry.channel, 2)
        .bytes;
}

inline Bytes statement_bytes(const Statement& said) {
    Out out;
    out.number(static_cast<std::uint8_t>(said.kind), 1).number(said.epoch, 8).number(said.view, 8);
    out.number(said.block ? 1 : 0, 1);
    if (said.block) out.raw(said.block->view());
    out.number(said.result ? 1 : 0, 1);
    if (said.result)
        out.number(said.result->log_size, 8).raw(said.result->log_root.view()).raw(said.result->state_root.view());
    return out.bytes;
}

inline Bytes evidence_bytes(const Evidence& evidence) {
    return Out()
        .number(evidence.member, 2)
        .raw(statement_bytes(evidence.first))
        .raw(statement_bytes(evidence.second))
        .raw(evidence.first_signature.bytes)
        .raw(evidence.second_signature.bytes)
        .bytes;
}

inline Bytes header_bytes(const ledger::BlockHeader& header) {
    return Out()
        .number(header.epoch, 8)
        .number(header.height, 8)
        .number(header.view, 8)
        .raw(header.parent.view())
        .number(header.proposer, 2)
        .number(header.time.ms, 8)
        .raw(header.body_hash.view())
        .bytes;
}

inline Bytes batch_header_bytes(const ledger::BatchHeader& header) {
    return Out()
        .raw(header.chain_id.view())
        .text(header.issuer)
        .number(header.sequence, 8)
        .raw(header.previous.view())
        .number(header.entry_count, 4)
        .raw(header.entries_root.view())
        .number(header.nonce, 8)
        .bytes;
}

// The number of a name in the text of a resolution, if it is there.
inline std::optional<std::uint64_t> number_in(const std::string& text, const std::string& name) {
    const std::size_t at = text.find("\"" + name + "\":");
    if (at == std::string::npos) return std::nullopt;
    return std::stoull(text.substr(at + name.size() + 3));
}

}  // namespace xinlian::sim::own

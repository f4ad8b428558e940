// A signed run of entries in an issuer's own hash-chained feed. One signature carries thousands of rows; because it
// covers a Merkle root over the entries, each single row can show it.
#pragma once

#include <memory>

#include "ledger/entry/entry.hpp"
#include "ledger/rules/resolution.hpp"

namespace xinlian::ledger {

inline constexpr std::size_t batch_entries_max = 20'000;  // what can be encoded; genesis may allow less

struct BatchHeader {
    Hash chain_id;
    std::string issuer;
    std::uint64_t sequence = 0;  // 1, 2, 3 … in this issuer's feed
    Hash previous;               // id of the batch before; zero for the first
    std::uint32_t entry_count = 0;
    Hash entries_root;  // RFC 9162 root over the encoded entries
    // Chosen by the issuer. What was refused once may hold later: with another nonce it can be sent again.
    std::uint64_t nonce = 0;
    bool operator==(const BatchHeader&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(chain_id, bounded(issuer, member_id_bytes_max), sequence, previous, entry_count, entries_root, nonce);
    }
};
// Of an encoded header. Signature, number of entries and entries follow it in a batch.
inline std::size_t batch_header_bytes(std::string_view issuer) { return 32 + 4 + issuer.size() + 8 + 32 + 4 + 32 + 8; }
inline std::size_t entries_offset(std::string_view issuer) {
    return batch_header_bytes(issuer) + sizeof(Signature) + 4;
}
// tagged_hash("xinlian/v1/batch", encoded header). Does not cover the signature: SM2 signatures differ each time.
Hash batch_id(Suite suite, const BatchHeader& header);
// "xinlian/v1/batch-signature" || chain id || batch id: what the issuer signs.
Bytes batch_signing_bytes(const Hash& chain_id, const Hash& batch_id);

struct Batch {
    BatchHeader header;
    Signature signature;
    std::vector<Entry> entries;
    std::vector<SignedRules> resolutions{};  // one if the batch's only entry is a resolve, else none
    bool operator==(const Batch&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(header, signature, bounded(entries, batch_entries_max), bounded(resolutions, std::size_t{1}));
    }
};

// A batch whose form and signature were checked once, with what was computed on the way. Shared, never changed.
struct CheckedBatch {
    Batch batch;
    Hash id;
    Bytes encoded;
    std::optional<ParsedResolution> resolution{};  // that it carries
};
using BatchPtr = std::shared_ptr<const CheckedBatch>;

// The entry that puts a resolution onto the ledger.
Entry entry_of(Suite suite, const ParsedResolution& parsed, const SignedRules& resolution);

// Makes and signs a batch. entries not empty, each check()ed.
Result<Batch> make_batch(const Genesis& genesis, std::string_view issuer, std::uint64_t sequence, const Hash& previous,
                         std::vector<Entry> entries, const SecretKey& key, std::uint64_t nonce = 0,
                         std::vector<SignedRules> resolutions = {});

// Everything that needs no state: decodes, limits, chain id, issuer is a member that can write, count and root fit the
// entries, each entry check()s, no record id twice, a resolution is right and signed by a quorum, last the signature.
// Errc::malformed, invalid, unknown_key, too_large.
Result<BatchPtr> check_batch(const Genesis& genesis, Bytes encoded);

}  // namespace xinlian::ledger

// A signed run of entries in an issuer's own hash-chained feed. One signature covers thousands of rows: it covers a
// Merkle root over the entries, so that each row can be proven separately.
#pragma once

#include <memory>

#include "ledger/entry/entry.hpp"
#include "ledger/rules/resolution.hpp"

namespace xinlian::ledger {

inline constexpr std::size_t batch_entries_max = 20'000;  // limit of the encoding; the genesis file may set a lower one

struct BatchHeader {
    Hash chain_id;
    std::string issuer;
    std::uint64_t sequence = 0;  // 1, 2, 3 … in this issuer's feed
    Hash previous;               // id of the batch before; zero for the first
    std::uint32_t entry_count = 0;
    Hash entries_root;  // RFC 9162 root over the encoded entries
    // Chosen by the issuer. A rejected batch can become valid later; with another nonce it can be submitted again.
    std::uint64_t nonce = 0;
    bool operator==(const BatchHeader&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(chain_id, bounded(issuer, member_id_bytes_max), sequence, previous, entry_count, entries_root, nonce);
    }
};
// Size of an encoded header. In a batch, the signature, the number of entries and the entries follow it.
inline std::size_t batch_header_bytes(std::string_view issuer) { return 32 + 4 + issuer.size() + 8 + 32 + 4 + 32 + 8; }
inline std::size_t entries_offset(std::string_view issuer) {
    return batch_header_bytes(issuer) + sizeof(Signature) + 4;
}
// tagged_hash("xinlian/v1/batch", encoded header). Does not cover the signature, because SM2 signatures are not
// deterministic.
Hash batch_id(Suite suite, const BatchHeader& header);
// "xinlian/v1/batch-signature"
//
// chain id
//
// batch id: the bytes that the issuer signs.
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

// A batch whose form and signature were verified once, with the values computed for that. Shared and immutable.
struct CheckedBatch {
    Batch batch;
    Hash id;
    Bytes encoded;
    std::optional<ParsedResolution> resolution{};  // the one that the batch carries
};
using BatchPtr = std::shared_ptr<const CheckedBatch>;

// The entry that records a resolution on the ledger.
Entry entry_of(Suite suite, const ParsedResolution& parsed, const SignedRules& resolution);

// Makes and signs a batch. `entries` is not empty, and each entry has passed check().
Result<Batch> make_batch(const Genesis& genesis, std::string_view issuer, std::uint64_t sequence, const Hash& previous,
                         std::vector<Entry> entries, const SecretKey& key, std::uint64_t nonce = 0,
                         std::vector<SignedRules> resolutions = {});

// Performs every check that needs no state: encoding, limits, chain id, the issuer is a member that may write, count
// and root match the entries, each entry passes check(), no record id occurs twice, a resolution is valid and signed by
// a quorum, and last the signature. Errc::malformed, invalid, unknown_key, too_large.
Result<BatchPtr> check_batch(const Genesis& genesis, Bytes encoded);

}  // namespace xinlian::ledger

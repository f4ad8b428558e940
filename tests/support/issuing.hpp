// Batches of made-up rows, each signed and following the one before in its issuer's feed: the load for real nodes.
#pragma once

#include <memory>

#include "crypto/random.hpp"
#include "ledger/block/batch.hpp"

namespace xinlian::test {

// The position of an issuer's feed.
struct Issuer {
    std::string id;
    std::unique_ptr<SecretKey> key;
    std::uint64_t next_sequence = 1;
    Hash head;
};

struct Prepared {
    Hash id;
    Hash first_record;
    std::string encoded;  // the body of a POST
};

// Makes the next batch of the feed with this many new records, and advances the feed.
inline Result<Prepared> next_batch(const ledger::Genesis& genesis, Issuer& issuer, std::size_t rows) {
    std::vector<ledger::Entry> entries(rows);
    for (ledger::Entry& entry : entries) {
        entry.record = random_hash();
        entry.digest = random_hash();
        entry.subject = random_hash();
        entry.decided = 20261109;
        entry.public_until = 20291109;
    }
    const Hash first_record = entries.at(0).record;
    XL_TRY(const ledger::Batch batch,
           ledger::make_batch(genesis, issuer.id, issuer.next_sequence, issuer.head, std::move(entries), *issuer.key));
    issuer.head = ledger::batch_id(genesis.suite(), batch.header);
    ++issuer.next_sequence;
    const Bytes encoded = encode(batch);
    return Prepared{issuer.head, first_record, std::string(encoded.begin(), encoded.end())};
}

}  // namespace xinlian::test

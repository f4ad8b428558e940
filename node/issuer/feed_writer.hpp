// Writes a member's feed: signs entries as batches, sends them and stores the receipts in the vault. A signed batch and
// its rows are in the vault before the batch is sent. Batches pending from an earlier run are sent first, byte for
// byte.
#pragma once

#include <map>
#include <memory>

#include "crypto/key.hpp"
#include "node/client/submitter.hpp"
#include "node/vault/vault.hpp"

namespace xinlian::node {

inline constexpr std::size_t batch_rows_default = 1'000;

// The member that signs, and its keys.
struct Issuer {
    const ledger::Genesis& genesis;
    std::string id;
    const SecretKey& key;
    Hash channel_key;           // subject tags
    Hash record_key;            // record ids and the encryption of personal columns
    std::uint16_t channel = 0;  // the channel of channel_key
};

// One batch is prepared at a time, while up to batches_in_flight_max are in flight. The issuer and the vault must
// outlive the writer.
class FeedWriter {
public:
    // Checks that the node's feed and the vault agree. The text of Errc::conflict says what to do if they do not.
    // `node` should have the deadline submit_deadline.
    static Result<std::unique_ptr<FeedWriter>> open(const Issuer& issuer, Vault& vault, NodeClient node,
                                                    Patience patience = {});

    // Sends the pending batches of an earlier run and waits for them. Returns their number.
    Result<std::uint64_t> resume();

    // Signs one entry as a batch of its own and waits until it is final. resume() must have been called, and no row may
    // be in preparation. A rejected batch is removed from the feed, and its receipt with the reason is returned.
    Result<ledger::Receipt> act(const ledger::Entry& entry, std::vector<ledger::SignedRules> rules = {});

    // The number of rows in each later batch: at least one, and at most the federation's batch_entries_max.
    void set_batch_rows(std::size_t rows);
    // The row of this record in the batch in preparation, or nullptr. A batch contains a record only once.
    const VaultRecord* in_preparation(const Hash& record) const;
    // Adds one entry and its row; the record must not be in preparation. Sends the batch if it is full.
    Status append(ledger::Entry entry, VaultRecord row);
    // Signs, stores and sends the batch in preparation, if it has rows.
    Status flush();
    // Stores the receipts received so far. Errc::conflict if a batch of rows was rejected.
    Status store_settled();
    // Waits until everything sent is final, and stores the receipts.
    Status wait_for_all();

    const Issuer& issuer() const { return issuer_; }
    Vault& vault() { return vault_; }
    std::uint64_t batches() const { return batches_; }  // of rows, since open()

private:
    FeedWriter(const Issuer& issuer, Vault& vault, Submitter submitter)
        : issuer_(issuer), vault_(vault), queue_(std::move(submitter)) {}
    // Signs the next batch of the feed, stores it with the rows in preparation and sends it.
    Status send(std::vector<ledger::Entry> entries, std::vector<ledger::SignedRules> rules);

    const Issuer& issuer_;
    Vault& vault_;
    SendQueue queue_;
    FeedEnd feed_;
    std::size_t batch_rows_ = batch_rows_default;
    std::uint64_t batches_ = 0;
    std::vector<ledger::Entry> entries_;         // entries of the batch in preparation
    std::vector<VaultRecord> rows_;              // Invariant: rows_[i] belongs to entries_[i].
    std::map<Hash, std::size_t> row_of_record_;  // record id → position in rows_
};

// Checks that the node's feed agrees with the vault's.
Status check_feed(Vault& vault, const FeedPosition& node);

}  // namespace xinlian::node

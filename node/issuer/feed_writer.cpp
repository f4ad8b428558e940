#include "node/issuer/feed_writer.hpp"

#include <algorithm>
#include <array>

#include "crypto/random.hpp"

namespace xinlian::node {

namespace {

std::uint64_t random_nonce() {
    std::array<std::uint8_t, 8> bytes{};
    random_fill(bytes);
    return Reader(bytes).integer<std::uint64_t>();
}

Error disagree(const std::string& what, const std::string& what_to_do) {
    return {Errc::conflict, "the vault and the node disagree: " + what + "; " + what_to_do};
}

}  // namespace

Status check_feed(Vault& vault, const FeedPosition& node) {
    XL_TRY(const FeedEnd end, vault.feed_end());
    XL_TRY(const std::vector<std::uint64_t> pending, vault.pending());
    const std::uint64_t settled = pending.empty() ? end.sequence : pending.front() - 1;
    const std::uint64_t on_chain = node.next_sequence - 1;
    if (on_chain > end.sequence) {
        return disagree(
            "the chain has " + std::to_string(on_chain) + " batches of this issuer, the vault only " +
                std::to_string(end.sequence),
            "the vault is an old copy: restore the newest one, or import with the vault that signed the other batches");
    }
    if (on_chain > 0) {
        XL_TRY(const std::optional<VaultBatch> last, vault.batch(on_chain));
        if (!last || last->id != node.head) {
            return disagree(
                "batch " + std::to_string(on_chain) + " of this issuer differs on the chain",
                "another party signs with this issuer's key, or the vault belongs to another chain: find the cause "
                "before importing");
        }
    }
    if (on_chain < settled) {
        XL_TRY(const std::optional<VaultBatch> next, vault.batch(on_chain + 1));
        if (next && next->state == BatchState::rejected) {
            return disagree("batch " + std::to_string(on_chain + 1) + " was rejected (" +
                                std::string(name_of(next->receipt.outcome.reason)) + ", entry " +
                                std::to_string(next->receipt.outcome.entry) + "), and no later batch can be accepted",
                            "restore the newest vault that matches the chain");
        }
        return Error{Errc::busy, "the node has " + std::to_string(on_chain) +
                                     " batches of this issuer, but the vault has receipts for " +
                                     std::to_string(settled) +
                                     ": the node is catching up; try again when `xinlian node status` shows ready"};
    }
    return {};
}

Result<std::unique_ptr<FeedWriter>> FeedWriter::open(const Issuer& issuer, Vault& vault, NodeClient node,
                                                     Patience patience) {
    Submitter submitter(std::move(node), std::move(patience));
    XL_TRY(const FeedPosition position, submitter.feed(issuer.id));
    XL_TRY_STATUS(check_feed(vault, position));
    std::unique_ptr<FeedWriter> writer(new FeedWriter(issuer, vault, std::move(submitter)));
    XL_TRY(writer->feed_, vault.feed_end());
    return writer;
}

Result<std::uint64_t> FeedWriter::resume() {
    XL_TRY(const std::vector<std::uint64_t> pending, vault_.pending());
    for (const std::uint64_t sequence : pending) {
        XL_TRY(std::optional<VaultBatch> batch, vault_.batch(sequence));
        XL_CHECK(batch);
        XL_TRY_STATUS(store_settled());
        XL_TRY_STATUS(queue_.push({batch->id, std::move(batch->encoded)}));
    }
    XL_TRY_STATUS(wait_for_all());
    return pending.size();
}

void FeedWriter::set_batch_rows(std::size_t rows) {
    batch_rows_ = std::clamp<std::size_t>(rows, 1, issuer_.genesis.parameters().batch_entries_max);
}

const VaultRecord* FeedWriter::in_preparation(const Hash& record) const {
    const auto found = row_of_record_.find(record);
    return found == row_of_record_.end() ? nullptr : &rows_[found->second];
}

Status FeedWriter::append(ledger::Entry entry, VaultRecord row) {
    const bool added = row_of_record_.emplace(row.id, rows_.size()).second;
    XL_CHECK(added);
    entries_.push_back(std::move(entry));
    rows_.push_back(std::move(row));
    if (rows_.size() < batch_rows_) return {};
    return flush();
}

Status FeedWriter::send(std::vector<ledger::Entry> entries, std::vector<ledger::SignedRules> rules) {
    const std::uint64_t sequence = feed_.sequence + 1;
    XL_TRY(const ledger::Batch batch,
           ledger::make_batch(issuer_.genesis, issuer_.id, sequence, feed_.id, std::move(entries), issuer_.key,
                              random_nonce(), std::move(rules)));
    const Hash id = ledger::batch_id(issuer_.genesis.suite(), batch.header);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        rows_[i].batch = sequence;
        rows_[i].position = static_cast<std::uint32_t>(i);
    }
    Bytes encoded = encode(batch);
    XL_TRY_STATUS(vault_.add_batch(batch, id, encoded, rows_));
    feed_ = {sequence, id};
    rows_.clear();
    row_of_record_.clear();
    return queue_.push({id, std::move(encoded)});
}

Status FeedWriter::flush() {
    if (rows_.empty()) return {};
    XL_TRY_STATUS(store_settled());
    ++batches_;
    return send(std::exchange(entries_, {}), {});
}

Result<ledger::Receipt> FeedWriter::act(const ledger::Entry& entry, std::vector<ledger::SignedRules> rules) {
    XL_CHECK(rows_.empty());
    XL_TRY_STATUS(send({entry}, std::move(rules)));
    const Status finished = queue_.finish();
    const std::vector<Settled> settled = queue_.take_settled();
    if (settled.empty()) return finished ? Error{Errc::unavailable, "the node gave no receipt"} : finished.error();
    const auto& [receipt, proof] = settled.front();
    if (receipt.outcome.reason == ledger::Reason::accepted) {
        XL_TRY_STATUS(vault_.settle(receipt, proof));
    } else {
        XL_TRY_STATUS(vault_.forget_act(receipt.batch));
        XL_TRY(feed_, vault_.feed_end());
    }
    return receipt;
}

Status FeedWriter::store_settled() {
    Status status;
    for (const auto& [receipt, proof] : queue_.take_settled()) {
        const ledger::BatchOutcome& outcome = receipt.outcome;
        if (outcome.reason != ledger::Reason::accepted) {
            XL_TRY(const bool was_act, vault_.forget_act(receipt.batch));
            if (was_act) {
                XL_TRY(feed_, vault_.feed_end());
                continue;
            }
        }
        XL_TRY_STATUS(vault_.settle(receipt, proof));
        if (outcome.reason == ledger::Reason::accepted || !status) continue;
        status = Error{Errc::conflict, "the federation rejected batch " + receipt.batch.hex().substr(0, 16) +
                                           "… at height " + std::to_string(outcome.height) + ": " +
                                           std::string(name_of(outcome.reason)) + " (entry " +
                                           std::to_string(outcome.entry) +
                                           "); the vault does not match the chain and may be an old copy: restore the "
                                           "newest copy before importing again"};
    }
    return status;
}

Status FeedWriter::wait_for_all() {
    Status finished = queue_.finish();
    XL_TRY_STATUS(store_settled());  // first, to keep the batches that did settle
    return finished;
}

}  // namespace xinlian::node

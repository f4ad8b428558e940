// Proof files collected elsewhere, each already verified with the genesis file alone, held against one history: the
// block under whose certificate it stands, and what became of the batch that it is a receipt of. Two valid proofs of
// one height with different blocks show a fork, or a history that was rewritten.
#pragma once

#include <map>

#include "ledger/proof/verify.hpp"
#include "ledger/state/execute.hpp"

namespace xinlian::ledger {

enum class ReceiptVerdict : std::uint8_t {
    same,           // the history holds what the proof says
    not_valid,      // the proof does not hold by itself: it shows nothing
    other_block,    // the history has another block at that height
    other_result,   // the same block, but another log or state after it
    other_outcome,  // the batch has another outcome, or is not there
    above,          // the proof is of a height that the history does not reach: cannot tell
    unreadable,     // no proof that this program knows: cannot tell
};
std::string_view name_of(ReceiptVerdict verdict);  // "same", "not-valid", …

struct Receipt {
    std::string name;  // of the file
    std::optional<ProofKind> kind;
    std::optional<Height> height;
    Hash block;  // that the proof stands under
    ReceiptVerdict verdict = ReceiptVerdict::unreadable;
    std::string detail;  // in English; empty if there is nothing to say
};

class ReceiptReview {
public:
    explicit ReceiptReview(const Genesis& genesis) : genesis_(genesis) {}

    // Before the blocks: a file's bytes, or why they could not be read. At most receipts_max.
    Status add(std::string name, const Result<Bytes>& file);
    static constexpr std::size_t receipts_max = 1'000'000;

    // Every block from height 1 on, in order.
    void take(const ExecutedBlock& executed);
    // After the last block.
    const std::vector<Receipt>& receipts() const { return receipts_; }

private:
    // What of a proof is compared with the history.
    struct Claim {
        std::size_t receipt = 0;
        Hash block;
        ExecutionResult result;
        std::vector<std::pair<Hash, BatchOutcome>> batches;
    };
    void judge(const Claim& claim, const ExecutedBlock& executed);

    const Genesis& genesis_;
    std::vector<Receipt> receipts_;
    std::multimap<Height, Claim> claims_;  // of those not judged yet
};

}  // namespace xinlian::ledger

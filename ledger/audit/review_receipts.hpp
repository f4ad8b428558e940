// Compares proof files from other sources, each verified with the genesis file alone, with one history: the certified
// block of the proof, and the outcome of the batch that it is a receipt of. Two valid proofs with different blocks at
// one height show a fork or a rewritten history.
#pragma once

#include <map>

#include "ledger/proof/verify.hpp"
#include "ledger/state/execute.hpp"

namespace xinlian::ledger {

enum class ReceiptComparison : std::uint8_t {
    same,           // the history agrees with the proof
    not_valid,      // the proof is invalid and shows nothing
    other_block,    // the history has a different block at that height
    other_result,   // the same block, but a different log or state after it
    other_outcome,  // the batch has a different outcome, or is missing
    above,          // the history does not reach the proof's height: could not be verified
    unreadable,     // not a proof that this program knows: could not be verified
};
std::string_view name_of(ReceiptComparison verdict);  // "same", "not-valid", …

struct ReviewedReceipt {
    std::string name;  // of the file
    std::optional<ProofKind> kind;
    std::optional<Height> height;
    Hash block;  // certified block of the proof
    ReceiptComparison verdict = ReceiptComparison::unreadable;
    std::string detail;  // in English; may be empty
};

class ReceiptReview {
public:
    explicit ReceiptReview(const Genesis& genesis) : genesis_(genesis) {}

    // Called before the blocks: takes a file's bytes, or the reason why they could not be read. At most receipts_max.
    Status add(std::string name, const Result<Bytes>& file);
    static constexpr std::size_t receipts_max = 1'000'000;

    // Takes every block from height 1 on, in order.
    void take(const ExecutedBlock& executed);
    // Complete after the last block.
    const std::vector<ReviewedReceipt>& receipts() const { return receipts_; }

private:
    // The parts of a proof that are compared with the history.
    struct Claim {
        std::size_t receipt = 0;
        Hash block;
        ExecutionResult result;
        std::vector<std::pair<Hash, BatchOutcome>> batches;
    };
    void judge(const Claim& claim, const ExecutedBlock& executed);

    const Genesis& genesis_;
    std::vector<ReviewedReceipt> receipts_;
    std::multimap<Height, Claim> claims_;  // claims that are not judged yet
};

}  // namespace xinlian::ledger

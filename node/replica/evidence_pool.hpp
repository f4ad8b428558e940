// Evidence of equivocation that is not on the ledger yet, at most one piece per member. Further evidence against the
// same member adds nothing and costs no signature check.
#pragma once

#include <map>

#include "crypto/evidence.hpp"
#include "ledger/block/block.hpp"
#include "ledger/state/state.hpp"

namespace xinlian::node {

class EvidencePool {
public:
    // `genesis` outlives the pool.
    EvidencePool(const ledger::Genesis& genesis, Epoch epoch) : genesis_(genesis), epoch_(epoch) {}

    // Whether there is evidence against this member, here or on the ledger. `state` is the last final one.
    bool is_accused(MemberIndex member, const ledger::State& state) const;
    // Errc::invalid if the evidence is of another epoch or proves nothing. Checks at most two signatures.
    Status check(const Evidence& evidence) const;

    // Takes checked evidence. False if the member is accused already.
    bool add(const Evidence& evidence, const ledger::State& state);
    // Checks and takes evidence that a peer sent. False, without a check, if the member is accused already.
    Result<bool> receive(const Evidence& evidence, const ledger::State& state);
    // Takes evidence that the journal kept. False if the member is accused already.
    Result<bool> recall(ByteView encoded, const ledger::State& state);

    // What a block above `state` may carry.
    std::vector<Evidence> for_block(const ledger::State& state) const;
    // Drops what is on the ledger.
    void prune(const ledger::State& state);

    bool empty() const { return pending_.empty(); }
    const std::map<MemberIndex, Evidence>& pending() const { return pending_; }

private:
    const ledger::Genesis& genesis_;
    Epoch epoch_;
    // Invariant: all of this epoch; the last final state holds no evidence against these members.
    std::map<MemberIndex, Evidence> pending_;
};

}  // namespace xinlian::node

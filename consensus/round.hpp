// The data of one view: the leader's proposal, votes, certificates, and the requests made to the caller. Contains no
// voting rules; those are in rules.cpp.
#pragma once

#include <set>

#include "consensus/core.hpp"
#include "consensus/vote_set.hpp"

namespace xinlian::consensus {

// The justification of a block in a view: its parent's certificate (none for the genesis block) and the nullified views
// between.
struct Justification {
    View parent_view = 0;
    Hash parent;
    std::optional<Certificate> certificate;
    std::vector<Certificate> gap;  // ascending; the newest gap_max of them if there are more
};

struct Round {
    std::optional<Proposal> proposal;  // the first one the leader signed, without its certificates
    bool equivocated = false;          // the leader signed a second one
    bool rejected = false;             // the proposal breaks a rule
    bool check_asked = false;
    bool approved = false;  // the caller found the block valid
    bool build_asked = false;
    bool led = false;                   // the own proposal was sent since the start
    std::optional<Justification> plan;  // of the block that is being built
    std::set<MemberIndex> accused;      // members whose evidence was emitted

    std::optional<Certificate> notarization, nullification, finalization;
    Time notarized_at;
    std::optional<ExecutionResult> result;  // of the notarized block

    VoteSet& votes(VoteKind kind);  // notarize, nullify or finalize
    std::optional<Certificate>& certificate(VoteKind kind);
    const std::optional<Certificate>& certificate(VoteKind kind) const;
    // Any one, for proving that the view is over.
    const Certificate* any_certificate() const;
    // A kept vote of the same member that the rules forbid next to this one; nullptr if there is none.
    const Vote* conflicting(const Vote& vote) const;
    // What the member of this vote signed in a certificate held here that the rules forbid next to it; nothing if there
    // is none.
    std::optional<Vote> certified_against(const Vote& vote) const;
    // Why no correct federation can have made this certificate and those held here; empty if it can.
    std::string contradiction(const Certificate& certificate) const;

private:
    VoteSet notarize_, nullify_, finalize_;
};

}  // namespace xinlian::consensus

// What proves that a member broke the rules: two statements it signed that exclude each other, whether they came as
// proposals, as votes, or in certificates. Whoever is accused here has signed both: nothing unverified is used.
#include <algorithm>

#include "consensus/state.hpp"

namespace xinlian::consensus {

// Once for a member and view. Both signatures have been checked.
void Core::State::accuse(Evidence evidence) {
    const View view = evidence.first.view;
    if (const auto at = rounds.find(view); at != rounds.end() && !at->second.accused.insert(evidence.member).second) {
        return;
    }
    note(Note::Kind::equivocation, view, evidence.member);
    out.evidence.push_back(std::move(evidence));
}

// `held` has been checked, `vote` not yet.
void Core::State::accuse(const Vote& held, const Vote& vote) {
    const MemberIndex member = vote.by.member;
    const View view = vote.statement.view;
    if (rounds.at(view).accused.contains(member)) return;
    if (!verifier()(vote.statement, vote.by)) return refuse(member, view, "the signature of a vote is invalid", true);
    accuse({member, held.statement, vote.statement, held.by.signature, vote.by.signature});
}

// A member may tell one thing to some and another to the rest: then nobody gets both votes, but a certificate brings
// the one to those who hold the other.
void Core::State::accuse_voters(const Certificate& certificate) {
    const Statement& said = certificate.statement;
    Round& round = rounds.at(said.view);
    for (const MemberSignature& by : certificate.signatures) {
        const Vote* kept = round.conflicting({said, by});
        if (kept == nullptr || round.accused.contains(by.member)) continue;
        const Vote other = *kept;  // checking it drops it if it was rubbish
        if (!round.votes(other.statement.kind).verified(by.member, verifier())) continue;
        accuse({by.member, other.statement, said, other.by.signature, by.signature});
    }
}

// Two certificates that cannot both be: a quorum signed each, so more than f signed both, if not both statements of
// every pair are allowed to one member.
void Core::State::accuse_signers(const Certificate& held, const Certificate& other) {
    if (!conflict(held.statement, other.statement)) return;
    for (const MemberSignature& first : held.signatures) {
        for (const MemberSignature& second : other.signatures) {
            if (first.member != second.member) continue;
            accuse({first.member, held.statement, other.statement, first.signature, second.signature});
        }
    }
}

}  // namespace xinlian::consensus

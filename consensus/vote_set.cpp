#include "consensus/vote_set.hpp"

namespace xinlian::consensus {

bool Verifier::operator()(const Statement& statement, const MemberSignature& by) const {
    if (by.member >= committee.size()) return false;
    return verify(committee.key(by.member), signing_bytes(chain_id, statement), by.signature);
}

void VoteSet::add(const Vote& vote, Checked checked) { votes_.try_emplace(vote.by.member, Kept{vote, checked}); }

const Vote* VoteSet::of(MemberIndex member) const {
    const auto at = votes_.find(member);
    return at == votes_.end() ? nullptr : &at->second.vote;
}

bool VoteSet::verified(MemberIndex member, const Verifier& verifier) {
    const auto at = votes_.find(member);
    if (at == votes_.end()) return false;
    Kept& kept = at->second;
    if (kept.checked == Checked::yes) return true;
    if (!verifier(kept.vote.statement, kept.vote.by)) {
        votes_.erase(at);
        return false;
    }
    kept.checked = Checked::yes;
    return true;
}

bool VoteSet::reaches(const Statement& statement, std::size_t threshold, const Verifier& verifier) {
    std::vector<MemberIndex> same;
    for (const auto& [member, kept] : votes_) {
        if (kept.vote.statement == statement) same.push_back(member);
    }
    if (same.size() < threshold) return false;
    std::size_t right = 0;
    for (const MemberIndex member : same) {
        if (verified(member, verifier)) ++right;
        if (right >= threshold) return true;
    }
    return false;
}

std::optional<Certificate> VoteSet::certificate(const Statement& statement, const Verifier& verifier) {
    const std::size_t quorum = verifier.committee.quorum();
    if (!reaches(statement, quorum, verifier)) return std::nullopt;
    Certificate certificate{statement, {}};
    for (const auto& [member, kept] : votes_) {
        if (kept.checked == Checked::no || kept.vote.statement != statement) continue;
        if (certificate.signatures.size() < quorum) certificate.signatures.push_back(kept.vote.by);
    }
    return certificate;
}

}  // namespace xinlian::consensus

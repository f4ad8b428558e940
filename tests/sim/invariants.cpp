#include "tests/sim/invariants.hpp"

namespace xinlian::sim {

using namespace consensus;

void Invariants::broken(const std::string& promise) { broken_.insert(promise); }

void Invariants::wrote(std::size_t node, const Persist& record) {
    if (const auto* own = std::get_if<OwnVote>(&record)) written_[node].insert(encode(own->vote));
    if (const auto* own = std::get_if<OwnProposal>(&record)) written_[node].insert(encode(own->proposal));
}

void Invariants::sent(std::size_t node, MemberIndex member, const Message& message) {
    if (const auto* vote = std::get_if<Vote>(&message)) sent_vote(node, member, *vote);
    if (const auto* report = std::get_if<StatusReport>(&message)) {
        for (const Vote& vote : report->votes) sent_vote(node, member, vote);
    }
    if (const auto* proposal = std::get_if<Proposal>(&message)) {
        if (!written_[node].contains(encode(*proposal))) broken("a proposal was sent before it was on disk");
        const auto [said, fresh] =
            said_[{node, proposal->statement.view}].emplace(VoteKind::propose, proposal->statement);
        if (!fresh && said->second != proposal->statement) broken("a node proposed two blocks in one view");
    }
}

void Invariants::sent_vote(std::size_t node, MemberIndex member, const Vote& vote) {
    if (vote.by.member != member) broken("a node sent the vote of another");
    if (!written_[node].contains(encode(vote))) broken("a vote was sent before it was on disk");
    auto& said = said_[{node, vote.statement.view}];
    const auto [first, fresh] = said.emplace(vote.statement.kind, vote.statement);
    if (!fresh && first->second != vote.statement)
        broken("a node voted twice for different things of one kind in one view");
    if (said.contains(VoteKind::nullify) && said.contains(VoteKind::finalize)) {
        broken("a node both nullified and finalized a view");
    }
    const auto notarized = said.find(VoteKind::notarize), finalized = said.find(VoteKind::finalize);
    if (notarized != said.end() && finalized != said.end() && notarized->second.block != finalized->second.block) {
        broken("a node notarized one block and finalized another in one view");
    }
}

void Invariants::finalized(std::size_t, const Certificate& certificate) {
    std::set<MemberIndex> signers;
    for (const MemberSignature& by : certificate.signatures) {
        if (by.member < members_) signers.insert(by.member);
    }
    if (3 * signers.size() <= 2 * members_) broken("a finalization has fewer than two thirds of the members behind it");
    const auto [first, fresh] = final_.emplace(certificate.statement.view, certificate.statement);
    if (!fresh && first->second != certificate.statement && !beyond_faults) broken("two finalizations in one view");
}

void Invariants::committed(std::size_t, std::uint64_t height, const Hash& block) {
    const auto [first, fresh] = chain_.emplace(height, block);
    if (!fresh && first->second != block && !beyond_faults) broken("two blocks are final at one height");
}

void Invariants::halted(std::size_t node, const std::string& why) {
    if (!beyond_faults) broken("honest node " + std::to_string(node) + " halted: " + why);
}

}  // namespace xinlian::sim

// Evidence of equivocation on its way to the ledger: found by the core or heard from a peer, kept in the journal until
// the final state holds evidence against that member, told to peers, put into the own blocks. One piece for a member:
// what a traitor goes on doing costs nobody anything.
#include "node/replica/replica.hpp"

namespace xinlian::node {

// True if nothing is lost by passing over evidence against this member.
bool Replica::is_accused(MemberIndex member) const {
    return accused_.contains(member) || tip_->after.evidence(epoch_, member).has_value();
}

Status Replica::check_evidence(const Evidence& evidence) const {
    if (evidence.first.epoch != epoch_) return Error{Errc::invalid, "the evidence is of another epoch"};
    return xinlian::check(genesis_.committee(), genesis_.chain_id(), evidence);
}

// `evidence` has been checked. In its turn it is on disk before anybody hears of it.
void Replica::accuse(const Evidence& evidence) {
    if (is_accused(evidence.member)) return;
    accused_.emplace(evidence.member, evidence);
    JournalRecord written{JournalRecord::Kind::evidence, encode(evidence)};
    journal_bytes_ += written.body.size();
    live_.push_back({.view = {}, .core = {}, .accused = evidence.member, .record = written});
    effects_.persist.push_back(std::move(written));
    effects_.evidence.push_back(evidence);
    broadcast(wire::Accusation{evidence});
}

// Two signature checks at most, and none for what is known already.
void Replica::on_accusation(PeerIndex peer, const Evidence& evidence) {
    if (evidence.member < genesis_.committee().size() && is_accused(evidence.member)) return;
    if (const Status holds = check_evidence(evidence); !holds) {
        ban(peer, "evidence that does not hold: " + holds.error().text);
        return;
    }
    accuse(evidence);
}

Status Replica::recall_evidence(const JournalRecord& record) {
    const auto evidence = decode<Evidence>(record.body);
    if (!evidence) return within("evidence in the vote journal", evidence.error());
    if (Status holds = check_evidence(*evidence); !holds) return within("the vote journal", std::move(holds).error());
    if (is_accused(evidence->member)) return Status();
    accused_.emplace(evidence->member, *evidence);
    live_.push_back({.view = {}, .core = {}, .accused = evidence->member, .record = record});
    return Status();
}

// What the next block above this state may carry.
std::vector<Evidence> Replica::evidence_for(const ledger::State& state) const {
    std::vector<Evidence> fitting;
    for (const auto& [member, evidence] : accused_) {
        if (fitting.size() == ledger::block_evidence_max) break;
        if (!state.evidence(epoch_, member)) fitting.push_back(evidence);
    }
    return fitting;
}

}  // namespace xinlian::node

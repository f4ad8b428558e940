#include "node/replica/evidence_pool.hpp"

namespace xinlian::node {

bool EvidencePool::is_accused(MemberIndex member, const ledger::State& state) const {
    return pending_.contains(member) || state.evidence(epoch_, member).has_value();
}

Status EvidencePool::check(const Evidence& evidence) const {
    if (evidence.first.epoch != epoch_)
        return Error{Errc::invalid, "the evidence has another epoch than the committee"};
    return xinlian::check(genesis_.committee(), genesis_.chain_id(), evidence);
}

bool EvidencePool::add(const Evidence& evidence, const ledger::State& state) {
    if (is_accused(evidence.member, state)) return false;
    pending_.emplace(evidence.member, evidence);
    return true;
}

Result<bool> EvidencePool::receive(const Evidence& evidence, const ledger::State& state) {
    if (evidence.member < genesis_.committee().size() && is_accused(evidence.member, state)) return false;
    XL_TRY_STATUS(check(evidence));
    return add(evidence, state);
}

Result<bool> EvidencePool::recall(ByteView encoded, const ledger::State& state) {
    const auto evidence = decode<Evidence>(encoded);
    if (!evidence) return within("evidence in the vote journal", evidence.error());
    if (Status holds = check(*evidence); !holds) return within("the vote journal", std::move(holds).error());
    return add(*evidence, state);
}

std::vector<Evidence> EvidencePool::for_block(const ledger::State& state) const {
    std::vector<Evidence> fitting;
    for (const auto& [member, evidence] : pending_) {
        if (fitting.size() == ledger::block_evidence_max) break;
        if (!state.evidence(epoch_, member)) fitting.push_back(evidence);
    }
    return fitting;
}

void EvidencePool::prune(const ledger::State& state) {
    std::erase_if(pending_, [&](const auto& item) { return state.evidence(epoch_, item.first).has_value(); });
}

}  // namespace xinlian::node

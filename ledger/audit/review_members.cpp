#include "ledger/audit/review_members.hpp"

#include <algorithm>

namespace xinlian::ledger {

namespace {

MemberTerm term_of(const Member& member, const Roles& roles, Height from, std::optional<std::uint64_t> resolution) {
    MemberTerm term{from, resolution, roles, {}, {}, member.transport_key};
    if (roles.validator) term.validator_key = member.validator_key;
    if (roles.writes()) term.issuer_key = member.issuer_key;
    return term;
}

}  // namespace

void Appearance::see(const BlockHeader& header) {
    if (count++ == 0) {
        first = header.height;
        first_time = header.time;
    }
    last = header.height;
    last_time = header.time;
}

MemberReview::MemberReview(const Genesis& genesis) : genesis_(genesis) {
    for (const Member& member : genesis.members())
        members_.push_back({member.id, member.name, {term_of(member, member.roles, 0, {})}, {}, {}, {}, {}});
}

void MemberReview::take(const ExecutedBlock& executed) {
    const BlockHeader& header = executed.block.header;
    of(genesis_.validator(header.proposer).id).proposed.see(header);
    for (const BatchPtr& batch : executed.batches) of(batch->batch.header.issuer).reported.see(header);
    for (const Evidence& evidence : executed.block.evidence) {
        MemberHistory& member = of(genesis_.validator(evidence.member).id);
        member.evidence.push_back(
            {member.id, evidence.first.view, evidence_digest(genesis_.suite(), evidence), header.height, header.time});
    }
    take_roles(executed);
}

void MemberReview::take_roles(const ExecutedBlock& executed) {
    const Height from = executed.block.header.height + 1;
    const Rulebook& rules = executed.after.rulebooks.at(from);
    if (rules.roles == roles_) return;
    roles_ = rules.roles;
    const RulesState state = executed.after.rules();
    const std::uint64_t resolution = state.last->from <= from ? state.last->index : state.before->index;
    for (const Member& member : genesis_.members()) {
        std::vector<MemberTerm>& terms = of(member.id).terms;
        const Roles roles = rules.roles_of(member);
        if (!(roles == terms.back().roles)) terms.push_back(term_of(member, roles, from, resolution));
    }
}

void MemberReview::take(const BlockHeader& header, const Certificate& certificate) {
    for (const MemberSignature& by : certificate.signatures) of(genesis_.validator(by.member).id).certified.see(header);
}

// The blocks were checked, so that every id in them is a member's.
MemberHistory& MemberReview::of(const std::string& id) {
    const auto at =
        std::find_if(members_.begin(), members_.end(), [&id](const MemberHistory& member) { return member.id == id; });
    XL_CHECK(at != members_.end());
    return *at;
}

}  // namespace xinlian::ledger

#include "ledger/review_members.hpp"

#include <algorithm>

namespace xinlian::ledger {

namespace {

MemberTerm term_of_genesis(const Member& member) {
    MemberTerm term{0, member.roles, {}, {}, member.transport_key};
    if (member.roles.validator) term.validator_key = member.validator_key;
    if (member.roles.writes()) term.issuer_key = member.issuer_key;
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
        members_.push_back({member.id, member.name, {term_of_genesis(member)}, {}, {}, {}, {}});
}

void MemberReview::take(const Executed& executed) {
    const BlockHeader& header = executed.block.header;
    of(genesis_.validator(header.proposer).id).proposed.see(header);
    for (const BatchPtr& batch : executed.batches) of(batch->batch.header.issuer).reported.see(header);
    for (const Evidence& evidence : executed.block.evidence) {
        MemberHistory& member = of(genesis_.validator(evidence.member).id);
        member.evidence.push_back(
            {member.id, evidence.first.view, evidence_digest(genesis_.suite(), evidence), header.height, header.time});
    }
}

void MemberReview::take(const BlockHeader& header, const Certificate& certificate) {
    for (const MemberSignature& by : certificate.signatures) of(genesis_.validator(by.member).id).certified.see(header);
}

// The blocks are checked: whoever they name is a member.
MemberHistory& MemberReview::of(const std::string& id) {
    const auto at =
        std::find_if(members_.begin(), members_.end(), [&id](const MemberHistory& member) { return member.id == id; });
    XL_CHECK(at != members_.end());
    return *at;
}

}  // namespace xinlian::ledger

// Laws: a proof file is refused, or is the printed form of what it parses to; a proof that verifies states what the
// chain states. Without the members' keys nobody can make it state anything else.
#include "tests/fuzz/input.hpp"
#include "tests/unit/ledger/proof/proof_fixture.hpp"

using namespace xinlian;
using namespace xinlian::ledger;

namespace {

// What the chain itself proves about the same question.
Finding truth(const test::ProofFixture& scene, const Proof& proof, const Finding& finding) {
    const auto prove = [&] {
        switch (proof.kind()) {
            case ProofKind::record:
                return prove_record(*scene.chain, finding.asked);
            case ProofKind::entry:
                return prove_entry(*scene.chain, finding.entry_index.value());
            case ProofKind::list:
                return prove_list(*scene.chain, finding.list, std::get<ListAnswer>(proof.answer).id);
            case ProofKind::batch:
                return prove_batch(*scene.chain, finding.asked);
            case ProofKind::evidence:
                return prove_evidence(*scene.chain, finding.member);
            case ProofKind::grant:
                return prove_grant(*scene.chain, finding.asked);
            case ProofKind::query:
                return prove_query(*scene.chain, finding.asked);
            case ProofKind::account:
                return prove_account(*scene.chain, finding.asked);
            case ProofKind::feed:
                return prove_feed(*scene.chain, finding.member, finding.feed.front().header.sequence,
                                  finding.feed.back().header.sequence);
        }
        return Result<Proof>(Error{});
    };
    return test::must(verify_proof(scene.genesis(), test::must(prove())));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const test::ProofFixture scene;
    const Bytes bytes = fuzz::copy({data, size});
    const auto proof = parse_proof(bytes);
    if (!proof) return 0;
    XL_CHECK(print_proof(*proof) == bytes);
    const auto finding = verify_proof(scene.genesis(), *proof);
    if (!finding) {
        XL_CHECK(!finding.error().text.empty());
        return 0;
    }
    const Finding expected = truth(scene, *proof, *finding);
    XL_CHECK(finding->asked == expected.asked);
    XL_CHECK(finding->height == expected.height);
    XL_CHECK(finding->time == expected.time);
    XL_CHECK(finding->log_size == expected.log_size);
    XL_CHECK(finding->signers.size() >= 3);
    XL_CHECK(finding->entry == expected.entry);
    XL_CHECK(finding->entry_index == expected.entry_index);
    XL_CHECK(finding->current == expected.current);
    XL_CHECK(finding->deleted == expected.deleted);
    XL_CHECK(finding->latest == expected.latest);
    XL_CHECK(finding->batch == expected.batch);
    XL_CHECK(finding->entries == expected.entries);
    XL_CHECK(finding->outcome == expected.outcome);
    XL_CHECK(finding->member == expected.member);
    XL_CHECK(finding->epoch == expected.epoch);
    XL_CHECK(finding->against == expected.against);
    XL_CHECK(finding->evidence == expected.evidence);
    XL_CHECK(finding->record == expected.record);
    XL_CHECK(finding->grant == expected.grant);
    XL_CHECK(finding->query == expected.query);
    XL_CHECK(finding->account == expected.account);
    XL_CHECK(finding->causes == expected.causes);
    XL_CHECK(finding->list == expected.list);
    XL_CHECK(finding->feed == expected.feed);
    for (const Field& field : finding->opened) {
        const auto* value = scene.shown.find(field.code);
        XL_CHECK(value != nullptr);
        XL_CHECK(*value == field.value);
    }
    return 0;
}

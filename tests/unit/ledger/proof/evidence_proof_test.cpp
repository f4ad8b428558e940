// Tests evidence on disk and in proof files: a proof shows what the block carried, and neither its presence nor its
// absence can be forged.
#include <catch2/catch.hpp>

#include "tests/unit/ledger/proof/proof_fixture.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using test::Federation;
using test::must;
using test::ProofFixture;

namespace {

// The shown evidence, with the answer changed.
template <class Change>
Result<Finding> changed(const ProofFixture& fixture, const std::string& name, Change&& change) {
    Proof proof = fixture.evidence(name);
    change(std::get<EvidenceAnswer>(proof.answer));
    return verify_proof(fixture.genesis(), proof);
}

}  // namespace

TEST_CASE("a proof of evidence names the member, both statements and since when they are part of the ledger") {
    for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) {
        const ProofFixture fixture(suite);
        const Finding finding = must(verify_proof(fixture.genesis(), fixture.evidence("shown")));
        CHECK(finding.kind() == ProofKind::evidence);
        const auto& found = std::get<EvidenceFinding>(finding.what);
        CHECK(found.member == fixture.genesis().validator(1).id);
        CHECK(found.epoch == 0);
        REQUIRE(found.shown);
        const auto& [state, evidence] = *found.shown;
        CHECK(state.view == 2);
        CHECK(state.height == 3);
        CHECK(state.time == must(fixture.chain->block(3)).block.header.time);
        CHECK(conflict(evidence.first, evidence.second));
        CHECK(evidence.first.view == 2);
    }
}

TEST_CASE("that nobody has shown evidence against a validator is proven as well") {
    const ProofFixture fixture;
    const Finding finding = must(verify_proof(fixture.genesis(), fixture.evidence("none")));
    const auto& found = std::get<EvidenceFinding>(finding.what);
    CHECK(found.member == fixture.genesis().validator(2).id);
    CHECK_FALSE(found.shown);
    CHECK(prove_evidence(*fixture.chain, "990000").error().code == Errc::not_found);
    CHECK(prove_evidence(*fixture.chain, std::string(10'000, '3')).error().code == Errc::not_found);
}

TEST_CASE("a proof of evidence with any part exchanged is refused") {
    const ProofFixture fixture;
    const Federation& federation = fixture.federation;
    const auto refused = [&](const std::string& name, auto&& change) {
        const auto finding = changed(fixture, name, change);
        REQUIRE_FALSE(finding.ok());
        CHECK(finding.error().code == Errc::invalid);
    };
    refused("shown", [](EvidenceAnswer& a) { a.state.reset(), a.evidence.reset(); });
    refused("shown", [](EvidenceAnswer& a) { a.evidence.reset(); });
    refused("shown", [](EvidenceAnswer& a) { a.state.reset(); });
    refused("shown", [&](EvidenceAnswer& a) { a.evidence = federation.equivocation(1, 2, 9); });
    refused("shown", [&](EvidenceAnswer& a) { a.evidence = federation.equivocation(3, 1); });
    refused("shown", [&](EvidenceAnswer& a) { a.member = fixture.genesis().validator(3).id; });
    refused("shown", [](EvidenceAnswer& a) { std::swap(a.evidence->first, a.evidence->second); });
    refused("shown", [](EvidenceAnswer& a) { ++a.state->view; });
    refused("shown", [](EvidenceAnswer& a) { --a.state->height; });
    refused("shown", [](EvidenceAnswer& a) { --a.state->time.ms; });
    refused("shown", [](EvidenceAnswer& a) { a.epoch = 1; });
    refused("none", [](EvidenceAnswer& a) { a.epoch = 1; });
    refused("none", [](EvidenceAnswer& a) { a.member = "990000"; });
    refused("none", [&](EvidenceAnswer& a) { a.member = fixture.genesis().validator(1).id; });
    refused("none", [&](EvidenceAnswer& a) {  // somebody innocent, accused with another's evidence
        const auto other = std::get<EvidenceAnswer>(fixture.evidence("shown").answer);
        a.state = other.state;
        a.state->member = a.member;
        a.evidence = other.evidence;
        a.evidence->member = 2;
    });
    CHECK(changed(fixture, "shown", [](EvidenceAnswer&) {}).ok());
}

// Of what a quorum of traitors could put into the map, the verifier still believes no accusation that its own check
// refuses.
TEST_CASE("a certified state does not make evidence true whose statements do not conflict or are not signed") {
    const Federation federation;
    const Suite suite = federation.suite();
    const Genesis& genesis = federation.genesis();
    const auto judge = [&](const Evidence& evidence, Time time) {
        const ExecutedBlockPtr start = genesis_executed(genesis);
        Block block;
        block.header = {0, 1, 1, start->id, 1, {start->block.header.time.ms + 1}, {}};
        State after = start->after;
        const EvidenceState state{genesis.validator(1).id, evidence.first.view, evidence_digest(suite, evidence), 1,
                                  time};
        const Hash key = evidence_key(suite, 0, 1);
        after.map = after.map.apply({{key, encode(state)}});
        const Statement statement{VoteKind::finalize, 0, 1, block_id(suite, block.header), after.result()};
        Proof proof;
        proof.chain_id = genesis.chain_id();
        proof.anchor = {block.header, federation.certify(statement)};
        proof.answer = EvidenceAnswer{0, genesis.validator(1).id, state, after.map.prove(key), evidence};
        return verify_proof(genesis, proof);
    };
    const Evidence good = federation.equivocation(1, 7);
    const Time now{genesis.time().ms + 1};
    REQUIRE(judge(good, now).ok());
    CHECK_FALSE(judge(good, Time{now.ms + 1}).ok());  // later than the block
    Evidence bad = good;
    bad.second_signature.bytes[9] ^= 1;
    CHECK_FALSE(judge(bad, now).ok());
    bad = good;
    bad.first_signature.bytes[9] ^= 1;
    CHECK_FALSE(judge(bad, now).ok());
    const Statement skip{VoteKind::nullify, 0, 7, {}, {}};
    bad = good;
    bad.second = skip;
    bad.second_signature = federation.validator(1).sign(signing_bytes(genesis.chain_id(), skip));
    CHECK_FALSE(judge(bad, now).ok());
    bad = federation.equivocation(2, 7);
    bad.member = 1;
    CHECK_FALSE(judge(bad, now).ok());
}

TEST_CASE("evidence is read back from the chain, before and after a restart") {
    ProofFixture fixture;
    for (int start = 0; start < 2; ++start) {
        CHECK(must(fixture.chain->evidence(3, 1)) ==
              std::get<EvidenceAnswer>(fixture.evidence("shown").answer).evidence);
        CHECK(fixture.chain->evidence(3, 3).ok());
        CHECK(fixture.chain->evidence(3, 2).error().code == Errc::not_found);
        CHECK(fixture.chain->evidence(2, 1).error().code == Errc::not_found);
        CHECK(fixture.chain->evidence(4, 1).error().code == Errc::not_found);
        CHECK(fixture.chain->snapshot()->state.evidence(0, 1).has_value());
        fixture.chain = must(Chain::open(fixture.store, fixture.genesis()));
    }
}

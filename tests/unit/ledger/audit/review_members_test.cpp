// Tests the review of members: their activity, roles, keys, and the evidence against them.
#include "ledger/audit/review_members.hpp"

#include "crypto/fingerprint.hpp"
#include "tests/unit/ledger/audit/audit_fixture.hpp"
#include "tests/unit/ledger/federation.hpp"

using namespace xinlian;
using namespace xinlian::ledger;

namespace {

const MemberHistory& member(const MemberReview& review, std::string_view id) {
    for (const MemberHistory& of : review.members()) {
        if (of.id == id) return of;
    }
    FAIL("no member " << id);
    return review.members().front();
}

}  // namespace

TEST_CASE("a review of members tells what each did first and last, and the evidence against it") {
    const audit_test::Fixture fixture;
    MemberReview review(fixture.federation.genesis());
    std::uint64_t blocks = 0;
    std::vector<Height> certified;
    const AuditWatch watch{{},
                           [&](const ExecutedBlock& executed) {
                               ++blocks;
                               review.take(executed);
                           },
                           [&](const BlockHeader& header, const Certificate& certificate) {
                               CHECK(blocks == header.height);  // after all blocks that it covers
                               certified.push_back(header.height);
                               review.take(header, certificate);
                           }};
    const ChainAudit audit = test::must(fixture.audited(watch));
    REQUIRE_FALSE(audit.flaw);
    CHECK(certified == std::vector<Height>{1, 2, 5});
    CHECK(blocks == 5);
    REQUIRE(review.members().size() == 4);

    std::uint64_t proposed = 0;
    for (const MemberHistory& of : review.members()) {
        proposed += of.proposed.count;
        REQUIRE(of.terms.size() == 1);
        CHECK(of.terms[0].from == 0);
        CHECK(of.terms[0].roles.validator);
        CHECK(of.terms[0].issuer_key == fixture.federation.genesis().member(of.id)->issuer_key);
    }
    CHECK(proposed == 5);
    const MemberHistory &first = member(review, "310000"), &last = member(review, "340000");
    // The builder's quorum is the committee's first three.
    const Appearance &signer = member(review, fixture.federation.genesis().validator(0).id).certified,
                     &other = member(review, fixture.federation.genesis().validator(3).id).certified;
    CHECK(signer.count == 3);
    CHECK(signer.first == 1);
    CHECK(signer.last == 5);
    CHECK(other.count == 0);
    CHECK(first.reported.count == 3);
    CHECK(first.reported.first == 1);
    CHECK(first.reported.last == 5);
    CHECK(last.reported.count == 1);  // a rejected batch is one too
    CHECK(last.reported.first == 5);
    const std::vector<EvidenceState>& evidence = member(review, fixture.federation.genesis().validator(1).id).evidence;
    REQUIRE(evidence.size() == 1);
    CHECK(evidence.front().height == 3);
    CHECK(evidence.front().view == 2);
    CHECK(member(review, fixture.federation.genesis().validator(0).id).evidence.empty());
}

TEST_CASE("a resolution begins new terms for the members whose roles it changes, from the height it is in force") {
    const test::Federation federation;
    test::Blocks blocks(federation);
    MemberReview review(federation.genesis());
    const auto put = [&](std::vector<BatchPtr> batches = {}) { review.take(*blocks.block(std::move(batches))); };
    put({blocks.resolution("310000", 1, 4, R"({"roles":{"320000":["validator"]}})")});
    put();
    CHECK(member(review, "320000").terms.size() == 1);  // not yet
    put();
    put();
    put({blocks.resolution("310000", 2, 6, R"({"report_working_days":5})")});  // whole each time: the role is back
    put();
    const std::vector<MemberTerm>& terms = member(review, "320000").terms;
    REQUIRE(terms.size() == 3);
    CHECK(terms[0].from == 0);
    CHECK_FALSE(terms[0].resolution);
    CHECK(terms[1].from == 4);
    CHECK(terms[1].resolution == 0);
    CHECK_FALSE(terms[1].roles.writes());
    CHECK_FALSE(terms[1].issuer_key);
    CHECK(terms[1].validator_key);
    CHECK(terms[2].from == 6);
    CHECK(terms[2].resolution == 1);
    CHECK(terms[2].roles == terms[0].roles);
    CHECK(member(review, "310000").terms.size() == 1);
}

TEST_CASE("a member without a role has no key for it") {
    const Genesis genesis = rules_test::genesis_with({});
    const MemberReview review(genesis);
    const MemberTerm& reader = member(review, "100000-pbc").terms.front();
    CHECK(reader.roles.regulator);
    CHECK_FALSE(reader.validator_key);
    CHECK_FALSE(reader.issuer_key);
}

TEST_CASE("a key's fingerprint is short, and another key's is another") {
    const test::Federation federation;
    const std::string first = fingerprint(federation.genesis().members()[0].issuer_key),
                      second = fingerprint(federation.genesis().members()[1].issuer_key);
    CHECK(first.size() == 24);
    CHECK(first[4] == ' ');
    CHECK(first != second);
    CHECK(first == fingerprint(federation.genesis().members()[0].issuer_key));
}

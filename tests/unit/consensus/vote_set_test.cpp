// Tests how votes are counted and combined into certificates.
#include "consensus/vote_set.hpp"

#include "tests/unit/consensus/harness.hpp"

using namespace xinlian;
using namespace xinlian::consensus;

TEST_CASE("a quorum of distinct members makes a certificate that anybody can check") {
    const Harness harness;
    const Verifier verifier{harness.committee, harness.chain_id};
    VoteSet votes;
    for (const MemberIndex by : {3, 0}) votes.add(harness.vote(by, nullify(2)), Checked::no);
    CHECK_FALSE(votes.certificate(nullify(2), verifier));
    votes.add(harness.vote(1, nullify(2)), Checked::no);
    const auto certificate = votes.certificate(nullify(2), verifier);
    REQUIRE(certificate);
    CHECK(harness.committee.check(harness.chain_id, *certificate).ok());
    CHECK(certificate->signatures.size() == 3);
}

TEST_CASE("one member's vote counts once, however often it is sent") {
    const Harness harness;
    const Verifier verifier{harness.committee, harness.chain_id};
    VoteSet votes;
    for (int i = 0; i < 5; ++i) votes.add(harness.vote(2, nullify(2)), Checked::yes);
    votes.add(harness.vote(1, nullify(2)), Checked::yes);
    CHECK_FALSE(votes.certificate(nullify(2), verifier));
    CHECK(votes.reaches(nullify(2), 2, verifier));
    CHECK_FALSE(votes.reaches(nullify(2), 3, verifier));
}

TEST_CASE("votes for different blocks do not add up") {
    const Harness harness;
    const Verifier verifier{harness.committee, harness.chain_id};
    VoteSet votes;
    votes.add(harness.vote(0, notarize(2, "a")), Checked::no);
    votes.add(harness.vote(1, notarize(2, "a")), Checked::no);
    votes.add(harness.vote(2, notarize(2, "b")), Checked::no);
    CHECK_FALSE(votes.certificate(notarize(2, "a"), verifier));
    CHECK_FALSE(votes.certificate(notarize(2, "b"), verifier));
}

TEST_CASE("a vote with a wrong signature is never counted and makes room for the right one") {
    const Harness harness;
    const Verifier verifier{harness.committee, harness.chain_id};
    VoteSet votes;
    Vote forged = harness.vote(1, nullify(2));
    forged.by.member = 2;
    votes.add(forged, Checked::no);
    votes.add(harness.vote(0, nullify(2)), Checked::no);
    votes.add(harness.vote(1, nullify(2)), Checked::no);
    CHECK_FALSE(votes.certificate(nullify(2), verifier));
    CHECK(votes.of(2) == nullptr);
    votes.add(harness.vote(2, nullify(2)), Checked::no);
    CHECK(votes.certificate(nullify(2), verifier));
}

TEST_CASE("a signature of another chain or by nobody is wrong") {
    const Harness harness;
    const Vote vote = harness.vote(1, nullify(2));
    const Hash elsewhere = block_named("another chain");
    CHECK(Verifier{harness.committee, harness.chain_id}(vote.statement, vote.by));
    CHECK_FALSE(Verifier{harness.committee, elsewhere}(vote.statement, vote.by));
    CHECK_FALSE(Verifier{harness.committee, harness.chain_id}(vote.statement, {4, vote.by.signature}));
}

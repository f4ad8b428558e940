// Tests whom the core accuses when it gets two contradictory statements of one member: only that member, once in a
// view, whether the statements come as proposals, votes or certificates.
#include "tests/unit/consensus/harness.hpp"

using namespace xinlian;
using namespace xinlian::consensus;

namespace {

// A certificate signed by exactly these members.
Certificate by(const Harness& harness, const Statement& statement, const std::vector<MemberIndex>& signers) {
    Certificate made{statement, {}};
    for (const MemberIndex signer : signers) made.signatures.push_back({signer, harness.sign(signer, statement)});
    return made;
}

// The members accused, in the order of the evidence; every piece of it must be valid.
std::vector<MemberIndex> accused(const Harness& harness, const Actions& actions) {
    std::vector<MemberIndex> members;
    for (const Evidence& evidence : actions.evidence) {
        CHECK(check(harness.committee, harness.chain_id, evidence).ok());
        members.push_back(evidence.member);
    }
    return members;
}
using Members = std::vector<MemberIndex>;

}  // namespace

TEST_CASE("two certificates that exclude each other accuse exactly the members that signed both, and the core halts") {
    Statement other_result = finalize(1, "a");
    other_result.result->log_size = 99;
    const std::vector<std::pair<Statement, Statement>> pairs{
        {notarize(1, "a"), notarize(1, "b")}, {finalize(1, "a"), finalize(1, "b")},
        {finalize(1, "a"), other_result},     {finalize(1, "a"), nullify(1)},
        {nullify(1), finalize(1, "a")},       {notarize(1, "a"), finalize(1, "b")},
        {finalize(1, "a"), notarize(1, "b")}};
    for (const auto& [first, second] : pairs) {
        Harness fresh(7);  // a quorum is five
        fresh.start();
        CHECK(fresh.receive(1, by(fresh, first, {0, 1, 2, 3, 4})).evidence.empty());
        const Actions both = fresh.receive(1, by(fresh, second, {2, 3, 4, 5, 6}));
        CHECK(accused(fresh, both) == Members{2, 3, 4});
        CHECK(fresh.core->halted());
        CHECK(std::count_if(both.notes.begin(), both.notes.end(),
                            [](const Note& n) { return n.kind == Note::Kind::equivocation; }) == 3);
    }
}

TEST_CASE("a notarization and a nullification of one view accuse nobody") {
    Harness harness;
    harness.start();
    CHECK(harness.receive(1, by(harness, nullify(1), {1, 2, 3})).evidence.empty());
    CHECK(harness.receive(1, by(harness, notarize(1, "a"), {1, 2, 3})).evidence.empty());
    CHECK(harness.receive(1, by(harness, finalize(2, "b"), {1, 2, 3})).evidence.empty());
    CHECK_FALSE(harness.core->halted());
}

TEST_CASE("a certificate that does not hold accuses nobody") {
    Harness harness;
    harness.start();
    harness.receive(1, by(harness, finalize(1, "a"), {1, 2, 3}));
    Certificate forged = by(harness, nullify(1), {0, 1, 2});
    SECTION("a wrong signature") { forged.signatures[0].signature.bytes[3] ^= 1; }
    SECTION("too few") { forged.signatures.pop_back(); }
    SECTION("one signer as another") { forged.signatures[0].member = 3; }
    CHECK(harness.receive(1, forged).evidence.empty());
    CHECK_FALSE(harness.core->halted());
}

TEST_CASE("a vote kept here and another one in a certificate accuse the member that gave both") {
    Harness harness;
    harness.start();
    harness.receive(2, harness.vote(2, notarize(1, "b")));  // told to this node alone
    SECTION("the certificate comes after the vote") {
        const Actions seen = harness.receive(1, by(harness, notarize(1, "a"), {1, 2, 3}));
        CHECK(accused(harness, seen) == Members{2});
        CHECK(harness.core->current() == 2);  // a certificate is a certificate
        CHECK_FALSE(harness.core->halted());
        CHECK(harness.receive(2, harness.vote(2, notarize(1, "c"))).evidence.empty());  // once
    }
    SECTION("the certificate allows the vote") {
        CHECK(harness.receive(1, by(harness, nullify(1), {1, 2, 3})).evidence.empty());
        CHECK(harness.receive(1, by(harness, notarize(1, "a"), {0, 1, 3})).evidence.empty());
    }
}

TEST_CASE("a vote that comes after a certificate of its signer's other vote accuses it, if it is rightly signed") {
    Harness harness;
    harness.start();
    harness.receive(1, by(harness, notarize(1, "a"), {1, 2, 3}));
    Vote forged = harness.vote(2, notarize(1, "b"));
    forged.by.signature.bytes[0] ^= 1;
    CHECK(harness.receive(2, forged).evidence.empty());
    CHECK(harness.receive(2, harness.vote(2, notarize(1, "a"))).evidence.empty());
    CHECK(accused(harness, harness.receive(2, harness.vote(2, notarize(1, "b")))) == Members{2});
    CHECK(harness.receive(2, harness.vote(2, finalize(1, "b"))).evidence.empty());  // once in a view
    CHECK(accused(harness, harness.receive(3, harness.vote(3, finalize(1, "b")))) == Members{3});
}

TEST_CASE("a vote with a wrong signature accuses nobody when a certificate contradicts it") {
    Harness harness;
    harness.start();
    Vote forged = harness.vote(2, notarize(1, "b"));
    forged.by.signature.bytes[0] ^= 1;
    harness.receive(2, forged);
    CHECK(harness.receive(1, by(harness, notarize(1, "a"), {1, 2, 3})).evidence.empty());
}

TEST_CASE("evidence is drawn from a member's votes for two blocks of different kinds") {
    Harness harness;
    harness.start();
    harness.receive(2, harness.vote(2, notarize(1, "a")));
    CHECK(harness.receive(2, harness.vote(2, nullify(1))).evidence.empty());
    CHECK(accused(harness, harness.receive(2, harness.vote(2, finalize(1, "b")))) == Members{2});
}

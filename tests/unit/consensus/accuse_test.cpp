// Whom the core accuses when it is told two things of one member: culprits alone, each once in a view, whether the
// statements come as proposals, votes or certificates.
#include "tests/unit/consensus/lab.hpp"

using namespace xinlian;
using namespace xinlian::consensus;

namespace {

// Signed by exactly these.
Certificate by(const Lab& lab, const Statement& statement, const std::vector<MemberIndex>& signers) {
    Certificate made{statement, {}};
    for (const MemberIndex signer : signers) made.signatures.push_back({signer, lab.sign(signer, statement)});
    return made;
}

// The members accused, in the order of the evidence; every piece of it must hold.
std::vector<MemberIndex> accused(const Lab& lab, const Actions& actions) {
    std::vector<MemberIndex> members;
    for (const Evidence& evidence : actions.evidence) {
        CHECK(check(lab.committee, lab.chain_id, evidence).ok());
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
        Lab fresh(7);  // a quorum is five
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
    Lab lab;
    lab.start();
    CHECK(lab.receive(1, by(lab, nullify(1), {1, 2, 3})).evidence.empty());
    CHECK(lab.receive(1, by(lab, notarize(1, "a"), {1, 2, 3})).evidence.empty());
    CHECK(lab.receive(1, by(lab, finalize(2, "b"), {1, 2, 3})).evidence.empty());
    CHECK_FALSE(lab.core->halted());
}

TEST_CASE("a certificate that does not hold accuses nobody") {
    Lab lab;
    lab.start();
    lab.receive(1, by(lab, finalize(1, "a"), {1, 2, 3}));
    Certificate forged = by(lab, nullify(1), {0, 1, 2});
    SECTION("a wrong signature") { forged.signatures[0].signature.bytes[3] ^= 1; }
    SECTION("too few") { forged.signatures.pop_back(); }
    SECTION("one signer as another") { forged.signatures[0].member = 3; }
    CHECK(lab.receive(1, forged).evidence.empty());
    CHECK_FALSE(lab.core->halted());
}

TEST_CASE("a vote kept here and another one in a certificate accuse the member that gave both") {
    Lab lab;
    lab.start();
    lab.receive(2, lab.vote(2, notarize(1, "b")));  // told to this node alone
    SECTION("the certificate comes after the vote") {
        const Actions seen = lab.receive(1, by(lab, notarize(1, "a"), {1, 2, 3}));
        CHECK(accused(lab, seen) == Members{2});
        CHECK(lab.core->current() == 2);  // a certificate is a certificate
        CHECK_FALSE(lab.core->halted());
        CHECK(lab.receive(2, lab.vote(2, notarize(1, "c"))).evidence.empty());  // once
    }
    SECTION("the certificate allows the vote") {
        CHECK(lab.receive(1, by(lab, nullify(1), {1, 2, 3})).evidence.empty());
        CHECK(lab.receive(1, by(lab, notarize(1, "a"), {0, 1, 3})).evidence.empty());
    }
}

TEST_CASE("a vote that comes after a certificate of its signer's other vote accuses it, if it is rightly signed") {
    Lab lab;
    lab.start();
    lab.receive(1, by(lab, notarize(1, "a"), {1, 2, 3}));
    Vote forged = lab.vote(2, notarize(1, "b"));
    forged.by.signature.bytes[0] ^= 1;
    CHECK(lab.receive(2, forged).evidence.empty());
    CHECK(lab.receive(2, lab.vote(2, notarize(1, "a"))).evidence.empty());
    CHECK(accused(lab, lab.receive(2, lab.vote(2, notarize(1, "b")))) == Members{2});
    CHECK(lab.receive(2, lab.vote(2, finalize(1, "b"))).evidence.empty());  // once in a view
    CHECK(accused(lab, lab.receive(3, lab.vote(3, finalize(1, "b")))) == Members{3});
}

TEST_CASE("a vote in somebody's name that is rubbish accuses nobody when a certificate contradicts it") {
    Lab lab;
    lab.start();
    Vote forged = lab.vote(2, notarize(1, "b"));
    forged.by.signature.bytes[0] ^= 1;
    lab.receive(2, forged);
    CHECK(lab.receive(1, by(lab, notarize(1, "a"), {1, 2, 3})).evidence.empty());
}

TEST_CASE("evidence is drawn from a member's votes for two blocks of different kinds") {
    Lab lab;
    lab.start();
    lab.receive(2, lab.vote(2, notarize(1, "a")));
    CHECK(lab.receive(2, lab.vote(2, nullify(1))).evidence.empty());
    CHECK(accused(lab, lab.receive(2, lab.vote(2, finalize(1, "b")))) == Members{2});
}

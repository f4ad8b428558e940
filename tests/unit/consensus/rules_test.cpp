// Each voting rule of docs/protocol.md, both ways. The core is member 0 of four; it leads views 4, 8, …
#include "tests/unit/consensus/lab.hpp"

using namespace xinlian;
using namespace xinlian::consensus;

TEST_CASE("a valid proposal of the leader is checked once and then notarized") {
    Lab lab;
    lab.start();
    const Actions asked = lab.receive(1, lab.proposal(1, "a"));
    REQUIRE(asked.check.size() == 1);
    CHECK(asked.check[0].block == block_named("a"));
    CHECK(asked.check[0].bytes == to_bytes("a"));
    CHECK(asked.broadcast.empty());
    CHECK(lab.receive(1, lab.proposal(1, "a")).check.empty());
    const Actions voted = lab.checked(1, block_named("a"));
    CHECK(Lab::voted(voted, notarize(1, "a")));
    CHECK(voted.persist.size() == 1);
    CHECK(lab.checked(1, block_named("a")).broadcast.empty());
}

TEST_CASE("an invalid block is nullified at once, and not notarized by a later word") {
    Lab lab;
    lab.start();
    lab.receive(1, lab.proposal(1, "a"));
    CHECK(Lab::voted(lab.checked(1, block_named("a"), Verdict::invalid), nullify(1)));
    CHECK(lab.checked(1, block_named("a")).broadcast.empty());
}

TEST_CASE("an answer about another block or view changes nothing") {
    Lab lab;
    lab.start();
    CHECK(lab.checked(1, block_named("a")).broadcast.empty());
    lab.receive(1, lab.proposal(1, "a"));
    CHECK(lab.checked(1, block_named("b")).broadcast.empty());
    CHECK(lab.checked(2, block_named("a")).broadcast.empty());
    lab.enter(2);
    CHECK(lab.checked(1, block_named("a")).broadcast.empty());  // too late
}

TEST_CASE("a proposal is taken from its leader only, with the right signature, for this epoch") {
    Lab lab;
    lab.start();
    CHECK(Lab::noted(lab.receive(2, lab.proposal(1, "a")), Note::Kind::refused));
    Proposal forged = lab.proposal(1, "a");
    forged.signature.bytes[0] ^= 1;
    CHECK(Lab::noted(lab.receive(1, forged), Note::Kind::refused));
    Proposal usurped = lab.proposal(1, "a");  // rightly signed, by a member whose turn it is not
    usurped.signature = lab.sign(2, usurped.statement);
    CHECK(Lab::noted(lab.receive(2, usurped), Note::Kind::refused));
    Proposal elsewhere = lab.proposal(1, "a");
    elsewhere.statement.epoch = 1;
    elsewhere.signature = lab.sign(1, elsewhere.statement);
    CHECK(Lab::noted(lab.receive(1, elsewhere), Note::Kind::refused));
    CHECK(lab.last.check.empty());
    // None of them took the place of the right one.
    CHECK(lab.receive(1, lab.proposal(1, "a")).check.size() == 1);
}

TEST_CASE("an equivocating leader leaves evidence, and its view is nullified by who has not voted") {
    Lab lab;
    lab.start();
    lab.receive(1, lab.proposal(1, "a"));
    const Actions second = lab.receive(1, lab.proposal(1, "b"));
    REQUIRE(second.evidence.size() == 1);
    CHECK(second.evidence[0].member == 1);
    CHECK(check(lab.committee, lab.chain_id, second.evidence[0]).ok());
    CHECK(Lab::voted(second, nullify(1)));
    CHECK(lab.receive(1, lab.proposal(1, "c")).evidence.empty());  // once
}

TEST_CASE("who has notarized an equivocating leader's block does not nullify for that") {
    Lab lab;
    lab.start();
    lab.receive(1, lab.proposal(1, "a"));
    lab.checked(1, block_named("a"));
    const Actions second = lab.receive(1, lab.proposal(1, "b"));
    CHECK(second.evidence.size() == 1);
    CHECK(second.broadcast.empty());
}

TEST_CASE("a proposal without proof that the views before it were skipped is rejected") {
    Lab lab;
    lab.start();
    lab.enter(3);
    Proposal proposal = lab.proposal(3, "a");
    SECTION("a gap with a hole") { proposal.gap.erase(proposal.gap.begin()); }
    SECTION("no gap") { proposal.gap.clear(); }
    SECTION("the wrong view") { proposal.gap[0] = lab.certificate(nullify(2)); }
    SECTION("notarizations for nullifications") { proposal.gap[0] = lab.certificate(notarize(1, "x")); }
    SECTION("too few signers") { proposal.gap[0] = lab.certificate(nullify(1), 2); }
    SECTION("a signer twice") { proposal.gap[0].signatures[2] = proposal.gap[0].signatures[1]; }
    SECTION("a parent not older") { proposal.parent_view = 3; }
    SECTION("a certificate for the genesis block") { proposal.parent_certificate = lab.certificate(nullify(1)); }
    SECTION("another genesis block") { proposal.parent = block_named("other"); }
    const Actions refused = lab.receive(3, proposal);
    CHECK(refused.check.empty());
    CHECK(Lab::noted(refused, Note::Kind::refused));
    CHECK(Lab::voted(refused, nullify(3)));
}

TEST_CASE("a parent needs a certificate of just that block in just that view") {
    Lab lab;
    lab.start();
    lab.enter(3);
    const Proposal good = lab.proposal(3, "b", 1, block_named("a"));
    Proposal bad = good;
    SECTION("none") { bad.parent_certificate.reset(); }
    SECTION("another block's") { bad.parent_certificate = lab.certificate(notarize(1, "x")); }
    SECTION("another view's") { bad.parent_certificate = lab.certificate(notarize(2, "a")); }
    SECTION("a nullification") { bad.parent_certificate = lab.certificate(nullify(1)); }
    SECTION("too few signers") { bad.parent_certificate = lab.certificate(notarize(1, "a"), 2); }
    CHECK(lab.receive(3, bad).check.empty());
    CHECK(Lab::voted(lab.last, nullify(3)));
}

TEST_CASE("a proposal proves its parent itself, also to who knows that the parent is notarized") {
    Lab lab;
    lab.start();
    lab.receive(1, lab.certificate(notarize(1, "a")));
    lab.enter(3);
    Proposal proposal = lab.proposal(3, "b", 1, block_named("a"));
    SECTION("with no certificate") { proposal.parent_certificate.reset(); }
    SECTION("with one of another view") { proposal.parent_certificate = lab.certificate(notarize(2, "a")); }
    SECTION("with one that the parent was skipped") { proposal.parent_certificate = lab.certificate(nullify(1)); }
    CHECK(lab.receive(3, proposal).check.empty());
    CHECK(Lab::voted(lab.last, nullify(3)));
}

TEST_CASE("a proposal brings a laggard to its view by the certificates it carries") {
    Lab lab;
    lab.start();
    const Actions asked = lab.receive(3, lab.proposal(3, "b", 1, block_named("a")));
    CHECK(lab.core->current() == 3);
    REQUIRE(asked.check.size() == 1);
    CHECK(asked.check[0].parent_view == 1);
    CHECK(asked.execute.size() == 1);  // the parent is notarized
    const Actions voted = lab.checked(3, block_named("b"));
    REQUIRE(voted.persist.size() == 2);  // what opened the view, then the vote
    CHECK(std::get<SeenCertificate>(voted.persist[0]).certificate.statement == nullify(2));
    CHECK(std::get<OwnVote>(voted.persist[1]).vote.statement == notarize(3, "b"));
}

TEST_CASE("a proposal over more skipped views than it can carry makes the voter ask its leader") {
    Lab lab;
    lab.start();
    const View view = gap_max + 3;  // 67, led by 3
    lab.enter(view);
    const Actions asked = lab.receive(3, lab.proposal(view, "a"));
    CHECK(asked.check.empty());
    const auto requests = Lab::told<CertificateRequest>(asked, 3);
    REQUIRE(requests.size() == 1);
    CHECK(requests[0].first == 1);
    lab.receive(3, lab.certificate(nullify(1)));
    CHECK(lab.last.check.empty());
    CHECK(lab.receive(3, lab.certificate(nullify(2))).check.size() == 1);
}

TEST_CASE("a proposal below the final block is not voted for") {
    Lab lab;
    lab.start();
    lab.receive(1, lab.certificate(finalize(1, "a")));
    lab.enter(3);
    Proposal stale = lab.proposal(3, "b");
    CHECK(lab.receive(3, stale).check.empty());
    // It claims that a final view was nullified; the proof of that would stop the node.
    CHECK(lab.core->halted());
}

TEST_CASE("a leader with demand builds once, on the highest notarized block, and votes for its own") {
    Lab lab;
    lab.start();
    lab.receive(1, lab.certificate(notarize(2, "p")));
    lab.receive(1, lab.certificate(nullify(3)));
    REQUIRE(lab.core->current() == 4);
    CHECK(lab.last.build.empty());  // no demand
    const Actions asked = lab.demand();
    REQUIRE(asked.build.size() == 1);
    CHECK(asked.build[0].parent == block_named("p"));
    CHECK(asked.build[0].parent_view == 2);
    CHECK(lab.wait(10).build.empty());
    const Actions led = lab.done(lab.core->built(4, Core::Built{block_named("mine"), to_bytes("mine")}, lab.now));
    REQUIRE(Lab::sent<Proposal>(led).size() == 1);
    const Proposal proposal = Lab::sent<Proposal>(led)[0];
    CHECK(proposal.gap.size() == 1);
    CHECK(proposal.parent_certificate->statement == notarize(2, "p"));
    CHECK(Lab::voted(led, notarize(4, "mine")));
    REQUIRE(led.persist.size() == 3);
    CHECK(std::get<SeenCertificate>(led.persist[0]).certificate.statement == nullify(3));
    CHECK(std::get<OwnProposal>(led.persist[1]).proposal == proposal);
    CHECK(lab.done(lab.core->built(4, Core::Built{block_named("twice"), {}}, lab.now)).broadcast.empty());
}

TEST_CASE("a leader passes over a notarized block that it has not executed, if the block's view was skipped as well") {
    Lab lab;
    lab.start();
    lab.receive(1, lab.certificate(notarize(2, "p")));  // not skipped: the parent of whatever comes
    lab.receive(1, lab.certificate(nullify(3)));
    lab.receive(1, lab.certificate(notarize(3, "q")));
    SECTION("not executed") { CHECK(lab.demand().build.at(0).parent == block_named("p")); }
    SECTION("executed") {
        lab.executed(block_named("q"));
        CHECK(lab.demand().build.at(0).parent == block_named("q"));
    }
}

TEST_CASE("a leader that cannot build nullifies its view at once") {
    Lab lab;
    lab.start();
    lab.receive(1, lab.certificate(notarize(3, "p")));
    lab.demand();
    CHECK(Lab::voted(lab.done(lab.core->built(4, std::nullopt, lab.now)), nullify(4)));
}

TEST_CASE("a block built after its view was given up is not proposed") {
    Lab lab;
    lab.start();
    lab.receive(1, lab.certificate(notarize(3, "p")));
    REQUIRE(lab.demand().build.size() == 1);
    CHECK(Lab::voted(lab.wait(1'000), nullify(4)));
    CHECK(Lab::sent<Proposal>(lab.done(lab.core->built(4, Core::Built{block_named("late"), {}}, lab.now))).empty());
    CHECK(lab.last.persist.empty());
}

TEST_CASE("a leader that lacks certificates asks everybody and waits") {
    Lab lab;
    lab.start();
    lab.receive(1, lab.certificate(nullify(3)));
    const Actions asked = lab.demand();
    CHECK(asked.build.empty());
    REQUIRE(Lab::sent<CertificateRequest>(asked).size() == 1);
    CHECK(Lab::sent<CertificateRequest>(asked)[0].last == 2);
    CHECK(Lab::sent<CertificateRequest>(lab.wait(10)).empty());
    CHECK(lab.receive(2, lab.certificate(nullify(2))).build.empty());
    const Actions complete = lab.receive(2, lab.certificate(notarize(1, "p")));
    REQUIRE(complete.build.size() == 1);
    CHECK(complete.build[0].parent == block_named("p"));
}

TEST_CASE("a notarized block is executed, and the finalize vote signs the result") {
    Lab lab;
    lab.start();
    const Actions notarized = lab.receive(1, lab.certificate(notarize(1, "a")));
    REQUIRE(notarized.execute.size() == 1);
    CHECK(notarized.execute[0].block == block_named("a"));
    CHECK(Lab::sent<Vote>(notarized).empty());
    const Actions voted = lab.executed(block_named("a"));
    CHECK(Lab::voted(voted, finalize(1, "a")));
    CHECK(std::get<SeenCertificate>(voted.persist[0]).certificate.statement == notarize(1, "a"));
    CHECK(lab.executed(block_named("a")).broadcast.empty());
}

TEST_CASE("a finalize vote cast after its view was left is preceded by what opened that view") {
    Lab lab;
    lab.start();
    lab.receive(1, lab.certificate(nullify(1)));
    lab.receive(1, lab.certificate(notarize(2, "a")));
    lab.enter(6);
    const Actions voted = lab.executed(block_named("a"));
    REQUIRE(Lab::voted(voted, finalize(2, "a")));
    REQUIRE(voted.persist.size() == 3);
    CHECK(std::get<SeenCertificate>(voted.persist[0]).certificate.statement == notarize(2, "a"));
    CHECK(std::get<SeenCertificate>(voted.persist[1]).certificate.statement == nullify(1));
    CHECK(std::get<OwnVote>(voted.persist[2]).vote.statement == finalize(2, "a"));
}

TEST_CASE("who has nullified a view does not finalize it") {
    Lab lab;
    lab.start();
    lab.demand();
    REQUIRE(Lab::voted(lab.wait(1'000), nullify(1)));
    lab.receive(1, lab.certificate(notarize(1, "a")));
    CHECK(lab.executed(block_named("a")).broadcast.empty());
    CHECK(lab.last.persist.empty());
}

TEST_CASE("who has notarized one block does not finalize another") {
    Lab lab;
    lab.start();
    lab.receive(1, lab.proposal(1, "a"));
    lab.checked(1, block_named("a"));
    lab.receive(1, lab.certificate(notarize(1, "b")));
    CHECK(lab.executed(block_named("b")).broadcast.empty());
}

TEST_CASE("who has nullified a view does not notarize in it") {
    Lab lab;
    lab.start();
    lab.demand();
    lab.wait(1'000);
    CHECK(lab.receive(1, lab.proposal(1, "a")).check.empty());
    CHECK(lab.checked(1, block_named("a")).broadcast.empty());
}

TEST_CASE("votes make certificates, certificates move views, and each is passed on once") {
    Lab lab;
    lab.start();
    lab.receive(1, lab.vote(1, notarize(1, "a")));
    lab.receive(2, lab.vote(2, notarize(1, "a")));
    CHECK(lab.core->current() == 1);
    const Actions moved = lab.receive(3, lab.vote(3, notarize(1, "a")));
    CHECK(lab.core->current() == 2);
    CHECK(Lab::sent<Certificate>(moved).size() == 1);
    CHECK(lab.receive(3, lab.certificate(notarize(1, "a"))).broadcast.empty());
    CHECK(lab.receive(3, lab.certificate(finalize(1, "a"))).finalized.size() == 1);
    CHECK(lab.core->finalized() == 1);
    CHECK(lab.core->current() == 2);
    CHECK(lab.receive(3, lab.certificate(finalize(1, "a"))).finalized.empty());
}

TEST_CASE("votes are refused from others than their signer, for other epochs, of no shape and far ahead") {
    Lab lab;
    lab.start();
    const auto refused = [&](MemberIndex from, const Vote& vote) {
        return Lab::noted(lab.receive(from, vote), Note::Kind::refused);
    };
    CHECK(refused(2, lab.vote(1, nullify(1))));
    CHECK(refused(9, lab.vote(1, nullify(1))));
    CHECK(refused(Lab::self, lab.vote(Lab::self, nullify(1))));
    Statement elsewhere = nullify(1);
    elsewhere.epoch = 1;
    CHECK(refused(1, lab.vote(1, elsewhere)));
    Statement shapeless = nullify(1);
    shapeless.block = block_named("a");
    CHECK(refused(1, lab.vote(1, shapeless)));
    CHECK(refused(1, lab.vote(1, {VoteKind::propose, 0, 1, block_named("a"), {}})));
    CHECK_FALSE(refused(1, lab.vote(1, nullify(9))));  // eight ahead
    CHECK(refused(1, lab.vote(1, nullify(10))));
    CHECK(refused(1, lab.vote(1, nullify(~View{0}))));
    for (const MemberIndex by : {1, 2, 3}) lab.receive(by, lab.vote(by, nullify(10)));
    CHECK(lab.core->current() == 1);
}

TEST_CASE("certificates are refused with few, doubled or wrong signers and for impossible views") {
    Lab lab;
    lab.start();
    const auto refused = [&](const Certificate& certificate) {
        return Lab::noted(lab.receive(1, certificate), Note::Kind::refused);
    };
    CHECK(refused(lab.certificate(nullify(1), 2)));
    Certificate doubled = lab.certificate(nullify(1));
    doubled.signatures[1] = doubled.signatures[0];
    CHECK(refused(doubled));
    Certificate stranger = lab.certificate(nullify(1));
    stranger.signatures[2].member = 4;
    CHECK(refused(stranger));
    CHECK(refused(lab.certificate(nullify(0))));
    CHECK(refused(lab.certificate(nullify(~View{0}))));
    CHECK(refused(lab.certificate({VoteKind::propose, 0, 1, block_named("a"), {}})));
    Statement elsewhere = nullify(1);
    elsewhere.epoch = 1;
    CHECK(refused(lab.certificate(elsewhere)));
    CHECK(lab.core->current() == 1);
    CHECK_FALSE(refused(lab.certificate(nullify(1'000'000))));  // proof, so a jump
    CHECK(lab.core->current() == 1'000'001);
}

TEST_CASE("a member that says two things leaves evidence once, and only with right signatures") {
    Lab lab;
    lab.start();
    lab.receive(2, lab.vote(2, notarize(1, "a")));
    Vote forged = lab.vote(2, notarize(1, "b"));
    forged.by.signature.bytes[0] ^= 1;
    CHECK(lab.receive(2, forged).evidence.empty());
    CHECK(lab.receive(2, lab.vote(2, notarize(1, "b"))).evidence.size() == 1);
    CHECK(lab.receive(2, lab.vote(2, notarize(1, "c"))).evidence.empty());
    lab.receive(3, lab.vote(3, nullify(1)));
    const Actions both = lab.receive(3, lab.vote(3, finalize(1, "a")));
    REQUIRE(both.evidence.size() == 1);
    CHECK(check(lab.committee, lab.chain_id, both.evidence[0]).ok());
    CHECK(lab.receive(1, lab.vote(1, notarize(1, "a"))).evidence.empty());
    CHECK(lab.receive(1, lab.vote(1, nullify(1))).evidence.empty());  // allowed
}

TEST_CASE("a node that sees the impossible halts and signs nothing more") {
    Lab lab;
    lab.start();
    lab.demand();
    SECTION("two notarizations") {
        lab.receive(1, lab.certificate(notarize(1, "a")));
        lab.receive(1, lab.certificate(notarize(1, "b")));
    }
    SECTION("two finalizations") {
        lab.receive(1, lab.certificate(finalize(1, "a")));
        lab.receive(1, lab.certificate(finalize(1, "b")));
    }
    SECTION("one block with two results") {
        Statement other = finalize(1, "a");
        other.result->log_size = 99;
        lab.receive(1, lab.certificate(finalize(1, "a")));
        lab.receive(1, lab.certificate(other));
    }
    SECTION("finalization after nullification") {
        lab.receive(1, lab.certificate(nullify(1)));
        lab.receive(1, lab.certificate(finalize(1, "a")));
        CHECK(lab.last.finalized.empty());
    }
    SECTION("nullification after finalization") {
        lab.receive(1, lab.certificate(finalize(1, "a")));
        lab.receive(1, lab.certificate(nullify(1)));
    }
    SECTION("one notarized, another finalized") {
        lab.receive(1, lab.certificate(notarize(1, "a")));
        lab.receive(1, lab.certificate(finalize(1, "b")));
    }
    SECTION("a final result that is not this node's") {
        lab.receive(1, lab.certificate(notarize(1, "a")));
        lab.done(lab.core->executed(block_named("a"), ExecutionResult{}, lab.now));
        lab.receive(1, lab.certificate(finalize(1, "a")));
        CHECK(lab.last.finalized.empty());
    }
    SECTION("the same, executed later") {
        lab.receive(1, lab.certificate(finalize(1, "a")));
        lab.done(lab.core->executed(block_named("a"), ExecutionResult{}, lab.now));
    }
    SECTION("the caller says so") { lab.done(lab.core->halt("diverged", lab.now)); }
    CHECK(lab.core->halted());
    CHECK(Lab::noted(lab.last, Note::Kind::halted));
    CHECK_FALSE(lab.last.wake);
    CHECK(lab.wait(100'000).broadcast.empty());
    CHECK(lab.receive(1, lab.certificate(nullify(50))).broadcast.empty());
}

TEST_CASE("nullifying and notarizing certificates of one view are both held, and both are proofs") {
    Lab lab;
    lab.start();
    lab.receive(1, lab.certificate(nullify(1)));
    CHECK(lab.receive(1, lab.certificate(notarize(1, "a"))).execute.size() == 1);
    CHECK_FALSE(lab.core->halted());
    CHECK(lab.receive(2, lab.proposal(2, "b", 1, block_named("a"))).check.size() == 1);
}

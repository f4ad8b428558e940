// Tests each voting rule of docs/protocol.md, for acceptance and refusal. The core is member 0 of four; it leads views
// 4, 8, …
#include "tests/unit/consensus/harness.hpp"

using namespace xinlian;
using namespace xinlian::consensus;

TEST_CASE("a valid proposal of the leader is checked once and then notarized") {
    Harness harness;
    harness.start();
    const Actions asked = harness.receive(1, harness.proposal(1, "a"));
    REQUIRE(asked.check.size() == 1);
    CHECK(asked.check[0].block == block_named("a"));
    CHECK(asked.check[0].bytes == to_bytes("a"));
    CHECK(asked.broadcast.empty());
    CHECK(harness.receive(1, harness.proposal(1, "a")).check.empty());
    const Actions voted = harness.checked(1, block_named("a"));
    CHECK(Harness::voted(voted, notarize(1, "a")));
    CHECK(voted.persist.size() == 1);
    CHECK(harness.checked(1, block_named("a")).broadcast.empty());
}

TEST_CASE("an invalid block is nullified at once, and not notarized by a later answer") {
    Harness harness;
    harness.start();
    harness.receive(1, harness.proposal(1, "a"));
    CHECK(Harness::voted(harness.checked(1, block_named("a"), BlockValidity::invalid), nullify(1)));
    CHECK(harness.checked(1, block_named("a")).broadcast.empty());
}

TEST_CASE("an answer about another block or view changes nothing") {
    Harness harness;
    harness.start();
    CHECK(harness.checked(1, block_named("a")).broadcast.empty());
    harness.receive(1, harness.proposal(1, "a"));
    CHECK(harness.checked(1, block_named("b")).broadcast.empty());
    CHECK(harness.checked(2, block_named("a")).broadcast.empty());
    harness.enter(2);
    CHECK(harness.checked(1, block_named("a")).broadcast.empty());  // too late
}

TEST_CASE("a proposal is taken from its leader only, with the right signature, for this epoch") {
    Harness harness;
    harness.start();
    CHECK(Harness::noted(harness.receive(2, harness.proposal(1, "a")), Note::Kind::refused));
    Proposal forged = harness.proposal(1, "a");
    forged.signature.bytes[0] ^= 1;
    CHECK(Harness::noted(harness.receive(1, forged), Note::Kind::refused));
    Proposal usurped = harness.proposal(1, "a");  // validly signed, by a member that does not lead
    usurped.signature = harness.sign(2, usurped.statement);
    CHECK(Harness::noted(harness.receive(2, usurped), Note::Kind::refused));
    Proposal elsewhere = harness.proposal(1, "a");
    elsewhere.statement.epoch = 1;
    elsewhere.signature = harness.sign(1, elsewhere.statement);
    CHECK(Harness::noted(harness.receive(1, elsewhere), Note::Kind::refused));
    CHECK(harness.last.check.empty());
    // None of them replaced the right one.
    CHECK(harness.receive(1, harness.proposal(1, "a")).check.size() == 1);
}

TEST_CASE("an equivocating leader leaves evidence, and its view is nullified by who has not voted") {
    Harness harness;
    harness.start();
    harness.receive(1, harness.proposal(1, "a"));
    const Actions second = harness.receive(1, harness.proposal(1, "b"));
    REQUIRE(second.evidence.size() == 1);
    CHECK(second.evidence[0].member == 1);
    CHECK(check(harness.committee, harness.chain_id, second.evidence[0]).ok());
    CHECK(Harness::voted(second, nullify(1)));
    CHECK(harness.receive(1, harness.proposal(1, "c")).evidence.empty());  // once
}

TEST_CASE("a member that notarized an equivocating leader's block does not nullify for that") {
    Harness harness;
    harness.start();
    harness.receive(1, harness.proposal(1, "a"));
    harness.checked(1, block_named("a"));
    const Actions second = harness.receive(1, harness.proposal(1, "b"));
    CHECK(second.evidence.size() == 1);
    CHECK(second.broadcast.empty());
}

TEST_CASE("a proposal without proof that the views before it were skipped is rejected") {
    Harness harness;
    harness.start();
    harness.enter(3);
    Proposal proposal = harness.proposal(3, "a");
    SECTION("a gap with a hole") { proposal.gap.erase(proposal.gap.begin()); }
    SECTION("no gap") { proposal.gap.clear(); }
    SECTION("the wrong view") { proposal.gap[0] = harness.certificate(nullify(2)); }
    SECTION("notarizations for nullifications") { proposal.gap[0] = harness.certificate(notarize(1, "x")); }
    SECTION("too few signers") { proposal.gap[0] = harness.certificate(nullify(1), 2); }
    SECTION("a signer twice") { proposal.gap[0].signatures[2] = proposal.gap[0].signatures[1]; }
    SECTION("a parent not older") { proposal.parent_view = 3; }
    SECTION("a certificate for the genesis block") { proposal.parent_certificate = harness.certificate(nullify(1)); }
    SECTION("another genesis block") { proposal.parent = block_named("other"); }
    const Actions refused = harness.receive(3, proposal);
    CHECK(refused.check.empty());
    CHECK(Harness::noted(refused, Note::Kind::refused));
    CHECK(Harness::voted(refused, nullify(3)));
}

TEST_CASE("a parent needs a certificate of just that block in just that view") {
    Harness harness;
    harness.start();
    harness.enter(3);
    const Proposal good = harness.proposal(3, "b", 1, block_named("a"));
    Proposal bad = good;
    SECTION("none") { bad.parent_certificate.reset(); }
    SECTION("another block's") { bad.parent_certificate = harness.certificate(notarize(1, "x")); }
    SECTION("another view's") { bad.parent_certificate = harness.certificate(notarize(2, "a")); }
    SECTION("a nullification") { bad.parent_certificate = harness.certificate(nullify(1)); }
    SECTION("too few signers") { bad.parent_certificate = harness.certificate(notarize(1, "a"), 2); }
    CHECK(harness.receive(3, bad).check.empty());
    CHECK(Harness::voted(harness.last, nullify(3)));
}

TEST_CASE("a proposal proves its parent itself, also to who knows that the parent is notarized") {
    Harness harness;
    harness.start();
    harness.receive(1, harness.certificate(notarize(1, "a")));
    harness.enter(3);
    Proposal proposal = harness.proposal(3, "b", 1, block_named("a"));
    SECTION("with no certificate") { proposal.parent_certificate.reset(); }
    SECTION("with one of another view") { proposal.parent_certificate = harness.certificate(notarize(2, "a")); }
    SECTION("with one that the parent was skipped") { proposal.parent_certificate = harness.certificate(nullify(1)); }
    CHECK(harness.receive(3, proposal).check.empty());
    CHECK(Harness::voted(harness.last, nullify(3)));
}

TEST_CASE("a proposal moves a member that is behind to its view by the certificates it carries") {
    Harness harness;
    harness.start();
    const Actions asked = harness.receive(3, harness.proposal(3, "b", 1, block_named("a")));
    CHECK(harness.core->current() == 3);
    REQUIRE(asked.check.size() == 1);
    CHECK(asked.check[0].parent_view == 1);
    CHECK(asked.execute.size() == 1);  // the parent is notarized
    const Actions voted = harness.checked(3, block_named("b"));
    REQUIRE(voted.persist.size() == 2);  // the certificate that opened the view, then the vote
    CHECK(std::get<SeenCertificate>(voted.persist[0]).certificate.statement == nullify(2));
    CHECK(std::get<OwnVote>(voted.persist[1]).vote.statement == notarize(3, "b"));
}

TEST_CASE("a proposal over more skipped views than it can carry makes the voter ask its leader") {
    Harness harness;
    harness.start();
    const View view = gap_max + 3;  // 67, led by 3
    harness.enter(view);
    const Actions asked = harness.receive(3, harness.proposal(view, "a"));
    CHECK(asked.check.empty());
    const auto requests = Harness::told<CertificateRequest>(asked, 3);
    REQUIRE(requests.size() == 1);
    CHECK(requests[0].first == 1);
    harness.receive(3, harness.certificate(nullify(1)));
    CHECK(harness.last.check.empty());
    CHECK(harness.receive(3, harness.certificate(nullify(2))).check.size() == 1);
}

TEST_CASE("a proposal below the final block is not voted for") {
    Harness harness;
    harness.start();
    harness.receive(1, harness.certificate(finalize(1, "a")));
    harness.enter(3);
    Proposal stale = harness.proposal(3, "b");
    CHECK(harness.receive(3, stale).check.empty());
    // It claims that a final view was nullified; a proof of that stops the node.
    CHECK(harness.core->halted());
}

TEST_CASE("a leader with demand builds once, on the highest notarized block, and votes for its own") {
    Harness harness;
    harness.start();
    harness.receive(1, harness.certificate(notarize(2, "p")));
    harness.receive(1, harness.certificate(nullify(3)));
    REQUIRE(harness.core->current() == 4);
    CHECK(harness.last.build.empty());  // no demand
    const Actions asked = harness.demand();
    REQUIRE(asked.build.size() == 1);
    CHECK(asked.build[0].parent == block_named("p"));
    CHECK(asked.build[0].parent_view == 2);
    CHECK(harness.wait(10).build.empty());
    const Actions led =
        harness.done(harness.core->built(4, Core::Built{block_named("mine"), to_bytes("mine")}, harness.now));
    REQUIRE(Harness::sent<Proposal>(led).size() == 1);
    const Proposal proposal = Harness::sent<Proposal>(led)[0];
    CHECK(proposal.gap.size() == 1);
    CHECK(proposal.parent_certificate->statement == notarize(2, "p"));
    CHECK(Harness::voted(led, notarize(4, "mine")));
    REQUIRE(led.persist.size() == 3);
    CHECK(std::get<SeenCertificate>(led.persist[0]).certificate.statement == nullify(3));
    CHECK(std::get<OwnProposal>(led.persist[1]).proposal == proposal);
    CHECK(harness.done(harness.core->built(4, Core::Built{block_named("twice"), {}}, harness.now)).broadcast.empty());
}

TEST_CASE("a leader passes over a notarized block that it has not executed, if the block's view was skipped as well") {
    Harness harness;
    harness.start();
    harness.receive(1, harness.certificate(notarize(2, "p")));  // not skipped: the parent of what follows
    harness.receive(1, harness.certificate(nullify(3)));
    harness.receive(1, harness.certificate(notarize(3, "q")));
    SECTION("not executed") { CHECK(harness.demand().build.at(0).parent == block_named("p")); }
    SECTION("executed") {
        harness.executed(block_named("q"));
        CHECK(harness.demand().build.at(0).parent == block_named("q"));
    }
}

TEST_CASE("a leader that cannot build nullifies its view at once") {
    Harness harness;
    harness.start();
    harness.receive(1, harness.certificate(notarize(3, "p")));
    harness.demand();
    CHECK(Harness::voted(harness.done(harness.core->built(4, std::nullopt, harness.now)), nullify(4)));
}

TEST_CASE("a block built after its view was given up is not proposed") {
    Harness harness;
    harness.start();
    harness.receive(1, harness.certificate(notarize(3, "p")));
    REQUIRE(harness.demand().build.size() == 1);
    CHECK(Harness::voted(harness.wait(1'000), nullify(4)));
    CHECK(
        Harness::sent<Proposal>(harness.done(harness.core->built(4, Core::Built{block_named("late"), {}}, harness.now)))
            .empty());
    CHECK(harness.last.persist.empty());
}

TEST_CASE("a leader that lacks certificates asks everybody and waits") {
    Harness harness;
    harness.start();
    harness.receive(1, harness.certificate(nullify(3)));
    const Actions asked = harness.demand();
    CHECK(asked.build.empty());
    REQUIRE(Harness::sent<CertificateRequest>(asked).size() == 1);
    CHECK(Harness::sent<CertificateRequest>(asked)[0].last == 2);
    CHECK(Harness::sent<CertificateRequest>(harness.wait(10)).empty());
    CHECK(harness.receive(2, harness.certificate(nullify(2))).build.empty());
    const Actions complete = harness.receive(2, harness.certificate(notarize(1, "p")));
    REQUIRE(complete.build.size() == 1);
    CHECK(complete.build[0].parent == block_named("p"));
}

TEST_CASE("a notarized block is executed, and the finalize vote signs the result") {
    Harness harness;
    harness.start();
    const Actions notarized = harness.receive(1, harness.certificate(notarize(1, "a")));
    REQUIRE(notarized.execute.size() == 1);
    CHECK(notarized.execute[0].block == block_named("a"));
    CHECK(Harness::sent<Vote>(notarized).empty());
    const Actions voted = harness.executed(block_named("a"));
    CHECK(Harness::voted(voted, finalize(1, "a")));
    CHECK(std::get<SeenCertificate>(voted.persist[0]).certificate.statement == notarize(1, "a"));
    CHECK(harness.executed(block_named("a")).broadcast.empty());
}

TEST_CASE("a finalize vote cast after its view was left is preceded by what opened that view") {
    Harness harness;
    harness.start();
    harness.receive(1, harness.certificate(nullify(1)));
    harness.receive(1, harness.certificate(notarize(2, "a")));
    harness.enter(6);
    const Actions voted = harness.executed(block_named("a"));
    REQUIRE(Harness::voted(voted, finalize(2, "a")));
    REQUIRE(voted.persist.size() == 3);
    CHECK(std::get<SeenCertificate>(voted.persist[0]).certificate.statement == notarize(2, "a"));
    CHECK(std::get<SeenCertificate>(voted.persist[1]).certificate.statement == nullify(1));
    CHECK(std::get<OwnVote>(voted.persist[2]).vote.statement == finalize(2, "a"));
}

TEST_CASE("a member that nullified a view does not finalize it") {
    Harness harness;
    harness.start();
    harness.demand();
    REQUIRE(Harness::voted(harness.wait(1'000), nullify(1)));
    harness.receive(1, harness.certificate(notarize(1, "a")));
    CHECK(harness.executed(block_named("a")).broadcast.empty());
    CHECK(harness.last.persist.empty());
}

TEST_CASE("a member that notarized one block does not finalize another") {
    Harness harness;
    harness.start();
    harness.receive(1, harness.proposal(1, "a"));
    harness.checked(1, block_named("a"));
    harness.receive(1, harness.certificate(notarize(1, "b")));
    CHECK(harness.executed(block_named("b")).broadcast.empty());
}

TEST_CASE("a member that nullified a view does not notarize in it") {
    Harness harness;
    harness.start();
    harness.demand();
    harness.wait(1'000);
    CHECK(harness.receive(1, harness.proposal(1, "a")).check.empty());
    CHECK(harness.checked(1, block_named("a")).broadcast.empty());
}

TEST_CASE("votes make certificates, certificates move views, and each is passed on once") {
    Harness harness;
    harness.start();
    harness.receive(1, harness.vote(1, notarize(1, "a")));
    harness.receive(2, harness.vote(2, notarize(1, "a")));
    CHECK(harness.core->current() == 1);
    const Actions moved = harness.receive(3, harness.vote(3, notarize(1, "a")));
    CHECK(harness.core->current() == 2);
    CHECK(Harness::sent<Certificate>(moved).size() == 1);
    CHECK(harness.receive(3, harness.certificate(notarize(1, "a"))).broadcast.empty());
    CHECK(harness.receive(3, harness.certificate(finalize(1, "a"))).finalized.size() == 1);
    CHECK(harness.core->finalized() == 1);
    CHECK(harness.core->current() == 2);
    CHECK(harness.receive(3, harness.certificate(finalize(1, "a"))).finalized.empty());
}

TEST_CASE("votes are refused from others than their signer, for other epochs, of no shape and far ahead") {
    Harness harness;
    harness.start();
    const auto refused = [&](MemberIndex from, const Vote& vote) {
        return Harness::noted(harness.receive(from, vote), Note::Kind::refused);
    };
    CHECK(refused(2, harness.vote(1, nullify(1))));
    CHECK(refused(9, harness.vote(1, nullify(1))));
    CHECK(refused(Harness::self, harness.vote(Harness::self, nullify(1))));
    Statement elsewhere = nullify(1);
    elsewhere.epoch = 1;
    CHECK(refused(1, harness.vote(1, elsewhere)));
    Statement shapeless = nullify(1);
    shapeless.block = block_named("a");
    CHECK(refused(1, harness.vote(1, shapeless)));
    CHECK(refused(1, harness.vote(1, {VoteKind::propose, 0, 1, block_named("a"), {}})));
    CHECK_FALSE(refused(1, harness.vote(1, nullify(9))));  // eight ahead
    CHECK(refused(1, harness.vote(1, nullify(10))));
    CHECK(refused(1, harness.vote(1, nullify(~View{0}))));
    for (const MemberIndex by : {1, 2, 3}) harness.receive(by, harness.vote(by, nullify(10)));
    CHECK(harness.core->current() == 1);
}

TEST_CASE("certificates are refused with few, doubled or wrong signers and for impossible views") {
    Harness harness;
    harness.start();
    const auto refused = [&](const Certificate& certificate) {
        return Harness::noted(harness.receive(1, certificate), Note::Kind::refused);
    };
    CHECK(refused(harness.certificate(nullify(1), 2)));
    Certificate doubled = harness.certificate(nullify(1));
    doubled.signatures[1] = doubled.signatures[0];
    CHECK(refused(doubled));
    Certificate foreign = harness.certificate(nullify(1));
    foreign.signatures[2].member = 4;
    CHECK(refused(foreign));
    CHECK(refused(harness.certificate(nullify(0))));
    CHECK(refused(harness.certificate(nullify(~View{0}))));
    CHECK(refused(harness.certificate({VoteKind::propose, 0, 1, block_named("a"), {}})));
    Statement elsewhere = nullify(1);
    elsewhere.epoch = 1;
    CHECK(refused(harness.certificate(elsewhere)));
    CHECK(harness.core->current() == 1);
    CHECK_FALSE(refused(harness.certificate(nullify(1'000'000))));  // proof, so a jump
    CHECK(harness.core->current() == 1'000'001);
}

TEST_CASE("a member that signs contradictory votes leaves evidence once, and only with valid signatures") {
    Harness harness;
    harness.start();
    harness.receive(2, harness.vote(2, notarize(1, "a")));
    Vote forged = harness.vote(2, notarize(1, "b"));
    forged.by.signature.bytes[0] ^= 1;
    CHECK(harness.receive(2, forged).evidence.empty());
    CHECK(harness.receive(2, harness.vote(2, notarize(1, "b"))).evidence.size() == 1);
    CHECK(harness.receive(2, harness.vote(2, notarize(1, "c"))).evidence.empty());
    harness.receive(3, harness.vote(3, nullify(1)));
    const Actions both = harness.receive(3, harness.vote(3, finalize(1, "a")));
    REQUIRE(both.evidence.size() == 1);
    CHECK(check(harness.committee, harness.chain_id, both.evidence[0]).ok());
    CHECK(harness.receive(1, harness.vote(1, notarize(1, "a"))).evidence.empty());
    CHECK(harness.receive(1, harness.vote(1, nullify(1))).evidence.empty());  // allowed
}

TEST_CASE("a node that receives contradictory certificates halts and signs nothing more") {
    Harness harness;
    harness.start();
    harness.demand();
    SECTION("two notarizations") {
        harness.receive(1, harness.certificate(notarize(1, "a")));
        harness.receive(1, harness.certificate(notarize(1, "b")));
    }
    SECTION("two finalizations") {
        harness.receive(1, harness.certificate(finalize(1, "a")));
        harness.receive(1, harness.certificate(finalize(1, "b")));
    }
    SECTION("one block with two results") {
        Statement other = finalize(1, "a");
        other.result->log_size = 99;
        harness.receive(1, harness.certificate(finalize(1, "a")));
        harness.receive(1, harness.certificate(other));
    }
    SECTION("finalization after nullification") {
        harness.receive(1, harness.certificate(nullify(1)));
        harness.receive(1, harness.certificate(finalize(1, "a")));
        CHECK(harness.last.finalized.empty());
    }
    SECTION("nullification after finalization") {
        harness.receive(1, harness.certificate(finalize(1, "a")));
        harness.receive(1, harness.certificate(nullify(1)));
    }
    SECTION("one notarized, another finalized") {
        harness.receive(1, harness.certificate(notarize(1, "a")));
        harness.receive(1, harness.certificate(finalize(1, "b")));
    }
    SECTION("a final result that is not this node's") {
        harness.receive(1, harness.certificate(notarize(1, "a")));
        harness.done(harness.core->executed(block_named("a"), ExecutionResult{}, harness.now));
        harness.receive(1, harness.certificate(finalize(1, "a")));
        CHECK(harness.last.finalized.empty());
    }
    SECTION("the same, executed later") {
        harness.receive(1, harness.certificate(finalize(1, "a")));
        harness.done(harness.core->executed(block_named("a"), ExecutionResult{}, harness.now));
    }
    SECTION("the caller says so") { harness.done(harness.core->halt("diverged", harness.now)); }
    CHECK(harness.core->halted());
    CHECK(Harness::noted(harness.last, Note::Kind::halted));
    CHECK_FALSE(harness.last.wake);
    CHECK(harness.wait(100'000).broadcast.empty());
    CHECK(harness.receive(1, harness.certificate(nullify(50))).broadcast.empty());
}

TEST_CASE("nullifying and notarizing certificates of one view are both held, and both are proofs") {
    Harness harness;
    harness.start();
    harness.receive(1, harness.certificate(nullify(1)));
    CHECK(harness.receive(1, harness.certificate(notarize(1, "a"))).execute.size() == 1);
    CHECK_FALSE(harness.core->halted());
    CHECK(harness.receive(2, harness.proposal(2, "b", 1, block_named("a"))).check.size() == 1);
}

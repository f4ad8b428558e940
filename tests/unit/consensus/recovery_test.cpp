// Tests restarts, lost journals, and the messages to peers. The core is member 0 of four; it leads views 4, 8, …
#include "consensus/journal.hpp"
#include "tests/unit/consensus/harness.hpp"

using namespace xinlian;
using namespace xinlian::consensus;

namespace {

StatusReport report_of(const Harness& harness, View current) {
    StatusReport report;
    report.current = current;
    if (current > 1) report.entry = harness.certificate(nullify(current - 1));
    return report;
}

// A core that lost its journal while the others are in these views, member 1 first.
Actions tell(Harness& harness, std::initializer_list<View> views) {
    MemberIndex by = 1;
    for (const View view : views) harness.receive(by++, report_of(harness, view));
    return harness.last;
}

}  // namespace

TEST_CASE("after a restart the journaled proposal goes out again, byte for byte, and no block is built") {
    Harness harness;
    harness.start();
    harness.receive(1, harness.certificate(notarize(3, "p")));
    harness.demand();
    const Actions led =
        harness.done(harness.core->built(4, Core::Built{block_named("mine"), to_bytes("mine")}, harness.now));
    const Proposal before = Harness::sent<Proposal>(led).at(0);
    const Actions again = harness.start();
    CHECK(harness.core->current() == 4);
    REQUIRE(Harness::sent<Proposal>(again).size() == 1);
    CHECK(Harness::sent<Proposal>(again)[0] == before);
    CHECK(again.persist.empty());
    CHECK(harness.demand().build.empty());
    const Actions linked = harness.done(harness.core->connected(2, harness.now));
    CHECK(Harness::told<Proposal>(linked, 2).at(0) == before);
    const auto status = Harness::told<StatusReport>(linked, 2);
    REQUIRE(status.size() == 1);
    REQUIRE(status[0].votes.size() == 1);
    CHECK(status[0].votes[0] == Harness::sent<Vote>(led).at(0));
}

TEST_CASE("after a restart an own vote counts, and its contrary is not cast") {
    Harness harness;
    harness.start();
    harness.demand();
    REQUIRE(Harness::voted(harness.wait(1'000), nullify(1)));
    harness.start();
    CHECK(harness.receive(1, harness.proposal(1, "a")).check.empty());
    harness.receive(2, harness.vote(2, nullify(1)));
    harness.receive(3, harness.vote(3, nullify(1)));
    CHECK(harness.core->current() == 2);  // two others and its own
    harness.receive(1, harness.certificate(notarize(1, "a")));
    CHECK(harness.executed(block_named("a")).broadcast.empty());
}

TEST_CASE("after a restart a finalized view is not nullified") {
    Harness harness;
    harness.start();
    harness.receive(1, harness.certificate(notarize(1, "a")));
    REQUIRE(Harness::voted(harness.executed(block_named("a")), finalize(1, "a")));
    // Only the vote survives, as if the certificate's record had been dropped.
    std::erase_if(harness.disk, [](const Persist& record) { return std::holds_alternative<SeenCertificate>(record); });
    harness.start();
    REQUIRE(harness.core->current() == 1);
    harness.demand();
    CHECK_FALSE(Harness::voted(harness.wait(60'000), nullify(1)));
}

TEST_CASE("after a restart the unfinal tail is executed again and its finalize vote is the stored one") {
    Harness harness;
    harness.start();
    harness.receive(1, harness.certificate(notarize(1, "a")));
    harness.executed(block_named("a"));
    const Actions again = harness.start();
    REQUIRE(again.execute.size() == 1);
    CHECK(again.execute[0].block == block_named("a"));
    CHECK(harness.executed(block_named("a")).persist.empty());
    harness.receive(2, harness.vote(2, finalize(1, "a")));
    CHECK(harness.receive(3, harness.vote(3, finalize(1, "a"))).finalized.size() == 1);
}

TEST_CASE("a restart continues from the chain's tip and ignores older records") {
    Harness harness;
    harness.start();
    harness.demand();
    harness.wait(1'000);
    harness.start(Memory::whole, harness.certificate(finalize(5, "tip")));
    CHECK(harness.core->finalized() == 5);
    CHECK(harness.core->current() == 6);
    CHECK(harness.last.finalized.empty());
    CHECK_FALSE(harness.core->halted());
}

TEST_CASE("a finalization in the journal that the chain lacks is handed out at the start") {
    Harness harness;
    harness.disk = {SeenCertificate{harness.certificate(finalize(5, "a"))}};
    CHECK(harness.start().finalized.size() == 1);
    CHECK(harness.core->current() == 6);
}

TEST_CASE("a journal that contradicts itself or is somebody else's halts the node") {
    Harness harness;
    SECTION("two notarize votes") {
        harness.disk = {OwnVote{harness.vote(0, notarize(1, "a"))}, OwnVote{harness.vote(0, notarize(1, "b"))}};
    }
    SECTION("nullify and finalize") {
        harness.disk = {OwnVote{harness.vote(0, nullify(1))}, OwnVote{harness.vote(0, finalize(1, "a"))}};
    }
    SECTION("another member's vote") { harness.disk = {OwnVote{harness.vote(1, nullify(1))}}; }
    SECTION("a wrong signature") {
        Vote vote = harness.vote(0, nullify(1));
        vote.statement.view = 2;
        harness.disk = {OwnVote{vote}};
    }
    SECTION("a certificate of too few") { harness.disk = {SeenCertificate{harness.certificate(nullify(1), 2)}}; }
    harness.start();
    CHECK(harness.core->halted());
    CHECK(harness.demand().broadcast.empty());
}

TEST_CASE("a tip that no quorum finalized halts the node") {
    Harness harness;
    SECTION("too few") { harness.start(Memory::whole, harness.certificate(finalize(5, "a"), 2)); }
    SECTION("a notarization") { harness.start(Memory::whole, harness.certificate(notarize(5, "a"))); }
    CHECK(harness.core->halted());
}

TEST_CASE("a member that lost its journal is silent until one view above all that 2f+1 others prove") {
    Harness harness;
    harness.start(Memory::lost);
    CHECK(harness.core->silent());
    harness.demand();
    CHECK(Harness::sent<Vote>(harness.wait(20'000)).empty());
    CHECK(Harness::sent<StatusReport>(harness.last).at(0).memory == Memory::lost);
    tell(harness, {3, 5});
    CHECK(std::get<SilentThrough>(harness.disk.back()).view == ~View{0});  // two are too few
    harness.receive(3, report_of(harness, 4));
    REQUIRE(harness.disk.size() == 2);
    CHECK(std::get<SilentThrough>(harness.disk.back()).view == 6);
    CHECK(Harness::sent<Vote>(harness.wait(20'000)).empty());
    harness.enter(6);
    CHECK(Harness::sent<Vote>(harness.wait(20'000)).empty());
    harness.receive(1, harness.certificate(notarize(6, "a")));
    CHECK(harness.executed(block_named("a")).broadcast.empty());  // no finalize vote there either
    REQUIRE(harness.core->current() == 7);
    CHECK_FALSE(harness.core->silent());
    CHECK(Harness::voted(harness.wait(20'000), nullify(7)));
}

TEST_CASE("claims without proof, from members without a journal, or twice from one member do not end the silence") {
    Harness harness;
    harness.start(Memory::lost);
    tell(harness, {3, 3});
    StatusReport report = report_of(harness, 3);
    SECTION("no proof") { report.entry.reset(); }
    SECTION("proof of another view") { report.entry = harness.certificate(nullify(1)); }
    SECTION("a proof of too few") {
        report.current = 9;
        report.entry = harness.certificate(nullify(8), 2);
    }
    SECTION("an amnesiac") { report.memory = Memory::lost; }
    harness.receive(3, report);
    harness.receive(1, report_of(harness, 3));
    CHECK(harness.disk.size() == 1);
    harness.receive(3, report_of(harness, 3));
    CHECK(harness.disk.size() == 2);
}

TEST_CASE("the silence outlasts restarts, before and after the others were heard") {
    Harness harness;
    harness.start(Memory::lost);
    harness.start(Memory::whole);  // nobody repeats it
    CHECK(harness.core->silent());
    harness.demand();
    CHECK(Harness::sent<Vote>(harness.wait(20'000)).empty());
    tell(harness, {3, 3, 3});
    harness.start(Memory::whole);
    harness.enter(4);
    CHECK(harness.core->silent());
    harness.demand();
    CHECK(Harness::sent<Vote>(harness.wait(20'000)).empty());
    harness.enter(5);
    CHECK(Harness::voted(harness.wait(20'000), nullify(5)));
}

TEST_CASE("at a first start nobody votes before a quorum, itself included, was seen in view 1 with no certificate") {
    Harness harness;
    harness.start(Memory::fresh);
    CHECK(harness.core->silent());
    harness.demand();
    CHECK(Harness::sent<Vote>(harness.wait(20'000)).empty());
    CHECK(Harness::sent<StatusReport>(harness.last).at(0).memory == Memory::fresh);
    StatusReport unmoved;
    unmoved.memory = Memory::fresh;
    harness.receive(2, unmoved);
    harness.receive(2, unmoved);  // twice from one is once
    CHECK(harness.core->silent());
    SECTION("another that lost its journal says nothing about view 1") {
        unmoved.memory = Memory::lost;
        harness.receive(3, unmoved);
        CHECK(harness.core->silent());
        CHECK(Harness::sent<Vote>(harness.wait(20'000)).empty());
    }
    SECTION("a restart before the first vote is a first start again") {
        CHECK(harness.disk.empty());
        harness.start(Memory::fresh);
        harness.receive(3, unmoved);
        CHECK(harness.core->silent());
    }
    SECTION("one that has memory and did not move counts as well") {
        unmoved.memory = Memory::whole;
        harness.receive(3, unmoved);
        CHECK_FALSE(harness.core->silent());
        CHECK(Harness::voted(harness.wait(20'000), nullify(1)));
    }
}

TEST_CASE("answers from view 1 do not make a first start look like a lost journal, however many are needed") {
    Harness harness(6);  // a quorum is five: four others, while three would do after a lost journal
    harness.start(Memory::fresh);
    harness.demand();
    for (const MemberIndex other : {1, 2, 3}) harness.receive(other, StatusReport{});
    CHECK(harness.disk.empty());
    CHECK(harness.core->silent());
    harness.receive(4, StatusReport{});
    CHECK_FALSE(harness.core->silent());
    CHECK(Harness::voted(harness.wait(20'000), nullify(1)));
}

TEST_CASE("a machine that lost everything is not taken for a first start once the others have moved") {
    Harness harness;
    harness.start(Memory::fresh);
    harness.demand();
    harness.receive(2, report_of(harness, 4));
    harness.receive(3, report_of(harness, 5));
    CHECK(harness.disk.size() == 1);
    harness.receive(1, StatusReport{});  // one that never took part
    REQUIRE(harness.disk.size() == 2);
    CHECK(std::get<SilentThrough>(harness.disk.front()).view == ~View{0});  // from the first certificate on
    CHECK(std::get<SilentThrough>(harness.disk.back()).view == 6);
    CHECK(harness.core->silent());
    harness.start(Memory::whole);
    harness.demand();
    harness.enter(6);
    CHECK(Harness::sent<Vote>(harness.wait(20'000)).empty());
    harness.enter(7);
    CHECK(Harness::voted(harness.wait(20'000), nullify(7)));
}

TEST_CASE("a first start that receives a certificate counts as a lost journal, also after a restart") {
    Harness harness;
    harness.start(Memory::fresh);
    harness.receive(1, StatusReport{});
    harness.receive(3, harness.certificate(nullify(1)));
    REQUIRE(harness.disk.size() == 1);
    CHECK(std::get<SilentThrough>(harness.disk.back()).view == ~View{0});
    harness.receive(2, StatusReport{});
    CHECK(harness.core->silent());
    harness.start(Memory::whole);
    CHECK(harness.core->silent());
}

TEST_CASE("a federation of one has nobody to ask and votes at its first start") {
    Harness harness(1);
    harness.start(Memory::fresh);
    CHECK_FALSE(harness.core->silent());
}

TEST_CASE("a member that lost its journal gets the others' views, even if it is not behind") {
    Harness harness;
    harness.start();
    StatusReport asks;
    CHECK(harness.receive(2, asks).send_to.empty());
    asks.memory = Memory::lost;
    CHECK(Harness::told<StatusReport>(harness.receive(2, asks), 2).size() == 1);
    CHECK(harness.receive(2, asks).send_to.empty());  // not for every asking
}

TEST_CASE("a peer that is behind gets proofs, at a limited rate") {
    Harness harness;
    harness.start();
    harness.receive(1, harness.certificate(finalize(1, "a")));
    harness.enter(5);
    const Actions answer = harness.receive(2, StatusReport{});
    const auto told = Harness::told<Certificate>(answer, 2);
    REQUIRE(told.size() == 2);
    CHECK(told[0].statement == finalize(1, "a"));
    CHECK(told[1].statement == nullify(4));
    CHECK(harness.receive(2, StatusReport{}).send_to.empty());
    harness.wait(250);
    CHECK(harness.receive(2, StatusReport{}).send_to.size() == 2);
}

TEST_CASE("a status moves a member that is behind forward, and its votes count") {
    Harness harness;
    harness.start();
    StatusReport report = report_of(harness, 5);
    report.finalization = harness.certificate(finalize(3, "a"));
    report.votes = {harness.vote(2, nullify(5)), harness.vote(1, nullify(5))};  // the second is not its own
    harness.receive(2, report);
    CHECK(harness.core->finalized() == 3);
    CHECK(harness.core->current() == 5);
    harness.receive(3, harness.vote(3, nullify(5)));
    CHECK(harness.core->current() == 5);
    harness.receive(1, harness.vote(1, nullify(5)));
    CHECK(harness.core->current() == 6);
}

TEST_CASE("a vote to skip a view long over is answered with its certificate") {
    Harness harness;
    harness.start();
    harness.receive(1, harness.certificate(notarize(1, "a")));
    CHECK(harness.receive(2, harness.vote(2, nullify(1))).send_to.empty());  // it crossed the certificate
    harness.wait(500);
    const auto told = Harness::told<Certificate>(harness.receive(2, harness.vote(2, nullify(1))), 2);
    REQUIRE(told.size() == 1);
    CHECK(told[0].statement == notarize(1, "a"));
    CHECK(harness.receive(2, harness.vote(2, nullify(1))).send_to.empty());
    harness.receive(1, harness.certificate(finalize(3, "b")));
    harness.wait(1'000);
    CHECK(Harness::told<Certificate>(harness.receive(2, harness.vote(2, nullify(1))), 2).at(0).statement ==
          finalize(3, "b"));
}

TEST_CASE("a request for certificates is answered within its limits") {
    Harness harness;
    harness.start();
    for (const View view : {2, 3, 5}) harness.receive(1, harness.certificate(nullify(view)));
    CHECK(Harness::noted(harness.receive(2, CertificateRequest{3, 2}), Note::Kind::refused));
    CHECK(Harness::noted(harness.receive(2, CertificateRequest{1, gap_max + 1}), Note::Kind::refused));
    CHECK(Harness::noted(harness.receive(2, CertificateRequest{0, ~View{0}}), Note::Kind::refused));
    CHECK(harness.last.send_to.empty());
    CHECK(Harness::told<Certificate>(harness.receive(2, CertificateRequest{1, gap_max}), 2).size() == 3);
    CHECK(harness.receive(2, CertificateRequest{3, 3}).send_to.empty());
    CHECK(Harness::told<Certificate>(harness.receive(3, CertificateRequest{3, 4}), 3).size() == 1);
}

TEST_CASE("an observer follows certificates, says nothing and asks for nothing") {
    Harness harness;
    harness.start(Memory::whole, {}, std::nullopt);
    CHECK_FALSE(harness.last.wake);
    harness.demand();
    harness.receive(1, harness.proposal(1, "a"));
    for (const MemberIndex by : {1, 2, 3}) harness.receive(by, harness.vote(by, notarize(1, "a")));
    CHECK(harness.core->current() == 2);
    CHECK(harness.receive(0, harness.certificate(finalize(1, "a"))).finalized.size() == 1);
    harness.receive(1, CertificateRequest{1, 4});
    harness.receive(2, StatusReport{});
    CHECK(harness.last.send_to.empty());
    CHECK(harness.wait(120'000).broadcast.empty());
    CHECK(harness.done(harness.core->connected(1, harness.now)).send_to.empty());
    CHECK(harness.disk.empty());
}

TEST_CASE("a committee of one orders blocks by itself") {
    Harness harness(1);
    harness.start();
    REQUIRE(harness.demand().build.size() == 1);
    const Actions led = harness.done(harness.core->built(1, Core::Built{block_named("a"), to_bytes("a")}, harness.now));
    REQUIRE(led.execute.size() == 1);
    CHECK(harness.executed(block_named("a")).finalized.size() == 1);
}

TEST_CASE("a member silent after a loss does not count for others before it passed the views of its old votes") {
    Harness harness;
    harness.start(Memory::lost);
    tell(harness, {3, 5, 4});
    REQUIRE(harness.core->current() == 5);
    const auto says = [&harness] {
        return Harness::told<StatusReport>(harness.done(harness.core->connected(1, harness.now)), 1).at(0).memory;
    };
    CHECK(says() == Memory::lost);
    harness.start();
    CHECK(says() == Memory::lost);
    harness.receive(1, harness.certificate(nullify(5)));
    CHECK(says() == Memory::whole);
    CHECK(harness.core->silent());
}

TEST_CASE("a status is read no further than to the first signature that does not hold") {
    Harness harness;
    harness.start();
    harness.receive(1, harness.vote(1, notarize(3, "a")));
    StatusReport report = report_of(harness, 1);
    for (std::size_t i = 0; i < status_votes_max; ++i) {
        Vote vote = harness.vote(1, notarize(3, "block " + std::to_string(i)));
        vote.by.signature.bytes[0] ^= 1;
        report.votes.push_back(vote);
    }
    const Actions heard = harness.receive(1, report);
    CHECK(heard.notes.size() == 1);
    CHECK(Harness::noted(heard, Note::Kind::refused));
}

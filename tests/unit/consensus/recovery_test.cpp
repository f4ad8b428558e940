// Restarts, lost journals, and what peers are told. The core is member 0 of four; it leads views 4, 8, …
#include "consensus/journal.hpp"
#include "tests/unit/consensus/lab.hpp"

using namespace xinlian;
using namespace xinlian::consensus;

namespace {

StatusReport report_of(const Lab& lab, View current) {
    StatusReport report;
    report.current = current;
    if (current > 1) report.entry = lab.certificate(nullify(current - 1));
    return report;
}

// A core that lost its journal while the others are in these views; member 1 first.
Actions tell(Lab& lab, std::initializer_list<View> views) {
    MemberIndex by = 1;
    for (const View view : views) lab.receive(by++, report_of(lab, view));
    return lab.last;
}

}  // namespace

TEST_CASE("after a restart the journaled proposal goes out again, byte for byte, and no block is built") {
    Lab lab;
    lab.start();
    lab.receive(1, lab.certificate(notarize(3, "p")));
    lab.demand();
    const Actions led = lab.done(lab.core->built(4, Core::Built{block_named("mine"), to_bytes("mine")}, lab.now));
    const Proposal before = Lab::sent<Proposal>(led).at(0);
    const Actions again = lab.start();
    CHECK(lab.core->current() == 4);
    REQUIRE(Lab::sent<Proposal>(again).size() == 1);
    CHECK(Lab::sent<Proposal>(again)[0] == before);
    CHECK(again.persist.empty());
    CHECK(lab.demand().build.empty());
    const Actions linked = lab.done(lab.core->connected(2, lab.now));
    CHECK(Lab::told<Proposal>(linked, 2).at(0) == before);
    const auto status = Lab::told<StatusReport>(linked, 2);
    REQUIRE(status.size() == 1);
    REQUIRE(status[0].votes.size() == 1);
    CHECK(status[0].votes[0] == Lab::sent<Vote>(led).at(0));
}

TEST_CASE("after a restart an own vote counts, and its contrary is not cast") {
    Lab lab;
    lab.start();
    lab.demand();
    REQUIRE(Lab::voted(lab.wait(1'000), nullify(1)));
    lab.start();
    CHECK(lab.receive(1, lab.proposal(1, "a")).check.empty());
    lab.receive(2, lab.vote(2, nullify(1)));
    lab.receive(3, lab.vote(3, nullify(1)));
    CHECK(lab.core->current() == 2);  // two others and the own one
    lab.receive(1, lab.certificate(notarize(1, "a")));
    CHECK(lab.executed(block_named("a")).broadcast.empty());
}

TEST_CASE("after a restart a finalized view is not nullified") {
    Lab lab;
    lab.start();
    lab.receive(1, lab.certificate(notarize(1, "a")));
    REQUIRE(Lab::voted(lab.executed(block_named("a")), finalize(1, "a")));
    // Only the vote survives, as if the certificate's record had been dropped.
    std::erase_if(lab.disk, [](const Persist& record) { return std::holds_alternative<SeenCertificate>(record); });
    lab.start();
    REQUIRE(lab.core->current() == 1);
    lab.demand();
    CHECK_FALSE(Lab::voted(lab.wait(60'000), nullify(1)));
}

TEST_CASE("after a restart the unfinal tail is executed again and its finalize vote is the stored one") {
    Lab lab;
    lab.start();
    lab.receive(1, lab.certificate(notarize(1, "a")));
    lab.executed(block_named("a"));
    const Actions again = lab.start();
    REQUIRE(again.execute.size() == 1);
    CHECK(again.execute[0].block == block_named("a"));
    CHECK(lab.executed(block_named("a")).persist.empty());
    lab.receive(2, lab.vote(2, finalize(1, "a")));
    CHECK(lab.receive(3, lab.vote(3, finalize(1, "a"))).finalized.size() == 1);
}

TEST_CASE("a restart stands on the chain's tip and passes over what is older") {
    Lab lab;
    lab.start();
    lab.demand();
    lab.wait(1'000);
    lab.start(Memory::whole, lab.certificate(finalize(5, "tip")));
    CHECK(lab.core->finalized() == 5);
    CHECK(lab.core->current() == 6);
    CHECK(lab.last.finalized.empty());
    CHECK_FALSE(lab.core->halted());
}

TEST_CASE("a finalization in the journal that the chain lacks is handed out at the start") {
    Lab lab;
    lab.disk = {SeenCertificate{lab.certificate(finalize(5, "a"))}};
    CHECK(lab.start().finalized.size() == 1);
    CHECK(lab.core->current() == 6);
}

TEST_CASE("a journal that contradicts itself or is somebody else's halts the node") {
    Lab lab;
    SECTION("two notarize votes") {
        lab.disk = {OwnVote{lab.vote(0, notarize(1, "a"))}, OwnVote{lab.vote(0, notarize(1, "b"))}};
    }
    SECTION("nullify and finalize") {
        lab.disk = {OwnVote{lab.vote(0, nullify(1))}, OwnVote{lab.vote(0, finalize(1, "a"))}};
    }
    SECTION("another member's vote") { lab.disk = {OwnVote{lab.vote(1, nullify(1))}}; }
    SECTION("a wrong signature") {
        Vote vote = lab.vote(0, nullify(1));
        vote.statement.view = 2;
        lab.disk = {OwnVote{vote}};
    }
    SECTION("a certificate of too few") { lab.disk = {SeenCertificate{lab.certificate(nullify(1), 2)}}; }
    lab.start();
    CHECK(lab.core->halted());
    CHECK(lab.demand().broadcast.empty());
}

TEST_CASE("a tip that no quorum finalized halts the node") {
    Lab lab;
    SECTION("too few") { lab.start(Memory::whole, lab.certificate(finalize(5, "a"), 2)); }
    SECTION("a notarization") { lab.start(Memory::whole, lab.certificate(notarize(5, "a"))); }
    CHECK(lab.core->halted());
}

TEST_CASE("who lost its journal is silent until one view above all that 2f+1 others prove") {
    Lab lab;
    lab.start(Memory::lost);
    CHECK(lab.core->silent());
    lab.demand();
    CHECK(Lab::sent<Vote>(lab.wait(20'000)).empty());
    CHECK(Lab::sent<StatusReport>(lab.last).at(0).memory == Memory::lost);
    tell(lab, {3, 5});
    CHECK(std::get<SilentThrough>(lab.disk.back()).view == ~View{0});  // two are too few
    lab.receive(3, report_of(lab, 4));
    REQUIRE(lab.disk.size() == 2);
    CHECK(std::get<SilentThrough>(lab.disk.back()).view == 6);
    CHECK(Lab::sent<Vote>(lab.wait(20'000)).empty());
    lab.enter(6);
    CHECK(Lab::sent<Vote>(lab.wait(20'000)).empty());
    lab.receive(1, lab.certificate(notarize(6, "a")));
    CHECK(lab.executed(block_named("a")).broadcast.empty());  // no finalize vote there either
    REQUIRE(lab.core->current() == 7);
    CHECK_FALSE(lab.core->silent());
    CHECK(Lab::voted(lab.wait(20'000), nullify(7)));
}

TEST_CASE("claims without proof, from amnesiacs or twice from one member do not end the silence") {
    Lab lab;
    lab.start(Memory::lost);
    tell(lab, {3, 3});
    StatusReport report = report_of(lab, 3);
    SECTION("no proof") { report.entry.reset(); }
    SECTION("proof of another view") { report.entry = lab.certificate(nullify(1)); }
    SECTION("a proof of too few") {
        report.current = 9;
        report.entry = lab.certificate(nullify(8), 2);
    }
    SECTION("an amnesiac") { report.memory = Memory::lost; }
    lab.receive(3, report);
    lab.receive(1, report_of(lab, 3));
    CHECK(lab.disk.size() == 1);
    lab.receive(3, report_of(lab, 3));
    CHECK(lab.disk.size() == 2);
}

TEST_CASE("the silence outlasts restarts, before and after the others were heard") {
    Lab lab;
    lab.start(Memory::lost);
    lab.start(Memory::whole);  // nobody says it again
    CHECK(lab.core->silent());
    lab.demand();
    CHECK(Lab::sent<Vote>(lab.wait(20'000)).empty());
    tell(lab, {3, 3, 3});
    lab.start(Memory::whole);
    lab.enter(4);
    CHECK(lab.core->silent());
    lab.demand();
    CHECK(Lab::sent<Vote>(lab.wait(20'000)).empty());
    lab.enter(5);
    CHECK(Lab::voted(lab.wait(20'000), nullify(5)));
}

TEST_CASE("at a first start nobody votes before a quorum, itself included, was seen in view 1 with no certificate") {
    Lab lab;
    lab.start(Memory::fresh);
    CHECK(lab.core->silent());
    lab.demand();
    CHECK(Lab::sent<Vote>(lab.wait(20'000)).empty());
    CHECK(Lab::sent<StatusReport>(lab.last).at(0).memory == Memory::fresh);
    StatusReport unmoved;
    unmoved.memory = Memory::fresh;
    lab.receive(2, unmoved);
    lab.receive(2, unmoved);  // twice from one is once
    CHECK(lab.core->silent());
    SECTION("another that lost its journal says nothing about view 1") {
        unmoved.memory = Memory::lost;
        lab.receive(3, unmoved);
        CHECK(lab.core->silent());
        CHECK(Lab::sent<Vote>(lab.wait(20'000)).empty());
    }
    SECTION("a restart before the first vote is a first start again") {
        CHECK(lab.disk.empty());
        lab.start(Memory::fresh);
        lab.receive(3, unmoved);
        CHECK(lab.core->silent());
    }
    SECTION("one that has memory and did not move counts as well") {
        unmoved.memory = Memory::whole;
        lab.receive(3, unmoved);
        CHECK_FALSE(lab.core->silent());
        CHECK(Lab::voted(lab.wait(20'000), nullify(1)));
    }
}

TEST_CASE("answers from view 1 do not make a first start look like a lost journal, however many are needed") {
    Lab lab(6);  // a quorum is five: four others, while three would do after a lost journal
    lab.start(Memory::fresh);
    lab.demand();
    for (const MemberIndex other : {1, 2, 3}) lab.receive(other, StatusReport{});
    CHECK(lab.disk.empty());
    CHECK(lab.core->silent());
    lab.receive(4, StatusReport{});
    CHECK_FALSE(lab.core->silent());
    CHECK(Lab::voted(lab.wait(20'000), nullify(1)));
}

TEST_CASE("a machine that lost everything is not taken for a first start once the others have moved") {
    Lab lab;
    lab.start(Memory::fresh);
    lab.demand();
    lab.receive(2, report_of(lab, 4));
    lab.receive(3, report_of(lab, 5));
    CHECK(lab.disk.size() == 1);
    lab.receive(1, StatusReport{});  // one that never took part
    REQUIRE(lab.disk.size() == 2);
    CHECK(std::get<SilentThrough>(lab.disk.front()).view == ~View{0});  // from the first certificate on
    CHECK(std::get<SilentThrough>(lab.disk.back()).view == 6);
    CHECK(lab.core->silent());
    lab.start(Memory::whole);
    lab.demand();
    lab.enter(6);
    CHECK(Lab::sent<Vote>(lab.wait(20'000)).empty());
    lab.enter(7);
    CHECK(Lab::voted(lab.wait(20'000), nullify(7)));
}

TEST_CASE("a first start that meets a certificate is none, and a restart does not forget it") {
    Lab lab;
    lab.start(Memory::fresh);
    lab.receive(1, StatusReport{});
    lab.receive(3, lab.certificate(nullify(1)));
    REQUIRE(lab.disk.size() == 1);
    CHECK(std::get<SilentThrough>(lab.disk.back()).view == ~View{0});
    lab.receive(2, StatusReport{});
    CHECK(lab.core->silent());
    lab.start(Memory::whole);
    CHECK(lab.core->silent());
}

TEST_CASE("a federation of one has nobody to ask and votes at its first start") {
    Lab lab(1);
    lab.start(Memory::fresh);
    CHECK_FALSE(lab.core->silent());
}

TEST_CASE("an amnesiac is told where the others are, even if it is not behind") {
    Lab lab;
    lab.start();
    StatusReport asks;
    CHECK(lab.receive(2, asks).send_to.empty());
    asks.memory = Memory::lost;
    CHECK(Lab::told<StatusReport>(lab.receive(2, asks), 2).size() == 1);
    CHECK(lab.receive(2, asks).send_to.empty());  // not for every asking
}

TEST_CASE("a peer that is behind gets proofs, at a limited rate") {
    Lab lab;
    lab.start();
    lab.receive(1, lab.certificate(finalize(1, "a")));
    lab.enter(5);
    const Actions answer = lab.receive(2, StatusReport{});
    const auto told = Lab::told<Certificate>(answer, 2);
    REQUIRE(told.size() == 2);
    CHECK(told[0].statement == finalize(1, "a"));
    CHECK(told[1].statement == nullify(4));
    CHECK(lab.receive(2, StatusReport{}).send_to.empty());
    lab.wait(250);
    CHECK(lab.receive(2, StatusReport{}).send_to.size() == 2);
}

TEST_CASE("a status brings a laggard forward, and its votes count") {
    Lab lab;
    lab.start();
    StatusReport report = report_of(lab, 5);
    report.finalization = lab.certificate(finalize(3, "a"));
    report.votes = {lab.vote(2, nullify(5)), lab.vote(1, nullify(5))};  // the second is not its own
    lab.receive(2, report);
    CHECK(lab.core->finalized() == 3);
    CHECK(lab.core->current() == 5);
    lab.receive(3, lab.vote(3, nullify(5)));
    CHECK(lab.core->current() == 5);
    lab.receive(1, lab.vote(1, nullify(5)));
    CHECK(lab.core->current() == 6);
}

TEST_CASE("a vote to skip a view long over is answered with its certificate") {
    Lab lab;
    lab.start();
    lab.receive(1, lab.certificate(notarize(1, "a")));
    CHECK(lab.receive(2, lab.vote(2, nullify(1))).send_to.empty());  // it crossed the certificate
    lab.wait(500);
    const auto told = Lab::told<Certificate>(lab.receive(2, lab.vote(2, nullify(1))), 2);
    REQUIRE(told.size() == 1);
    CHECK(told[0].statement == notarize(1, "a"));
    CHECK(lab.receive(2, lab.vote(2, nullify(1))).send_to.empty());
    lab.receive(1, lab.certificate(finalize(3, "b")));
    lab.wait(1'000);
    CHECK(Lab::told<Certificate>(lab.receive(2, lab.vote(2, nullify(1))), 2).at(0).statement == finalize(3, "b"));
}

TEST_CASE("a request for certificates is answered within its limits") {
    Lab lab;
    lab.start();
    for (const View view : {2, 3, 5}) lab.receive(1, lab.certificate(nullify(view)));
    CHECK(Lab::noted(lab.receive(2, CertificateRequest{3, 2}), Note::Kind::refused));
    CHECK(Lab::noted(lab.receive(2, CertificateRequest{1, gap_max + 1}), Note::Kind::refused));
    CHECK(Lab::noted(lab.receive(2, CertificateRequest{0, ~View{0}}), Note::Kind::refused));
    CHECK(lab.last.send_to.empty());
    CHECK(Lab::told<Certificate>(lab.receive(2, CertificateRequest{1, gap_max}), 2).size() == 3);
    CHECK(lab.receive(2, CertificateRequest{3, 3}).send_to.empty());
    CHECK(Lab::told<Certificate>(lab.receive(3, CertificateRequest{3, 4}), 3).size() == 1);
}

TEST_CASE("an observer follows certificates, says nothing and asks for nothing") {
    Lab lab;
    lab.start(Memory::whole, {}, std::nullopt);
    CHECK_FALSE(lab.last.wake);
    lab.demand();
    lab.receive(1, lab.proposal(1, "a"));
    for (const MemberIndex by : {1, 2, 3}) lab.receive(by, lab.vote(by, notarize(1, "a")));
    CHECK(lab.core->current() == 2);
    CHECK(lab.receive(0, lab.certificate(finalize(1, "a"))).finalized.size() == 1);
    lab.receive(1, CertificateRequest{1, 4});
    lab.receive(2, StatusReport{});
    CHECK(lab.last.send_to.empty());
    CHECK(lab.wait(120'000).broadcast.empty());
    CHECK(lab.done(lab.core->connected(1, lab.now)).send_to.empty());
    CHECK(lab.disk.empty());
}

TEST_CASE("a committee of one orders blocks by itself") {
    Lab lab(1);
    lab.start();
    REQUIRE(lab.demand().build.size() == 1);
    const Actions led = lab.done(lab.core->built(1, Core::Built{block_named("a"), to_bytes("a")}, lab.now));
    REQUIRE(led.execute.size() == 1);
    CHECK(lab.executed(block_named("a")).finalized.size() == 1);
}

TEST_CASE("who is silent after a lost journal does not count for others before it is where its old votes may be") {
    Lab lab;
    lab.start(Memory::lost);
    tell(lab, {3, 5, 4});
    REQUIRE(lab.core->current() == 5);
    const auto says = [&lab] {
        return Lab::told<StatusReport>(lab.done(lab.core->connected(1, lab.now)), 1).at(0).memory;
    };
    CHECK(says() == Memory::lost);
    lab.start();
    CHECK(says() == Memory::lost);
    lab.receive(1, lab.certificate(nullify(5)));
    CHECK(says() == Memory::whole);
    CHECK(lab.core->silent());
}

TEST_CASE("a status is read no further than to the first signature that does not hold") {
    Lab lab;
    lab.start();
    lab.receive(1, lab.vote(1, notarize(3, "a")));
    StatusReport report = report_of(lab, 1);
    for (std::size_t i = 0; i < status_votes_max; ++i) {
        Vote vote = lab.vote(1, notarize(3, "block " + std::to_string(i)));
        vote.by.signature.bytes[0] ^= 1;
        report.votes.push_back(vote);
    }
    const Actions heard = lab.receive(1, report);
    CHECK(heard.notes.size() == 1);
    CHECK(Lab::noted(heard, Note::Kind::refused));
}

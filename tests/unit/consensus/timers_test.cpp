// Demand, timers, silence and retries. The core is member 0 of four; it leads views 4, 8, …
#include "tests/unit/consensus/lab.hpp"

using namespace xinlian;
using namespace xinlian::consensus;

TEST_CASE("without demand nothing is sent, and the only alarm is the heartbeat") {
    Lab lab;
    const Actions started = lab.start();
    CHECK(started.wake == Time{61'000});
    CHECK(lab.wait(59'000).broadcast.empty());
    CHECK(lab.last.wake == Time{61'000});
}

TEST_CASE("with demand a view is nullified when its time is over, not before, and only once") {
    Lab lab;
    lab.start();
    CHECK(lab.demand().wake == Time{2'000});
    CHECK(lab.wait(999).broadcast.empty());
    const Actions late = lab.wait(1);
    CHECK(Lab::voted(late, nullify(1)));
    CHECK(Lab::noted(late, Note::Kind::timed_out));
    REQUIRE(late.wake);
    CHECK(*late.wake > lab.now);
    CHECK(Lab::sent<Vote>(lab.wait(1)).empty());
}

TEST_CASE("demand that goes away disarms the timer") {
    Lab lab;
    lab.start();
    lab.demand();
    CHECK(lab.demand(false).wake == Time{61'000});
    CHECK(lab.wait(5'000).broadcast.empty());
}

TEST_CASE("the time of a view grows with nullified views up to its limit and starts anew with finality") {
    Lab lab;
    lab.timing.view_timeout_max = {3'000};
    lab.start();
    lab.demand();
    const auto waits = [&](View view) {
        lab.receive(1, lab.certificate(nullify(view)));
        std::uint64_t ms = 0;
        while (!Lab::voted(lab.wait(10), nullify(view + 1))) ms += 10;
        return ms + 10;
    };
    CHECK(waits(1) == 1'510);  // a millisecond is added, so that short times grow too
    CHECK(waits(2) >= 2'250);
    CHECK(waits(4) == 3'000);  // a silent leader would be skipped; nobody is heard here
    lab.receive(1, lab.certificate(finalize(6, "a")));
    std::uint64_t ms = 0;
    while (!Lab::voted(lab.wait(10), nullify(7))) ms += 10;
    CHECK(ms + 10 == 1'000);
}

TEST_CASE("views have the time that the federation gives them, also above the limit to which they grow") {
    Lab lab;
    lab.timing.view_timeout = {30'000};
    lab.start();
    lab.demand();
    CHECK_FALSE(Lab::voted(lab.wait(29'990), nullify(1)));
    CHECK(Lab::voted(lab.wait(10), nullify(1)));
    lab.receive(1, lab.certificate(nullify(1)));
    CHECK_FALSE(Lab::voted(lab.wait(29'990), nullify(2)));
    CHECK(Lab::voted(lab.wait(10), nullify(2)));
}

TEST_CASE("the time of a view grows with notarized views that are not final, beyond the usual two") {
    Lab lab;
    lab.start();
    lab.demand();
    const auto waits = [&](View view) {
        lab.receive(1, lab.certificate(notarize(view, std::to_string(view))));
        std::uint64_t ms = 0;
        while (!Lab::voted(lab.wait(10), nullify(view + 1))) ms += 10;
        return ms + 10;
    };
    CHECK(waits(1) == 1'000);
    CHECK(waits(2) == 1'000);
    CHECK(waits(4) == 1'510);
    CHECK(waits(5) >= 2'250);
    lab.receive(1, lab.certificate(finalize(6, "final")));
    CHECK(waits(7) == 1'000);
}

TEST_CASE("one member cannot start the clock of others, f+1 can, and none of them votes for another") {
    Lab lab;
    lab.start();
    lab.receive(2, lab.vote(2, nullify(1)));
    CHECK(lab.wait(5'000).broadcast.empty());
    Vote forged = lab.vote(3, nullify(1));
    forged.by.signature.bytes[0] ^= 1;
    lab.receive(3, forged);
    CHECK(lab.wait(5'000).broadcast.empty());
    CHECK(lab.receive(3, lab.vote(3, nullify(1))).broadcast.empty());
    CHECK(lab.wait(999).broadcast.empty());
    CHECK(Lab::voted(lab.wait(1), nullify(1)));
}

TEST_CASE("a leader that gives up its own view is followed at once") {
    Lab lab;
    lab.start();
    Vote forged = lab.vote(1, nullify(1));
    forged.by.signature.bytes[0] ^= 1;
    CHECK(lab.receive(1, forged).broadcast.empty());
    CHECK(Lab::voted(lab.receive(1, lab.vote(1, nullify(1))), nullify(1)));
}

TEST_CASE("a heartbeat is due a minute after the last finality: the leader builds, the others expect it") {
    Lab lab;
    lab.start();
    lab.receive(1, lab.certificate(finalize(3, "a")));
    CHECK(lab.wait(59'999).build.empty());
    CHECK(lab.wait(1).build.size() == 1);
    CHECK(Lab::voted(lab.wait(1'000), nullify(4)));
}

TEST_CASE("an unfinal block is no demand while it is young, and is one when it grows old") {
    Lab lab;
    lab.start();
    const Actions notarized = lab.receive(1, lab.certificate(notarize(3, "a")));
    CHECK(notarized.wake == Time{1'250});
    CHECK(notarized.build.empty());
    CHECK(lab.wait(249).build.empty());
    CHECK(lab.wait(1).build.size() == 1);
}

TEST_CASE("a stuck view sends its stored vote and what opened the view again and again, the same bytes") {
    Lab lab;
    lab.start();
    lab.receive(1, lab.certificate(nullify(1)));
    lab.demand();
    const Actions voted = lab.wait(1'501);
    REQUIRE(Lab::voted(voted, nullify(2)));
    for (int i = 0; i < 3; ++i) {
        const Actions again = lab.wait(1'000);
        REQUIRE(Lab::sent<Vote>(again).size() == 1);
        CHECK(Lab::sent<Vote>(again)[0] == Lab::sent<Vote>(voted)[0]);
        CHECK(Lab::sent<Certificate>(again).size() == 1);
        CHECK(again.persist.empty());
    }
    lab.demand(false);
    CHECK(lab.wait(5'000).broadcast.empty());
}

TEST_CASE("with demand a status goes out every interval") {
    Lab lab;
    lab.start();
    lab.demand();
    CHECK(Lab::sent<StatusReport>(lab.wait(999)).empty());
    CHECK(Lab::sent<StatusReport>(lab.wait(1)).size() == 1);
    CHECK(Lab::sent<StatusReport>(lab.wait(1'000)).size() == 1);
}

TEST_CASE("a leader silent for long is skipped at once while a quorum of others talks") {
    Lab lab;
    lab.start();
    lab.demand();
    // Members 1 and 3 talk for four seconds; 2, who leads view 2, is dead.
    for (int i = 0; i < 40; ++i) {
        lab.wait(100);
        for (const MemberIndex by : {1, 3}) lab.receive(by, StatusReport{});
    }
    CHECK(Lab::voted(lab.receive(1, lab.certificate(nullify(1))), nullify(2)));
}

TEST_CASE("nobody is skipped for silence when the others are silent too, or right after a pause") {
    Lab lab;
    lab.start();
    lab.demand();
    SECTION("only one talks") {
        for (int i = 0; i < 40; ++i) {
            lab.wait(100);
            lab.receive(1, StatusReport{});
        }
    }
    SECTION("all were idle") {
        lab.wait(30'000);
        for (const MemberIndex by : {1, 3}) lab.receive(by, StatusReport{});
    }
    SECTION("the leader was heard") {
        for (int i = 0; i < 40; ++i) {
            lab.wait(100);
            for (const MemberIndex by : {1, 2, 3}) lab.receive(by, StatusReport{});
        }
    }
    CHECK_FALSE(Lab::voted(lab.receive(1, lab.certificate(nullify(1))), nullify(2)));
}

TEST_CASE("a proposal that is there already keeps a silent leader's view alive") {
    Lab lab;
    lab.start();
    lab.receive(2, lab.proposal(2, "a"));  // brings the core to view 2; nothing is unfinal, so no clock runs yet
    REQUIRE(lab.core->current() == 2);
    for (int i = 0; i < 40; ++i) {
        lab.wait(100);
        for (const MemberIndex by : {1, 3}) lab.receive(by, StatusReport{});
    }
    CHECK_FALSE(Lab::voted(lab.demand(), nullify(2)));
    CHECK_FALSE(Lab::voted(lab.wait(1'500), nullify(2)));
    CHECK(Lab::voted(lab.wait(1), nullify(2)));  // the time of the second view in a row
}

// Tests demand, timers, silence and retries. The core is member 0 of four; it leads views 4, 8, …
#include "tests/unit/consensus/harness.hpp"

using namespace xinlian;
using namespace xinlian::consensus;

TEST_CASE("without demand nothing is sent, and the only alarm is the heartbeat") {
    Harness harness;
    const Actions started = harness.start();
    CHECK(started.wake == Time{61'000});
    CHECK(harness.wait(59'000).broadcast.empty());
    CHECK(harness.last.wake == Time{61'000});
}

TEST_CASE("with demand a view is nullified when its time is over, not before, and only once") {
    Harness harness;
    harness.start();
    CHECK(harness.demand().wake == Time{2'000});
    CHECK(harness.wait(999).broadcast.empty());
    const Actions late = harness.wait(1);
    CHECK(Harness::voted(late, nullify(1)));
    CHECK(Harness::noted(late, Note::Kind::timed_out));
    REQUIRE(late.wake);
    CHECK(*late.wake > harness.now);
    CHECK(Harness::sent<Vote>(harness.wait(1)).empty());
}

TEST_CASE("demand that goes away disarms the timer") {
    Harness harness;
    harness.start();
    harness.demand();
    CHECK(harness.demand(false).wake == Time{61'000});
    CHECK(harness.wait(5'000).broadcast.empty());
}

TEST_CASE("the time of a view grows with nullified views up to its limit and starts anew with finality") {
    Harness harness;
    harness.timing.view_timeout_max = {3'000};
    harness.start();
    harness.demand();
    const auto waits = [&](View view) {
        harness.receive(1, harness.certificate(nullify(view)));
        std::uint64_t ms = 0;
        while (!Harness::voted(harness.wait(10), nullify(view + 1))) ms += 10;
        return ms + 10;
    };
    CHECK(waits(1) == 1'510);  // a millisecond is added, so that short times grow too
    CHECK(waits(2) >= 2'250);
    CHECK(waits(4) == 3'000);  // a silent leader would be skipped; no member is heard here
    harness.receive(1, harness.certificate(finalize(6, "a")));
    std::uint64_t ms = 0;
    while (!Harness::voted(harness.wait(10), nullify(7))) ms += 10;
    CHECK(ms + 10 == 1'000);
}

TEST_CASE("views have the time that the federation gives them, also above the limit to which they grow") {
    Harness harness;
    harness.timing.view_timeout = {30'000};
    harness.start();
    harness.demand();
    CHECK_FALSE(Harness::voted(harness.wait(29'990), nullify(1)));
    CHECK(Harness::voted(harness.wait(10), nullify(1)));
    harness.receive(1, harness.certificate(nullify(1)));
    CHECK_FALSE(Harness::voted(harness.wait(29'990), nullify(2)));
    CHECK(Harness::voted(harness.wait(10), nullify(2)));
}

TEST_CASE("the time of a view grows with notarized views that are not final, beyond the usual two") {
    Harness harness;
    harness.start();
    harness.demand();
    const auto waits = [&](View view) {
        harness.receive(1, harness.certificate(notarize(view, std::to_string(view))));
        std::uint64_t ms = 0;
        while (!Harness::voted(harness.wait(10), nullify(view + 1))) ms += 10;
        return ms + 10;
    };
    CHECK(waits(1) == 1'000);
    CHECK(waits(2) == 1'000);
    CHECK(waits(4) == 1'510);
    CHECK(waits(5) >= 2'250);
    harness.receive(1, harness.certificate(finalize(6, "final")));
    CHECK(waits(7) == 1'000);
}

TEST_CASE("one member cannot start the clock of others, f+1 can, and none of them votes for another") {
    Harness harness;
    harness.start();
    harness.receive(2, harness.vote(2, nullify(1)));
    CHECK(harness.wait(5'000).broadcast.empty());
    Vote forged = harness.vote(3, nullify(1));
    forged.by.signature.bytes[0] ^= 1;
    harness.receive(3, forged);
    CHECK(harness.wait(5'000).broadcast.empty());
    CHECK(harness.receive(3, harness.vote(3, nullify(1))).broadcast.empty());
    CHECK(harness.wait(999).broadcast.empty());
    CHECK(Harness::voted(harness.wait(1), nullify(1)));
}

TEST_CASE("a leader that gives up its own view is followed at once") {
    Harness harness;
    harness.start();
    Vote forged = harness.vote(1, nullify(1));
    forged.by.signature.bytes[0] ^= 1;
    CHECK(harness.receive(1, forged).broadcast.empty());
    CHECK(Harness::voted(harness.receive(1, harness.vote(1, nullify(1))), nullify(1)));
}

TEST_CASE("a heartbeat is due a minute after the last finality: the leader builds, the others expect it") {
    Harness harness;
    harness.start();
    harness.receive(1, harness.certificate(finalize(3, "a")));
    CHECK(harness.wait(59'999).build.empty());
    CHECK(harness.wait(1).build.size() == 1);
    CHECK(Harness::voted(harness.wait(1'000), nullify(4)));
}

TEST_CASE("an unfinal block is no demand while it is young, and is one when it grows old") {
    Harness harness;
    harness.start();
    const Actions notarized = harness.receive(1, harness.certificate(notarize(3, "a")));
    CHECK(notarized.wake == Time{1'250});
    CHECK(notarized.build.empty());
    CHECK(harness.wait(249).build.empty());
    CHECK(harness.wait(1).build.size() == 1);
}

TEST_CASE("a stuck view sends its stored vote and what opened the view again and again, the same bytes") {
    Harness harness;
    harness.start();
    harness.receive(1, harness.certificate(nullify(1)));
    harness.demand();
    const Actions voted = harness.wait(1'501);
    REQUIRE(Harness::voted(voted, nullify(2)));
    for (int i = 0; i < 3; ++i) {
        const Actions again = harness.wait(1'000);
        REQUIRE(Harness::sent<Vote>(again).size() == 1);
        CHECK(Harness::sent<Vote>(again)[0] == Harness::sent<Vote>(voted)[0]);
        CHECK(Harness::sent<Certificate>(again).size() == 1);
        CHECK(again.persist.empty());
    }
    harness.demand(false);
    CHECK(harness.wait(5'000).broadcast.empty());
}

TEST_CASE("with demand a status goes out every interval") {
    Harness harness;
    harness.start();
    harness.demand();
    CHECK(Harness::sent<StatusReport>(harness.wait(999)).empty());
    CHECK(Harness::sent<StatusReport>(harness.wait(1)).size() == 1);
    CHECK(Harness::sent<StatusReport>(harness.wait(1'000)).size() == 1);
}

TEST_CASE("a leader silent for long is skipped at once while a quorum of others talks") {
    Harness harness;
    harness.start();
    harness.demand();
    // Members 1 and 3 send for four seconds; member 2, which leads view 2, is down.
    for (int i = 0; i < 40; ++i) {
        harness.wait(100);
        for (const MemberIndex by : {1, 3}) harness.receive(by, StatusReport{});
    }
    CHECK(Harness::voted(harness.receive(1, harness.certificate(nullify(1))), nullify(2)));
}

TEST_CASE("nobody is skipped for silence when the others are silent too, or right after a pause") {
    Harness harness;
    harness.start();
    harness.demand();
    SECTION("only one talks") {
        for (int i = 0; i < 40; ++i) {
            harness.wait(100);
            harness.receive(1, StatusReport{});
        }
    }
    SECTION("all were idle") {
        harness.wait(30'000);
        for (const MemberIndex by : {1, 3}) harness.receive(by, StatusReport{});
    }
    SECTION("the leader was heard") {
        for (int i = 0; i < 40; ++i) {
            harness.wait(100);
            for (const MemberIndex by : {1, 2, 3}) harness.receive(by, StatusReport{});
        }
    }
    CHECK_FALSE(Harness::voted(harness.receive(1, harness.certificate(nullify(1))), nullify(2)));
}

TEST_CASE("a proposal that is there already keeps a silent leader's view alive") {
    Harness harness;
    harness.start();
    harness.receive(2,
                    harness.proposal(2, "a"));  // brings the core to view 2; nothing is unfinal, so no clock runs yet
    REQUIRE(harness.core->current() == 2);
    for (int i = 0; i < 40; ++i) {
        harness.wait(100);
        for (const MemberIndex by : {1, 3}) harness.receive(by, StatusReport{});
    }
    CHECK_FALSE(Harness::voted(harness.demand(), nullify(2)));
    CHECK_FALSE(Harness::voted(harness.wait(1'500), nullify(2)));
    CHECK(Harness::voted(harness.wait(1), nullify(2)));  // the time of the second view in a row
}

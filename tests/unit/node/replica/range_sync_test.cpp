// Tests how a replica that is behind requests and checks ranges of blocks.
#include "node/replica/range_sync.hpp"

#include <catch2/catch.hpp>

#include "tests/support/builders.hpp"

namespace xinlian::node {

namespace {

struct Setting {
    RangeSync sync{3};
    ConnectedPeers connected;
    RangeSync::Progress own{.tip = 10, .tip_changed = {0}, .final_above = false, .halted = false};

    Setting() {
        for (PeerIndex peer = 0; peer < 3; ++peer) connected.connect(peer);
    }
    OutgoingMessages request(std::uint64_t ms) { return sync.request_if_behind(own, connected, {ms}); }
    // The peer's range arrives and brings this many blocks.
    OutgoingMessages apply(PeerIndex peer, Height blocks, std::uint64_t ms) {
        const auto open = sync.take_request(peer);
        REQUIRE(open);
        own.tip += blocks;
        return sync.applied({peer, *open, blocks > 0}, own, connected, {ms});
    }
};

std::optional<PeerIndex> asked(const OutgoingMessages& out) {
    if (out.send.empty()) return std::nullopt;
    CHECK(out.send.size() == 1);
    CHECK(std::holds_alternative<wire::RangeRequest>(out.send[0].second));
    return out.send[0].first;
}

}  // namespace

TEST_CASE("a range is requested at once if this node is far behind, and after a while without progress if near") {
    Setting s;
    CHECK(s.request(0).send.empty());
    s.sync.on_claim(1, 11);
    const OutgoingMessages near = s.request(499);
    CHECK(near.send.empty());
    CHECK(near.wake == Time{500});
    const OutgoingMessages out = s.request(500);
    REQUIRE(asked(out) == PeerIndex{1});
    CHECK(std::get<wire::RangeRequest>(out.send[0].second).from == 11);
    CHECK(out.wake == Time{5'500});
    Setting far;
    far.sync.on_claim(2, 10 + RangeSync::far_behind);
    CHECK(asked(far.request(0)) == PeerIndex{2});
}

TEST_CASE("a finalization above the tip is reason enough to request a range") {
    Setting s;
    s.own.final_above = true;
    CHECK(!asked(s.request(499)));
    CHECK(asked(s.request(500)));
}

TEST_CASE("nothing is requested by a halted node, or of peers that are gone") {
    Setting s;
    s.sync.on_claim(1, 100);
    s.own.halted = true;
    CHECK(!asked(s.request(1'000)));
    s.own.halted = false;
    s.connected.disconnect(1);
    CHECK(!asked(s.request(1'000)));
    s.connected.connect(1);
    CHECK(asked(s.request(1'000)) == PeerIndex{1});
}

TEST_CASE("one range is requested at a time, and without an answer in time another peer is asked") {
    Setting s;
    for (PeerIndex peer = 0; peer < 3; ++peer) s.sync.on_claim(peer, 100);
    REQUIRE(asked(s.request(0)) == PeerIndex{0});
    CHECK(s.request(4'999).wake == Time{5'000});
    const OutgoingMessages late = s.request(5'000);
    CHECK(!asked(late));
    CHECK(late.wake == Time{5'300});
    CHECK(s.sync.claimed(0) == 10);  // until it claims more again
    CHECK(!asked(s.request(5'299)));
    const auto next = asked(s.request(5'300));
    REQUIRE(next);
    CHECK(*next != 0);
    CHECK(s.sync.take_request(0));  // its late answer is accepted
    CHECK(!s.sync.take_request(0));
}

TEST_CASE("a range that nobody requested answers no request") {
    Setting s;
    CHECK(!s.sync.take_request(1));
}

TEST_CASE("a quick peer is asked again, a slow one is not") {
    Setting s;
    s.sync.on_claim(0, 1'000);
    REQUIRE(asked(s.request(0)) == PeerIndex{0});
    CHECK(asked(s.apply(0, 5, 999)) == PeerIndex{0});
    CHECK(s.sync.catching_up());
    const auto next = asked(s.apply(0, 5, 999 + 1'000));
    REQUIRE(next);
    CHECK(*next != 0);
}

TEST_CASE("catching up ends with a range that brings nothing new") {
    Setting s;
    s.sync.on_claim(0, 20);
    REQUIRE(asked(s.request(0)) == PeerIndex{0});
    REQUIRE(asked(s.apply(0, 10, 1)) == PeerIndex{0});
    CHECK(!asked(s.apply(0, 0, 2)));
    CHECK(!s.sync.catching_up());
    CHECK(!asked(s.request(10'000)));
}

TEST_CASE("a peer that claims more than it gives is not asked again before it claims it anew") {
    Setting s;
    s.sync.on_claim(0, 1'000);
    REQUIRE(asked(s.request(0)) == PeerIndex{0});
    const OutgoingMessages out = s.apply(0, 0, 1);
    CHECK(!asked(out));
    CHECK(out.wake == Time{301});
    CHECK(!asked(s.request(10'000)));
    s.sync.on_claim(0, 1'000);
    CHECK(asked(s.request(10'000)) == PeerIndex{0});
}

TEST_CASE("if the peer that was asked disconnects, another one is asked after a pause") {
    Setting s;
    for (PeerIndex peer = 0; peer < 3; ++peer) s.sync.on_claim(peer, 100);
    REQUIRE(asked(s.request(0)) == PeerIndex{0});
    CHECK(!s.sync.disconnected(1, 10, {1}).wake);
    s.connected.disconnect(0);
    CHECK(s.sync.disconnected(0, 10, {1}).wake == Time{301});
    CHECK(!s.sync.take_request(0));
    CHECK(asked(s.request(301)));
}

TEST_CASE("after a run that was fetched block by block ranges are requested again at once") {
    Setting s;
    s.sync.failed(0, RangeSync::deadline, 10, {0});
    CHECK(!asked(s.request(1)));
    CHECK(s.sync.run_applied({1}).wake == Time{1});
    CHECK(asked(s.request(1)));
}

TEST_CASE("claims are remembered, and whether there was any") {
    Setting s;
    CHECK(!s.sync.has_claimed(1));
    s.sync.on_claim(1, 0);
    CHECK(s.sync.has_claimed(1));
    s.sync.on_claim(1, 5);
    CHECK(s.sync.claimed(1) == 5);
}

TEST_CASE("a range is certified if its blocks are linked to the tip and a quorum finalized the last one") {
    const test::Federation federation;
    const ledger::Genesis& genesis = federation.genesis();
    test::Blocks blocks(federation);
    const ledger::ExecutedBlockPtr tip = blocks.last();
    const ledger::ExecutedBlockPtr first = blocks.block(), second = blocks.block();
    const Certificate certificate = federation.certify(*second);
    const wire::Range good{{{first->block, {}, {}}, {second->block, {}, certificate}}};
    CHECK(check_certified(genesis, *tip, good).ok());
    CHECK(check_certified(genesis, *first, good).ok());  // the first one was committed meanwhile
    wire::Range without = good;
    without.blocks[1].certificate.reset();
    CHECK(check_certified(genesis, *tip, without).error().code == Errc::invalid);
    wire::Range unlinked = good;
    unlinked.blocks.erase(unlinked.blocks.begin());
    CHECK(check_certified(genesis, *tip, unlinked).error().code == Errc::invalid);
    wire::Range forged = good;
    forged.blocks[1].certificate->signatures[0].signature = forged.blocks[1].certificate->signatures[1].signature;
    CHECK(!check_certified(genesis, *tip, forged).ok());
    wire::Range other = good;
    other.blocks[0].certificate = certificate;  // it finalizes the second block, not this one
    CHECK(check_certified(genesis, *tip, other).error().code == Errc::invalid);
    CHECK(check_final(genesis, second->id, certificate).ok());
    CHECK(!check_final(genesis, first->id, certificate).ok());
}

}  // namespace xinlian::node

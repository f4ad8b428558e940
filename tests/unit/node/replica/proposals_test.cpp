// Tests how a replica handles blocks proposed by the leader of its view: for which it votes, for which it never votes,
// and for which it waits.
#include <catch2/catch.hpp>

#include "tests/unit/node/replica/replica_federation.hpp"

namespace xinlian::node {

using test::Blocks;

namespace {

constexpr Suite suite = Suite::ed25519_sha256;

// Four replicas that hold a batch and evidence against member 1. The leader of the current view proposes `block`, with
// a valid justification and signature, to one of the others.
struct ProposedBlock {
    ProposedBlock() {
        harness.begin();
        Blocks blocks(harness.federation());
        batch = blocks.batch("310000", {test::create(suite, 1, 7)});
        REQUIRE(harness.submit(0, batch).ok());
        harness.deliver(1, 0, wire::Accusation{harness.federation().equivocation(1, 9)});
        harness.run_until(
            [&] { return harness.all_hold({batch}) && harness.node(0).chain->snapshot()->state.evidence(0, 1); });
        harness.run_ms(2'000);
        view = harness.replica(0).overview().current;
        leader = harness.genesis().committee().leader(view);
        voter = (leader + 2U) % 4;
        block.header.time = harness.clock(0).wall;
    }
    Evidence equivocation(MemberIndex member, View in) const { return harness.federation().equivocation(member, in); }
    bool voted(VoteKind kind) { return harness.node(voter).said.contains({kind, view}); }
    void gets_none() {
        harness.propose(block, voter);
        CHECK_FALSE(voted(VoteKind::notarize));
        CHECK(voted(VoteKind::nullify));
    }
    void waits_for_its_time() {
        block.header.time = block.header.time + Duration{5'000 + 600};
        harness.propose(block, voter);
        CHECK_FALSE(voted(VoteKind::notarize));
        CHECK_FALSE(voted(VoteKind::nullify));
        harness.run_ms(590);
        CHECK_FALSE(voted(VoteKind::notarize));
        harness.run_ms(20);
        CHECK(voted(VoteKind::notarize));
    }
    void gets_none_when_proposed_again() {
        const Hash early = harness.propose(block, voter);
        REQUIRE(voted(VoteKind::notarize));
        harness.deliver(leader, voter,
                        wire::Consensus{consensus::encode_message(
                            harness.federation().certify({VoteKind::nullify, 0, view, {}, {}}))});
        harness.propose(early, view + 1, block, voter);
        CHECK_FALSE(harness.node(voter).said.contains({VoteKind::notarize, view + 1}));
        CHECK(harness.node(voter).said.contains({VoteKind::nullify, view + 1}));
    }
    void asks_each_peer_for_its_batch() {
        std::set<std::size_t> asked;
        harness.filter = [&](std::size_t from, std::size_t to, const wire::Message& message) {
            if (from == voter && std::holds_alternative<wire::BatchRequest>(message)) asked.insert(to);
            return ReplicaFederation::Fate::deliver;
        };
        block.batches = {test::named(suite, "no batch", 1)};
        harness.propose(block, voter);
        CHECK_FALSE(voted(VoteKind::notarize));
        harness.sent.clear();
        harness.run_ms(1'000);
        CHECK(asked.size() == 3);
        harness.run_ms(59'000);
        CHECK(harness.sent["batch-request"] <= 220);  // one every 300 ms
        harness.filter = {};
    }

    ReplicaFederation harness;
    ledger::BatchPtr batch;
    View view = 0;
    MemberIndex leader = 0;
    std::size_t voter = 0;
    ledger::Block block;
};

}  // namespace

TEST_CASE("a block gets a vote if its batches and evidence are new to its branch and hold, and else never one") {
    ProposedBlock at;
    SECTION("with nothing wrong it gets one, so that the refusals below are for what they say") {
        at.harness.propose(at.block, at.voter);
        CHECK(at.voted(VoteKind::notarize));
    }
    SECTION("a batch decided already") {
        at.block.batches = {at.batch->id};
        at.gets_none();
    }
    SECTION("evidence that holds") {
        at.block.evidence = {at.equivocation(0, 3), at.equivocation(2, 5)};
        at.harness.propose(at.block, at.voter);
        CHECK(at.voted(VoteKind::notarize));
    }
    SECTION("evidence that does not hold") {
        at.block.evidence = {at.equivocation(2, 5)};
        at.block.evidence[0].second_signature.bytes[1] ^= 1;
        at.gets_none();
    }
    SECTION("evidence against an honest member: another one's statements under its name") {
        at.block.evidence = {at.equivocation(2, 5)};
        at.block.evidence[0].member = 3;
        at.gets_none();
    }
    SECTION("evidence against one member twice") {
        at.block.evidence = {at.equivocation(2, 5), at.equivocation(2, 6)};
        at.gets_none();
    }
    SECTION("evidence against somebody of whom the ledger holds some already") {
        at.block.evidence = {at.equivocation(1, 5)};
        at.gets_none();
    }
    SECTION("from too far in the future: it waits for its time, then gets one") { at.waits_for_its_time(); }
    SECTION(
        "a block of an earlier view, proposed again in a later one: it would be notarized for a view it is not of") {
        at.gets_none_when_proposed_again();
    }
    SECTION("with a batch that nobody has: no vote, and each peer is asked for it in turn, at a limited rate") {
        at.asks_each_peer_for_its_batch();
    }
}

TEST_CASE("a block with more bytes of batches than allowed is refused as soon as those that came are too many") {
    ReplicaFederation harness;
    harness.begin();
    harness.run_ms(2'000);
    Blocks blocks(harness.federation());
    std::vector<ledger::BatchPtr> batches;
    for (const char* issuer : {"310000", "320000", "330000", "340000"}) {
        std::vector<ledger::Entry> entries;
        for (std::uint64_t i = 0; i < 10'000; ++i)
            entries.push_back(test::create(suite, batches.size() * 10'000 + i, 7));
        batches.push_back(blocks.batch(issuer, std::move(entries)));
    }
    const View view = harness.replica(0).overview().current;
    const std::size_t voter = (harness.genesis().committee().leader(view) + 2U) % 4;
    std::size_t asked = 0;
    harness.filter = [&](std::size_t from, std::size_t, const wire::Message& message) {
        if (from != voter) return ReplicaFederation::Fate::deliver;
        if (const auto* request = std::get_if<wire::BatchRequest>(&message)) asked += request->ids.size();
        return ReplicaFederation::Fate::deliver;
    };
    ledger::Block block;
    block.header.time = harness.clock(0).wall;
    for (const auto& batch : batches) block.batches.push_back(batch->id);
    block.batches.push_back(test::named(suite, "no batch", 1));
    harness.propose(block, voter);
    CHECK(asked == 5);
    const auto refused = [&] { return harness.node(voter).said.contains({VoteKind::nullify, view}); };
    for (const auto& batch : batches) {
        CHECK_FALSE(refused());
        harness.deliver(0, voter, wire::BatchBody{batch->encoded});
    }
    CHECK(refused());
    asked = 0;
    harness.run_ms(700);
    CHECK(asked == 0);
}

}  // namespace xinlian::node

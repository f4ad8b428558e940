// What a replica thinks of blocks that the leader of its view proposes: for which it votes, for which never, and for
// which it waits.
#include <catch2/catch.hpp>

#include "tests/unit/node/replica/replica_federation.hpp"

namespace xinlian::node {

using test::Blocks;

namespace {

constexpr Suite suite = Suite::ed25519_sha256;

}  // namespace

TEST_CASE("a block gets a vote if its batches and evidence are new to its branch and hold, and else never one") {
    ReplicaFederation lab;
    lab.begin();
    Blocks blocks(lab.federation());
    const auto batch = blocks.batch("310000", {test::create(suite, 1, 7)});
    REQUIRE(lab.submit(0, batch).ok());
    lab.deliver(1, 0, wire::Accusation{lab.federation().equivocation(1, 9)});
    lab.run_until([&] { return lab.all_hold({batch}) && lab.node(0).chain->snapshot()->state.evidence(0, 1); });
    lab.run_ms(2'000);
    // The leader of the current view proposes, with a right justification and signature.
    const View view = lab.replica(0).overview().current;
    const MemberIndex leader = lab.genesis().committee().leader(view);
    const std::size_t voter = (leader + 2U) % 4;
    ledger::Block block;
    block.header.time = lab.clock(0).wall;
    const auto voted = [&](VoteKind kind) { return lab.node(voter).said.contains({kind, view}); };
    const auto gets_none = [&] {
        lab.propose(block, voter);
        CHECK_FALSE(voted(VoteKind::notarize));
        CHECK(voted(VoteKind::nullify));
    };
    SECTION("with nothing wrong it gets one, so that the refusals below are for what they say") {
        lab.propose(block, voter);
        CHECK(voted(VoteKind::notarize));
    }
    SECTION("a batch decided already") {
        block.batches = {batch->id};
        gets_none();
    }
    SECTION("evidence that holds") {
        block.evidence = {lab.federation().equivocation(0, 3), lab.federation().equivocation(2, 5)};
        lab.propose(block, voter);
        CHECK(voted(VoteKind::notarize));
    }
    SECTION("evidence that does not hold") {
        block.evidence = {lab.federation().equivocation(2, 5)};
        block.evidence[0].second_signature.bytes[1] ^= 1;
        gets_none();
    }
    SECTION("evidence against an honest member: another one's statements under its name") {
        block.evidence = {lab.federation().equivocation(2, 5)};
        block.evidence[0].member = 3;
        gets_none();
    }
    SECTION("evidence against one member twice") {
        block.evidence = {lab.federation().equivocation(2, 5), lab.federation().equivocation(2, 6)};
        gets_none();
    }
    SECTION("evidence against somebody of whom the ledger holds some already") {
        block.evidence = {lab.federation().equivocation(1, 5)};
        gets_none();
    }
    SECTION("from too far in the future: it waits for its time, then gets one") {
        block.header.time = block.header.time + Duration{5'000 + 600};
        lab.propose(block, voter);
        CHECK_FALSE(voted(VoteKind::notarize));
        CHECK_FALSE(voted(VoteKind::nullify));
        lab.run_ms(590);
        CHECK_FALSE(voted(VoteKind::notarize));
        lab.run_ms(20);
        CHECK(voted(VoteKind::notarize));
    }
    SECTION(
        "a block of an earlier view, proposed again in a later one: it would be notarized for a view it is not of") {
        const Hash early = lab.propose(block, voter);
        REQUIRE(voted(VoteKind::notarize));
        lab.deliver(
            leader, voter,
            wire::Consensus{consensus::encode_message(lab.federation().certify({VoteKind::nullify, 0, view, {}, {}}))});
        lab.propose(early, view + 1, block, voter);
        CHECK_FALSE(lab.node(voter).said.contains({VoteKind::notarize, view + 1}));
        CHECK(lab.node(voter).said.contains({VoteKind::nullify, view + 1}));
    }
    std::set<std::size_t> asked;
    SECTION("with a batch that nobody has: no vote, and each peer is asked for it in turn, at a limited rate") {
        lab.filter = [&](std::size_t from, std::size_t to, const wire::Message& message) {
            if (from == voter && std::holds_alternative<wire::BatchRequest>(message)) asked.insert(to);
            return ReplicaFederation::Fate::deliver;
        };
        block.batches = {test::named(suite, "no batch", 1)};
        lab.propose(block, voter);
        CHECK_FALSE(voted(VoteKind::notarize));
        lab.sent.clear();
        lab.run_ms(1'000);
        CHECK(asked.size() == 3);
        lab.run_ms(59'000);
        CHECK(lab.sent["batch-request"] <= 220);  // one every 300 ms
    }
}

TEST_CASE("a block with more bytes of batches than allowed is refused as soon as those that came are too many") {
    ReplicaFederation lab;
    lab.begin();
    lab.run_ms(2'000);
    Blocks blocks(lab.federation());
    std::vector<ledger::BatchPtr> batches;
    for (const char* issuer : {"310000", "320000", "330000", "340000"}) {
        std::vector<ledger::Entry> entries;
        for (std::uint64_t i = 0; i < 10'000; ++i)
            entries.push_back(test::create(suite, batches.size() * 10'000 + i, 7));
        batches.push_back(blocks.batch(issuer, std::move(entries)));
    }
    const View view = lab.replica(0).overview().current;
    const std::size_t voter = (lab.genesis().committee().leader(view) + 2U) % 4;
    std::size_t asked = 0;
    lab.filter = [&](std::size_t from, std::size_t, const wire::Message& message) {
        if (from != voter) return ReplicaFederation::Fate::deliver;
        if (const auto* request = std::get_if<wire::BatchRequest>(&message)) asked += request->ids.size();
        return ReplicaFederation::Fate::deliver;
    };
    ledger::Block block;
    block.header.time = lab.clock(0).wall;
    for (const auto& batch : batches) block.batches.push_back(batch->id);
    block.batches.push_back(test::named(suite, "no batch", 1));
    lab.propose(block, voter);
    CHECK(asked == 5);
    const auto refused = [&] { return lab.node(voter).said.contains({VoteKind::nullify, view}); };
    for (const auto& batch : batches) {
        CHECK_FALSE(refused());
        lab.deliver(0, voter, wire::BatchBody{batch->encoded});
    }
    CHECK(refused());
    asked = 0;
    lab.run_ms(700);
    CHECK(asked == 0);
}

}  // namespace xinlian::node

// What a replica thinks of blocks that the leader of its view proposes: for which it votes, for which never, and for
// which it waits.
#include <catch2/catch.hpp>

#include "tests/node/replica_federation.hpp"

namespace xinlian::node {

using test::Blocks;

namespace {

constexpr Suite suite = Suite::ed25519_sha256;

}  // namespace

TEST_CASE("a block that lists a batch decided before it gets no vote") {
    ReplicaFederation lab;
    lab.begin();
    Blocks blocks(lab.federation());
    const auto batch = blocks.batch("310000", {test::create(suite, 1, 7)});
    REQUIRE(lab.submit(0, batch).ok());
    lab.run_until([&] { return lab.all_hold({batch}); });
    lab.run_ms(2'000);
    // The leader of the current view proposes it once more, with a right justification and signature.
    const auto snapshot = lab.node(0).chain->snapshot();
    const View view = lab.replica(0).overview().current;
    const MemberIndex leader = lab.genesis().committee().leader(view);
    const std::size_t voter = (leader + 2U) % 4;
    ledger::Block block;
    block.header = {0, snapshot->tip.height + 1, view, snapshot->tip_id, leader, lab.clock(0).wall, {}};
    const auto propose = [&] {
        block.header.body_hash = ledger::body_hash(suite, block);
        const Hash id = ledger::block_id(suite, block.header);
        consensus::Proposal proposal;
        proposal.statement = {VoteKind::propose, 0, view, id, {}};
        proposal.parent_view = snapshot->tip.view;
        proposal.parent = snapshot->tip_id;
        proposal.block = encode(block);
        proposal.parent_certificate = lab.node(0).chain->block(snapshot->tip.height)->certificate;
        for (View skipped = proposal.parent_view + 1; skipped < view; ++skipped)
            proposal.gap.push_back(lab.federation().certify({VoteKind::nullify, 0, skipped, {}, {}}));
        proposal.signature =
            lab.federation().validator(leader).sign(signing_bytes(lab.genesis().chain_id(), proposal.statement));
        lab.deliver(leader, voter, wire::Consensus{consensus::encode_message(proposal)});
        return id;
    };
    const auto voted = [&](VoteKind kind) { return lab.node(voter).said.contains({kind, view}); };
    SECTION("decided already") {
        block.batches = {batch->id};
        propose();
        CHECK_FALSE(voted(VoteKind::notarize));
        CHECK(voted(VoteKind::nullify));
    }
    SECTION("the same with nothing wrong gets one, so the refusal was for that") {
        propose();
        CHECK(voted(VoteKind::notarize));
    }
    SECTION("from too far in the future: it waits for its time, then gets one") {
        block.header.time = block.header.time + Duration{5'000 + 600};
        propose();
        CHECK_FALSE(voted(VoteKind::notarize));
        CHECK_FALSE(voted(VoteKind::nullify));
        lab.run_ms(590);
        CHECK_FALSE(voted(VoteKind::notarize));
        lab.run_ms(20);
        CHECK(voted(VoteKind::notarize));
    }
    SECTION(
        "a block of an earlier view, proposed again in a later one: it would be notarized for a view it is not of") {
        const Hash early = propose();
        REQUIRE(voted(VoteKind::notarize));
        lab.deliver(
            leader, voter,
            wire::Consensus{consensus::encode_message(lab.federation().certify({VoteKind::nullify, 0, view, {}, {}}))});
        const View later = view + 1;
        const MemberIndex next_leader = lab.genesis().committee().leader(later);
        consensus::Proposal again;
        again.statement = {VoteKind::propose, 0, later, early, {}};
        again.parent_view = snapshot->tip.view;
        again.parent = snapshot->tip_id;
        again.block = encode(block);
        again.parent_certificate = lab.node(0).chain->block(snapshot->tip.height)->certificate;
        for (View skipped = again.parent_view + 1; skipped < later; ++skipped)
            again.gap.push_back(lab.federation().certify({VoteKind::nullify, 0, skipped, {}, {}}));
        again.signature =
            lab.federation().validator(next_leader).sign(signing_bytes(lab.genesis().chain_id(), again.statement));
        lab.deliver(next_leader, voter, wire::Consensus{consensus::encode_message(again)});
        CHECK_FALSE(lab.node(voter).said.contains({VoteKind::notarize, later}));
        CHECK(lab.node(voter).said.contains({VoteKind::nullify, later}));
    }
    SECTION("with a batch that nobody has: no vote, and it is asked for at a limited rate") {
        block.batches = {test::named(suite, "no batch", 1)};
        propose();
        CHECK_FALSE(voted(VoteKind::notarize));
        lab.sent.clear();
        lab.run_ms(60'000);
        CHECK(lab.sent["batch-request"] >= 2);
        CHECK(lab.sent["batch-request"] <= 220);  // one every 300 ms
    }
}

}  // namespace xinlian::node

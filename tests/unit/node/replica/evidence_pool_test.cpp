// Tests the pool of evidence that is not ordered yet.
#include "node/replica/evidence_pool.hpp"

#include <catch2/catch.hpp>

#include "tests/support/builders.hpp"

namespace xinlian::node {

namespace {

struct Setting {
    test::Federation federation;
    test::Blocks blocks{federation};
    EvidencePool pool{federation.genesis(), 0};
    const ledger::State& state() { return blocks.last()->after; }
};

}  // namespace

TEST_CASE("evidence is taken once for a member") {
    Setting s;
    CHECK(s.pool.empty());
    CHECK(s.pool.add(s.federation.equivocation(1, 5), s.state()));
    CHECK(!s.pool.add(s.federation.equivocation(1, 6, 1), s.state()));
    CHECK(s.pool.add(s.federation.equivocation(2, 5), s.state()));
    CHECK(s.pool.pending().size() == 2);
    CHECK(s.pool.is_accused(1, s.state()));
    CHECK(!s.pool.is_accused(0, s.state()));
}

TEST_CASE("evidence of a peer is checked, and without a check refused if the member is accused already") {
    Setting s;
    const Evidence good = s.federation.equivocation(1, 5);
    Evidence forged = good;
    forged.second_signature = forged.first_signature;
    REQUIRE(!s.pool.receive(forged, s.state()).ok());
    CHECK(s.pool.empty());
    CHECK(*s.pool.receive(good, s.state()));
    const auto again = s.pool.receive(forged, s.state());
    REQUIRE(again.ok());
    CHECK(!*again);
    Evidence unknown = good;
    unknown.member = 40;
    CHECK(s.pool.receive(unknown, s.state()).error().code == Errc::invalid);
}

TEST_CASE("evidence of another epoch is refused") {
    Setting s;
    Evidence evidence = s.federation.equivocation(1, 5);
    evidence.first.epoch = evidence.second.epoch = 1;
    CHECK(s.pool.check(evidence).error().code == Errc::invalid);
    CHECK(!s.pool.receive(evidence, s.state()).ok());
}

TEST_CASE("evidence from the journal is decoded and checked") {
    Setting s;
    const Bytes encoded = encode(s.federation.equivocation(1, 5));
    CHECK(*s.pool.recall(encoded, s.state()));
    CHECK(!*s.pool.recall(encoded, s.state()));
    CHECK(!s.pool.recall(ByteView(encoded).first(encoded.size() - 1), s.state()).ok());
    Evidence forged = s.federation.equivocation(2, 5);
    forged.second_signature = forged.first_signature;
    CHECK(!s.pool.recall(encode(forged), s.state()).ok());
}

TEST_CASE("a block carries what its parent's state lacks, and pruning drops what is on the ledger") {
    Setting s;
    const Evidence first = s.federation.equivocation(1, 5), second = s.federation.equivocation(2, 5);
    s.pool.add(first, s.state());
    s.pool.add(second, s.state());
    CHECK(s.pool.for_block(s.state()) == std::vector<Evidence>{first, second});
    s.blocks.block({}, {first});
    CHECK(s.pool.for_block(s.state()) == std::vector<Evidence>{second});
    CHECK(s.pool.pending().size() == 2);
    s.pool.prune(s.state());
    CHECK(s.pool.pending().size() == 1);
    CHECK(s.pool.is_accused(1, s.state()));
    CHECK(!s.pool.add(first, s.state()));
}

TEST_CASE("a block carries no more evidence than it may") {
    test::Federation federation(Suite::ed25519_sha256, 1, ledger::block_evidence_max + 1);
    test::Blocks blocks(federation);
    EvidencePool pool(federation.genesis(), 0);
    for (MemberIndex i = 0; i <= ledger::block_evidence_max; ++i)
        pool.add(federation.equivocation(i, 5), blocks.last()->after);
    CHECK(pool.pending().size() == ledger::block_evidence_max + 1);
    CHECK(pool.for_block(blocks.last()->after).size() == ledger::block_evidence_max);
}

}  // namespace xinlian::node

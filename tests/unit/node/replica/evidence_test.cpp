// Tests evidence of equivocation in whole replicas: found, kept through crashes, sent to all, ordered once, and then no
// longer sent.
#include <catch2/catch.hpp>

#include "tests/unit/node/replica/replica_federation.hpp"

namespace xinlian::node {

using test::Blocks;
using Fate = ReplicaFederation::Fate;

namespace {

constexpr Suite suite = Suite::ed25519_sha256;

// The members that every running node's final state holds evidence against.
std::set<MemberIndex> accused_on(ReplicaFederation& harness, std::size_t node) {
    std::set<MemberIndex> members;
    const auto snapshot = harness.node(node).chain->snapshot();
    for (MemberIndex member = 0; member < 4; ++member) {
        if (snapshot->state.evidence(0, member)) members.insert(member);
    }
    return members;
}
bool all_accuse(ReplicaFederation& harness, const std::set<MemberIndex>& members) {
    for (std::size_t i = 0; i < harness.size(); ++i) {
        if (harness.node(i).replica && accused_on(harness, i) != members) return false;
    }
    return true;
}
// The pieces of evidence in all blocks of node 0's chain.
std::size_t pieces(ReplicaFederation& harness) {
    std::size_t count = 0;
    for (Height h = 1; h <= harness.height(0); ++h) count += harness.node(0).chain->block(h)->block.evidence.size();
    return count;
}
std::size_t journaled(ReplicaFederation& harness, std::size_t node) {
    const auto& journal = harness.node(node).journal;
    return static_cast<std::size_t>(std::count_if(journal.begin(), journal.end(), [](const JournalRecord& record) {
        return record.kind == JournalRecord::Kind::evidence;
    }));
}
bool is_accusation(const wire::Message& message) { return std::holds_alternative<wire::Accusation>(message); }
bool is_proposal(const wire::Message& message) {
    const auto* inner = std::get_if<wire::Consensus>(&message);
    if (inner == nullptr) return false;
    const auto said = consensus::decode_message(inner->message);
    return said.ok() && std::holds_alternative<consensus::Proposal>(*said);
}
void make_final(ReplicaFederation& harness, Blocks& blocks, std::uint64_t record, std::size_t at) {
    const auto batch = blocks.batch("310000", {test::create(suite, record, 7)});
    REQUIRE(harness.submit(at, batch).ok());
    harness.run_until([&] { return harness.all_hold({batch}); });
}

}  // namespace

TEST_CASE(
    "two votes that one node alone saw become evidence on everybody's ledger, and the idle federation falls quiet") {
    ReplicaFederation harness;
    harness.timing.heartbeat = {3'600'000};
    harness.begin();
    harness.run_ms(1'000);
    REQUIRE(harness.height(0) == 0);
    harness.equivocate(3, 0, 1);
    CHECK(harness.replica(0).overview().accused.size() == 1);
    CHECK(harness.replica(0).overview().work_waiting);
    harness.run_until([&] { return all_accuse(harness, {3}); }, 5'000);
    harness.check_agreement();
    const auto first = harness.node(0).chain->snapshot()->state.evidence(0, 3);
    CHECK(first->member == harness.genesis().validator(3).id);
    CHECK(first->view == 1);
    for (std::size_t i = 1; i < 4; ++i) CHECK(harness.node(i).chain->snapshot()->state.evidence(0, 3) == first);

    harness.run_ms(10'000);
    const Height height = harness.height(0);
    CHECK(height <= 3);
    harness.sent.clear();
    harness.run_ms(300'000);
    for (const auto& [name, count] : harness.sent) {
        INFO(name << " " << count);
        CHECK(name == "sync-status");
    }
    CHECK(harness.height(0) == height);
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(harness.replica(i).overview().accused.empty());
        CHECK_FALSE(harness.replica(i).overview().work_waiting);
    }
}

TEST_CASE("the two proposals of a leader become evidence as its votes do") {
    ReplicaFederation harness;
    harness.begin();
    const Evidence both = [&] {
        const auto sign = [&](const char* name) {
            const Statement said{VoteKind::propose, 0, 1, test::named(suite, name, 1), {}};
            return std::pair(said,
                             harness.federation().validator(1).sign(signing_bytes(harness.genesis().chain_id(), said)));
        };
        const auto [a, sign_a] = sign("a");
        const auto [b, sign_b] = sign("b");
        return Evidence{1, a, b, sign_a, sign_b};
    }();
    const Hash genesis = ledger::block_id(suite, ledger::genesis_block(harness.genesis()).header);
    for (const auto& [said, signature] :
         {std::pair(both.first, both.first_signature), std::pair(both.second, both.second_signature)}) {
        consensus::Proposal proposal;
        proposal.statement = said;
        proposal.parent = genesis;
        proposal.signature = signature;
        harness.deliver(1, 2, wire::Consensus{consensus::encode_message(proposal)});
    }
    harness.run_until([&] { return all_accuse(harness, {1}); }, 10'000);
    CHECK(*harness.node(3).chain->evidence(harness.node(3).chain->snapshot()->state.evidence(0, 1)->height, 1) == both);
}

TEST_CASE("an accusation that was lost on its way is told again while it is not final") {
    ReplicaFederation harness;
    std::size_t lost = 0;
    harness.filter = [&](std::size_t, std::size_t, const wire::Message& message) {
        return is_accusation(message) && lost++ < 3 ? Fate::lose : Fate::deliver;
    };
    harness.begin();
    harness.equivocate(3, 2, 1);
    REQUIRE(lost == 3);
    harness.run_until([&] { return all_accuse(harness, {3}); }, 10'000);
    CHECK(pieces(harness) == 1);
    const std::size_t told = harness.sent["accusation"];
    harness.run_ms(30'000);
    CHECK(harness.sent["accusation"] == told);
}

TEST_CASE("a peer that connects gets at once the evidence that is not final yet") {
    ReplicaFederation harness;
    bool cut = true;
    harness.filter = [&](std::size_t, std::size_t, const wire::Message&) { return cut ? Fate::lose : Fate::deliver; };
    harness.begin();
    harness.equivocate(3, 0, 1);
    harness.run_ms(1'500);  // between two sync statuses
    cut = false;
    harness.connect(0, 1);
    harness.run_ms(2);
    CHECK(harness.replica(1).overview().accused.size() == 1);
}

TEST_CASE("a crash between discovery and ledger loses no evidence") {
    ReplicaFederation harness;
    bool cut = true;
    harness.filter = [&](std::size_t, std::size_t, const wire::Message&) { return cut ? Fate::lose : Fate::deliver; };
    harness.begin();
    harness.equivocate(3, 0, 1);
    for (std::size_t i = 0; i < 4; ++i) harness.crash(i);
    CHECK(journaled(harness, 0) == 1);
    cut = false;
    for (std::size_t i = 0; i < 4; ++i) harness.start(i);
    CHECK(harness.replica(0).overview().accused.size() == 1);
    CHECK(harness.replica(1).overview().accused.empty());
    harness.connect_all();
    harness.run_until([&] { return all_accuse(harness, {3}); }, 10'000);
    // A crash after that does not bring it back.
    for (std::size_t i = 0; i < 4; ++i) harness.restart(i);
    for (std::size_t i = 0; i < 4; ++i) CHECK(harness.replica(i).overview().accused.empty());
    harness.run_ms(5'000);
    CHECK(pieces(harness) == 1);
}

TEST_CASE("evidence outlives the journal's rotations until it is final, and not longer") {
    ReplicaFederation harness;
    harness.journal_bytes_max = 1;  // at every commit
    bool muzzled = true;            // node 0 has it and cannot send it
    harness.filter = [&](std::size_t from, std::size_t, const wire::Message& message) {
        return muzzled && from == 0 && (is_accusation(message) || is_proposal(message)) ? Fate::lose : Fate::deliver;
    };
    harness.begin();
    harness.equivocate(3, 0, 1);
    Blocks blocks(harness.federation());
    for (std::uint64_t i = 0; i < 6; ++i) make_final(harness, blocks, i, 1);
    REQUIRE(harness.node(0).rotations >= 3);
    REQUIRE(pieces(harness) == 0);
    CHECK(journaled(harness, 0) == 1);
    harness.restart(0);
    CHECK(harness.replica(0).overview().accused.size() == 1);
    muzzled = false;
    harness.run_until([&] { return all_accuse(harness, {3}); }, 20'000);
    make_final(harness, blocks, 6, 1);
    harness.run_ms(2'000);
    CHECK(journaled(harness, 0) == 0);
}

TEST_CASE("a member that equivocates in a hundred views gives one piece of evidence, and nobody spins for the rest") {
    ReplicaFederation harness;
    harness.timing.heartbeat = {3'600'000};
    harness.begin();
    Blocks blocks(harness.federation());
    for (std::uint64_t i = 0; i < 100; ++i) {
        for (std::size_t to = 0; to < 3; ++to) harness.equivocate(3, to, harness.replica(to).overview().current);
        make_final(harness, blocks, i, i % 3);
    }
    harness.run_ms(5'000);
    CHECK(harness.replica(0).overview().current > 100);
    CHECK(all_accuse(harness, {3}));
    CHECK(pieces(harness) == 1);
    for (std::size_t i = 0; i < 4; ++i) CHECK(journaled(harness, i) <= 1);
    CHECK(harness.sent["accusation"] <= 3 * 4 * 3);  // once, and with the sync statuses until it is final
    const Height height = harness.height(0);
    harness.sent.clear();
    for (std::size_t to = 0; to < 3; ++to) harness.equivocate(3, to, harness.replica(to).overview().current);
    harness.run_ms(60'000);
    CHECK(harness.height(0) == height);
    CHECK(harness.sent["accusation"] == 0);
    harness.check_agreement();
}

TEST_CASE("invalid accusations are not kept or relayed, and their sender is banned") {
    ReplicaFederation harness;
    harness.begin();
    harness.sent.clear();
    Evidence bad = harness.federation().equivocation(2, 7);
    SECTION("a wrong signature") { bad.second_signature.bytes[8] ^= 1; }
    SECTION("an honest member named for a Byzantine one") { bad.member = 1; }
    SECTION("nobody of the committee") { bad.member = 4; }
    SECTION("one statement twice") {
        bad.second = bad.first;
        bad.second_signature = bad.first_signature;
    }
    SECTION("a pair that the rules allow") {
        bad.second = {VoteKind::nullify, 0, 7, {}, {}};
        bad.second_signature =
            harness.federation().validator(2).sign(signing_bytes(harness.genesis().chain_id(), bad.second));
    }
    SECTION("another epoch") {
        for (auto [said, signature] :
             {std::pair(&bad.first, &bad.first_signature), std::pair(&bad.second, &bad.second_signature)}) {
            said->epoch = 1;
            *signature = harness.federation().validator(2).sign(signing_bytes(harness.genesis().chain_id(), *said));
        }
        REQUIRE(check(harness.genesis().committee(), harness.genesis().chain_id(), bad).ok());
    }
    SECTION("another chain") {
        const test::Federation other(suite, 2);
        bad = other.equivocation(2, 7);
    }
    harness.deliver(1, 0, wire::Accusation{bad});
    REQUIRE(harness.node(0).banned.size() == 1);
    CHECK(harness.node(0).banned[0].first == 1);
    CHECK(harness.node(0).banned[0].second.find("evidence") != std::string::npos);
    harness.run_ms(3'000);
    CHECK(harness.sent["accusation"] == 0);
    CHECK(harness.replica(0).overview().accused.empty());
    CHECK(journaled(harness, 0) == 0);
    CHECK(harness.height(0) == 0);
}

TEST_CASE("more evidence against one who is accused already is passed over, right or wrong") {
    ReplicaFederation harness;
    harness.filter = [](std::size_t, std::size_t, const wire::Message&) { return Fate::lose; };
    harness.begin();
    harness.deliver(1, 0, wire::Accusation{harness.federation().equivocation(2, 7)});
    REQUIRE(harness.sent["accusation"] == 3);
    Evidence bad = harness.federation().equivocation(2, 8);
    harness.deliver(1, 0, wire::Accusation{bad});
    bad.first_signature.bytes[0] ^= 1;
    harness.deliver(1, 0, wire::Accusation{bad});
    CHECK(harness.sent["accusation"] == 3);
    CHECK(journaled(harness, 0) == 1);
    CHECK(harness.node(0).banned.empty());
    CHECK(harness.replica(0).overview().accused[0] == harness.federation().equivocation(2, 7));
}

TEST_CASE(
    "certificates of more than f Byzantine members that exclude each other stop a node; its evidence names them and no "
    "other") {
    ReplicaFederation harness;
    harness.begin();
    const Statement skipped{VoteKind::nullify, 0, 1, {}, {}};
    const Hash block = test::named(suite, "a block", 1);
    const Statement final{VoteKind::finalize, 0, 1, block, ExecutionResult{0, block, block}};
    const std::vector<MemberIndex> some{0, 1, 2}, others{1, 2, 3};
    harness.deliver(1, 0, wire::Consensus{consensus::encode_message(harness.federation().certify(skipped, some))});
    harness.deliver(1, 0, wire::Consensus{consensus::encode_message(harness.federation().certify(final, others))});
    CHECK(harness.replica(0).overview().halted);
    CHECK(journaled(harness, 0) == 2);
    harness.run_until([&] { return accused_on(harness, 3) == std::set<MemberIndex>{1, 2}; }, 20'000);
    harness.run_ms(5'000);
    for (std::size_t i = 1; i < 4; ++i) CHECK(accused_on(harness, i) == std::set<MemberIndex>{1, 2});
}

TEST_CASE("more evidence than fits into a block comes in the next one") {
    ReplicaFederation harness;
    harness.begin();
    for (std::size_t member = 0; member < 4; ++member)
        harness.deliver(1 + member % 3, 0,
                        wire::Accusation{harness.federation().equivocation(static_cast<MemberIndex>(member), 9)});
    harness.run_until([&] { return all_accuse(harness, {0, 1, 2, 3}); }, 10'000);
    CHECK(pieces(harness) == 4);
    static_assert(ledger::block_evidence_max == 4);
}

TEST_CASE("an observer passes accusations on; who was away learns of evidence with the blocks") {
    ReplicaFederation harness(5);
    harness.begin();
    harness.crash(2);
    harness.deliver(3, 4, wire::Accusation{harness.federation().equivocation(1, 9)});
    harness.run_until([&] { return all_accuse(harness, {1}); }, 10'000);
    Blocks blocks(harness.federation());
    for (std::uint64_t i = 0; i < 5; ++i) make_final(harness, blocks, i, 0);
    harness.restart(2);
    harness.run_until([&] { return all_accuse(harness, {1}); }, 10'000);
    harness.check_agreement();
    CHECK(journaled(harness, 2) == 0);
}

TEST_CASE("evidence in a journal that does not hold is refused at the start") {
    ReplicaFederation harness;
    Evidence bad = harness.federation().equivocation(1, 9);
    harness.node(0).journal.push_back({JournalRecord::Kind::evidence, encode(bad)});
    REQUIRE(harness.try_start(0).ok());
    bad.first_signature.bytes[0] ^= 1;
    harness.node(0).journal.back().body = encode(bad);
    CHECK_FALSE(harness.try_start(0).ok());
}

TEST_CASE("thirty runs over a bad network with crashes: the Byzantine member is on every ledger, and nobody else") {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        ReplicaFederation harness(4, seed * 104'729);
        harness.delay_max_ms = 1 + seed % 40;
        harness.journal_bytes_max = seed % 3 == 0 ? 2'000 : 64u << 20;
        const std::uint64_t loss_percent = seed % 30;
        bool bad = true;
        harness.filter = [&](std::size_t, std::size_t, const wire::Message&) {
            return bad && harness.chance()() % 100 < loss_percent ? Fate::lose : Fate::deliver;
        };
        harness.begin();
        harness.equivocate(3, seed % 3, 1);
        harness.crash_one_in = 60;
        Blocks blocks(harness.federation());
        for (std::uint64_t i = 0; i < 5; ++i) {
            const auto batch = blocks.batch("310000", {test::create(suite, i, 7)});
            for (std::size_t at = 0; at < 3; ++at) {
                if (harness.node(at).replica) static_cast<void>(harness.submit(at, batch));
            }
            harness.run_ms(harness.chance()() % 400);
            for (std::size_t n = 0; n < 4; ++n) {
                if (!harness.node(n).replica) harness.restart(n);
            }
        }
        bad = false;
        harness.crash_one_in = 0;
        for (std::size_t n = 0; n < 4; ++n) {
            if (!harness.node(n).replica) harness.restart(n);
        }
        INFO("seed " << seed);
        harness.run_until([&] { return all_accuse(harness, {3}); });
        harness.check_agreement();
        CHECK(pieces(harness) == 1);
    }
}

}  // namespace xinlian::node

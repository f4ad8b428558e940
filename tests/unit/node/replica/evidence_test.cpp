// Evidence of equivocation in whole replicas: found, kept through crashes, told to all, ordered once, and then quiet.
#include <catch2/catch.hpp>

#include "tests/unit/node/replica/replica_federation.hpp"

namespace xinlian::node {

using test::Blocks;
using Fate = ReplicaFederation::Fate;

namespace {

constexpr Suite suite = Suite::ed25519_sha256;

// The members that every running node's final state holds evidence against.
std::set<MemberIndex> accused_on(ReplicaFederation& lab, std::size_t node) {
    std::set<MemberIndex> members;
    const auto snapshot = lab.node(node).chain->snapshot();
    for (MemberIndex member = 0; member < 4; ++member) {
        if (snapshot->state.evidence(0, member)) members.insert(member);
    }
    return members;
}
bool all_accuse(ReplicaFederation& lab, const std::set<MemberIndex>& members) {
    for (std::size_t i = 0; i < lab.size(); ++i) {
        if (lab.node(i).replica && accused_on(lab, i) != members) return false;
    }
    return true;
}
// Pieces of evidence in all blocks of node 0's chain.
std::size_t pieces(ReplicaFederation& lab) {
    std::size_t count = 0;
    for (Height h = 1; h <= lab.height(0); ++h) count += lab.node(0).chain->block(h)->block.evidence.size();
    return count;
}
std::size_t journaled(ReplicaFederation& lab, std::size_t node) {
    const auto& journal = lab.node(node).journal;
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
void make_final(ReplicaFederation& lab, Blocks& blocks, std::uint64_t record, std::size_t at) {
    const auto batch = blocks.batch("310000", {test::create(suite, record, 7)});
    REQUIRE(lab.submit(at, batch).ok());
    lab.run_until([&] { return lab.all_hold({batch}); });
}

}  // namespace

TEST_CASE(
    "two votes that one node alone saw become evidence on everybody's ledger, and the idle federation falls quiet") {
    ReplicaFederation lab;
    lab.timing.heartbeat = {3'600'000};
    lab.begin();
    lab.run_ms(1'000);
    REQUIRE(lab.height(0) == 0);
    lab.equivocate(3, 0, 1);
    CHECK(lab.replica(0).overview().accused.size() == 1);
    CHECK(lab.replica(0).overview().work_waiting);
    lab.run_until([&] { return all_accuse(lab, {3}); }, 5'000);
    lab.check_agreement();
    const auto first = lab.node(0).chain->snapshot()->state.evidence(0, 3);
    CHECK(first->member == lab.genesis().validator(3).id);
    CHECK(first->view == 1);
    for (std::size_t i = 1; i < 4; ++i) CHECK(lab.node(i).chain->snapshot()->state.evidence(0, 3) == first);

    lab.run_ms(10'000);
    const Height height = lab.height(0);
    CHECK(height <= 3);
    lab.sent.clear();
    lab.run_ms(300'000);
    for (const auto& [name, count] : lab.sent) {
        INFO(name << " " << count);
        CHECK(name == "sync-status");
    }
    CHECK(lab.height(0) == height);
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(lab.replica(i).overview().accused.empty());
        CHECK_FALSE(lab.replica(i).overview().work_waiting);
    }
}

TEST_CASE("the two proposals of a leader become evidence as its votes do") {
    ReplicaFederation lab;
    lab.begin();
    const Evidence both = [&] {
        const auto sign = [&](const char* name) {
            const Statement said{VoteKind::propose, 0, 1, test::named(suite, name, 1), {}};
            return std::pair(said, lab.federation().validator(1).sign(signing_bytes(lab.genesis().chain_id(), said)));
        };
        const auto [a, sign_a] = sign("a");
        const auto [b, sign_b] = sign("b");
        return Evidence{1, a, b, sign_a, sign_b};
    }();
    const Hash genesis = ledger::block_id(suite, ledger::genesis_block(lab.genesis()).header);
    for (const auto& [said, signature] :
         {std::pair(both.first, both.first_signature), std::pair(both.second, both.second_signature)}) {
        consensus::Proposal proposal;
        proposal.statement = said;
        proposal.parent = genesis;
        proposal.signature = signature;
        lab.deliver(1, 2, wire::Consensus{consensus::encode_message(proposal)});
    }
    lab.run_until([&] { return all_accuse(lab, {1}); }, 10'000);
    CHECK(*lab.node(3).chain->evidence(lab.node(3).chain->snapshot()->state.evidence(0, 1)->height, 1) == both);
}

TEST_CASE("an accusation that was lost on its way is told again while it is not final") {
    ReplicaFederation lab;
    std::size_t lost = 0;
    lab.filter = [&](std::size_t, std::size_t, const wire::Message& message) {
        return is_accusation(message) && lost++ < 3 ? Fate::lose : Fate::deliver;
    };
    lab.begin();
    lab.equivocate(3, 2, 1);
    REQUIRE(lost == 3);
    lab.run_until([&] { return all_accuse(lab, {3}); }, 10'000);
    CHECK(pieces(lab) == 1);
    const std::size_t told = lab.sent["accusation"];
    lab.run_ms(30'000);
    CHECK(lab.sent["accusation"] == told);
}

TEST_CASE("who connects is told at once of what is not final yet") {
    ReplicaFederation lab;
    bool cut = true;
    lab.filter = [&](std::size_t, std::size_t, const wire::Message&) { return cut ? Fate::lose : Fate::deliver; };
    lab.begin();
    lab.equivocate(3, 0, 1);
    lab.run_ms(1'500);  // between two sync statuses
    cut = false;
    lab.connect(0, 1);
    lab.run_ms(2);
    CHECK(lab.replica(1).overview().accused.size() == 1);
}

TEST_CASE("a crash between discovery and ledger loses no evidence") {
    ReplicaFederation lab;
    bool cut = true;
    lab.filter = [&](std::size_t, std::size_t, const wire::Message&) { return cut ? Fate::lose : Fate::deliver; };
    lab.begin();
    lab.equivocate(3, 0, 1);
    for (std::size_t i = 0; i < 4; ++i) lab.crash(i);
    CHECK(journaled(lab, 0) == 1);
    cut = false;
    for (std::size_t i = 0; i < 4; ++i) lab.start(i);
    CHECK(lab.replica(0).overview().accused.size() == 1);
    CHECK(lab.replica(1).overview().accused.empty());
    lab.connect_all();
    lab.run_until([&] { return all_accuse(lab, {3}); }, 10'000);
    // And a crash after that does not bring it back.
    for (std::size_t i = 0; i < 4; ++i) lab.restart(i);
    for (std::size_t i = 0; i < 4; ++i) CHECK(lab.replica(i).overview().accused.empty());
    lab.run_ms(5'000);
    CHECK(pieces(lab) == 1);
}

TEST_CASE("evidence outlives the journal's rotations until it is final, and not longer") {
    ReplicaFederation lab;
    lab.journal_bytes_max = 1;  // at every commit
    bool muzzled = true;        // node 0 has it and cannot tell
    lab.filter = [&](std::size_t from, std::size_t, const wire::Message& message) {
        return muzzled && from == 0 && (is_accusation(message) || is_proposal(message)) ? Fate::lose : Fate::deliver;
    };
    lab.begin();
    lab.equivocate(3, 0, 1);
    Blocks blocks(lab.federation());
    for (std::uint64_t i = 0; i < 6; ++i) make_final(lab, blocks, i, 1);
    REQUIRE(lab.node(0).rotations >= 3);
    REQUIRE(pieces(lab) == 0);
    CHECK(journaled(lab, 0) == 1);
    lab.restart(0);
    CHECK(lab.replica(0).overview().accused.size() == 1);
    muzzled = false;
    lab.run_until([&] { return all_accuse(lab, {3}); }, 20'000);
    make_final(lab, blocks, 6, 1);
    lab.run_ms(2'000);
    CHECK(journaled(lab, 0) == 0);
}

TEST_CASE("a member that equivocates in a hundred views gives one piece of evidence, and nobody spins for the rest") {
    ReplicaFederation lab;
    lab.timing.heartbeat = {3'600'000};
    lab.begin();
    Blocks blocks(lab.federation());
    for (std::uint64_t i = 0; i < 100; ++i) {
        for (std::size_t to = 0; to < 3; ++to) lab.equivocate(3, to, lab.replica(to).overview().current);
        make_final(lab, blocks, i, i % 3);
    }
    lab.run_ms(5'000);
    CHECK(lab.replica(0).overview().current > 100);
    CHECK(all_accuse(lab, {3}));
    CHECK(pieces(lab) == 1);
    for (std::size_t i = 0; i < 4; ++i) CHECK(journaled(lab, i) <= 1);
    CHECK(lab.sent["accusation"] <= 3 * 4 * 3);  // once, and with the sync statuses until it is final
    const Height height = lab.height(0);
    lab.sent.clear();
    for (std::size_t to = 0; to < 3; ++to) lab.equivocate(3, to, lab.replica(to).overview().current);
    lab.run_ms(60'000);
    CHECK(lab.height(0) == height);
    CHECK(lab.sent["accusation"] == 0);
    lab.check_agreement();
}

TEST_CASE("accusations that do not hold are banned, not kept and not passed on") {
    ReplicaFederation lab;
    lab.begin();
    lab.sent.clear();
    Evidence bad = lab.federation().equivocation(2, 7);
    SECTION("a wrong signature") { bad.second_signature.bytes[8] ^= 1; }
    SECTION("an honest member named for a traitor") { bad.member = 1; }
    SECTION("nobody of the committee") { bad.member = 4; }
    SECTION("one statement twice") {
        bad.second = bad.first;
        bad.second_signature = bad.first_signature;
    }
    SECTION("a pair that the rules allow") {
        bad.second = {VoteKind::nullify, 0, 7, {}, {}};
        bad.second_signature = lab.federation().validator(2).sign(signing_bytes(lab.genesis().chain_id(), bad.second));
    }
    SECTION("another epoch") {
        for (auto [said, signature] :
             {std::pair(&bad.first, &bad.first_signature), std::pair(&bad.second, &bad.second_signature)}) {
            said->epoch = 1;
            *signature = lab.federation().validator(2).sign(signing_bytes(lab.genesis().chain_id(), *said));
        }
        REQUIRE(check(lab.genesis().committee(), lab.genesis().chain_id(), bad).ok());
    }
    SECTION("another chain") {
        const test::Federation other(suite, 2);
        bad = other.equivocation(2, 7);
    }
    lab.deliver(1, 0, wire::Accusation{bad});
    REQUIRE(lab.node(0).banned.size() == 1);
    CHECK(lab.node(0).banned[0].first == 1);
    CHECK(lab.node(0).banned[0].second.find("evidence") != std::string::npos);
    lab.run_ms(3'000);
    CHECK(lab.sent["accusation"] == 0);
    CHECK(lab.replica(0).overview().accused.empty());
    CHECK(journaled(lab, 0) == 0);
    CHECK(lab.height(0) == 0);
}

TEST_CASE("more evidence against one who is accused already is passed over, right or wrong") {
    ReplicaFederation lab;
    lab.filter = [](std::size_t, std::size_t, const wire::Message&) { return Fate::lose; };
    lab.begin();
    lab.deliver(1, 0, wire::Accusation{lab.federation().equivocation(2, 7)});
    REQUIRE(lab.sent["accusation"] == 3);
    Evidence bad = lab.federation().equivocation(2, 8);
    lab.deliver(1, 0, wire::Accusation{bad});
    bad.first_signature.bytes[0] ^= 1;
    lab.deliver(1, 0, wire::Accusation{bad});
    CHECK(lab.sent["accusation"] == 3);
    CHECK(journaled(lab, 0) == 1);
    CHECK(lab.node(0).banned.empty());
    CHECK(lab.replica(0).overview().accused[0] == lab.federation().equivocation(2, 7));
}

TEST_CASE(
    "certificates of more than f traitors that exclude each other stop a node; its evidence names them and no other") {
    ReplicaFederation lab;
    lab.begin();
    const Statement skipped{VoteKind::nullify, 0, 1, {}, {}};
    const Hash block = test::named(suite, "a block", 1);
    const Statement final{VoteKind::finalize, 0, 1, block, ExecutionResult{0, block, block}};
    const std::vector<MemberIndex> some{0, 1, 2}, others{1, 2, 3};
    lab.deliver(1, 0, wire::Consensus{consensus::encode_message(lab.federation().certify(skipped, some))});
    lab.deliver(1, 0, wire::Consensus{consensus::encode_message(lab.federation().certify(final, others))});
    CHECK(lab.replica(0).overview().halted);
    CHECK(journaled(lab, 0) == 2);
    lab.run_until([&] { return accused_on(lab, 3) == std::set<MemberIndex>{1, 2}; }, 20'000);
    lab.run_ms(5'000);
    for (std::size_t i = 1; i < 4; ++i) CHECK(accused_on(lab, i) == std::set<MemberIndex>{1, 2});
}

TEST_CASE("more evidence than fits into a block comes in the next one") {
    ReplicaFederation lab;
    lab.begin();
    for (std::size_t member = 0; member < 4; ++member)
        lab.deliver(1 + member % 3, 0,
                    wire::Accusation{lab.federation().equivocation(static_cast<MemberIndex>(member), 9)});
    lab.run_until([&] { return all_accuse(lab, {0, 1, 2, 3}); }, 10'000);
    CHECK(pieces(lab) == 4);
    static_assert(ledger::block_evidence_max == 4);
}

TEST_CASE("an observer passes accusations on; who was away learns of evidence with the blocks") {
    ReplicaFederation lab(5);
    lab.begin();
    lab.crash(2);
    lab.deliver(3, 4, wire::Accusation{lab.federation().equivocation(1, 9)});
    lab.run_until([&] { return all_accuse(lab, {1}); }, 10'000);
    Blocks blocks(lab.federation());
    for (std::uint64_t i = 0; i < 5; ++i) make_final(lab, blocks, i, 0);
    lab.restart(2);
    lab.run_until([&] { return all_accuse(lab, {1}); }, 10'000);
    lab.check_agreement();
    CHECK(journaled(lab, 2) == 0);
}

TEST_CASE("evidence in a journal that does not hold is refused at the start") {
    ReplicaFederation lab;
    Evidence bad = lab.federation().equivocation(1, 9);
    lab.node(0).journal.push_back({JournalRecord::Kind::evidence, encode(bad)});
    REQUIRE(lab.try_start(0).ok());
    bad.first_signature.bytes[0] ^= 1;
    lab.node(0).journal.back().body = encode(bad);
    CHECK_FALSE(lab.try_start(0).ok());
}

TEST_CASE("thirty runs over a bad network with crashes: the traitor is on every ledger, and nobody else") {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        ReplicaFederation lab(4, seed * 104'729);
        lab.delay_max_ms = 1 + seed % 40;
        lab.journal_bytes_max = seed % 3 == 0 ? 2'000 : 64u << 20;
        const std::uint64_t loss_percent = seed % 30;
        bool bad = true;
        lab.filter = [&](std::size_t, std::size_t, const wire::Message&) {
            return bad && lab.chance()() % 100 < loss_percent ? Fate::lose : Fate::deliver;
        };
        lab.begin();
        lab.equivocate(3, seed % 3, 1);
        lab.crash_one_in = 60;
        Blocks blocks(lab.federation());
        for (std::uint64_t i = 0; i < 5; ++i) {
            const auto batch = blocks.batch("310000", {test::create(suite, i, 7)});
            for (std::size_t at = 0; at < 3; ++at) {
                if (lab.node(at).replica) static_cast<void>(lab.submit(at, batch));
            }
            lab.run_ms(lab.chance()() % 400);
            for (std::size_t n = 0; n < 4; ++n) {
                if (!lab.node(n).replica) lab.restart(n);
            }
        }
        bad = false;
        lab.crash_one_in = 0;
        for (std::size_t n = 0; n < 4; ++n) {
            if (!lab.node(n).replica) lab.restart(n);
        }
        INFO("seed " << seed);
        lab.run_until([&] { return all_accuse(lab, {3}); });
        lab.check_agreement();
        CHECK(pieces(lab) == 1);
    }
}

}  // namespace xinlian::node

// Tests what crashes, false messages, stolen keys and bad networks can do to whole replicas, and what they cannot.
#include <catch2/catch.hpp>

#include "consensus/journal.hpp"
#include "tests/unit/node/replica/replica_federation.hpp"

namespace xinlian::node {

using test::Blocks;
using Fate = ReplicaFederation::Fate;

namespace {

constexpr Suite suite = Suite::ed25519_sha256;

ledger::BatchPtr next(Blocks& blocks, std::uint64_t record, std::string_view issuer = "310000") {
    return blocks.batch(issuer, {test::create(suite, record, 7)});
}
void make_final(ReplicaFederation& harness, Blocks& blocks, std::uint64_t from, std::uint64_t to, std::size_t at = 0) {
    for (std::uint64_t i = from; i < to; ++i) {
        const auto batch = next(blocks, i);
        REQUIRE(harness.submit(at, batch).ok());
        harness.run_until([&] { return harness.all_hold({batch}); });
    }
}
}  // namespace

TEST_CASE("a node that crashed and restarted continues where it was") {
    ReplicaFederation harness;
    harness.begin();
    Blocks blocks(harness.federation());
    make_final(harness, blocks, 0, 5);
    harness.restart(2);
    CHECK(harness.height(2) >= 5);
    make_final(harness, blocks, 5, 10, 2);
    harness.check_agreement();
}

TEST_CASE("a journal that rotates at every block loses no vote") {
    for (const std::uint64_t bytes_max : {1, 3'000}) {
        ReplicaFederation harness(4, bytes_max);
        harness.journal_bytes_max = bytes_max;
        harness.delay_max_ms = 20;
        harness.begin();
        Blocks blocks(harness.federation());
        std::vector<ledger::BatchPtr> all;
        for (std::uint64_t i = 0; i < 30; ++i) {
            all.push_back(next(blocks, i));
            REQUIRE(harness.submit(i % 4, all.back()).ok());
            for (std::size_t n = harness.chance()() % 40; n > 0; --n) harness.step(harness.now_ms() + 1'000);
            harness.restart(harness.chance()() % 4);
        }
        harness.run_until([&] {
            for (const auto& batch : all) static_cast<void>(harness.submit(0, batch));
            return harness.all_hold(all);
        });
        harness.check_agreement();
        CHECK(harness.node(0).rotations + harness.node(1).rotations + harness.node(2).rotations >= 2);
    }
}

TEST_CASE("a vote after a commit in the same turn is in the rotated journal") {
    ReplicaFederation harness;
    harness.journal_bytes_max = 1;
    harness.delay_max_ms = 30;
    harness.begin();
    Blocks blocks(harness.federation());
    std::vector<ledger::BatchPtr> all;
    for (std::uint64_t i = 0; i < 40; ++i) {
        all.push_back(next(blocks, i));
        REQUIRE(harness.submit(i % 4, all.back()).ok());
        harness.run_ms(15);
        // Every vote of an unfinal view that was ever sent is in the journal.
        for (std::size_t n = 0; n < 4; ++n) {
            std::set<std::pair<VoteKind, View>> written;
            for (const JournalRecord& record : harness.node(n).journal) {
                if (record.kind != JournalRecord::Kind::core) continue;
                const auto persisted = test::must(consensus::decode_persist(record.body));
                if (const auto* own = std::get_if<consensus::OwnVote>(&persisted))
                    written.emplace(own->vote.statement.kind, own->vote.statement.view);
            }
            const View final_view = harness.node(n).chain->snapshot()->tip.view;
            for (const auto& [key, statement] : harness.node(n).said) {
                if (statement.kind == VoteKind::propose || statement.view <= final_view) continue;
                INFO("node " << n << " said " << name_of(statement.kind) << " in view " << statement.view);
                REQUIRE(written.contains({statement.kind, statement.view}));
            }
        }
    }
    harness.run_until([&] { return harness.all_hold(all); });
}

TEST_CASE("all four crashed at once: nothing that was acknowledged is missing, and they go on") {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        ReplicaFederation harness(4, seed);
        harness.delay_max_ms = 15;
        harness.begin();
        Blocks blocks(harness.federation());
        std::vector<ledger::BatchPtr> all;
        for (std::uint64_t i = 0; i < 6; ++i) {
            all.push_back(next(blocks, i));
            REQUIRE(harness.submit(harness.chance()() % 4, all.back()).ok());
            for (std::size_t n = harness.chance()() % 60; n > 0; --n) harness.step(harness.now_ms() + 500);
        }
        for (std::size_t i = 0; i < 4; ++i) harness.crash(i);
        for (std::size_t i = 0; i < 4; ++i) harness.start(i);  // checks the receipts
        harness.connect_all();
        INFO("seed " << seed);
        harness.run_until([&] {
            // Batches without a receipt are submitted again.
            if (harness.now_ms() % 7 == 0) {
                for (const auto& batch : all) static_cast<void>(harness.submit(0, batch));
            }
            return harness.all_hold(all);
        });
        harness.check_agreement();
    }
}

TEST_CASE("a notarized block whose batch only the journals remember is executed after all crashed") {
    ReplicaFederation harness;
    bool hold = true;
    harness.filter = [&](std::size_t, std::size_t, const wire::Message& message) {
        const auto* inner = std::get_if<wire::Consensus>(&message);
        if (!hold || inner == nullptr) return Fate::deliver;
        const auto said = consensus::decode_message(inner->message);
        const auto* vote = said ? std::get_if<consensus::Vote>(&*said) : nullptr;
        return vote != nullptr && vote->statement.kind == VoteKind::finalize ? Fate::lose : Fate::deliver;
    };
    harness.begin();
    Blocks blocks(harness.federation());
    const auto batch = next(blocks, 1);
    REQUIRE(harness.submit(0, batch).ok());
    harness.run_ms(60);
    REQUIRE(harness.height(0) == 0);
    for (std::size_t i = 0; i < 4; ++i) harness.crash(i);
    hold = false;
    for (std::size_t i = 0; i < 4; ++i) harness.start(i);
    harness.connect_all();
    harness.run_until([&] { return harness.all_hold({batch}); }, 10'000);
    harness.check_agreement();
}

TEST_CASE("a journal that saw more than the chain holds is refused") {
    ReplicaFederation harness;
    harness.begin();
    Blocks blocks(harness.federation());
    make_final(harness, blocks, 0, 1);
    const test::MemoryStore old = harness.node(1).store;
    make_final(harness, blocks, 1, 3);
    harness.crash(1);
    harness.node(1).store = old;  // the disk lost what it had reported as written
    harness.node(1).receipts.clear();
    const Status refused = harness.try_start(1);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == Errc::corrupt);
    CHECK(refused.error().text.find("move it aside") != std::string::npos);
}

TEST_CASE("a journal of another chain's block at that height is refused") {
    ReplicaFederation harness;
    harness.begin();
    Blocks blocks(harness.federation());
    make_final(harness, blocks, 0, 2);
    harness.crash(1);
    harness.node(1).journal.push_back(
        {JournalRecord::Kind::anchor, encode(JournalAnchor{harness.height(1), test::named(suite, "x", 1)})});
    const Status refused = harness.try_start(1);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == Errc::corrupt);
}

TEST_CASE("damaged journal records are refused, not skipped") {
    for (const auto kind : {JournalRecord::Kind::core, JournalRecord::Kind::block, JournalRecord::Kind::batch,
                            JournalRecord::Kind::anchor, JournalRecord::Kind::evidence}) {
        ReplicaFederation harness;
        harness.node(0).journal.push_back({kind, Bytes(7, 0xee)});
        CHECK_FALSE(harness.try_start(0).ok());
    }
}

TEST_CASE("a start goes through what is not final yet, and through that alone") {
    ReplicaFederation harness;
    harness.begin();
    Blocks blocks(harness.federation());
    make_final(harness, blocks, 0, 3);
    harness.crash(0);
    const View final_view = harness.node(0).chain->snapshot()->tip.view;
    const auto forged = [&](View view) {
        consensus::Vote vote;
        vote.statement = {VoteKind::nullify, 0, view, {}, {}};
        return JournalRecord{JournalRecord::Kind::core, consensus::encode_persist(consensus::OwnVote{vote})};
    };
    harness.node(0).journal.push_back(forged(final_view));  // obsolete: its view is final
    REQUIRE(harness.try_start(0).ok());
    CHECK_FALSE(harness.node(0).fatal.has_value());
    CHECK_FALSE(harness.replica(0).overview().halted);
    harness.crash(0);
    harness.node(0).journal.push_back(forged(final_view + 1'000));
    const Status started = harness.try_start(0);
    CHECK((!started.ok() || harness.replica(0).overview().halted));
}

TEST_CASE("a node without its journal follows, and votes again only when it is safe") {
    ReplicaFederation harness;
    harness.begin();
    Blocks blocks(harness.federation());
    make_final(harness, blocks, 0, 3);
    harness.crash(3);
    harness.node(3).journal.clear();
    harness.start(3, consensus::Memory::lost);
    for (std::size_t i = 0; i < 3; ++i) harness.connect(3, i);
    make_final(harness, blocks, 3, 12);  // `said` in the harness would notice a contradiction
    harness.run_ms(5'000);
    harness.crash(0);  // now it is needed
    make_final(harness, blocks, 12, 15, 1);
    harness.check_agreement();
}

TEST_CASE("one false claim of a height neither hides readiness nor stops catching up") {
    ReplicaFederation harness;
    harness.begin();
    harness.crash(3);
    Blocks blocks(harness.federation());
    make_final(harness, blocks, 0, 30);
    harness.filter = [&](std::size_t from, std::size_t to, const wire::Message& message) {
        // Node 0 sends node 3 false claims: it claims everything, and gives nothing.
        if (from == 0 && to == 3) return Fate::lose;
        if (from == 3 && to == 0 && std::holds_alternative<wire::RangeRequest>(message))
            harness.deliver(0, 3, wire::Range{});
        return Fate::deliver;
    };
    harness.start(3);
    for (std::size_t i = 0; i < 3; ++i) harness.connect(3, i);
    std::uint64_t told = 0;
    harness.run_until(
        [&] {
            if (harness.now_ms() >= told + 100) {
                told = harness.now_ms();
                harness.deliver(0, 3, wire::SyncStatus{1'000'000, {}, {}});
            }
            return harness.height(3) == harness.height(0);
        },
        20'000);
    harness.run_ms(3'000);
    CHECK(harness.replica(3).overview().highest_known == harness.height(0));
    const std::size_t before = harness.sent["range-request"];
    for (std::size_t i = 0; i < 50; ++i) {
        harness.deliver(0, 3, wire::SyncStatus{1'000'000, {}, {}});
        harness.run_ms(20);
    }
    CHECK(harness.sent["range-request"] - before <= 10);  // a second of false claims
}

TEST_CASE("a peer with false claims that answers no range costs one deadline, not one for every range") {
    ReplicaFederation harness;
    harness.begin();
    harness.crash(3);
    Blocks blocks(harness.federation());
    make_final(harness, blocks, 0, 300);
    harness.filter = [&](std::size_t from, std::size_t to, const wire::Message& message) {
        const bool liar = from == 0 && to == 3 && std::holds_alternative<wire::Range>(message);
        return liar ? Fate::lose : Fate::deliver;
    };
    harness.start(3);
    for (std::size_t i = 0; i < 3; ++i) harness.connect(3, i);
    harness.run_until([&] { return harness.height(3) >= 300; }, 8'000);
}

TEST_CASE("a long chain that nobody can finalize becomes final by a later block") {
    // As if too many members had nullified each view before they saw that it was notarized.
    ReplicaFederation harness;
    View hopeless = ~View{0};
    const auto is_hopeless = [&hopeless](const Statement& said) {
        return said.kind == VoteKind::finalize && said.view <= hopeless;
    };
    harness.filter = [&](std::size_t, std::size_t, const wire::Message& message) {
        const auto* inner = std::get_if<wire::Consensus>(&message);
        if (inner == nullptr) return Fate::deliver;
        const auto said = test::must(consensus::decode_message(inner->message));
        if (const auto* vote = std::get_if<consensus::Vote>(&said); vote && is_hopeless(vote->statement))
            return Fate::lose;
        const auto* status = std::get_if<consensus::StatusReport>(&said);
        const bool lost =
            status != nullptr && std::any_of(status->votes.begin(), status->votes.end(),
                                             [&](const auto& vote) { return is_hopeless(vote.statement); });
        return lost ? Fate::lose : Fate::deliver;
    };
    harness.begin();
    Blocks blocks(harness.federation());
    const auto first = next(blocks, 1);
    REQUIRE(harness.submit(0, first).ok());
    const auto view = [&harness] { return harness.node(0).replica->overview().current; };
    harness.run_until([&] { return view() > 90; }, 900'000);
    CHECK(harness.height(0) == 0);
    hopeless = view() + 2;
    const auto second = next(blocks, 2);
    REQUIRE(harness.submit(1, second).ok());
    harness.run_until([&] { return harness.all_hold({first, second}); }, 60'000);
    CHECK(harness.height(0) > 64);
    harness.check_agreement();
}

TEST_CASE("a store that fails stops the node; the receipt is not given") {
    ReplicaFederation harness;
    harness.begin();
    Blocks blocks(harness.federation());
    harness.node(0).store.tear_after = 3;
    const auto batch = next(blocks, 1);
    REQUIRE(harness.submit(0, batch).ok());
    harness.run_until([&] { return harness.all_hold({batch}) && harness.node(0).fatal.has_value(); });
    CHECK(harness.node(0).fatal->text.find("the disk went away") != std::string::npos);
    CHECK_FALSE(harness.node(0).receipts.contains(batch->id));
}

TEST_CASE("batches that a peer only claims to hold do not keep a block's batches from being asked for") {
    ReplicaFederation harness;
    std::set<Hash> asked;
    harness.filter = [&](std::size_t from, std::size_t, const wire::Message& message) {
        if (const auto* request = std::get_if<wire::BatchRequest>(&message))
            asked.insert(request->ids.begin(), request->ids.end());
        const auto* body = std::get_if<wire::BatchBody>(&message);
        if (body == nullptr || from != 0) return Fate::deliver;
        return asked.contains((*ledger::check_batch(harness.genesis(), body->batch))->id) ? Fate::deliver : Fate::lose;
    };
    harness.begin();
    const auto lie = [&](std::uint64_t round) {
        wire::SyncStatus status;
        for (std::uint64_t i = 0; i < wire::pool_ids_max; ++i)
            status.waiting.push_back(test::named(suite, "no batch", round * wire::pool_ids_max + i));
        for (std::size_t to = 1; to < 3; ++to) harness.deliver(3, to, status);
    };
    for (std::uint64_t round = 0; round < 10; ++round) lie(round);
    harness.sent.clear();
    harness.run_ms(1'000);
    CHECK(harness.sent["batch-request"] <= 40);
    harness.crash(3);
    Blocks blocks(harness.federation());
    const auto batch = next(blocks, 1);
    REQUIRE(harness.submit(0, batch).ok());
    harness.run_until([&] { return harness.all_hold({batch}); }, 4'000);
}

TEST_CASE("two hundred runs over a bad network with crashes end in one chain with every batch in it") {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        ReplicaFederation harness(4, seed * 7919);
        harness.delay_max_ms = 1 + seed % 40;
        harness.journal_bytes_max = seed % 3 == 0 ? 2'000 : 64u << 20;
        const std::uint64_t loss_percent = seed % 30;
        bool bad = true;
        harness.filter = [&](std::size_t, std::size_t, const wire::Message&) {
            return bad && harness.chance()() % 100 < loss_percent ? Fate::lose : Fate::deliver;
        };
        harness.begin();
        harness.crash_one_in = seed % 4 == 0 ? 0 : 80;
        Blocks blocks(harness.federation());
        std::vector<ledger::BatchPtr> all;
        const auto raise = [&] {
            for (std::size_t i = 0; i < 4; ++i) {
                if (!harness.node(i).replica) harness.restart(i);
            }
        };
        for (std::uint64_t i = 0; i < 5; ++i) {
            all.push_back(next(blocks, i, i % 2 == 0 ? "310000" : "330000"));
            for (const auto& batch : all) {
                const std::size_t at = harness.chance()() % 4;
                if (harness.node(at).replica) static_cast<void>(harness.submit(at, batch));
            }
            harness.run_ms(harness.chance()() % 400);
            raise();
        }
        bad = false;
        harness.crash_one_in = 0;
        raise();
        raise();
        for (const auto& batch : all) static_cast<void>(harness.submit(seed % 4, batch));
        INFO("seed " << seed);
        harness.run_until([&] { return harness.all_hold(all); });
        harness.check_agreement();
        for (std::size_t i = 0; i < 4; ++i) {
            INFO("node " << i << (harness.node(i).fatal ? ": " + harness.node(i).fatal->text : ""));
            REQUIRE_FALSE(harness.node(i).fatal.has_value());
            REQUIRE(harness.node(i).banned.empty());
        }
    }
}

}  // namespace xinlian::node

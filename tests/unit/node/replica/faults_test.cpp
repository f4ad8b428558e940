// What crashes, liars, thieves of keys and bad networks can do to whole replicas, and what they cannot.
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
void make_final(ReplicaFederation& lab, Blocks& blocks, std::uint64_t from, std::uint64_t to, std::size_t at = 0) {
    for (std::uint64_t i = from; i < to; ++i) {
        const auto batch = next(blocks, i);
        REQUIRE(lab.submit(at, batch).ok());
        lab.run_until([&] { return lab.all_hold({batch}); });
    }
}
}  // namespace

TEST_CASE("one that crashed and restarted goes on where it was") {
    ReplicaFederation lab;
    lab.begin();
    Blocks blocks(lab.federation());
    make_final(lab, blocks, 0, 5);
    lab.restart(2);
    CHECK(lab.height(2) >= 5);
    make_final(lab, blocks, 5, 10, 2);
    lab.check_agreement();
}

TEST_CASE("a journal that rotates at every block loses no vote") {
    for (const std::uint64_t bytes_max : {1, 3'000}) {
        ReplicaFederation lab(4, bytes_max);
        lab.journal_bytes_max = bytes_max;
        lab.delay_max_ms = 20;
        lab.begin();
        Blocks blocks(lab.federation());
        std::vector<ledger::BatchPtr> all;
        for (std::uint64_t i = 0; i < 30; ++i) {
            all.push_back(next(blocks, i));
            REQUIRE(lab.submit(i % 4, all.back()).ok());
            for (std::size_t n = lab.chance()() % 40; n > 0; --n) lab.step(lab.now_ms() + 1'000);
            lab.restart(lab.chance()() % 4);
        }
        lab.run_until([&] {
            for (const auto& batch : all) static_cast<void>(lab.submit(0, batch));
            return lab.all_hold(all);
        });
        lab.check_agreement();
        CHECK(lab.node(0).rotations + lab.node(1).rotations + lab.node(2).rotations >= 2);
    }
}

TEST_CASE("what is said after a commit in the same turn is in the rotated journal") {
    ReplicaFederation lab;
    lab.journal_bytes_max = 1;
    lab.delay_max_ms = 30;
    lab.begin();
    Blocks blocks(lab.federation());
    std::vector<ledger::BatchPtr> all;
    for (std::uint64_t i = 0; i < 40; ++i) {
        all.push_back(next(blocks, i));
        REQUIRE(lab.submit(i % 4, all.back()).ok());
        lab.run_ms(15);
        // Every vote of an unfinal view that was ever sent is in the journal.
        for (std::size_t n = 0; n < 4; ++n) {
            std::set<std::pair<VoteKind, View>> written;
            for (const JournalRecord& record : lab.node(n).journal) {
                if (record.kind != JournalRecord::Kind::core) continue;
                const auto persisted = test::must(consensus::decode_persist(record.body));
                if (const auto* own = std::get_if<consensus::OwnVote>(&persisted))
                    written.emplace(own->vote.statement.kind, own->vote.statement.view);
            }
            const View final_view = lab.node(n).chain->snapshot()->tip.view;
            for (const auto& [key, statement] : lab.node(n).said) {
                if (statement.kind == VoteKind::propose || statement.view <= final_view) continue;
                INFO("node " << n << " said " << name_of(statement.kind) << " in view " << statement.view);
                REQUIRE(written.contains({statement.kind, statement.view}));
            }
        }
    }
    lab.run_until([&] { return lab.all_hold(all); });
}

TEST_CASE("all four crashed at once: nothing that was acknowledged is missing, and they go on") {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        ReplicaFederation lab(4, seed);
        lab.delay_max_ms = 15;
        lab.begin();
        Blocks blocks(lab.federation());
        std::vector<ledger::BatchPtr> all;
        for (std::uint64_t i = 0; i < 6; ++i) {
            all.push_back(next(blocks, i));
            REQUIRE(lab.submit(lab.chance()() % 4, all.back()).ok());
            for (std::size_t n = lab.chance()() % 60; n > 0; --n) lab.step(lab.now_ms() + 500);
        }
        for (std::size_t i = 0; i < 4; ++i) lab.crash(i);
        for (std::size_t i = 0; i < 4; ++i) lab.start(i);  // checks the receipts
        lab.connect_all();
        INFO("seed " << seed);
        lab.run_until([&] {
            // Who had no receipt sends again.
            if (lab.now_ms() % 7 == 0) {
                for (const auto& batch : all) static_cast<void>(lab.submit(0, batch));
            }
            return lab.all_hold(all);
        });
        lab.check_agreement();
    }
}

TEST_CASE("a notarized block whose batch only the journals remember is executed after all crashed") {
    ReplicaFederation lab;
    bool hold = true;
    lab.filter = [&](std::size_t, std::size_t, const wire::Message& message) {
        const auto* inner = std::get_if<wire::Consensus>(&message);
        if (!hold || inner == nullptr) return Fate::deliver;
        const auto said = consensus::decode_message(inner->message);
        const auto* vote = said ? std::get_if<consensus::Vote>(&*said) : nullptr;
        return vote != nullptr && vote->statement.kind == VoteKind::finalize ? Fate::lose : Fate::deliver;
    };
    lab.begin();
    Blocks blocks(lab.federation());
    const auto batch = next(blocks, 1);
    REQUIRE(lab.submit(0, batch).ok());
    lab.run_ms(60);
    REQUIRE(lab.height(0) == 0);
    for (std::size_t i = 0; i < 4; ++i) lab.crash(i);
    hold = false;
    for (std::size_t i = 0; i < 4; ++i) lab.start(i);
    lab.connect_all();
    lab.run_until([&] { return lab.all_hold({batch}); }, 10'000);
    lab.check_agreement();
}

TEST_CASE("a journal that saw more than the chain holds is refused") {
    ReplicaFederation lab;
    lab.begin();
    Blocks blocks(lab.federation());
    make_final(lab, blocks, 0, 1);
    const test::MemoryStore old = lab.node(1).store;
    make_final(lab, blocks, 1, 3);
    lab.crash(1);
    lab.node(1).store = old;  // the disk lost what it had reported as written
    lab.node(1).receipts.clear();
    const Status refused = lab.try_start(1);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == Errc::corrupt);
    CHECK(refused.error().text.find("move it aside") != std::string::npos);
}

TEST_CASE("a journal of another chain's block at that height is refused") {
    ReplicaFederation lab;
    lab.begin();
    Blocks blocks(lab.federation());
    make_final(lab, blocks, 0, 2);
    lab.crash(1);
    lab.node(1).journal.push_back(
        {JournalRecord::Kind::anchor, encode(JournalAnchor{lab.height(1), test::named(suite, "x", 1)})});
    const Status refused = lab.try_start(1);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == Errc::corrupt);
}

TEST_CASE("damaged journal records are refused, not skipped") {
    for (const auto kind : {JournalRecord::Kind::core, JournalRecord::Kind::block, JournalRecord::Kind::batch,
                            JournalRecord::Kind::anchor, JournalRecord::Kind::evidence}) {
        ReplicaFederation lab;
        lab.node(0).journal.push_back({kind, Bytes(7, 0xee)});
        CHECK_FALSE(lab.try_start(0).ok());
    }
}

TEST_CASE("a start goes through what is not final yet, and through that alone") {
    ReplicaFederation lab;
    lab.begin();
    Blocks blocks(lab.federation());
    make_final(lab, blocks, 0, 3);
    lab.crash(0);
    const View final_view = lab.node(0).chain->snapshot()->tip.view;
    const auto forged = [&](View view) {
        consensus::Vote vote;
        vote.statement = {VoteKind::nullify, 0, view, {}, {}};
        return JournalRecord{JournalRecord::Kind::core, consensus::encode_persist(consensus::OwnVote{vote})};
    };
    lab.node(0).journal.push_back(forged(final_view));  // as good as gone, and its signature is not looked at
    REQUIRE(lab.try_start(0).ok());
    CHECK_FALSE(lab.node(0).fatal.has_value());
    CHECK_FALSE(lab.replica(0).overview().halted);
    lab.crash(0);
    lab.node(0).journal.push_back(forged(final_view + 1'000));
    const Status started = lab.try_start(0);
    CHECK((!started.ok() || lab.replica(0).overview().halted));
}

TEST_CASE("a node without its journal follows, and votes again only when it is safe") {
    ReplicaFederation lab;
    lab.begin();
    Blocks blocks(lab.federation());
    make_final(lab, blocks, 0, 3);
    lab.crash(3);
    lab.node(3).journal.clear();
    lab.start(3, consensus::Memory::lost);
    for (std::size_t i = 0; i < 3; ++i) lab.connect(3, i);
    make_final(lab, blocks, 3, 12);  // `said` in the harness would notice a second word
    lab.run_ms(5'000);
    lab.crash(0);  // now it is needed
    make_final(lab, blocks, 12, 15, 1);
    lab.check_agreement();
}

TEST_CASE("one liar's height neither hides readiness nor stops catching up") {
    ReplicaFederation lab;
    lab.begin();
    lab.crash(3);
    Blocks blocks(lab.federation());
    make_final(lab, blocks, 0, 30);
    lab.filter = [&](std::size_t from, std::size_t to, const wire::Message& message) {
        // Node 0 lies to node 3: it claims everything, and gives nothing.
        if (from == 0 && to == 3) return Fate::lose;
        if (from == 3 && to == 0 && std::holds_alternative<wire::RangeRequest>(message))
            lab.deliver(0, 3, wire::Range{});
        return Fate::deliver;
    };
    lab.start(3);
    for (std::size_t i = 0; i < 3; ++i) lab.connect(3, i);
    std::uint64_t told = 0;
    lab.run_until(
        [&] {
            if (lab.now_ms() >= told + 100) {
                told = lab.now_ms();
                lab.deliver(0, 3, wire::SyncStatus{1'000'000, {}, {}});
            }
            return lab.height(3) == lab.height(0);
        },
        20'000);
    lab.run_ms(3'000);
    CHECK(lab.replica(3).overview().highest_known == lab.height(0));
    const std::size_t before = lab.sent["range-request"];
    for (std::size_t i = 0; i < 50; ++i) {
        lab.deliver(0, 3, wire::SyncStatus{1'000'000, {}, {}});
        lab.run_ms(20);
    }
    CHECK(lab.sent["range-request"] - before <= 10);  // a second of lies
}

TEST_CASE("a liar that answers no range costs one deadline, not one for every range") {
    ReplicaFederation lab;
    lab.begin();
    lab.crash(3);
    Blocks blocks(lab.federation());
    make_final(lab, blocks, 0, 300);
    lab.filter = [&](std::size_t from, std::size_t to, const wire::Message& message) {
        const bool liar = from == 0 && to == 3 && std::holds_alternative<wire::Range>(message);
        return liar ? Fate::lose : Fate::deliver;
    };
    lab.start(3);
    for (std::size_t i = 0; i < 3; ++i) lab.connect(3, i);
    lab.run_until([&] { return lab.height(3) >= 300; }, 8'000);
}

TEST_CASE("a long chain that nobody can finalize becomes final by a later block") {
    // As if too many had given each view up before they saw that it was notarized.
    ReplicaFederation lab;
    View hopeless = ~View{0};
    const auto is_hopeless = [&hopeless](const Statement& said) {
        return said.kind == VoteKind::finalize && said.view <= hopeless;
    };
    lab.filter = [&](std::size_t, std::size_t, const wire::Message& message) {
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
    lab.begin();
    Blocks blocks(lab.federation());
    const auto first = next(blocks, 1);
    REQUIRE(lab.submit(0, first).ok());
    const auto view = [&lab] { return lab.node(0).replica->overview().current; };
    lab.run_until([&] { return view() > 90; }, 900'000);
    CHECK(lab.height(0) == 0);
    hopeless = view() + 2;
    const auto second = next(blocks, 2);
    REQUIRE(lab.submit(1, second).ok());
    lab.run_until([&] { return lab.all_hold({first, second}); }, 60'000);
    CHECK(lab.height(0) > 64);
    lab.check_agreement();
}

TEST_CASE("a store that fails stops the node; the receipt is not given") {
    ReplicaFederation lab;
    lab.begin();
    Blocks blocks(lab.federation());
    lab.node(0).store.tear_after = 3;
    const auto batch = next(blocks, 1);
    REQUIRE(lab.submit(0, batch).ok());
    lab.run_until([&] { return lab.all_hold({batch}) && lab.node(0).fatal.has_value(); });
    CHECK(lab.node(0).fatal->text.find("the disk went away") != std::string::npos);
    CHECK_FALSE(lab.node(0).receipts.contains(batch->id));
}

TEST_CASE("batches that a peer only claims to hold do not keep a block's batches from being asked for") {
    ReplicaFederation lab;
    std::set<Hash> asked;
    lab.filter = [&](std::size_t from, std::size_t, const wire::Message& message) {
        if (const auto* request = std::get_if<wire::BatchRequest>(&message))
            asked.insert(request->ids.begin(), request->ids.end());
        const auto* body = std::get_if<wire::BatchBody>(&message);
        if (body == nullptr || from != 0) return Fate::deliver;
        return asked.contains((*ledger::check_batch(lab.genesis(), body->batch))->id) ? Fate::deliver : Fate::lose;
    };
    lab.begin();
    const auto lie = [&](std::uint64_t round) {
        wire::SyncStatus status;
        for (std::uint64_t i = 0; i < wire::pool_ids_max; ++i)
            status.waiting.push_back(test::named(suite, "no batch", round * wire::pool_ids_max + i));
        for (std::size_t to = 1; to < 3; ++to) lab.deliver(3, to, status);
    };
    for (std::uint64_t round = 0; round < 10; ++round) lie(round);
    lab.sent.clear();
    lab.run_ms(1'000);
    CHECK(lab.sent["batch-request"] <= 40);
    lab.crash(3);
    Blocks blocks(lab.federation());
    const auto batch = next(blocks, 1);
    REQUIRE(lab.submit(0, batch).ok());
    lab.run_until([&] { return lab.all_hold({batch}); }, 4'000);
}

TEST_CASE("two hundred runs over a bad network with crashes end in one chain with every batch in it") {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        ReplicaFederation lab(4, seed * 7919);
        lab.delay_max_ms = 1 + seed % 40;
        lab.journal_bytes_max = seed % 3 == 0 ? 2'000 : 64u << 20;
        const std::uint64_t loss_percent = seed % 30;
        bool bad = true;
        lab.filter = [&](std::size_t, std::size_t, const wire::Message&) {
            return bad && lab.chance()() % 100 < loss_percent ? Fate::lose : Fate::deliver;
        };
        lab.begin();
        lab.crash_one_in = seed % 4 == 0 ? 0 : 80;
        Blocks blocks(lab.federation());
        std::vector<ledger::BatchPtr> all;
        const auto raise = [&] {
            for (std::size_t i = 0; i < 4; ++i) {
                if (!lab.node(i).replica) lab.restart(i);
            }
        };
        for (std::uint64_t i = 0; i < 5; ++i) {
            all.push_back(next(blocks, i, i % 2 == 0 ? "310000" : "330000"));
            for (const auto& batch : all) {
                const std::size_t at = lab.chance()() % 4;
                if (lab.node(at).replica) static_cast<void>(lab.submit(at, batch));
            }
            lab.run_ms(lab.chance()() % 400);
            raise();
        }
        bad = false;
        lab.crash_one_in = 0;
        raise();
        raise();
        for (const auto& batch : all) static_cast<void>(lab.submit(seed % 4, batch));
        INFO("seed " << seed);
        lab.run_until([&] { return lab.all_hold(all); });
        lab.check_agreement();
        for (std::size_t i = 0; i < 4; ++i) {
            INFO("node " << i << (lab.node(i).fatal ? ": " + lab.node(i).fatal->text : ""));
            REQUIRE_FALSE(lab.node(i).fatal.has_value());
            REQUIRE(lab.node(i).banned.empty());
        }
    }
}

}  // namespace xinlian::node

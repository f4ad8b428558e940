// Tests execution: sequence rules, outcomes, lists, evidence and the resulting state.
#include "ledger/state/execute.hpp"

#include <algorithm>

#include "tests/unit/ledger/federation.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::rules_test;

namespace {

constexpr Suite sha = Suite::ed25519_sha256;

// A chain of blocks of one federation, for tests of several consecutive batches.
struct Ledger {
    Genesis genesis = genesis_with({});
    ExecutedBlockPtr tip = genesis_executed(genesis);

    // The next batch in the feed, alone in the next block.
    BatchOutcome write(const std::string& issuer, std::vector<Entry> entries) {
        const FeedState feed = tip->after.feed(issuer);
        return put({batch_of(genesis, issuer, feed.next_sequence, feed.head, std::move(entries))});
    }
    BatchOutcome put(const std::vector<BatchPtr>& batches) {
        tip = run(genesis, tip, batches);
        return tip->outcomes.back();
    }
};

// The state after a refused batch must equal the one before, except for the outcome.
void refused(Ledger& ledger, const std::string& issuer, std::vector<Entry> entries, Reason reason,
             std::uint32_t entry = 0) {
    const ExecutedBlockPtr before = ledger.tip;
    const BatchOutcome outcome = ledger.write(issuer, std::move(entries));
    CHECK(name_of(outcome.reason) == name_of(reason));
    CHECK(outcome.entry == entry);
    const ExecutedBlock& after = *ledger.tip;
    CHECK(after.entries.empty());
    CHECK(after.leaf_hashes.empty());
    CHECK(after.result.log_size == before->result.log_size);
    CHECK(after.result.log_root == before->result.log_root);
    REQUIRE(after.changes.size() == 1);
    CHECK(after.changes[0].key == state_key(sha, StateKind::batch, after.batches[0]->id.view()));
    CHECK(after.after.map.size() == before->after.map.size() + 1);
    CHECK(after.after.outcome(after.batches[0]->id) == outcome);
    CHECK(after.after.feed(issuer) == before->after.feed(issuer));
}

}  // namespace

TEST_CASE("the state before height 1 is empty") {
    for (const Suite suite : {sha, Suite::sm2_sm3}) {
        const Genesis genesis = genesis_with({}, suite);
        const ExecutedBlockPtr start = genesis_executed(genesis);
        CHECK(start->id == block_id(suite, genesis_block(genesis).header));
        CHECK(start->result.log_size == 0);
        CHECK(start->result.log_root == log_empty_root(suite));
        CHECK(start->result.state_root.is_zero());
        CHECK(start->after.feed("310000") == FeedState{});
        CHECK(!start->after.record(named("r")));
        CHECK(!start->after.subject(named("s")));
        CHECK(!start->after.outcome(named("b")));
    }
}

TEST_CASE("an accepted batch becomes leaves, records, subjects, a feed and an outcome") {
    Ledger ledger;
    ledger.write("320000", {create("earlier")});
    const BatchOutcome outcome = ledger.write("310000", {create("r1"), create("r2", "another company"), create("r3")});
    const ExecutedBlock& done = *ledger.tip;
    CHECK(outcome == BatchOutcome{Reason::accepted, 0, 2, 1, 3});
    REQUIRE(done.entries.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(done.entries[i] == LogEntry{2, done.block.header.time, "310000", done.batches[0]->batch.entries[i]});
        CHECK(done.leaf_hashes[i] == log_leaf_hash(sha, encode(done.entries[i])));
    }
    const auto record = done.after.record(named("r2"));
    REQUIRE(record);
    CHECK(*record == RecordState{"310000", create("r2", "another company"), 2});
    CHECK(done.after.subject(named("a company"))->count == 3);
    CHECK(done.after.subject(named("another company"))->count == 1);
    CHECK(done.after.feed("310000") == FeedState{2, done.batches[0]->id});
    CHECK(done.after.outcome(done.batches[0]->id) == outcome);
    CHECK(done.result == done.after.result());
}

TEST_CASE("the subject's chain covers the leaves about it from all issuers, in order") {
    Ledger ledger;
    std::vector<Hash> leaves;
    for (const std::string issuer : {"310000", "320000", "310000"}) {
        ledger.write(issuer, {create(issuer + std::to_string(leaves.size())),
                              create(named(issuer).hex() + std::to_string(leaves.size()), "other")});
        leaves.push_back(ledger.tip->leaf_hashes[0]);
    }
    Hash head;
    for (std::size_t i = 0; i < leaves.size(); ++i) head = list_next(sha, head, leaves[i], 2 * i);
    CHECK(*ledger.tip->after.subject(named("a company")) == ListState{3, head});
    // The rule itself, written out once.
    std::string bytes = std::string("\x0fxinlian/v1/list") + std::string(32, '\0');
    bytes += std::string(as_text(leaves[0].view())) + std::string("\0\0\0\0\0\0\1\2", 8);
    CHECK(list_next(sha, {}, leaves[0], 258) == hash(sha, as_bytes(bytes)));
}

TEST_CASE("log and map roots are those of the leaves and of the changes") {
    Ledger ledger;
    std::vector<Hash> leaves;
    MerkleMap map(sha);
    for (int i = 0; i < 5; ++i) {
        const std::string n = std::to_string(i);
        ledger.write(i % 2 == 0 ? "310000" : "320000",
                     {create("x" + n), create("y" + n, "subject " + n), create("z" + n)});
        const ExecutedBlock& done = *ledger.tip;
        leaves.insert(leaves.end(), done.leaf_hashes.begin(), done.leaf_hashes.end());
        CHECK(done.result.log_root == log_root_of(sha, leaves));
        const auto by_key = [](const MapChange& a, const MapChange& b) { return a.key < b.key; };
        CHECK(std::is_sorted(done.changes.begin(), done.changes.end(), by_key));
        CHECK(std::adjacent_find(done.changes.begin(), done.changes.end(),
                                 [](const auto& a, const auto& b) { return a.key == b.key; }) == done.changes.end());
        map = map.apply(done.changes);
        CHECK(map.root() == done.result.state_root);
    }
}

TEST_CASE("a block without batches changes nothing") {
    Ledger ledger;
    ledger.write("310000", {create("r")});
    const ExecutionResult before = ledger.tip->result;
    ledger.tip = run(ledger.genesis, ledger.tip, {});
    CHECK(ledger.tip->result == before);
    CHECK(ledger.tip->changes.empty());
}

TEST_CASE("two blocks on one parent do not disturb each other") {
    Ledger ledger;
    ledger.write("310000", {create("r")});
    const ExecutedBlockPtr parent = ledger.tip;
    const ExecutionResult kept = parent->after.result();
    ledger.write("310000", {create("left")});
    const ExecutedBlockPtr left = ledger.tip;
    ledger.tip = parent;
    ledger.write("310000", {create("right")});
    CHECK(parent->after.result() == kept);
    CHECK(left->after.record(named("left")));
    CHECK(!left->after.record(named("right")));
    CHECK(!ledger.tip->after.record(named("left")));
}

TEST_CASE("the life of a record: create, update, overwrite, delete") {
    Ledger ledger;
    CHECK(ledger.write("310000", {create("r")}).reason == Reason::accepted);
    CHECK(ledger.write("310000", {change(Operation::update, "r", 1)}).reason == Reason::accepted);
    CHECK(ledger.write("310000", {change(Operation::overwrite, "r", 1)}).reason == Reason::accepted);
    CHECK(ledger.write("310000", {change(Operation::overwrite, "r", 1)}).reason == Reason::accepted);
    CHECK(ledger.write("310000", {change(Operation::update, "r", 2)}).reason == Reason::accepted);
    CHECK(ledger.write("310000", {change(Operation::remove, "r", 3)}).reason == Reason::accepted);
    const auto state = ledger.tip->after.record(named("r"));
    CHECK(state->entry.operation == Operation::remove);
    CHECK(state->index == 5);
    CHECK(ledger.tip->after.subject(named("a company"))->count == 6);
}

TEST_CASE("a batch out of its feed's order is refused") {
    Ledger ledger;
    ledger.write("310000", {create("r1")});
    const Hash first = ledger.tip->batches[0]->id;
    const auto outcome = [&](std::uint64_t sequence, const Hash& previous) {
        Ledger other = ledger;
        return other.put({batch_of(ledger.genesis, "310000", sequence, previous, {create("r2")})}).reason;
    };
    CHECK(outcome(2, first) == Reason::accepted);
    CHECK(outcome(1, {}) == Reason::wrong_sequence);
    CHECK(outcome(3, first) == Reason::wrong_sequence);
    CHECK(outcome(UINT64_MAX, first) == Reason::wrong_sequence);
    CHECK(outcome(2, named("another")) == Reason::wrong_previous);
    // Another issuer's feed is separate.
    CHECK(ledger.put({batch_of(ledger.genesis, "320000", 2, first, {create("r2")})}).reason == Reason::wrong_sequence);
    CHECK(ledger.put({batch_of(ledger.genesis, "320000", 1, {}, {create("r2")})}).reason == Reason::accepted);
}

TEST_CASE("a record is created once, by whomever") {
    Ledger ledger;
    ledger.write("310000", {create("r")});
    refused(ledger, "310000", {create("r")}, Reason::already_exists);
    refused(ledger, "320000", {create("new"), create("r")}, Reason::already_exists, 1);
    CHECK(!ledger.tip->after.record(named("new")));
    CHECK(ledger.write("320000", {create("new")}).reason == Reason::accepted);
}

TEST_CASE("what does not exist cannot be changed") {
    for (const Operation operation : {Operation::update, Operation::overwrite, Operation::remove}) {
        Ledger ledger;
        refused(ledger, "310000", {create("a"), create("b"), change(operation, "r", 1)}, Reason::no_such_record, 2);
    }
}

TEST_CASE("versions go up by one, and stay for an overwrite") {
    Ledger ledger;
    ledger.write("310000", {create("r")});
    ledger.write("310000", {change(Operation::update, "r", 1)});
    for (const std::uint32_t version : {1U, 3U, UINT32_MAX}) {
        refused(ledger, "310000", {change(Operation::update, "r", version)}, Reason::wrong_version);
        refused(ledger, "310000", {change(Operation::remove, "r", version)}, Reason::wrong_version);
    }
    for (const std::uint32_t version : {0U, 2U, UINT32_MAX}) {
        refused(ledger, "310000", {change(Operation::overwrite, "r", version)}, Reason::wrong_version);
    }
    CHECK(ledger.write("310000", {change(Operation::overwrite, "r", 1)}).reason == Reason::accepted);
    CHECK(ledger.write("310000", {change(Operation::update, "r", 2)}).reason == Reason::accepted);
}

TEST_CASE("a deleted record stays deleted") {
    Ledger ledger;
    ledger.write("310000", {create("r")});
    ledger.write("310000", {change(Operation::remove, "r", 1)});
    refused(ledger, "310000", {create("r")}, Reason::already_exists);
    refused(ledger, "320000", {create("r")}, Reason::already_exists);
    refused(ledger, "310000", {change(Operation::update, "r", 2)}, Reason::deleted);
    refused(ledger, "310000", {change(Operation::overwrite, "r", 1)}, Reason::deleted);
    refused(ledger, "310000", {change(Operation::remove, "r", 2)}, Reason::deleted);
}

TEST_CASE("only its issuer changes a record") {
    Ledger ledger;
    ledger.write("310000", {create("r")});
    refused(ledger, "320000", {change(Operation::update, "r", 1)}, Reason::wrong_issuer);
    refused(ledger, "320000", {change(Operation::overwrite, "r", 0)}, Reason::wrong_issuer);
    refused(ledger, "320000", {change(Operation::remove, "r", 1)}, Reason::wrong_issuer);
    CHECK(ledger.write("310000", {change(Operation::update, "r", 1)}).reason == Reason::accepted);
}

TEST_CASE("a record keeps its subject and its category") {
    Ledger ledger;
    ledger.write("310000", {create("r")});
    for (const Operation operation : {Operation::update, Operation::overwrite, Operation::remove}) {
        const std::uint32_t version = operation == Operation::overwrite ? 0 : 1;
        refused(ledger, "310000", {change(operation, "r", version, "another company")}, Reason::wrong_subject);
        Entry entry = change(operation, "r", version);
        entry.category = Category::licence;
        refused(ledger, "310000", {entry}, Reason::wrong_subject);
    }
    CHECK(ledger.write("310000", {change(Operation::update, "r", 1)}).reason == Reason::accepted);
}

TEST_CASE("a batch sees what earlier batches of its block did, and nothing of refused ones") {
    Ledger ledger;
    const Genesis& genesis = ledger.genesis;
    const BatchPtr first = batch_of(genesis, "310000", 1, {}, {create("r"), create("q")});
    const BatchPtr bad = batch_of(genesis, "320000", 1, {}, {create("s"), create("r")});
    const BatchPtr second = batch_of(genesis, "310000", 2, first->id, {change(Operation::update, "r", 1)});
    const BatchPtr again = batch_of(genesis, "320000", 1, {}, {create("s")});
    const BatchPtr late = batch_of(genesis, "310000", 2, first->id, {change(Operation::update, "q", 1)});
    const BatchPtr third = batch_of(genesis, "310000", 3, second->id, {change(Operation::remove, "r", 2)});
    ledger.put({first, bad, second, again, late, third});
    const ExecutedBlock& done = *ledger.tip;
    std::vector<Reason> reasons;
    for (const BatchOutcome& outcome : done.outcomes) reasons.push_back(outcome.reason);
    CHECK(reasons == std::vector<Reason>{Reason::accepted, Reason::already_exists, Reason::accepted, Reason::accepted,
                                         Reason::wrong_sequence, Reason::accepted});
    CHECK(done.entries.size() == 5);
    CHECK(done.outcomes[5].first_index == 4);
    CHECK(done.after.record(named("r"))->entry.version == 2);
    CHECK(done.after.record(named("r"))->index == 4);
    CHECK(done.after.record(named("q"))->entry.version == 0);
    CHECK(done.after.record(named("s"))->issuer == "320000");
    CHECK(done.after.subject(named("a company"))->count == 5);
    CHECK(done.after.feed("310000") == FeedState{4, third->id});
}

TEST_CASE("keys of different kinds never meet, and reasons have names of their own") {
    std::vector<std::string> seen;
    for (const StateKind kind :
         {StateKind::record, StateKind::subject, StateKind::feed, StateKind::batch, StateKind::evidence,
          StateKind::grants_of_subject, StateKind::uses_of_grant, StateKind::acts_of_member, StateKind::holder,
          StateKind::grant, StateKind::query, StateKind::account, StateKind::rules}) {
        seen.push_back(state_key(sha, kind, named("x").view()).hex());
    }
    for (std::uint8_t i = 0; i <= 53; ++i) seen.emplace_back(name_of(static_cast<Reason>(i)));
    std::sort(seen.begin(), seen.end());
    CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
    CHECK(!is_known(static_cast<Reason>(54)));
    CHECK(!is_known(static_cast<StateKind>(0)));
    CHECK(!is_known(static_cast<StateKind>(14)));
}

// --- evidence ---

namespace {

Block accusing(const Genesis& genesis, const ExecutedBlockPtr& parent, std::vector<Evidence> evidence) {
    Block block = block_after(genesis, parent->block.header, {});
    block.evidence = std::move(evidence);
    block.header.body_hash = body_hash(genesis.suite(), block);
    return block;
}

}  // namespace

TEST_CASE("evidence in a block becomes part of the state: who, in which view, since when") {
    for (const Suite suite : {sha, Suite::sm2_sm3}) {
        const Genesis genesis = genesis_with({}, suite);
        const ExecutedBlockPtr start = genesis_executed(genesis);
        const Evidence one = evidence_against(genesis, 1, 5), three = evidence_against(genesis, 3, 6);
        const ExecutedBlockPtr done = execute(genesis, start->after, accusing(genesis, start, {one, three}), {});
        const auto state = done->after.evidence(0, 1);
        REQUIRE(state);
        CHECK(state->member == genesis.validator(1).id);
        CHECK(state->view == 5);
        CHECK(state->digest == evidence_digest(suite, one));
        CHECK(state->height == 1);
        CHECK(state->time == done->block.header.time);
        CHECK(done->after.evidence(0, 3)->view == 6);
        CHECK_FALSE(done->after.evidence(0, 2));
        CHECK_FALSE(done->after.evidence(1, 1));  // of another epoch
        CHECK(done->changes.size() == 2);
        CHECK(done->result.state_root != start->result.state_root);
        CHECK(done->result.log_size == 0);  // no entry of anybody
        // Batches of the same block are not affected.
        const ExecutedBlockPtr next = run(genesis, done, {batch_of(genesis, "310000", 1, {}, {create("a record")})});
        CHECK(next->after.evidence(0, 1) == state);
        CHECK(next->result.log_size == 1);
    }
}

TEST_CASE("a block carries evidence and batches together, and each does what it does alone") {
    const Genesis genesis = genesis_with({});
    const ExecutedBlockPtr start = genesis_executed(genesis);
    const BatchPtr batch = batch_of(genesis, "310000", 1, {}, {create("a record"), create("another")});
    Block block = block_after(genesis, start->block.header, {batch});
    block.evidence = {evidence_against(genesis, 2)};
    block.header.body_hash = body_hash(sha, block);
    REQUIRE(check_block(genesis, genesis.parameters(), block, start->block.header).ok());
    const ExecutedBlockPtr both = execute(genesis, start->after, block, {batch});
    CHECK(both->after.evidence(0, 2));
    CHECK(both->after.outcome(batch->id)->reason == Reason::accepted);
    CHECK(std::is_sorted(both->changes.begin(), both->changes.end(),
                         [](const MapChange& a, const MapChange& b) { return a.key < b.key; }));
    CHECK(both->changes.size() == 1 + 2 + 1 + 1 + 1);  // evidence; records, subject, feed, batch
}

TEST_CASE("one piece of evidence for a member and epoch: a block with a second one is not new to its branch") {
    const Genesis genesis = genesis_with({});
    const ExecutedBlockPtr start = genesis_executed(genesis);
    const Block first = accusing(genesis, start, {evidence_against(genesis, 1, 5)});
    REQUIRE(check_new(start->after, first).ok());
    const ExecutedBlockPtr done = execute(genesis, start->after, first, {});
    for (const View view : {5, 8}) {  // the same, or of another view
        const Block again = accusing(genesis, done, {evidence_against(genesis, 1, view)});
        REQUIRE(check_block(genesis, genesis.parameters(), again, done->block.header).ok());
        const Status refused_again = check_new(done->after, again);
        REQUIRE_FALSE(refused_again.ok());
        CHECK(refused_again.error().code == Errc::invalid);
        CHECK_THAT(refused_again.error().text, Catch::Contains("already contains evidence against member 1"));
    }
    CHECK(check_new(done->after, accusing(genesis, done, {evidence_against(genesis, 2, 5)})).ok());
    CHECK(check_new(start->after, accusing(genesis, done, {evidence_against(genesis, 1, 5)})).ok());  // another branch
}

TEST_CASE("a block with a batch that its branch has decided is not new to it") {
    const Genesis genesis = genesis_with({});
    const ExecutedBlockPtr start = genesis_executed(genesis);
    const BatchPtr batch = batch_of(genesis, "310000", 1, {}, {create("a record")});
    CHECK(check_new(start->after, block_after(genesis, start->block.header, {batch})).ok());
    const ExecutedBlockPtr done = run(genesis, start, {batch});
    CHECK_FALSE(check_new(done->after, block_after(genesis, done->block.header, {batch})).ok());
}

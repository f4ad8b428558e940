// Tests which journal records stay live after an anchor.
#include "node/replica/journal_memory.hpp"

#include <catch2/catch.hpp>

namespace xinlian::node {

namespace {

using Kind = JournalRecord::Kind;
using Memory = JournalMemory;

JournalRecord record(Kind kind, std::uint8_t content, std::size_t bytes = 10) { return {kind, Bytes(bytes, content)}; }

Memory::Purpose vote(View view) {
    Statement statement{VoteKind::notarize, 0, view, Hash{}, {}};
    return consensus::Persist(consensus::OwnVote{{statement, {}}});
}

// The first bytes of the bodies of the records after the anchor.
std::vector<int> contents(const std::vector<JournalRecord>& records) {
    REQUIRE(!records.empty());
    CHECK(records[0].kind == Kind::anchor);
    std::vector<int> firsts;
    for (std::size_t i = 1; i < records.size(); ++i) firsts.push_back(records[i].body.at(0));
    return firsts;
}

}  // namespace

TEST_CASE("a new record is returned unchanged, counted and retained in its order") {
    Memory memory;
    const JournalRecord block = memory.add(Memory::OfView{1}, record(Kind::block, 1));
    CHECK(block.kind == Kind::block);
    CHECK(block.body == Bytes(10, 1));
    memory.add(vote(1), record(Kind::core, 2, 20));
    memory.add(Memory::OfMember{3}, record(Kind::evidence, 3));
    CHECK(memory.bytes() == 40);
    CHECK(contents(memory.rotate({})) == std::vector<int>{1, 2, 3});
}

TEST_CASE("records are retained until their view is final or the evidence is on the ledger") {
    Memory memory;
    for (std::uint8_t view = 1; view <= 3; ++view) {
        memory.add(Memory::OfView{view}, record(Kind::batch, view));
        memory.add(vote(view), record(Kind::core, static_cast<std::uint8_t>(10 + view)));
        memory.add(Memory::OfMember{view}, record(Kind::evidence, static_cast<std::uint8_t>(20 + view)));
    }
    memory.prune(2, {{1, {}}, {3, {}}});
    CHECK(contents(memory.rotate({})) == std::vector<int>{21, 3, 13, 23});
    memory.prune(3, {});
    CHECK(contents(memory.rotate({})).empty());
}

TEST_CASE("a rotation counts what is left, and pruning alone frees nothing on disk") {
    Memory memory;
    memory.add(Memory::OfView{1}, record(Kind::block, 1, 1'000));
    memory.add(Memory::OfView{2}, record(Kind::block, 2, 50));
    memory.prune(1, {});
    CHECK(memory.bytes() == 1'050);
    const auto records = memory.rotate({7, {}});
    CHECK(memory.bytes() == records[0].body.size() + 50);
}

TEST_CASE("an anchor counts as on disk once the caller has written it") {
    Memory memory;
    const JournalAnchor tip{5, Hash{}};
    const JournalRecord written = memory.anchor(tip);
    CHECK(written.kind == Kind::anchor);
    CHECK(written.body == encode(tip));
    CHECK(memory.anchored() == 5);
    CHECK(memory.anchored_on_disk() == 0);
    memory.written();
    CHECK(memory.anchored_on_disk() == 5);
    Memory restarted;
    restarted.recall_anchor(5);
    CHECK(restarted.anchored() == 5);
    CHECK(restarted.anchored_on_disk() == 5);
}

TEST_CASE("a record that is read after a restart is counted even if it is not retained") {
    Memory memory;
    memory.count(record(Kind::block, 1, 100));
    CHECK(memory.bytes() == 100);
    CHECK(contents(memory.rotate({})).empty());
    memory.retain(Memory::OfView{4}, record(Kind::block, 9));
    CHECK(contents(memory.rotate({})) == std::vector<int>{9});
}

}  // namespace xinlian::node

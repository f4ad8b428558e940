// Writing a feed: a vault on disk, signed batches, and a scripted node.
#include "node/issuer/feed_writer.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/node/scratch_folder.hpp"
#include "tests/unit/node/scripted_node.hpp"

using namespace xinlian;
using namespace xinlian::node;
using test::must;

namespace {

// An issuer that writes `count` rows at a time.
struct Desk {
    explicit Desk(Suite suite = Suite::ed25519_sha256) : federation(suite), node(federation) {}

    std::unique_ptr<Vault> vault() const {
        const VaultKeyPlace key{folder.path("vault.key"), federation.suite(), "310000"};
        return must(Vault::open(folder.path("vault.sqlite"), federation.genesis().chain_id(), key, VaultUse::write));
    }
    Result<std::unique_ptr<FeedWriter>> open(Vault& vault_of) {
        XL_TRY(std::unique_ptr<FeedWriter> feed,
               FeedWriter::open(issuer, vault_of, node.client(), node.patience({10'000})));
        feed->set_batch_rows(batch_rows);
        return feed;
    }
    // One row of the n-th record.
    Status append(FeedWriter& feed, std::uint64_t n) const {
        const ledger::Entry entry = test::create(federation.suite(), n, n);
        VaultRecord row;
        row.id = entry.record;
        row.subject = entry.subject;
        row.digest = entry.digest;
        row.document = "document " + std::to_string(n);
        return feed.append(entry, std::move(row));
    }
    // One run of a command: open, resume, write the records from..to - 1, close.
    Status run(std::uint64_t from, std::uint64_t to) {
        const auto open_vault = vault();
        XL_TRY(const std::unique_ptr<FeedWriter> feed, open(*open_vault));
        XL_TRY_STATUS(feed->resume());
        for (std::uint64_t n = from; n < to; ++n) XL_TRY_STATUS(append(*feed, n));
        XL_TRY_STATUS(feed->flush());
        return feed->wait_for_all();
    }

    ScratchFolder folder;
    test::Federation federation;
    ScriptedNode node;
    std::size_t batch_rows = 10;
    Issuer issuer{federation.genesis(), "310000", federation.issuer("310000"),
                  test::named(Suite::ed25519_sha256, "channel", 1), test::named(Suite::ed25519_sha256, "record", 1)};
};

}  // namespace

TEST_CASE("a feed is written in batches, each with its rows in the vault and its receipt") {
    for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) {
        Desk desk(suite);
        must(desk.run(0, 25));
        CHECK(desk.node.log_size == 25);
        const auto vault = desk.vault();
        CHECK(must(vault->pending()).empty());
        for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) {
            const auto batch = must(vault->batch(sequence));
            REQUIRE(batch);
            CHECK(batch->state == BatchState::final);
            CHECK(batch->entry_count == (sequence < 3 ? 10 : 5));
            CHECK(batch->receipt.outcome.first_index == (sequence - 1) * 10);
            CHECK(as_text(batch->proof) == "proof");
        }
        CHECK_FALSE(must(vault->batch(4)));
    }
}

TEST_CASE("a record is in preparation until its batch is sent") {
    Desk desk;
    desk.batch_rows = 2;
    const auto vault = desk.vault();
    const auto feed = must(desk.open(*vault));
    const Hash record = test::create(desk.federation.suite(), 0, 0).record;
    CHECK(feed->in_preparation(record) == nullptr);
    must(desk.append(*feed, 0));
    REQUIRE(feed->in_preparation(record) != nullptr);
    CHECK(feed->in_preparation(record)->document == "document 0");
    CHECK(feed->batches() == 0);
    must(desk.append(*feed, 1));
    CHECK(feed->in_preparation(record) == nullptr);
    CHECK(feed->batches() == 1);
    must(feed->flush());
    CHECK(feed->batches() == 1);
    must(feed->wait_for_all());
}

TEST_CASE("a batch has at least one row and at most what the federation permits") {
    Desk desk;
    desk.batch_rows = 0;
    must(desk.run(0, 3));
    CHECK(desk.node.bodies.size() == 3);
    desk.batch_rows = ~std::size_t{0};
    must(desk.run(3, 23));
    CHECK(desk.node.bodies.size() == 4);
}

TEST_CASE("what is pending is sent again byte for byte, also with a suite whose signatures differ each time") {
    Desk desk(Suite::sm2_sm3);
    desk.node.deaf_after_posts = 1;
    CHECK_FALSE(desk.run(0, 30).ok());
    CHECK_FALSE(must(desk.vault()->pending()).empty());
    desk.node.deaf_after_posts = ~std::size_t{0};
    {
        const auto vault = desk.vault();
        const auto feed = must(desk.open(*vault));
        CHECK(must(feed->resume()) > 0);
        CHECK(must(feed->resume()) == 0);
    }
    CHECK(desk.node.changed_bytes == 0);
    CHECK(must(desk.vault()->pending()).empty());
}

TEST_CASE("a busy node, a lost connection and a forgotten batch are survived") {
    Desk desk;
    desk.batch_rows = 50;
    desk.node.busy_next = 3;
    desk.node.fail_next = 3;
    desk.node.forget_after = 2;
    must(desk.run(0, 50));
    CHECK(desk.node.paused.ms > 0);
    desk.node.forget_after = desk.node.posts + 1;
    must(desk.run(50, 90));
    CHECK(desk.node.log_size == 90);
}

TEST_CASE("a vault put back from an old copy is refused before anything is signed") {
    Desk desk;
    must(desk.run(0, 10));
    std::filesystem::copy_file(desk.folder.path("vault.sqlite"), desk.folder.path("old"));
    must(desk.run(10, 20));
    std::filesystem::rename(desk.folder.path("old"), desk.folder.path("vault.sqlite"));
    const std::size_t posts = desk.node.posts;
    const Status refused = desk.run(20, 30);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == Errc::conflict);
    CHECK(desk.node.posts == posts);
}

TEST_CASE("a node that is behind, or on another history, is not written to") {
    Desk desk;
    must(desk.run(0, 10));
    const Hash head = std::exchange(desk.node.head, test::named(Suite::ed25519_sha256, "other", 1));
    CHECK(desk.run(10, 20).error().code == Errc::conflict);
    desk.node.head = head;
    desk.node.next_sequence = 1;
    CHECK(desk.run(10, 20).error().code == Errc::busy);
}

TEST_CASE("an act is a batch of its own; a refused one leaves the feed as it was") {
    Desk desk;
    const auto vault = desk.vault();
    const auto feed = must(desk.open(*vault));
    const auto accepted = must(feed->act(test::create(desk.federation.suite(), 1, 1)));
    CHECK(accepted.outcome.reason == ledger::Reason::accepted);
    CHECK(must(vault->batch(1))->state == BatchState::final);
    desk.node.next_sequence = 7;  // somebody else's batches came in between
    const auto refused = must(feed->act(test::create(desk.federation.suite(), 2, 2)));
    CHECK(refused.outcome.reason == ledger::Reason::wrong_sequence);
    CHECK(must(vault->feed_end()).sequence == 1);
    CHECK(must(vault->feed_end()).id == accepted.batch);
    desk.node.next_sequence = 2;
    CHECK(must(feed->act(test::create(desk.federation.suite(), 3, 3))).outcome.reason == ledger::Reason::accepted);
}

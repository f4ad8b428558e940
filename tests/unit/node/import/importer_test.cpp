// Tests importing with a vault on disk, signed batches, and a scripted node.
#include <catch2/catch.hpp>
#include <fstream>

#include "crypto/files.hpp"
#include "node/import/importer.hpp"
#include "node/import/samples.hpp"
#include "tests/support/names.hpp"
#include "tests/unit/node/scratch_folder.hpp"
#include "tests/unit/node/scripted_node.hpp"

using namespace xinlian;
using namespace xinlian::node;
using test::must;

namespace {

constexpr Time now{1'800'000'000'000};

struct Bench {
    explicit Bench(Suite suite = Suite::ed25519_sha256) : federation(suite), node(federation) {}

    std::unique_ptr<Vault> vault() const {
        const VaultKeyPlace key{folder.path("vault.key"), federation.suite(), "310000"};
        return must(Vault::open(folder.path("vault.sqlite"), federation.genesis().chain_id(), key, VaultUse::write));
    }
    Result<std::unique_ptr<FeedWriter>> feed(Vault& vault_of) {
        return FeedWriter::open(issuer, vault_of, node.client(), node.patience({10'000}));
    }
    // One run of the command: open, resume, import, close.
    Result<ImportSummary> run(const std::string& name, Personal personal = Personal::drop,
                              std::size_t batch_rows = 10) {
        const auto open = vault();
        XL_TRY(const std::unique_ptr<FeedWriter> into, feed(*open));
        XL_TRY_STATUS(into->resume());
        ImportSettings settings;
        settings.batch_rows = batch_rows;
        settings.personal = personal;
        return Importer(*into).import(folder.path(name), settings, now);
    }
    void sample(const std::string& name, std::size_t rows, Dirt dirt = Dirt::none) const {
        write(name, must(print_sample(must(make_sample("310000", rows, 1, dirt)), Layout::csv, Encoding::utf8_bom,
                                      SampleHeader::codes)));
    }
    void write(const std::string& name, std::string_view text) const {
        std::ofstream(folder.path(name), std::ios::binary) << text;
    }
    std::string read(const std::string& name) const {
        const Bytes bytes = must(read_file(folder.path(name), 1u << 28));
        return std::string(as_text(bytes));
    }

    ScratchFolder folder;
    test::Federation federation;
    ScriptedNode node;
    Issuer issuer{federation.genesis(), "310000", federation.issuer("310000"),
                  test::named(Suite::ed25519_sha256, "channel", 1), test::named(Suite::ed25519_sha256, "record", 1)};
};

}  // namespace

TEST_CASE("importing writes a record, a salt and a receipt for every row") {
    for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) {
        Bench bench(suite);
        bench.sample("a.csv", 25);
        const auto summary = must(bench.run("a.csv"));
        CHECK(summary.created == 25);
        CHECK(summary.batches == 3);
        CHECK(bench.node.log_size == 25);
        const auto vault = bench.vault();
        CHECK(must(vault->pending()).empty());
        std::size_t found = 0;
        for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) {
            const auto batch = must(vault->batch(sequence));
            REQUIRE(batch);
            CHECK(batch->state == BatchState::final);
            CHECK(batch->receipt.outcome.height == sequence);
            CHECK(batch->receipt.outcome.first_index == (sequence - 1) * 10);
            CHECK(as_text(batch->proof) == "proof");
            found += batch->entry_count;
        }
        CHECK(found == 25);
    }
}

TEST_CASE("importing the same file again writes nothing") {
    Bench bench;
    bench.sample("a.csv", 25, Dirt::some);
    const auto first = must(bench.run("a.csv"));
    const std::size_t posts = bench.node.posts;
    const auto again = must(bench.run("a.csv"));
    CHECK(again.created == 0);
    CHECK(again.changed == 0);
    CHECK(again.same == first.created + first.same);
    CHECK(bench.node.posts == posts);
}

TEST_CASE("a record whose content changed becomes its next version, and the vault keeps both") {
    Bench bench;
    bench.sample("a.csv", 5);
    must(bench.run("a.csv"));
    std::string text = bench.read("a.csv");
    text.replace(text.find("示例管理办法"), std::string("示例管理办法").size(), "示例管理条例");
    bench.write("a.csv", text);
    const auto summary = must(bench.run("a.csv"));
    CHECK(summary.changed == 1);
    CHECK(summary.same == 4);
    const auto vault = bench.vault();
    const std::size_t at = text.find("沪");
    std::vector<std::uint32_t> versions;
    must(vault->find_document(
        test::document_of(text.substr(at, text.find("号", at) + 3 - at)), [&](const VaultRecord& record) {
            const auto row = must(decode<ledger::Record>(record.canonical));
            CHECK(ledger::record_digest(Suite::ed25519_sha256, row, record.salt) == record.digest);
            versions.push_back(record.version);
            return true;
        }));
    CHECK(versions == std::vector<std::uint32_t>{0, 1});
}

TEST_CASE("two contents of one record in a file go into two batches") {
    Bench bench;
    bench.sample("a.csv", 1);
    std::string text = bench.read("a.csv");
    std::string row = text.substr(text.find("\r\n") + 2);
    row.replace(row.find("示例管理办法"), std::string("示例管理办法").size(), "示例管理条例");
    bench.write("a.csv", text + row);
    const auto summary = must(bench.run("a.csv"));
    CHECK(summary.created == 1);
    CHECK(summary.changed == 1);
    CHECK(summary.batches == 2);
}

TEST_CASE("a node that dies in the middle loses nothing and repeats nothing") {
    for (const std::size_t survived : {0, 1, 3, 5}) {
        Bench bench;
        bench.sample("a.csv", 100);
        bench.node.deaf_after_posts = survived;
        if (survived > 0) {
            const auto broken = bench.run("a.csv");
            REQUIRE_FALSE(broken.ok());
            CHECK(broken.error().code == Errc::unavailable);
        }
        bench.node.deaf_after_posts = ~std::size_t{0};
        const auto summary = must(bench.run("a.csv"));
        CHECK(summary.created + summary.same == 100);
        CHECK(bench.node.log_size == 100);
        CHECK(bench.node.changed_bytes == 0);
        CHECK(must(bench.vault()->pending()).empty());
    }
}

TEST_CASE("a rejected batch stops the import with its reason") {
    Bench bench;
    bench.sample("a.csv", 10);
    const auto vault = bench.vault();
    const auto feed = must(bench.feed(*vault));
    bench.node.next_sequence = 7;  // somebody else's batches came in between
    const auto refused = Importer(*feed).import(bench.folder.path("a.csv"), {}, now);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == Errc::conflict);
    CHECK(refused.error().text.find("wrong-sequence") != std::string::npos);
    CHECK(must(vault->batch(1))->state == BatchState::rejected);
}

TEST_CASE("personal columns are dropped, or sealed and openable with the record key alone") {
    for (const Personal personal : {Personal::drop, Personal::seal}) {
        Bench bench;
        bench.sample("a.csv", 1);
        must(bench.run("a.csv", personal));
        CHECK(bench.read("vault.sqlite").find("某\"") == std::string::npos);
        const auto vault = bench.vault();
        const std::string text = bench.read("a.csv");
        const std::size_t at = text.find("沪");
        std::size_t seen = 0;
        must(vault->find_document(
            test::document_of(text.substr(at, text.find("号", at) + 3 - at)), [&](const VaultRecord& record) {
                ++seen;
                CHECK(record.sealed.empty() == (personal == Personal::drop));
                if (personal == Personal::drop) return true;
                const auto opened = must(open_personal(Suite::ed25519_sha256, bench.issuer.record_key, record.sealed));
                CHECK(opened.at(0).code == "CF_FRDB");
                CHECK_FALSE(open_personal(Suite::ed25519_sha256, bench.issuer.channel_key, record.sealed));
                return true;
            }));
        CHECK(seen == 1);
    }
}

TEST_CASE("a row of a record that was erased is not taken in again") {
    Bench bench;
    bench.sample("a.csv", 5);
    must(bench.run("a.csv"));
    const std::string text = bench.read("a.csv");
    const std::size_t at = text.find("沪");
    const std::string document = text.substr(at, text.find("号", at) + 3 - at);
    Hash erased;
    {
        const auto vault = bench.vault();
        must(vault->find_document(test::document_of(document), [&erased](const VaultRecord& record) {
            erased = record.id;
            return false;
        }));
        must(vault->erase(erased, "asked for", 20261125));
    }
    const std::size_t posts = bench.node.posts;
    const auto again = must(bench.run("a.csv"));
    CHECK(again.erased == 1);
    CHECK(again.same == 4);
    CHECK(again.changed == 0);
    CHECK(bench.node.posts == posts);
    CHECK(must(bench.vault()->latest(erased))->erased == 20261125);
}

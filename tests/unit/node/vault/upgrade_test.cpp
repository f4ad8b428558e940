// Tests the upgrade of a vault of schema 1, which was not encrypted, to the present schema.
#include <catch2/catch.hpp>
#include <filesystem>

#include "crypto/files.hpp"
#include "node/vault/sql.hpp"
#include "node/vault/vault.hpp"
#include "tests/support/builders.hpp"
#include "tests/unit/node/scratch_folder.hpp"

using namespace xinlian;
using namespace xinlian::node;
using test::must;

namespace {

constexpr Suite suite = Suite::ed25519_sha256;
constexpr std::uint64_t rows = 300;

// The tables of schema 1.
constexpr const char* schema_1 = R"(
PRAGMA journal_mode=WAL;
CREATE TABLE about(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files(id INTEGER PRIMARY KEY, name TEXT NOT NULL, raw_hash BLOB NOT NULL, bytes INTEGER NOT NULL,
  started_ms INTEGER NOT NULL, rows INTEGER NOT NULL, created INTEGER NOT NULL, changed INTEGER NOT NULL,
  same INTEGER NOT NULL, refused INTEGER NOT NULL, warned INTEGER NOT NULL, finished INTEGER NOT NULL);
CREATE TABLE batches(sequence INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, state INTEGER NOT NULL, encoded BLOB NOT NULL,
  entry_count INTEGER NOT NULL, reason INTEGER NOT NULL, entry INTEGER NOT NULL, height INTEGER NOT NULL,
  block BLOB NOT NULL, time_ms INTEGER NOT NULL, first_index INTEGER NOT NULL, proof BLOB NOT NULL);
CREATE INDEX batches_pending ON batches(sequence) WHERE state = 0;
CREATE TABLE records(id BLOB NOT NULL, version INTEGER NOT NULL, category INTEGER NOT NULL, canonical BLOB NOT NULL,
  salt BLOB NOT NULL, subject BLOB NOT NULL, digest BLOB NOT NULL, document TEXT NOT NULL,
  batch INTEGER NOT NULL REFERENCES batches(sequence), position INTEGER NOT NULL, file INTEGER NOT NULL,
  row INTEGER NOT NULL, sealed BLOB NOT NULL);
CREATE UNIQUE INDEX records_id ON records(id, version);
CREATE INDEX records_document ON records(document);
PRAGMA user_version = 1;
)";

Hash of(const char* what, std::uint64_t n) { return test::named(suite, what, n); }
std::string document(std::uint64_t n) { return "沪市监罚〔2026〕" + std::to_string(n) + "号"; }
std::string content(std::uint64_t n) {
    std::string text = "open content ";
    for (int i = 0; i < 40; ++i) text += std::to_string(n) + ", ";
    return text;
}

struct OldVault {
    OldVault() {
        sqlite3* opened = nullptr;
        REQUIRE(sqlite3_open(path.c_str(), &opened) == SQLITE_OK);
        const SqlDatabase db(opened);
        must(sql_run(db.get(), schema_1));
        must(sql_run(
            db.get(),
            ("BEGIN; INSERT INTO about VALUES('chain','" + of("chain", 1).hex() + "'), ('issuer','310000');").c_str()));
        add_batch(db.get(), 1);
        add_batch(db.get(), 2);
        const SqlStatement add = must(sql_prepare(db.get(), "INSERT INTO records VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)"));
        for (std::uint64_t n = 1; n <= rows; ++n) add_row(add, n, 0);
        add_row(add, 7, 1);
        must(sql_run(db.get(), "COMMIT"));
        std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }
    static void add_batch(sqlite3* db, std::uint64_t sequence) {
        const SqlStatement add = must(sql_prepare(db, "INSERT INTO batches VALUES(?,?,0,?,1,0,0,0,x'',0,0,x'')"));
        const Hash id = of("batch", sequence);
        must(SqlUse(add).number(sequence).blob(id.view()).blob(as_bytes("signed")).run("add a batch"));
    }
    static void add_row(const SqlStatement& add, std::uint64_t n, std::uint32_t version) {
        const Hash id = of("record", n), salt = of("salt", 10 * n + version), digest = of("digest", 10 * n + version);
        const std::string text = content(10 * n + version), named = document(n);
        const Hash subject = of("subject", n);
        SqlUse use(add);
        use.blob(id.view()).number(version).number(1).blob(as_bytes(text)).blob(salt.view()).blob(subject.view());
        use.blob(digest.view()).text(named).number(1).number(n).number(4).number(n).blob(as_bytes("personal"));
        must(use.run("add a record"));
    }
    Result<std::unique_ptr<Vault>> open(VaultUse use = VaultUse::write) const {
        return Vault::open(path, of("chain", 1), {folder.path("vault.key"), suite, "310000"}, use);
    }
    std::string all_bytes() const {
        std::string all;
        for (const auto& entry : std::filesystem::directory_iterator(folder.path(""))) {
            all += as_text(must(read_file(entry.path().string(), 1u << 28)));
        }
        return all;
    }
    ScratchFolder folder;
    std::string path = folder.path("vault.sqlite");
};

void check_all(Vault& vault) {
    for (std::uint64_t n = 1; n <= rows; ++n) {
        const auto found = must(vault.latest(of("record", n)));
        REQUIRE(found);
        const std::uint64_t key = 10 * n + (n == 7 ? 1 : 0);
        CHECK(as_text(found->canonical) == content(key));
        CHECK(found->salt == of("salt", key));
        CHECK(found->digest == of("digest", key));
        CHECK(found->subject == of("subject", n));
        CHECK(found->document == document(n));
        CHECK(as_text(found->sealed) == "personal");
        CHECK(found->row == n);
        CHECK(found->position == n);
        CHECK(found->file == 4);
    }
}

void check_nothing_open(const std::string& all) {
    for (const std::string& secret : {std::string("open content"), std::string("沪市监罚"), std::string("personal"),
                                      std::string(as_text(of("salt", 70).view()))}) {
        CHECK(all.find(secret) == std::string::npos);
    }
}

}  // namespace

TEST_CASE("a vault of schema 1 is sealed when it is opened for writing, and nothing of it lies open any more") {
    const OldVault old;
    REQUIRE(old.all_bytes().find("open content") != std::string::npos);
    {
        const auto vault = must(old.open());
        check_all(*vault);
        check_nothing_open(old.all_bytes());
        CHECK(must(vault->pending()) == std::vector<std::uint64_t>{1, 2});
        CHECK(must(vault->feed_end()).id == of("batch", 2));
        // Rows keep their order: batch 2 carries none, so it may be removed; batch 1 may not.
        CHECK(must(vault->forget_act(of("batch", 2))));
        CHECK_FALSE(must(vault->forget_act(of("batch", 1))));
    }
    check_nothing_open(old.all_bytes());
    check_all(*must(old.open(VaultUse::read)));
    const auto vault = must(old.open());
    must(vault->erase(of("record", 7), "asked for", 20261125));
    CHECK(must(vault->latest(of("record", 7)))->erased);
}

TEST_CASE("a vault of schema 1 is not read as it is, and the error says what to do") {
    const OldVault old;
    const auto refused = old.open(VaultUse::read);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == Errc::unsupported);
    CHECK(refused.error().text.find("xinlian import --resume --as 310000") != std::string::npos);
}

TEST_CASE("a sealing of schema 1 that was cut short is done again, or finished") {
    const OldVault old;
    // The key was made, the transaction did not end.
    must(make_vault_key({old.folder.path("vault.key"), suite, "310000"}, old.folder.path("vault.key")));
    check_all(*must(old.open()));
    {
        sqlite3* opened = nullptr;
        REQUIRE(sqlite3_open(old.path.c_str(), &opened) == SQLITE_OK);
        const SqlDatabase db(opened);
        // The transaction ended, but the file was not rewritten: old bytes remain beside the pages in use.
        must(sql_run(db.get(),
                     "PRAGMA secure_delete=OFF; CREATE TABLE x(y); INSERT INTO x VALUES('open content left'); "
                     "DROP TABLE x; INSERT INTO about VALUES('upgraded', 'rewrite the file')"));
    }
    REQUIRE(old.all_bytes().find("open content left") != std::string::npos);
    check_all(*must(old.open()));
    check_nothing_open(old.all_bytes());
}

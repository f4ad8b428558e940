// Tests the vault: what it stores, and that only its key opens it.
#include "node/vault/vault.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "node/vault/sql.hpp"
#include "tests/support/builders.hpp"
#include "tests/unit/node/scratch_folder.hpp"

using namespace xinlian;
using namespace xinlian::node;
using test::must;

namespace {

constexpr Suite suite = Suite::ed25519_sha256;

struct Place {
    Result<std::unique_ptr<Vault>> open(VaultUse use = VaultUse::write, std::string_view issuer = "310000",
                                        std::uint64_t chain = 1) const {
        return Vault::open(path, test::named(suite, "chain", chain), key(issuer), use);
    }
    VaultKeyPlace key(std::string_view issuer = "310000") const {
        return {folder.path("vault.key"), suite, std::string(issuer)};
    }
    ScratchFolder folder;
    std::string path = folder.path("vault.sqlite");
};

VaultRecord row(std::uint64_t n, std::uint32_t version = 0) {
    VaultRecord record;
    record.id = test::named(suite, "record", n);
    record.version = version;
    record.canonical = to_bytes("content " + std::to_string(n) + "/" + std::to_string(version));
    record.salt = test::named(suite, "salt", n);
    record.document = "文" + std::to_string(n);
    record.batch = 1;
    return record;
}
ledger::Batch batch(std::uint64_t sequence) {
    ledger::Batch made;
    made.header.issuer = "310000";
    made.header.sequence = sequence;
    made.header.entry_count = 2;
    return made;
}
Hash id(std::uint64_t n) { return test::named(suite, "batch", n); }

}  // namespace

TEST_CASE("what went into the vault is there after it was closed") {
    const Place place;
    {
        const auto vault = must(place.open());
        must(vault->add_batch(batch(1), id(1), to_bytes("signed"), {row(1), row(2)}));
    }
    const auto vault = must(place.open());
    const auto found = must(vault->latest(row(1).id));
    REQUIRE(found);
    CHECK(found->salt == row(1).salt);
    CHECK(found->canonical == row(1).canonical);
    CHECK(must(vault->pending()) == std::vector<std::uint64_t>{1});
    CHECK(as_text(must(vault->batch(1))->encoded) == "signed");
    CHECK(must(vault->feed_end()).id == id(1));
    CHECK_FALSE(must(vault->latest(row(3).id)));
    CHECK_FALSE(must(vault->batch(2)));
}

TEST_CASE("a settled batch gives up its bytes and keeps its receipt") {
    const Place place;
    const auto vault = must(place.open());
    must(vault->add_batch(batch(1), id(1), to_bytes("signed"), {row(1)}));
    ledger::Receipt receipt{id(1), {.height = 7, .first_index = 40, .entry_count = 2}, id(2), Time{8}};
    must(vault->settle(receipt, to_bytes("proof")));
    const auto settled = must(vault->batch(1));
    CHECK(settled->state == BatchState::final);
    CHECK(settled->encoded.empty());
    CHECK(settled->receipt == receipt);
    CHECK(as_text(settled->proof) == "proof");
    CHECK(must(vault->pending()).empty());
    // A second answer changes nothing: the first receipt remains.
    receipt.outcome.height = 8;
    must(vault->settle(receipt, {}));
    CHECK(must(vault->batch(1))->receipt.outcome.height == 7);
}

TEST_CASE("a batch whose rows cannot all be stored leaves nothing behind") {
    const Place place;
    const auto vault = must(place.open());
    must(vault->add_batch(batch(1), id(1), to_bytes("signed"), {row(1)}));
    VaultRecord twice = row(1);
    twice.batch = 2;
    VaultRecord fresh = row(5);
    fresh.batch = 2;
    CHECK_FALSE(vault->add_batch(batch(2), id(2), to_bytes("signed"), {fresh, twice}));
    CHECK_FALSE(must(vault->batch(2)));
    CHECK_FALSE(must(vault->latest(row(5).id)));
    must(vault->add_batch(batch(2), id(2), to_bytes("signed"), {fresh}));
}

TEST_CASE("a row is known by its id, and the same only if its content is") {
    const Place place;
    const auto vault = must(place.open());
    must(vault->add_batch(batch(1), id(1), to_bytes("x"), {row(1, 0), row(1, 1)}));
    const auto same = must(vault->known(row(1).id, row(1, 1).canonical));
    REQUIRE(same);
    CHECK(same->version == 1);
    CHECK(same->same);
    CHECK_FALSE(must(vault->known(row(1).id, row(1, 0).canonical))->same);  // an older version is not the latest
    CHECK_FALSE(must(vault->known(row(2).id, row(2).canonical)));
}

TEST_CASE("only one process writes a vault; others may read it") {
    const Place place;
    const auto vault = must(place.open());
    const auto second = place.open();
    REQUIRE_FALSE(second.ok());
    CHECK(second.error().code == Errc::busy);
    CHECK(place.open(VaultUse::read).ok());
}

TEST_CASE("a vault can be read after its writer has gone") {
    const Place place;
    {
        const auto vault = must(place.open());
        must(vault->add_batch(batch(1), id(1), to_bytes("x"), {row(1)}));
    }
    const auto vault = must(place.open(VaultUse::read));
    CHECK(must(vault->latest(row(1).id)));
}

TEST_CASE("a vault of another chain or issuer is refused") {
    const Place place;
    must(place.open());
    CHECK(place.open(VaultUse::write, "320000").error().code == Errc::conflict);
    CHECK(place.open(VaultUse::write, "310000", 2).error().code == Errc::conflict);
    CHECK_FALSE(place.open(VaultUse::write, "x'; DROP TABLE batches").ok());
}

TEST_CASE("a vault that is newer, damaged, absent or open to others is refused") {
    const Place place;
    CHECK(place.open(VaultUse::read).error().code == Errc::not_found);
    must(place.open());
    ::chmod(place.path.c_str(), 0644);
    CHECK(place.open().error().code == Errc::io);
    ::chmod(place.path.c_str(), 0600);
    {
        sqlite3* db = nullptr;
        REQUIRE(sqlite3_open(place.path.c_str(), &db) == SQLITE_OK);
        const SqlDatabase held(db);
        must(sql_run(db, ("PRAGMA user_version = " + std::to_string(vault_schema_version + 1)).c_str()));
    }
    CHECK(place.open().error().code == Errc::unsupported);
    std::FILE* file = std::fopen(place.path.c_str(), "wb");
    std::fputs(
        "this is no database, and long enough to be looked at as one by SQLite: at least a hundred bytes of it ......",
        file);
    std::fclose(file);
    CHECK_FALSE(place.open().ok());
}

TEST_CASE("the vault is readable by its owner alone") {
    const Place place;
    const auto vault = must(place.open());
    struct stat about {};
    REQUIRE(::stat(place.path.c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0600);
}

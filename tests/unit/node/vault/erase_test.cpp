// Tests what is left of an erased record: in the vault, in backups, in old key files, and after a power cut in between.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "crypto/files.hpp"
#include "node/vault/sql.hpp"
#include "node/vault/vault.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/names.hpp"
#include "tests/unit/node/scratch_folder.hpp"

using namespace xinlian;
using namespace xinlian::node;
using test::must;

namespace {

namespace fs = std::filesystem;

constexpr Suite suite = Suite::ed25519_sha256;
constexpr ledger::Date day = 20261125;

VaultRecord row(std::uint64_t n, std::uint32_t version = 0) {
    VaultRecord record;
    record.id = test::named(suite, "record", n);
    record.version = version;
    record.canonical = to_bytes("some company, fined 2,000 yuan, " + std::to_string(n) + "/" + std::to_string(version));
    record.salt = test::named(suite, "salt", 10 * n + version);
    record.digest = test::named(suite, "digest", 10 * n + version);
    record.document = "沪市监罚〔2026〕" + std::to_string(n) + "号";
    record.sealed = to_bytes("personal columns");
    record.batch = 1;
    return record;
}

struct Place {
    VaultKeyPlace key() const { return {folder.path("vault.key"), suite, "310000", protection, passphrase}; }
    Result<std::unique_ptr<Vault>> open(VaultUse use = VaultUse::write) const { return open(path, key(), use); }
    static Result<std::unique_ptr<Vault>> open(const std::string& path, VaultKeyPlace key, VaultUse use) {
        return Vault::open(path, test::named(suite, "chain", 1), std::move(key), use);
    }
    void fill() const {
        ledger::Batch batch;
        batch.header.issuer = "310000";
        batch.header.sequence = 1;
        const auto vault = must(open());
        must(vault->add_batch(batch, test::named(suite, "batch", 1), to_bytes("signed"),
                              {row(1), row(1, 1), row(2), row(3)}));
    }
    // Every byte in the folder, with SQLite's files beside the vault.
    std::string all_bytes() const {
        std::string all;
        for (const auto& entry : fs::directory_iterator(folder.path(""))) {
            all += as_text(must(read_file(entry.path().string(), 1u << 28)));
        }
        return all;
    }
    ScratchFolder folder;
    std::string path = folder.path("vault.sqlite");
    Protection protection = Protection::unprotected;
    std::string passphrase;
};

std::string text(const Hash& hash) { return std::string(as_text(hash.view())); }

Bytes column(const std::string& path, const char* sql, const Hash& record) {
    sqlite3* opened = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &opened) == SQLITE_OK);
    const SqlDatabase db(opened);
    const SqlStatement statement = must(sql_prepare(db.get(), sql));
    SqlUse use(statement);
    if (!must(use.blob(record.view()).step("read"))) return {};
    return use.bytes_at(0);
}

// Gives an old copy of the vault the key table of the present one.
void take_present_keys(const std::string& old, const std::string& present) {
    sqlite3* opened = nullptr;
    REQUIRE(sqlite3_open(old.c_str(), &opened) == SQLITE_OK);
    const SqlDatabase db(opened);
    must(sql_run(db.get(), ("ATTACH '" + present +
                            "' AS present; DELETE FROM content_keys; INSERT INTO content_keys SELECT "
                            "* FROM present.content_keys; INSERT OR REPLACE INTO about SELECT * FROM present.about;")
                               .c_str()));
}

void check_whole(Vault& vault, std::uint64_t n, std::uint32_t version = 0) {
    const auto found = must(vault.latest(row(n).id));
    REQUIRE(found);
    CHECK_FALSE(found->erased);
    CHECK(found->canonical == row(n, version).canonical);
    CHECK(found->salt == row(n, version).salt);
    CHECK(found->document == row(n).document);
    CHECK(found->sealed == row(n).sealed);
}

void check_erased(Vault& vault) {
    std::size_t versions = 0;
    must(vault.find_record(row(1).id, [&versions](const VaultRecord& found) {
        CHECK(found.erased == day);
        CHECK(found.canonical.empty());
        CHECK(found.salt.is_zero());
        CHECK(found.document.empty());
        CHECK(found.sealed.empty());
        CHECK(found.digest == row(1, found.version).digest);
        ++versions;
        return true;
    }));
    CHECK(versions == 2);
    CHECK(must(vault.erasure(row(1).id))->reason == "asked for");
}

}  // namespace

TEST_CASE("nothing of a record lies open in the vault or its key file, before and after it is erased") {
    const Place place;
    place.fill();
    const auto look = [](const std::string& all) {
        for (const std::string& secret :
             {std::string("some company"), std::string("personal columns"), text(row(1).salt), text(row(2).salt),
              row(1).document, std::string("沪市监罚")}) {
            CHECK(all.find(secret) == std::string::npos);
        }
    };
    look(place.all_bytes());
    const auto open = must(place.open());
    look(place.all_bytes());  // with the write-ahead log
    must(open->erase(row(1).id, "asked for", day));
    look(place.all_bytes());
}

TEST_CASE("after an erasure neither what was sealed nor the key it was sealed under is left in any file") {
    const Place place;
    place.fill();
    const Bytes key_file = must(read_file(place.path.substr(0, place.path.rfind('/')) + "/vault.key", 4'096));
    const std::string secret_line(as_text(key_file).substr(as_text(key_file).find("secret: ")));
    const std::string content(as_text(column(place.path, "SELECT content FROM records WHERE id=?", row(1).id)));
    const std::string wrapped(
        as_text(column(place.path, "SELECT wrapped FROM content_keys WHERE record=?", row(1).id)));
    const std::string other(as_text(column(place.path, "SELECT wrapped FROM content_keys WHERE record=?", row(2).id)));
    const std::string before = place.all_bytes();
    REQUIRE(before.find(content) != std::string::npos);
    REQUIRE(before.find(wrapped) != std::string::npos);
    REQUIRE(before.find(secret_line) != std::string::npos);
    const auto vault = must(place.open());
    must(vault->erase(row(1).id, "asked for", day));
    for (const std::string& gone : {content, wrapped, other, secret_line}) {
        CHECK(place.all_bytes().find(gone) == std::string::npos);
    }
    CHECK(fs::file_size(place.path + "-wal") == 0);
    CHECK(column(place.path, "SELECT content FROM records WHERE id=?", row(1).id).empty());
}

TEST_CASE("the old key file is overwritten where it lies, and so is a new one that came to nothing") {
    const Place place;
    place.fill();
    const std::string old = place.folder.path("old"), unused = place.folder.path("unused");
    fs::create_hard_link(place.key().path, old);  // the same bytes on the disk, under a name that stays
    must(make_vault_key(place.key(), place.key().next()));
    fs::create_hard_link(place.key().next(), unused);
    const std::size_t size = fs::file_size(old);
    must(must(place.open())->erase(row(1).id, "asked for", day));
    for (const std::string& path : {old, unused}) {
        CHECK(fs::file_size(path) == size);
        CHECK_FALSE(describe_key_file(path).ok());
        CHECK(as_text(must(read_file(path, 4'096))).find("secret: ") == std::string::npos);
    }
}

TEST_CASE("an erased record says so, by its id and its document number, and the others are as they were") {
    const Place place;
    place.fill();
    {
        const auto vault = must(place.open());
        const Hash before = vault->key_id();
        const VaultErasure erasure = must(vault->erase(row(1).id, "asked for", day));
        CHECK(erasure.day == day);
        CHECK(erasure.key == before);
        CHECK(vault->key_id() != before);
        CHECK(must(vault->not_entered()) == std::vector<Hash>{row(1).id});
        check_whole(*vault, 2);
    }
    const auto vault = must(place.open());
    check_erased(*vault);
    check_whole(*vault, 2);
    check_whole(*vault, 3);
    std::size_t found = 0;
    must(vault->find_document(test::document_of(row(1).document), [&found](const VaultRecord& record) {
        CHECK(record.id == row(1).id);
        ++found;
        return true;
    }));
    CHECK(found == 2);
    const auto known = must(vault->known(row(1).id, row(1, 1).canonical));
    REQUIRE(known);
    CHECK(known->erased);
    CHECK_FALSE(known->same);
    must(vault->set_entered(row(1).id));
    CHECK(must(vault->not_entered()).empty());
    CHECK(must(vault->erasure(row(1).id))->entered);
}

TEST_CASE("a second erasure of a record changes nothing, one of another does") {
    const Place place;
    place.fill();
    const auto vault = must(place.open());
    must(vault->erase(row(1).id, "asked for", day));
    const Hash key = vault->key_id();
    const VaultErasure again = must(vault->erase(row(1).id, "another reason", day + 1));
    CHECK(again.reason == "asked for");
    CHECK(again.day == day);
    CHECK(vault->key_id() == key);
    must(vault->erase(row(2).id, "asked for too", day));
    CHECK(vault->key_id() != key);
    check_erased(*vault);
    check_whole(*vault, 3);
}

TEST_CASE("an erasure wants a record, a day and a reason of one line") {
    const Place place;
    place.fill();
    const auto vault = must(place.open());
    const Hash key = vault->key_id();
    CHECK(vault->erase(row(9).id, "asked for", day).error().code == Errc::not_found);
    CHECK_FALSE(vault->erase(row(1).id, "asked for", ledger::date_none).ok());
    for (const std::string& reason : {std::string(), std::string("two\nlines"), std::string("\xff"),
                                      std::string(erasure_reason_bytes_max + 1, 'x')}) {
        CHECK(vault->erase(row(1).id, reason, day).error().code == Errc::invalid);
    }
    CHECK(vault->key_id() == key);
    CHECK_FALSE(fs::exists(place.key().next()));
    check_whole(*vault, 1, 1);
}

TEST_CASE("an old backup opens with the old key file alone, and with the present keys all but the erased record") {
    const Place place;
    place.fill();
    const std::string old = place.folder.path("old.sqlite"), old_key = place.folder.path("old.key");
    fs::copy_file(place.path, old);
    fs::copy_file(place.key().path, old_key);
    {
        const auto vault = must(place.open());
        must(vault->erase(row(1).id, "asked for", day));
    }
    // The old vault with the present key file opens nothing.
    const auto mixed = Place::open(old, place.key(), VaultUse::read);
    REQUIRE_FALSE(mixed.ok());
    CHECK(mixed.error().code == Errc::conflict);
    // A surviving copy of the old key file opens it, which is why its id stands in the certificate.
    {
        VaultKeyPlace then = place.key();
        then.path = old_key;
        check_whole(*must(Place::open(old, then, VaultUse::read)), 1, 1);
    }
    take_present_keys(old, place.path);
    const auto vault = must(Place::open(old, place.key(), VaultUse::read));
    check_whole(*vault, 2);
    check_whole(*vault, 3);
    CHECK(vault->latest(row(1).id).error().code == Errc::corrupt);
}

TEST_CASE("killed at any step, a vault has a record whole or erased, and is as good as before") {
    const EraseStep step =
        GENERATE(EraseStep::key_made, EraseStep::sealed_anew, EraseStep::committed, EraseStep::old_key_destroyed);
    const Place place;
    place.fill();
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        auto vault = place.open();
        if (!vault) ::_exit(1);
        static_cast<void>((*vault)->erase(row(1).id, "asked for", day, {.on_step = [step](EraseStep at) {
                                              if (at == step) ::_exit(9);
                                          }}));
        ::_exit(2);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WEXITSTATUS(status) == 9);
    const bool erased = step == EraseStep::committed || step == EraseStep::old_key_destroyed;
    {
        const auto reader = must(place.open(VaultUse::read));  // a reader finds the key too, and changes nothing
        check_whole(*reader, 2);
        CHECK(fs::exists(place.key().next()) == (step != EraseStep::old_key_destroyed));
    }
    {
        const auto vault = must(place.open());
        CHECK_FALSE(fs::exists(place.key().next()));
        CHECK(must(vault->erasure(row(1).id)).has_value() == erased);
        if (!erased) check_whole(*vault, 1, 1);
        must(vault->erase(row(1).id, "asked for", day));
    }
    const auto vault = must(place.open());
    check_erased(*vault);
    check_whole(*vault, 2);
    check_whole(*vault, 3);
}

TEST_CASE("a key file overwritten half is not taken for the key, and the one that waits is") {
    const Place place;
    place.fill();
    fs::rename(place.key().path, place.key().next());
    must(write_file(place.key().path, as_bytes("\x01\x02 half of it is noise"), 0600, Existing::refuse));
    check_whole(*must(place.open(VaultUse::read)), 1, 1);
    check_whole(*must(place.open()), 1, 1);
    CHECK_FALSE(fs::exists(place.key().next()));
    check_whole(*must(place.open()), 1, 1);
}

TEST_CASE("a vault without its key file, with another, or with a wrong passphrase stays closed") {
    Place place;
    place.protection = Protection::passphrase;
    place.passphrase = "correct horse";
    place.fill();
    check_whole(*must(place.open()), 1, 1);
    VaultKeyPlace wrong = place.key();
    wrong.passphrase = "battery staple";
    CHECK(Place::open(place.path, wrong, VaultUse::read).error().code == Errc::invalid);
    wrong.passphrase.clear();
    CHECK_FALSE(Place::open(place.path, wrong, VaultUse::write).ok());
    fs::rename(place.key().path, place.folder.path("away"));
    CHECK(place.open().error().code == Errc::not_found);
    must(make_vault_key(place.key(), place.key().path));
    CHECK(place.open().error().code == Errc::conflict);
    CHECK(place.open(VaultUse::read).error().code == Errc::conflict);
    fs::remove(place.key().path);
    fs::rename(place.folder.path("away"), place.key().path);
    // The key that replaces it has the same passphrase.
    must(must(place.open())->erase(row(1).id, "asked for", day));
    CHECK(needs_passphrase(place.key().path));
    check_whole(*must(place.open()), 2);
}

TEST_CASE("content that was changed or moved to another row is not opened") {
    const Place place;
    place.fill();
    {
        sqlite3* opened = nullptr;
        REQUIRE(sqlite3_open(place.path.c_str(), &opened) == SQLITE_OK);
        const SqlDatabase db(opened);
        must(sql_run(db.get(),
                     "UPDATE records SET content=(SELECT content FROM records WHERE version=1) WHERE version=0"));
    }
    const auto vault = must(place.open(VaultUse::read));
    CHECK(must(vault->latest(row(1).id))->version == 1);  // its own
    CHECK(vault->latest(row(2).id).error().code == Errc::corrupt);
    CHECK(vault->find_record(row(1).id, [](const VaultRecord&) { return true; }).error().code == Errc::corrupt);
}

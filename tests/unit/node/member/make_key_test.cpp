// Tests making and changing key files from the command line.
#include "node/member/make_key.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "crypto/files.hpp"
#include "node/member/member_files.hpp"
#include "node/member/passphrase.hpp"
#include "node/wording/language.hpp"
#include "tests/unit/node/scratch_folder.hpp"

using namespace xinlian;
using namespace xinlian::node;

namespace {

NewKey wanted_in(const std::string& path, KeyPurpose purpose) {
    NewKey wanted;
    wanted.purpose = purpose;
    wanted.owner = "310000";
    wanted.path = path;
    wanted.protection = Protection::unprotected;
    return wanted;
}

std::string content_of(const std::string& path) { return std::string(as_text(read_file(path, 1 << 20).value())); }

// An environment variable for the length of a test.
class Variable {
public:
    Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;
    ~Variable() { ::unsetenv(name_); }

private:
    const char* name_;
};

}  // namespace

TEST_CASE("a new key opens for its purpose and no other") {
    const Suite suite = GENERATE(Suite::ed25519_sha256, Suite::sm2_sm3);
    ScratchFolder scratch;
    NewKey wanted = wanted_in(scratch.path("issuer.key"), KeyPurpose::issuer);
    wanted.suite = suite;
    const auto about = make_key(wanted);
    REQUIRE(about.ok());
    const auto key = open_key_file(wanted.path, KeyPurpose::issuer, "");
    REQUIRE(key.ok());
    CHECK(key->suite() == suite);
    CHECK(key->public_key().text() == about->public_text);
    CHECK_FALSE(open_key_file(wanted.path, KeyPurpose::validator, "").ok());
}

TEST_CASE("a transport key comes with its certificate") {
    ScratchFolder scratch;
    const NewKey wanted = wanted_in(scratch.path("transport.key"), KeyPurpose::transport);
    REQUIRE(make_key(wanted).ok());
    CHECK(content_of(scratch.path("transport.crt")).starts_with("-----BEGIN CERTIFICATE-----"));
}

TEST_CASE("a transport key whose certificate cannot be written is not left behind") {
    ScratchFolder scratch;
    const NewKey wanted = wanted_in(scratch.path("transport.key"), KeyPurpose::transport);
    REQUIRE(write_file(scratch.path("transport.crt"), as_bytes("mine"), 0644, Existing::refuse).ok());
    const auto made = make_key(wanted);
    REQUIRE_FALSE(made.ok());
    CHECK(made.error().code == Errc::conflict);
    CHECK_FALSE(std::filesystem::exists(wanted.path));
    CHECK(content_of(scratch.path("transport.crt")) == "mine");
}

TEST_CASE("a transport key is never SM2") {
    ScratchFolder scratch;
    NewKey wanted = wanted_in(scratch.path("transport.key"), KeyPurpose::transport);
    wanted.suite = Suite::sm2_sm3;
    const auto made = make_key(wanted);
    REQUIRE_FALSE(made.ok());
    CHECK(made.error().code == Errc::invalid);
    CHECK_FALSE(std::filesystem::exists(wanted.path));
}

TEST_CASE("a key is never written over another") {
    ScratchFolder scratch;
    const NewKey wanted = wanted_in(scratch.path("a.key"), GENERATE(KeyPurpose::issuer, KeyPurpose::channel));
    REQUIRE(make_key(wanted).ok());
    const std::string before = content_of(wanted.path);
    CHECK_FALSE(make_key(wanted).ok());
    CHECK(content_of(wanted.path) == before);
}

TEST_CASE("a key belongs to a member id, not to a name") {
    ScratchFolder scratch;
    NewKey wanted = wanted_in(scratch.path("a.key"), KeyPurpose::issuer);
    for (const std::string owner : {"", "shanghai", "31000", "310000\nx: y"}) {
        wanted.owner = owner;
        CHECK_FALSE(make_key(wanted).ok());
        CHECK_FALSE(std::filesystem::exists(wanted.path));
    }
}

TEST_CASE("another passphrase opens the same key, and the old one no longer does") {
    ScratchFolder scratch;
    const NewKey wanted = wanted_in(scratch.path("a.key"), KeyPurpose::channel);
    REQUIRE(make_key(wanted).ok());
    const Hash secret = open_key_file_secret(wanted.path, KeyPurpose::channel, "").value();
    REQUIRE(change_passphrase(wanted.path, "", Protection::passphrase, "correct horse").ok());
    CHECK(needs_passphrase(wanted.path));
    CHECK(open_key_file_secret(wanted.path, KeyPurpose::channel, "correct horse").value() == secret);
    CHECK_FALSE(open_key_file_secret(wanted.path, KeyPurpose::channel, "").ok());
    struct stat about {};
    REQUIRE(::stat(wanted.path.c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0600);
    const auto files = std::distance(std::filesystem::directory_iterator(scratch.path("")), {});
    CHECK(files == 1);  // no second copy of the key lies about
}

TEST_CASE("a wrong or an empty passphrase leaves the key file as it was") {
    ScratchFolder scratch;
    NewKey wanted = wanted_in(scratch.path("a.key"), KeyPurpose::issuer);
    wanted.protection = Protection::passphrase;
    wanted.passphrase = "one";
    REQUIRE(make_key(wanted).ok());
    const std::string before = content_of(wanted.path);
    CHECK_FALSE(change_passphrase(wanted.path, "two", Protection::passphrase, "three").ok());
    CHECK_FALSE(change_passphrase(wanted.path, "one", Protection::passphrase, "").ok());
    CHECK_FALSE(change_passphrase(scratch.path("none.key"), "one", Protection::passphrase, "two").ok());
    CHECK(content_of(wanted.path) == before);
}

TEST_CASE("a passphrase comes from the environment, or from the file it names without its line end") {
    ScratchFolder scratch;
    const std::string path = scratch.path("passphrase");
    REQUIRE(write_file(path, as_bytes("from a file\r\n"), 0600, Existing::refuse).ok());
    const Variable file("XINLIAN_PASSPHRASE_FILE", path);
    CHECK(read_passphrase("key").value() == "from a file");
    const Variable value("XINLIAN_PASSPHRASE", "from the environment");
    CHECK(read_passphrase("key").value() == "from the environment");
    CHECK(read_new_passphrase("key", "again").value() == "from the environment");
}

TEST_CASE("the passphrase of a replacement is never taken from the present one") {
    const Variable present("XINLIAN_PASSPHRASE", "present");
    const Variable next("XINLIAN_NEW_PASSPHRASE", "next");
    CHECK(read_replacement_passphrase("key", "again").value() == "next");
}

TEST_CASE("passphrases have a limit and missing files a name") {
    {
        const Variable at("XINLIAN_PASSPHRASE", std::string(passphrase_bytes_max, 'a'));
        CHECK(read_passphrase("key").ok());
    }
    {
        const Variable above("XINLIAN_PASSPHRASE", std::string(passphrase_bytes_max + 1, 'a'));
        const auto read = read_passphrase("key");
        REQUIRE_FALSE(read.ok());
        CHECK(read.error().code == Errc::too_large);
    }
    const Variable missing("XINLIAN_PASSPHRASE_FILE", "/nowhere/passphrase");
    const auto read = read_passphrase("key");
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().code == Errc::not_found);
    CHECK(read.error().text.find("/nowhere/passphrase") != std::string::npos);
}

TEST_CASE("files are written whole or not at all, and limits hold at their edge") {
    ScratchFolder scratch;
    const std::string path = scratch.path("file");
    REQUIRE(write_file(path, as_bytes("12345"), 0644, Existing::refuse).ok());
    CHECK_FALSE(write_file(path, as_bytes("other"), 0644, Existing::refuse).ok());
    CHECK(content_of(path) == "12345");
    CHECK(write_file(path, as_bytes("abcde"), 0644, Existing::replace).ok());
    CHECK(read_file(path, 5).ok());
    const auto above = read_file(path, 4);
    REQUIRE_FALSE(above.ok());
    CHECK(above.error().code == Errc::too_large);
    CHECK(read_file(scratch.path("none"), 5).error().code == Errc::not_found);
    CHECK_FALSE(write_file(scratch.path("no/such/folder"), {}, 0644, Existing::replace).ok());
    const auto files = std::distance(std::filesystem::directory_iterator(scratch.path("")), {});
    CHECK(files == 1);  // nothing half-written is left
}

TEST_CASE("purposes are known by name, and the known ones are listed") {
    CHECK(purpose_named("issuer").value() == KeyPurpose::issuer);
    const auto unknown = purpose_named("record");
    REQUIRE_FALSE(unknown.ok());
    CHECK(unknown.error().text.find("transport") != std::string::npos);
}

TEST_CASE("the language follows the locale that counts") {
    const Variable lang("LANG", "zh_CN.UTF-8");
    {
        const Variable all("LC_ALL", "en_US.UTF-8");
        CHECK(language_of_locale() == Language::en);
    }
    ::unsetenv("LC_MESSAGES");
    CHECK(language_of_locale() == Language::zh);
    const Variable all("LC_ALL", "C");
    CHECK(language_of_locale() == Language::en);
}

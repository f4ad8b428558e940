// Tests key files: opening them, and refusing wrong passphrases and changed files.
#include <sys/stat.h>
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "crypto/key.hpp"
#include "crypto/random.hpp"
#include "tests/unit/crypto/shared_vectors.hpp"

using namespace xinlian;
namespace fs = std::filesystem;

namespace {

// A folder of its own for each test, removed afterwards.
class Folder {
public:
    Folder() : path_(fs::temp_directory_path() / ("xinlian-key-" + random_hash().hex().substr(0, 16))) {
        fs::create_directory(path_);
    }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    std::string operator/(const std::string& name) const { return (path_ / name).string(); }
    std::size_t files() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(path_), fs::directory_iterator()));
    }

private:
    fs::path path_;
};

std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write_private(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
    REQUIRE(::chmod(path.c_str(), 0600) == 0);
}

KeyFile about(const SecretKey& key, KeyPurpose purpose = KeyPurpose::validator) {
    return {purpose, key.suite(), "310000", key.public_key().text()};
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    const std::size_t at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), by);
}

constexpr auto validator = KeyPurpose::validator;
constexpr std::string_view passphrase = "correct horse battery staple";

}  // namespace

TEST_CASE("a key file opens with its passphrase and gives its key back") {
    const Folder folder;
    for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) {
        const std::string path = folder / std::string(name_of(suite));
        const SecretKey key = SecretKey::generate(suite);
        REQUIRE(write_key_file(path, about(key), key.seed(), Protection::passphrase, passphrase));
        CHECK(needs_passphrase(path));
        const SecretKey opened = open_key_file(path, validator, passphrase).value();
        CHECK(opened.public_key() == key.public_key());
        const KeyFile described = describe_key_file(path).value();
        CHECK(described.owner == "310000");
        CHECK(described.purpose == validator);
        CHECK(described.suite == suite);
        CHECK(described.public_text == key.public_key().text());
        struct stat status {};
        REQUIRE(::stat(path.c_str(), &status) == 0);
        CHECK((status.st_mode & 0777) == 0600);
        CHECK(read(path).find(to_hex(key.seed())) == std::string::npos);
        CHECK(read(path).find(to_base64(key.seed())) == std::string::npos);
    }
    CHECK(folder.files() == 2);
}

TEST_CASE("a wrong passphrase or a changed line is refused") {
    const Folder folder;
    const SecretKey key = SecretKey::generate(Suite::ed25519_sha256);
    REQUIRE(write_key_file(folder / "key", about(key), key.seed(), Protection::passphrase, passphrase));
    const auto wrong = open_key_file(folder / "key", validator, "correct horse battery stable");
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().code == Errc::invalid);
    CHECK(wrong.error().text.find("passphrase is wrong") != std::string::npos);
    CHECK(open_key_file(folder / "key", validator, "").error().code == Errc::invalid);
    CHECK(open_key_file(folder / "key", validator, std::string(1025, 'x')).error().code == Errc::too_large);
    write_private(folder / "owner", replaced(read(folder / "key"), "310000", "320000"));
    CHECK(open_key_file(folder / "owner", validator, passphrase).error().code == Errc::invalid);
    write_private(folder / "purpose", replaced(read(folder / "key"), "validator", "issuer"));
    CHECK(open_key_file(folder / "purpose", KeyPurpose::issuer, passphrase).error().code == Errc::invalid);
}

TEST_CASE("a key file for another purpose is refused before the passphrase is tried") {
    const Folder folder;
    const SecretKey key = SecretKey::generate(Suite::ed25519_sha256);
    REQUIRE(write_key_file(folder / "key", about(key, KeyPurpose::issuer), key.seed(), Protection::unprotected, ""));
    CHECK(open_key_file(folder / "key", KeyPurpose::issuer, ""));
    for (const KeyPurpose purpose : {KeyPurpose::validator, KeyPurpose::transport, KeyPurpose::channel}) {
        const auto opened = open_key_file(folder / "key", purpose, "");
        CHECK(opened.error().code == Errc::invalid);
        CHECK(opened.error().text.find("for the purpose issuer, not " + std::string(name_of(purpose))) !=
              std::string::npos);
    }
}

TEST_CASE("an existing file is never written over, and nothing is left beside it") {
    const Folder folder;
    const SecretKey key = SecretKey::generate(Suite::ed25519_sha256);
    write_private(folder / "key", "mine");
    CHECK(write_key_file(folder / "key", about(key), key.seed(), Protection::unprotected, "").error().code ==
          Errc::conflict);
    CHECK(read(folder / "key") == "mine");
    CHECK(folder.files() == 1);
    CHECK(write_key_file(folder / "none/key", about(key), key.seed(), Protection::unprotected, "").error().code ==
          Errc::not_found);
}

TEST_CASE("a key file that would not open again is not written") {
    const Folder folder;
    const SecretKey key = SecretKey::generate(Suite::ed25519_sha256);
    const auto refused = [&](const KeyFile& file, ByteView secret, Protection protection, std::string_view text) {
        return !write_key_file(folder / "key", file, secret, protection, text);
    };
    CHECK(refused(about(key), key.seed(), Protection::passphrase, ""));
    CHECK(refused(about(key), key.seed(), Protection::passphrase, std::string(1025, 'x')));
    CHECK(refused(about(key), key.seed().first(31), Protection::unprotected, ""));
    CHECK(refused(about(SecretKey::generate(Suite::ed25519_sha256)), key.seed(), Protection::unprotected, ""));
    CHECK(refused(about(SecretKey::generate(Suite::sm2_sm3)), key.seed(), Protection::unprotected, ""));
    for (const std::string& owner : {std::string(), std::string("a\nb"), std::string("a\x7f"), std::string(201, 'x')}) {
        KeyFile file = about(key);
        file.owner = owner;
        CHECK(refused(file, key.seed(), Protection::unprotected, ""));
    }
    CHECK(folder.files() == 0);
    KeyFile longest = about(key);
    longest.owner = std::string(200, 'x');
    CHECK(write_key_file(folder / "key", longest, key.seed(), Protection::unprotected, ""));
    CHECK(describe_key_file(folder / "key").value().owner == longest.owner);
}

TEST_CASE("an unprotected key file says so, and any damage to it is found") {
    const Folder folder;
    const SecretKey key = SecretKey::generate(Suite::ed25519_sha256);
    REQUIRE(write_key_file(folder / "key", about(key), key.seed(), Protection::unprotected, ""));
    CHECK_FALSE(needs_passphrase(folder / "key"));
    CHECK(open_key_file(folder / "key", validator, "").value().public_key() == key.public_key());
    const std::string whole = read(folder / "key");
    CHECK(whole.find("\nprotection: none\n") != std::string::npos);
    for (std::size_t at = 0; at < whole.size(); ++at) {
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        write_private(folder / "changed", changed);
        if (open_key_file(folder / "changed", validator, "")) FAIL("byte " << at << " can be changed");
        write_private(folder / "changed", whole.substr(0, at));
        CHECK(open_key_file(folder / "changed", validator, "").error().code == Errc::malformed);
    }
    write_private(folder / "changed", whole + "\n");
    CHECK(open_key_file(folder / "changed", validator, "").error().code == Errc::malformed);
    write_private(folder / "changed", std::string(1000000, 'x'));
    CHECK(open_key_file(folder / "changed", validator, "").error().code == Errc::malformed);
    CHECK_FALSE(describe_key_file(folder / "changed"));
    CHECK_FALSE(needs_passphrase(folder / "changed"));
}

TEST_CASE("a planted file cannot make Argon2id spend without bound") {
    const Folder folder;
    const SecretKey key = SecretKey::generate(Suite::ed25519_sha256);
    REQUIRE(write_key_file(folder / "key", about(key), key.seed(), Protection::unprotected, ""));
    const std::string salt = to_base64(Bytes(16));
    for (const std::string& line :
         {"argon2id 17 67108864 " + salt, "argon2id 2 1073741825 " + salt, "argon2id 0 67108864 " + salt,
          "argon2id 2 8191 " + salt, "argon2id 2 99999999999999999999999 " + salt, std::string("argon2id 2 67108864 "),
          std::string("argon2id 2 67108864"), "argon2id -2 67108864 " + salt, "argon2id 2  67108864 " + salt,
          "argon2i 2 67108864 " + salt, std::string("None")}) {
        INFO(line);
        write_private(folder / "planted", replaced(read(folder / "key"), "protection: none", "protection: " + line));
        CHECK(open_key_file(folder / "planted", validator, passphrase).error().code == Errc::malformed);
    }
}

TEST_CASE("a key file that others can read, a folder and an absent file are refused") {
    const Folder folder;
    const SecretKey key = SecretKey::generate(Suite::ed25519_sha256);
    REQUIRE(write_key_file(folder / "key", about(key), key.seed(), Protection::unprotected, ""));
    for (const mode_t mode : {0640, 0604, 0620, 0610, 0666}) {
        REQUIRE(::chmod((folder / "key").c_str(), mode) == 0);
        CHECK(open_key_file(folder / "key", validator, "").error().code == Errc::io);
        CHECK(describe_key_file(folder / "key"));
    }
    CHECK(open_key_file(folder / "absent", validator, "").error().code == Errc::not_found);
    CHECK(describe_key_file(folder / "absent").error().code == Errc::not_found);
    CHECK_FALSE(describe_key_file(folder / ""));
}

TEST_CASE("a channel key is 32 bytes under a name") {
    const Folder folder;
    const Hash secret = random_hash();
    const KeyFile file{KeyPurpose::channel, Suite::sm2_sm3, "310000", "penalties-2026"};
    REQUIRE(write_key_file(folder / "key", file, secret.view(), Protection::unprotected, ""));
    CHECK(open_key_file_secret(folder / "key", KeyPurpose::channel, "").value() == secret);
    CHECK_FALSE(open_key_file(folder / "key", KeyPurpose::channel, ""));
    CHECK_FALSE(open_key_file_secret(folder / "key", KeyPurpose::issuer, ""));
}

// Tests hashes, HMAC and keyed hashes with the examples of their standards.
#include "crypto/hash.hpp"

#include <catch2/catch.hpp>

using namespace xinlian;

namespace {

constexpr Suite sha256 = Suite::ed25519_sha256;
constexpr Suite sm3 = Suite::sm2_sm3;

}  // namespace

TEST_CASE("SHA-256 knows the examples of FIPS 180-4") {
    CHECK(hash(sha256, as_bytes("abc")).hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(hash(sha256, ByteView()).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("SM3 knows the examples of GB/T 32905") {
    CHECK(hash(sm3, as_bytes("abc")).hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    std::string text;
    for (int i = 0; i < 16; ++i) text += "abcd";
    CHECK(hash(sm3, as_bytes(text)).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
}

TEST_CASE("HMAC-SHA-256 knows the examples of RFC 4231") {
    const auto hmac = [](const Bytes& key, std::string_view text) {
        return keyed_hash(sha256, key, {as_bytes(text)}).hex();
    };
    CHECK(hmac(Bytes(20, 0x0b), "Hi There") == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    CHECK(hmac(to_bytes("Jefe"), "what do ya want for nothing?") ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(hmac(Bytes(131, 0xaa), "Test Using Larger Than Block-Size Key - Hash Key First") ==
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("a keyed hash depends on the suite, the key and every part's bytes but not on the parts' borders") {
    for (const Suite suite : {sha256, sm3}) {
        const Hash whole = keyed_hash(suite, as_bytes("key"), {as_bytes("abc")});
        CHECK(whole == keyed_hash(suite, as_bytes("key"), {as_bytes("a"), as_bytes("bc")}));
        CHECK(whole != keyed_hash(suite, as_bytes("kez"), {as_bytes("abc")}));
        CHECK(whole != keyed_hash(suite, as_bytes("key"), {as_bytes("abd")}));
        CHECK(whole != hash(suite, as_bytes("keyabc")));
    }
    CHECK(keyed_hash(sha256, {}, {as_bytes("abc")}) != keyed_hash(sm3, {}, {as_bytes("abc")}));
}

TEST_CASE("a tag separates domains: no text can be moved between tag and content") {
    for (const Suite suite : {sha256, sm3}) {
        CHECK(tagged_hash(suite, "ab", {as_bytes("c")}) != tagged_hash(suite, "a", {as_bytes("bc")}));
        CHECK(tagged_hash(suite, "", {as_bytes("abc")}) != hash(suite, as_bytes("abc")));
        CHECK(tagged_hash(suite, "ab", {as_bytes("c")}) == hash(suite, as_bytes("\x02"
                                                                                "abc")));
    }
}

TEST_CASE("hashing in pieces gives the hash of the whole, with two hashers at work at once") {
    const std::string text(1000, 'x');
    for (const Suite suite : {sha256, sm3}) {
        for (const std::size_t piece : {1U, 63U, 64U, 65U, 999U, 1000U}) {
            Hasher hasher(suite);
            Hasher other(suite);
            other.update(as_bytes("y"));
            for (std::size_t at = 0; at < text.size(); at += piece) {
                hasher.update(as_bytes(std::string_view(text).substr(at, piece)));
                CHECK_FALSE(hash(suite, as_bytes("between")).is_zero());
            }
            Hasher moved = std::move(hasher);
            CHECK(moved.finish() == hash(suite, as_bytes(text)));
            CHECK(other.finish() == hash(suite, as_bytes("y")));
        }
        CHECK(hash(suite, {as_bytes("ab"), ByteView(), as_bytes("c")}) == hash(suite, as_bytes("abc")));
    }
}

TEST_CASE("suites are named, and unknown names are refused naming the known ones") {
    CHECK(suite_named("ed25519-sha256").value() == sha256);
    CHECK(suite_named("sm2-sm3").value() == sm3);
    for (const char* name : {"", "sm2", "SM2-SM3", "ed25519-sha256 ", "ed25519-sm3"}) {
        CHECK(suite_named(name).error().code == Errc::unsupported);
        CHECK(suite_named(name).error().text.find("sm2-sm3") != std::string::npos);
    }
    CHECK_FALSE(is_known(static_cast<Suite>(0)));
    CHECK_FALSE(is_known(static_cast<Suite>(3)));
}

TEST_CASE("a hash is read from exactly 32 bytes or 64 digits") {
    const Hash value = hash(sha256, as_bytes("abc"));
    CHECK(hash_from_hex(value.hex()).value() == value);
    CHECK(hash_from_bytes(value.view()).value() == value);
    for (const std::size_t size : {0U, 31U, 33U, 64U}) {
        CHECK(hash_from_bytes(Bytes(size)).error().code == Errc::malformed);
        CHECK(hash_from_hex(std::string(2 * size, '0')).error().code == Errc::malformed);
    }
    CHECK(hash_from_hex(std::string(63, '0')).error().code == Errc::malformed);
    CHECK(hash_from_hex(std::string(63, '0') + "g").error().code == Errc::malformed);
    CHECK(Hash{}.is_zero());
    CHECK_FALSE(value.is_zero());
}

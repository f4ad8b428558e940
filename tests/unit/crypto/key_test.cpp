// Tests Ed25519 keys and signatures, with test vectors of RFC 8032 and others, and the refusal of unsafe points.
#include "crypto/key.hpp"

#include <sodium.h>
#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "crypto/signatures.hpp"
#include "tests/unit/crypto/shared_vectors.hpp"

using namespace xinlian;

namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }

Signature signature_of(ByteView bytes) {
    Signature signature;
    REQUIRE(bytes.size() == signature.bytes.size());
    std::copy(bytes.begin(), bytes.end(), signature.bytes.begin());
    return signature;
}

PublicKey ed25519_key(std::string_view text) { return PublicKey::from_bytes(Suite::ed25519_sha256, hex(text)).value(); }

// The points of order 1, 2, 4 and 8 in all their encodings, six of them not canonical.
constexpr const char* small_order[] = {"0100000000000000000000000000000000000000000000000000000000000000",
                                       "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                                       "0000000000000000000000000000000000000000000000000000000000000080",
                                       "0000000000000000000000000000000000000000000000000000000000000000",
                                       "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                                       "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
                                       "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                                       "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
                                       "0100000000000000000000000000000000000000000000000000000000000080",
                                       "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                                       "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                                       "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                                       "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                                       "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"};

}  // namespace

TEST_CASE("Ed25519 knows the examples of RFC 8032") {
    struct Example {
        const char* seed;
        const char* key;
        const char* message;
        const char* signature;
    };
    const Example examples[] = {{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                                 "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                                 "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e3"
                                 "9701cf9b46bd25bf5f0595bbe24655141438"
                                 "e7a100b"},
                                {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                                 "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                                 "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3"
                                 "613d0f11d8c387b2eaeb4302aeeb00d29161"
                                 "2bb0c00"},
                                {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
                                 "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
                                 "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f"
                                 "760984dc6594a7c15e9716ed28dc027beceea"
                                 "1ec40a"}};
    for (const Example& example : examples) {
        const SecretKey secret = SecretKey::from_seed(Suite::ed25519_sha256, hex(example.seed)).value();
        CHECK(to_hex(secret.public_key().view()) == example.key);
        const Signature signature = secret.sign(hex(example.message));
        CHECK(to_hex(signature.bytes) == example.signature);
        CHECK(verify(secret.public_key(), hex(example.message), signature));
        CHECK(to_hex(secret.seed()) == example.seed);
    }
}

TEST_CASE("Ed25519 refuses the 14 small-order encodings as a key and as R, in all 196 pairs") {
    const Bytes message = to_bytes("message");
    for (const char* a : small_order) {
        INFO(a);
        CHECK(PublicKey::from_bytes(Suite::ed25519_sha256, hex(a)).error().code == Errc::invalid);
        for (const char* r : small_order) {
            Bytes signature = hex(r);
            signature.resize(64);  // S = 0: if they were not refused, 0 = R + hA would hold for many of these
            CHECK_FALSE(ed25519::verify(hex(a), message, signature));
        }
    }
}

TEST_CASE("Ed25519 refuses a small-order R even when the equation holds") {
    // With R the neutral point, S = h * a satisfies S * B = R + h * A.
    const Bytes seed = hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    const PublicKey key = SecretKey::from_seed(Suite::ed25519_sha256, seed).value().public_key();
    const Bytes message = to_bytes("message");
    std::array<std::uint8_t, 64> wide;
    crypto_hash_sha512(wide.data(), seed.data(), seed.size());
    std::array<std::uint8_t, 64> scalar{};
    std::copy(wide.begin(), wide.begin() + 32, scalar.begin());
    scalar[0] &= 248;
    scalar[31] = static_cast<std::uint8_t>((scalar[31] & 127) | 64);
    std::array<std::uint8_t, 32> a;
    crypto_core_ed25519_scalar_reduce(a.data(), scalar.data());
    for (const char* r : small_order) {
        Bytes hashed = hex(r);
        hashed.insert(hashed.end(), key.view().begin(), key.view().end());
        hashed.insert(hashed.end(), message.begin(), message.end());
        crypto_hash_sha512(wide.data(), hashed.data(), hashed.size());
        std::array<std::uint8_t, 32> h;
        crypto_core_ed25519_scalar_reduce(h.data(), wide.data());
        Bytes signature = hex(r);
        signature.resize(64);
        crypto_core_ed25519_scalar_mul(signature.data() + 32, h.data(), a.data());
        CHECK_FALSE(verify(key, message, signature_of(signature)));
    }
}

TEST_CASE("a key is refused when its y is not canonical or no point has it") {
    const auto refused = [](const std::string& text) {
        return !PublicKey::from_bytes(Suite::ed25519_sha256, hex(text));
    };
    // y = p + 3 .. p + 18, with and without the sign.
    for (const char* first :
         {"f0", "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "fa", "fb", "fc", "fd", "fe", "ff"}) {
        for (const char* last : {"7f", "ff"}) CHECK(refused(first + std::string(60, 'f') + last));
    }
    CHECK(refused("02" + std::string(62, '0')));
    CHECK(refused("07" + std::string(62, '0')));
    for (const std::size_t size : {0U, 31U, 33U})
        CHECK_FALSE(PublicKey::from_bytes(Suite::ed25519_sha256, Bytes(size, 3)));
}

TEST_CASE("a key with a small-order part is accepted, as libsodium's verifier does") {
    const Bytes key = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    const Bytes order_eight = hex(small_order[4]);
    Bytes mixed(32);
    REQUIRE(crypto_core_ed25519_add(mixed.data(), key.data(), order_eight.data()) == 0);
    CHECK(PublicKey::from_bytes(Suite::ed25519_sha256, mixed));
}

TEST_CASE("Ed25519 refuses S that is not reduced, every flipped bit, and other messages") {
    const SecretKey secret = SecretKey::from_seed(Suite::ed25519_sha256, Bytes(32, 7)).value();
    const Bytes message = to_bytes("message");
    const Signature good = secret.sign(message);
    REQUIRE(verify(secret.public_key(), message, good));
    for (std::size_t bit = 0; bit < 512; ++bit) {
        Signature bad = good;
        bad.bytes[bit / 8] = static_cast<std::uint8_t>(bad.bytes[bit / 8] ^ (1 << bit % 8));
        if (verify(secret.public_key(), message, bad)) FAIL("bit " << bit);
    }
    const Bytes order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    Signature raised = good;
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
        carry += static_cast<unsigned>(raised.bytes[32 + i]) + order[i];
        raised.bytes[32 + i] = static_cast<std::uint8_t>(carry);
        carry >>= 8;
    }
    CHECK_FALSE(verify(secret.public_key(), message, raised));
    CHECK_FALSE(verify(secret.public_key(), to_bytes("messagf"), good));
    CHECK_FALSE(verify(secret.public_key(), {}, good));
    CHECK_FALSE(verify(PublicKey(), message, good));
    CHECK_FALSE(verify(PublicKey(), message, Signature{}));
}

TEST_CASE("Wycheproof's Ed25519 vectors give their stated results") {
    XL_SHARED_FILE(text, "vectors/ed25519/wycheproof.json");
    const boost::json::value vectors = boost::json::parse(text);
    int tests = 0;
    for (const auto& group : vectors.at("testGroups").as_array()) {
        const PublicKey key = ed25519_key(std::string_view(group.at("publicKey").at("pk").as_string()));
        for (const auto& test : group.at("tests").as_array()) {
            INFO(test.at("tcId").as_int64() << " " << test.at("comment").as_string());
            const Bytes signature = hex(std::string_view(test.at("sig").as_string()));
            const Bytes message = hex(std::string_view(test.at("msg").as_string()));
            // With another size it cannot become a Signature.
            const bool good = signature.size() == 64 && verify(key, message, signature_of(signature));
            CHECK(good == (test.at("result").as_string() == "valid"));
            ++tests;
        }
    }
    CHECK(tests == 151);
}

TEST_CASE("public keys are written with their suite and read back strictly") {
    for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) {
        const SecretKey secret = SecretKey::generate(suite);
        const PublicKey& key = secret.public_key();
        CHECK(PublicKey::from_text(key.text()).value() == key);
        CHECK(decode<PublicKey>(encode(key)).value() == key);
        CHECK(encode(key).size() == key.size() + 1);
        const Bytes bytes = encode(key);
        for (std::size_t size = 0; size < bytes.size(); ++size)
            CHECK_FALSE(decode<PublicKey>(ByteView(bytes).first(size)));
        CHECK_FALSE(PublicKey::from_text(key.text() + "00"));
        CHECK_FALSE(PublicKey::from_text(key.text().substr(0, key.text().size() - 2)));
        CHECK_FALSE(PublicKey::from_text(" " + key.text()));
        Bytes other_suite = bytes;
        other_suite[0] = static_cast<std::uint8_t>(3 - other_suite[0]);
        CHECK_FALSE(decode<PublicKey>(other_suite));
        other_suite[0] = 3;
        CHECK_FALSE(decode<PublicKey>(other_suite));
    }
    for (const char* text : {"", "ed25519", "ed25519:", "sm2:", "ED25519:00", "rsa:00", "ed25519:zz"})
        CHECK_FALSE(PublicKey::from_text(text));
    CHECK_FALSE(PublicKey::from_text("sm2:" + std::string(1000000, '0')));
}

TEST_CASE("a generated key signs for itself, not for another or the other suite, also after a move") {
    for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) {
        SecretKey first = SecretKey::generate(suite);
        const SecretKey second = SecretKey::generate(suite);
        CHECK(first.public_key() != second.public_key());
        const Bytes message = to_bytes("message");
        const SecretKey moved = std::move(first);
        const Signature signature = moved.sign(message);
        CHECK(verify(moved.public_key(), message, signature));
        CHECK_FALSE(verify(second.public_key(), message, signature));
        const SecretKey again = SecretKey::from_seed(suite, moved.seed()).value();
        CHECK(again.public_key() == moved.public_key());
        CHECK(again.suite() == suite);
        CHECK((again.sign(message) == signature) == (suite == Suite::ed25519_sha256));
        for (const std::size_t size : {0U, 31U, 33U, 64U})
            CHECK(SecretKey::from_seed(suite, Bytes(size, 1)).error().code == Errc::invalid);
    }
}

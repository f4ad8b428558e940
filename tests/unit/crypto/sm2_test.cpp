// Tests SM2 with its own vectors. There is no public collection of invalid ones, so they are made here.
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <catch2/catch.hpp>

#include <memory>

#include "crypto/key.hpp"

using namespace xinlian;

namespace {

const std::string p = "fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff";
const std::string n = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123";
const std::string n_less_1 = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122";
const std::string n_less_2 = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54121";
const std::string n_more_1 = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54124";
const std::string zero(64, '0');
const std::string one = std::string(63, '0') + "1";
const std::string largest(64, 'f');

// GM/T 0003.5, the example of a signature on the recommended curve.
const std::string example_d = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8";
const std::string example_x = "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020";
const std::string example_r = "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3";
const std::string example_s = "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa";

Bytes hex(const std::string& text) { return from_hex(text).value(); }
Result<PublicKey> key_of(const std::string& text) { return PublicKey::from_bytes(Suite::sm2_sm3, hex(text)); }

Signature signature_of(const std::string& r, const std::string& s) {
    Signature signature;
    const Bytes bytes = hex(r + s);
    REQUIRE(bytes.size() == 64);
    std::copy(bytes.begin(), bytes.end(), signature.bytes.begin());
    return signature;
}

// a - b mod n, for a and b below n or equal to it.
std::string minus(const std::string& a, const std::string& b) {
    const auto number = [](const std::string& text) {
        BIGNUM* made = nullptr;
        BN_hex2bn(&made, text.c_str());
        return std::unique_ptr<BIGNUM, decltype(&BN_free)>(made, &BN_free);
    };
    const auto left = number(a);
    const auto right = number(b);
    const auto order = number(n);
    const std::unique_ptr<BN_CTX, decltype(&BN_CTX_free)> context(BN_CTX_new(), &BN_CTX_free);
    BN_mod_sub(left.get(), left.get(), right.get(), order.get(), context.get());
    Bytes bytes(32);
    BN_bn2binpad(left.get(), bytes.data(), 32);
    return to_hex(bytes);
}

struct Example {
    PublicKey key = key_of("03" + example_x).value();
    Bytes message = to_bytes("message digest");
    std::string r = example_r;
    std::string s = example_s;
    bool holds(const Signature& signature) const { return verify(key, message, signature); }
};

// A signature by OpenSSL, with any user id and a key of OpenSSL's own.
struct Foreign {
    PublicKey key;
    Signature signature;
};
Foreign sign_elsewhere(const std::string& id, const Bytes& message) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "SM2"),
                                                                  &EVP_PKEY_free);
    std::size_t size = 0;
    Bytes point(65);
    REQUIRE(EVP_PKEY_get_octet_string_param(key.get(), "pub", point.data(), point.size(), &size) == 1);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_PKEY_CTX* key_context = nullptr;
    REQUIRE(EVP_DigestSignInit(context.get(), &key_context, EVP_sm3(), nullptr, key.get()) == 1);
    REQUIRE(EVP_PKEY_CTX_set1_id(key_context, id.data(), static_cast<int>(id.size())) == 1);
    Bytes der(128);
    std::size_t der_size = der.size();
    REQUIRE(EVP_DigestSign(context.get(), der.data(), &der_size, message.data(), message.size()) == 1);
    const std::uint8_t* at = der.data();
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der_size)), &ECDSA_SIG_free);
    Foreign made;
    BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), made.signature.bytes.data(), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), made.signature.bytes.data() + 32, 32);
    Bytes compressed(point.begin(), point.begin() + 33);
    if (size == 65) compressed[0] = static_cast<std::uint8_t>(2 + (point[64] & 1));
    made.key = PublicKey::from_bytes(Suite::sm2_sm3, compressed).value();
    return made;
}

}  // namespace

TEST_CASE("SM2 knows the example of GM/T 0003.5") {
    const SecretKey secret = SecretKey::from_seed(Suite::sm2_sm3, hex(example_d)).value();
    const Example example;
    CHECK(secret.public_key() == example.key);
    CHECK(example.holds(signature_of(example_r, example_s)));
    CHECK(example.holds(secret.sign(example.message)));
}

TEST_CASE("SM2 refuses r and s outside 1 to n - 1, in all pairs") {
    const Example example;
    const std::string values[] = {zero, n, n_more_1, p, largest, one, n_less_1, example_r, example_s};
    int pairs = 0;
    for (const std::string& r : values) {
        for (const std::string& s : values) {
            if (r == example_r && s == example_s) continue;
            INFO(r << " " << s);
            CHECK_FALSE(example.holds(signature_of(r, s)));
            ++pairs;
        }
    }
    CHECK(pairs == 80);
}

TEST_CASE("SM2 refuses r + s = n, for any r") {
    const Example example;
    std::string r = example_r;
    for (int i = 0; i < 60; ++i) {
        const std::string s = minus(n, r);
        CHECK_FALSE(example.holds(signature_of(r, s)));
        r = hash(Suite::ed25519_sha256, as_bytes(r)).hex();
        r[0] = '0';
    }
    CHECK_FALSE(example.holds(signature_of(one, n_less_1)));
    CHECK_FALSE(example.holds(signature_of(n_less_1, one)));
}

TEST_CASE("SM2 refuses every flipped bit of a signature, the swapped, the negated and the shifted one") {
    const Example example;
    const Signature good = signature_of(example_r, example_s);
    for (std::size_t bit = 0; bit < 512; ++bit) {
        Signature bad = good;
        bad.bytes[bit / 8] = static_cast<std::uint8_t>(bad.bytes[bit / 8] ^ (1 << bit % 8));
        if (example.holds(bad)) FAIL("bit " << bit);
    }
    CHECK_FALSE(example.holds(signature_of(example_s, example_r)));
    // The transformation that gives another valid signature in ECDSA does not here.
    CHECK_FALSE(example.holds(signature_of(example_r, minus(n, example_s))));
    CHECK_FALSE(example.holds(signature_of(minus(n, example_r), example_s)));
    CHECK_FALSE(example.holds(signature_of(minus(n, example_r), minus(n, example_s))));
    CHECK_FALSE(example.holds(Signature{}));
}

TEST_CASE("SM2 refuses another message, another key and the same key's mirror image") {
    const Signature good = signature_of(example_r, example_s);
    Example example;
    for (std::size_t i = 0; i < example.message.size(); ++i) {
        Example changed;
        changed.message[i] ^= 1;
        CHECK_FALSE(changed.holds(good));
        changed.message.resize(i);
        CHECK_FALSE(changed.holds(good));
    }
    example.key = key_of("02" + example_x).value();
    CHECK_FALSE(example.holds(good));
    example.key = SecretKey::generate(Suite::sm2_sm3).public_key();
    CHECK_FALSE(example.holds(good));
}

TEST_CASE("SM2 takes only the standard's user id") {
    const Bytes message = to_bytes("message");
    const Foreign right = sign_elsewhere("1234567812345678", message);
    CHECK(verify(right.key, message, right.signature));
    for (const char* id : {"", "1234567812345677", "123456781234567", "12345678123456780", "ALICE123@YAHOO.COM"}) {
        INFO(id);
        const Foreign wrong = sign_elsewhere(id, message);
        CHECK_FALSE(verify(wrong.key, message, wrong.signature));
    }
}

TEST_CASE("SM2 public keys are compressed points of the curve") {
    const std::string y = "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13";
    const auto refused = [](const std::string& text) {
        const auto key = key_of(text);
        return !key && key.error().code == Errc::invalid;
    };
    REQUIRE(key_of("02" + example_x));
    for (const char* prefix : {"00", "01", "04", "05", "06", "07", "08", "82", "ff"})
        CHECK(refused(prefix + example_x));
    CHECK(refused("04" + example_x + y));
    CHECK(refused("07" + example_x + y));
    CHECK(refused(""));
    CHECK(refused("00"));
    CHECK(refused(example_x));
    CHECK(refused("03" + example_x + "00"));
    CHECK(refused("03" + example_x.substr(2)));
    for (const std::string& x :
         {p, largest, "fffffffeffffffffffffffffffffffffffffffff0000000100000000" + std::string(8, '0')}) {
        CHECK(refused("02" + x));
        CHECK(refused("03" + x));
    }
    // Half of all x have no point.
    int taken = 0;
    std::string x = example_x;
    for (int i = 0; i < 200; ++i) {
        x = hash(Suite::sm2_sm3, as_bytes(x)).hex();
        const bool even = key_of("02" + x).ok();
        CHECK(key_of("03" + x).ok() == even);
        if (even) ++taken;
    }
    CHECK(taken > 60);
    CHECK(taken < 140);
}

TEST_CASE("SM2 secrets lie between 1 and n - 2") {
    for (const std::string& d : {one, n_less_2, example_d}) {
        const auto secret = SecretKey::from_seed(Suite::sm2_sm3, hex(d));
        REQUIRE(secret);
        CHECK(verify(secret->public_key(), as_bytes("m"), secret->sign(as_bytes("m"))));
    }
    for (const std::string& d : {zero, n_less_1, n, n_more_1, p, largest}) {
        CHECK(SecretKey::from_seed(Suite::sm2_sm3, hex(d)).error().code == Errc::invalid);
    }
}

TEST_CASE("SM2 signatures of one message differ and all hold") {
    const SecretKey secret = SecretKey::generate(Suite::sm2_sm3);
    const Signature first = secret.sign(as_bytes("m"));
    const Signature second = secret.sign(as_bytes("m"));
    CHECK(first != second);
    CHECK(verify(secret.public_key(), as_bytes("m"), first));
    CHECK(verify(secret.public_key(), as_bytes("m"), second));
}

TEST_CASE("more SM2 keys than are kept prepared still verify rightly") {
    const Bytes message = to_bytes("message");
    const SecretKey first = SecretKey::from_seed(Suite::sm2_sm3, hex(one)).value();
    const Signature signature = first.sign(message);
    std::string x = example_x;
    for (int tried = 0; tried < 300;) {
        x = hash(Suite::sm2_sm3, as_bytes(x)).hex();
        const auto other = key_of("02" + x);
        if (!other) continue;
        CHECK_FALSE(verify(*other, message, signature));
        ++tried;
    }
    CHECK(verify(first.public_key(), message, signature));
}

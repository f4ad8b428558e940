// SM2 signatures (GB/T 32918.2) by OpenSSL 3, with the signature as raw r || s instead of DER.
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <map>

#include "crypto/signatures.hpp"

namespace xinlian::sm2 {

namespace {

template <auto free_function>
struct Free {
    template <class T>
    void operator()(T* object) const {
        free_function(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using Group = std::unique_ptr<EC_GROUP, Free<EC_GROUP_free>>;
using Point = std::unique_ptr<EC_POINT, Free<EC_POINT_free>>;
using Number = std::unique_ptr<BIGNUM, Free<BN_clear_free>>;
using DerSignature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;
using ParamsBuilder = std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>>;

constexpr std::size_t keys_max = 256;      // prepared keys per thread: above any committee with its issuers
constexpr std::size_t der_bytes_max = 72;  // two integers of 33 bytes, each with two bytes of header, and two more

const EC_GROUP* curve() {
    thread_local const Group group(EC_GROUP_new_by_curve_name(NID_sm2));
    XL_CHECK(group != nullptr);
    return group.get();
}

Number number(ByteView bytes) {
    Number value(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
    XL_CHECK(value != nullptr);
    return value;
}

// Takes the private scalar too when there is one.
Key make_key(ByteView public_key, const BIGNUM* secret) {
    const ParamsBuilder builder(OSSL_PARAM_BLD_new());
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "SM2", nullptr));
    XL_CHECK(builder != nullptr);
    XL_CHECK(context != nullptr);
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "SM2", 0);
    OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, public_key.data(), public_key.size());
    if (secret != nullptr) OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret);
    const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
    XL_CHECK(params != nullptr);
    EVP_PKEY* key = nullptr;
    if (EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
    if (EVP_PKEY_fromdata(context.get(), &key, secret != nullptr ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                          params.get()) != 1) {
        return nullptr;
    }
    return Key(key);
}

// Preparing a key decompresses its point, which costs a third of a verification: a thread keeps those it has met. When
// full it starts anew; whoever sends many keys gains only that.
EVP_PKEY* prepared_key(ByteView public_key) {
    using Name = std::array<std::uint8_t, public_bytes>;
    thread_local std::map<Name, Key> keys;
    Name name;
    std::copy(public_key.begin(), public_key.end(), name.begin());
    if (const auto known = keys.find(name); known != keys.end()) return known->second.get();
    Key key = make_key(public_key, nullptr);
    if (key == nullptr) return nullptr;
    if (keys.size() >= keys_max) keys.clear();
    return keys.emplace(name, std::move(key)).first->second.get();
}

// r and s in [1, n-1], and r + s not 0 mod n. OpenSSL checks this too; the rule is ours to keep.
bool in_range(const BIGNUM* r, const BIGNUM* s) {
    const BIGNUM* order = EC_GROUP_get0_order(curve());
    if (BN_is_zero(r) || BN_is_zero(s)) return false;
    if (BN_cmp(r, order) >= 0 || BN_cmp(s, order) >= 0) return false;
    const Number sum(BN_new());
    XL_CHECK(sum != nullptr);
    XL_CHECK(BN_add(sum.get(), r, s) == 1);
    return BN_cmp(sum.get(), order) != 0;
}

}  // namespace

bool is_public_key(ByteView bytes) {
    // OpenSSL also takes uncompressed and hybrid points: one key must have one spelling.
    if (bytes.size() != public_bytes || (bytes[0] != 2 && bytes[0] != 3)) return false;
    const Point point(EC_POINT_new(curve()));
    XL_CHECK(point != nullptr);
    // Refuses x >= p and x without a point on the curve. The group has prime order and infinity has no such encoding.
    return EC_POINT_oct2point(curve(), point.get(), bytes.data(), bytes.size(), nullptr) == 1;
}

bool verify(ByteView public_key, ByteView message, ByteView signature) {
    Number r = number(signature.first(32));
    Number s = number(signature.subspan(32, 32));
    if (!in_range(r.get(), s.get())) return false;
    EVP_PKEY* key = prepared_key(public_key);
    if (key == nullptr) return false;

    const DerSignature pair(ECDSA_SIG_new());
    XL_CHECK(pair != nullptr);
    ECDSA_SIG_set0(pair.get(), r.release(), s.release());
    std::array<std::uint8_t, der_bytes_max> der;
    std::uint8_t* at = der.data();
    const int der_size = i2d_ECDSA_SIG(pair.get(), &at);
    XL_CHECK(der_size > 0);

    const DigestContext context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* key_context = nullptr;
    XL_CHECK(context != nullptr);
    if (EVP_DigestVerifyInit(context.get(), &key_context, EVP_sm3(), nullptr, key) != 1) return false;
    if (EVP_PKEY_CTX_set1_id(key_context, user_id.data(), static_cast<int>(user_id.size())) != 1) return false;
    return EVP_DigestVerify(context.get(), der.data(), static_cast<std::size_t>(der_size), message.data(),
                            message.size()) == 1;
}

struct Signer::Key {
    sm2::Key key;
};

Signer::~Signer() = default;

std::unique_ptr<Signer> Signer::from_seed(ByteView seed) {
    if (seed.size() != 32) return nullptr;
    const Number d(BN_secure_new());
    const Number limit(BN_dup(EC_GROUP_get0_order(curve())));
    XL_CHECK(d != nullptr);
    XL_CHECK(limit != nullptr);
    XL_CHECK(BN_bin2bn(seed.data(), static_cast<int>(seed.size()), d.get()) != nullptr);
    BN_set_flags(d.get(), BN_FLG_CONSTTIME);
    // d = n - 1 would make 1 + d, which signing inverts, zero.
    XL_CHECK(BN_sub_word(limit.get(), 1) == 1);
    if (BN_is_zero(d.get()) || BN_cmp(d.get(), limit.get()) >= 0) return nullptr;

    const Point point(EC_POINT_new(curve()));
    XL_CHECK(point != nullptr);
    XL_CHECK(EC_POINT_mul(curve(), point.get(), d.get(), nullptr, nullptr, nullptr) == 1);
    std::unique_ptr<Signer> signer(new Signer);
    XL_CHECK(EC_POINT_point2oct(curve(), point.get(), POINT_CONVERSION_COMPRESSED, signer->public_key_.data(),
                                public_bytes, nullptr) == public_bytes);
    signer->key_ = std::make_unique<Key>(Key{make_key(signer->public_key_, d.get())});
    XL_CHECK(signer->key_->key != nullptr);
    return signer;
}

void Signer::sign(ByteView message, std::span<std::uint8_t> signature) const {
    XL_CHECK(signature.size() == 64);
    const DigestContext context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* key_context = nullptr;
    XL_CHECK(context != nullptr);
    XL_CHECK(EVP_DigestSignInit(context.get(), &key_context, EVP_sm3(), nullptr, key_->key.get()) == 1);
    XL_CHECK(EVP_PKEY_CTX_set1_id(key_context, user_id.data(), static_cast<int>(user_id.size())) == 1);
    std::array<std::uint8_t, 128> der;  // OpenSSL asks for a little more than der_bytes_max
    std::size_t der_size = der.size();
    XL_CHECK(EVP_DigestSign(context.get(), der.data(), &der_size, message.data(), message.size()) == 1);

    const std::uint8_t* at = der.data();
    const DerSignature pair(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der_size)));
    XL_CHECK(pair != nullptr);
    XL_CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), signature.data(), 32) == 32);
    XL_CHECK(BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), signature.data() + 32, 32) == 32);
}

}  // namespace xinlian::sm2

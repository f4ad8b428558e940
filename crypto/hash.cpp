#include "crypto/hash.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>

// SHA-256 uses the functions that OpenSSL 3 calls deprecated: 5.5 million hashes of 65 bytes a second against 4.7
// million through EVP with a kept context (tests/bench/crypto_bench.cpp, a Xeon with SHA instructions), and no context
// to keep.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace xinlian {

namespace {

constexpr std::size_t block_bytes = 64;  // of both functions

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

struct FreeDigest {
    void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
};

// Fetched once per thread: a fetch takes a lock and a look-up, several times the cost of a small hash.
const EVP_MD* sm3_digest() {
    thread_local const std::unique_ptr<EVP_MD, FreeDigest> digest(EVP_MD_fetch(nullptr, "SM3", nullptr));
    XL_CHECK(digest != nullptr);
    return digest.get();
}

class Sha256 {
public:
    Sha256() { XL_CHECK(SHA256_Init(&state_) == 1); }
    void update(ByteView bytes) { SHA256_Update(&state_, bytes.data(), bytes.size()); }
    Hash finish() {
        Hash hash;
        SHA256_Final(hash.bytes.data(), &state_);
        return hash;
    }

private:
    SHA256_CTX state_;
};

class Sm3 {
public:
    explicit Sm3(EVP_MD_CTX* context) : context_(context) {
        XL_CHECK(EVP_DigestInit_ex2(context_, sm3_digest(), nullptr) == 1);
    }
    void update(ByteView bytes) { XL_CHECK(EVP_DigestUpdate(context_, bytes.data(), bytes.size()) == 1); }
    Hash finish() {
        Hash hash;
        XL_CHECK(EVP_DigestFinal_ex(context_, hash.bytes.data(), nullptr) == 1);
        return hash;
    }

private:
    EVP_MD_CTX* context_;
};

// One context per thread serves all one-shot hashes, as they never overlap.
Sm3 one_shot_sm3() {
    thread_local const Context context(EVP_MD_CTX_new());
    XL_CHECK(context != nullptr);
    return Sm3(context.get());
}

// Hash of what `feed` gives to update().
template <class Feed>
Hash digest(Suite suite, const Feed& feed) {
    switch (suite) {
        case Suite::ed25519_sha256: {
            Sha256 sha256;
            feed(sha256);
            return sha256.finish();
        }
        case Suite::sm2_sm3: {
            Sm3 sm3 = one_shot_sm3();
            feed(sm3);
            return sm3.finish();
        }
    }
    check_failed("the suite is known", __FILE__, __LINE__);
}

}  // namespace

std::string_view name_of(Suite suite) {
    switch (suite) {
        case Suite::ed25519_sha256:
            return "ed25519-sha256";
        case Suite::sm2_sm3:
            return "sm2-sm3";
    }
    check_failed("the suite is known", __FILE__, __LINE__);
}

Result<Suite> suite_named(std::string_view name) {
    for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) {
        if (name == name_of(suite)) return suite;
    }
    return Error{Errc::unsupported,
                 "unknown suite \"" + std::string(name.substr(0, 40)) + "\"; expected ed25519-sha256 or sm2-sm3"};
}

Result<Hash> hash_from_hex(std::string_view text) {
    if (text.size() != 64) {
        return Error{Errc::malformed,
                     "a hash is 64 hexadecimal digits, not " + std::to_string(text.size()) + " characters"};
    }
    XL_TRY(const Bytes bytes, from_hex(text));
    return hash_from_bytes(bytes);
}

Result<Hash> hash_from_bytes(ByteView bytes) {
    Hash hash;
    if (bytes.size() != hash.bytes.size()) {
        return Error{Errc::malformed, "a hash is 32 bytes, not " + std::to_string(bytes.size())};
    }
    std::copy(bytes.begin(), bytes.end(), hash.bytes.begin());
    return hash;
}

Hash hash(Suite suite, ByteView bytes) {
    return digest(suite, [&](auto& state) { state.update(bytes); });
}

Hash hash(Suite suite, std::initializer_list<ByteView> parts) {
    return digest(suite, [&](auto& state) {
        for (const ByteView part : parts) state.update(part);
    });
}

Hash tagged_hash(Suite suite, std::string_view tag, std::initializer_list<ByteView> parts) {
    XL_CHECK(tag.size() <= 255);
    const std::uint8_t size = static_cast<std::uint8_t>(tag.size());
    return digest(suite, [&](auto& state) {
        state.update({&size, 1});
        state.update(as_bytes(tag));
        for (const ByteView part : parts) state.update(part);
    });
}

Hash keyed_hash(Suite suite, ByteView key, std::initializer_list<ByteView> parts) {
    std::array<std::uint8_t, block_bytes> block{};
    if (key.size() > block_bytes) {
        const Hash short_key = hash(suite, key);
        std::copy(short_key.bytes.begin(), short_key.bytes.end(), block.begin());
    } else {
        std::copy(key.begin(), key.end(), block.begin());
    }
    for (std::uint8_t& byte : block) byte ^= 0x36;
    const Hash inner = digest(suite, [&](auto& state) {
        state.update(block);
        for (const ByteView part : parts) state.update(part);
    });
    for (std::uint8_t& byte : block) byte ^= 0x36 ^ 0x5c;
    const Hash outer = hash(suite, {block, inner.view()});
    OPENSSL_cleanse(block.data(), block.size());
    return outer;
}

struct Hasher::State {
    explicit State(Suite suite) : of(suite), context(EVP_MD_CTX_new()), sm3(context.get()) {}
    Suite of;
    Sha256 sha256;
    Context context;
    Sm3 sm3;
    bool finished = false;
};

Hasher::Hasher(Suite suite) : state_(std::make_unique<State>(suite)) {}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

Hasher& Hasher::update(ByteView bytes) {
    XL_CHECK(!state_->finished);
    if (state_->of == Suite::sm2_sm3) {
        state_->sm3.update(bytes);
    } else {
        state_->sha256.update(bytes);
    }
    return *this;
}

Hash Hasher::finish() {
    XL_CHECK(!state_->finished);
    state_->finished = true;
    return state_->of == Suite::sm2_sm3 ? state_->sm3.finish() : state_->sha256.finish();
}

}  // namespace xinlian

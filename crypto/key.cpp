#include "crypto/key.hpp"

#include <sodium.h>

#include <algorithm>

#include "crypto/random.hpp"
#include "crypto/signatures.hpp"

namespace xinlian {

namespace {

// Signs with either suite: what a key looks like is the only thing that differs.
constexpr std::string_view prefix_of(Suite suite) { return suite == Suite::sm2_sm3 ? "sm2:" : "ed25519:"; }

// Locked in memory, fenced by guard pages, wiped when freed.
struct FreeLocked {
    void operator()(std::uint8_t* memory) const { sodium_free(memory); }
};
using Locked = std::unique_ptr<std::uint8_t, FreeLocked>;

Locked lock_memory(std::size_t size) {
    start_sodium();
    Locked memory(static_cast<std::uint8_t*>(sodium_malloc(size)));
    XL_CHECK(memory != nullptr);
    return memory;
}

}  // namespace

Result<PublicKey> PublicKey::from_bytes(Suite suite, ByteView bytes) {
    const bool sm2_suite = suite == Suite::sm2_sm3;
    if (!(sm2_suite ? sm2::is_public_key(bytes) : ed25519::is_public_key(bytes))) {
        return Error{Errc::invalid, std::string("these ") + std::to_string(bytes.size()) +
                                        " bytes are not a public key of " + std::string(name_of(suite)) +
                                        ": wrong size, or not a usable point of the curve"};
    }
    PublicKey key;
    key.suite_ = suite;
    std::copy(bytes.begin(), bytes.end(), key.bytes_.begin());
    return key;
}

Result<PublicKey> PublicKey::from_text(std::string_view text) {
    for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) {
        if (!text.starts_with(prefix_of(suite))) continue;
        const std::string_view digits = text.substr(prefix_of(suite).size());
        if (digits.size() > 2 * bytes_max)
            return Error{Errc::malformed,
                         "the public key has more than " + std::to_string(2 * bytes_max) + " hexadecimal digits"};
        XL_TRY(const Bytes bytes, from_hex(digits));
        return from_bytes(suite, bytes);
    }
    return Error{Errc::malformed,
                 "invalid public key \"" + std::string(text.substr(0, 40)) + "\"; expected ed25519:<hex> or sm2:<hex>"};
}

std::string PublicKey::text() const { return std::string(prefix_of(suite_)) + to_hex(view()); }

bool verify(const PublicKey& key, ByteView message, const Signature& signature) {
    switch (key.suite()) {
        case Suite::ed25519_sha256:
            return ed25519::verify(key.view(), message, signature.bytes);
        case Suite::sm2_sm3:
            return sm2::verify(key.view(), message, signature.bytes);
    }
    check_failed("the suite is known", __FILE__, __LINE__);
}

struct SecretKey::State {
    PublicKey public_key;
    Locked secret;                     // Ed25519: seed || public key; SM2: the scalar
    std::unique_ptr<sm2::Signer> sm2;  // only for SM2
};

SecretKey::SecretKey(std::unique_ptr<State> state) : state_(std::move(state)) {}
SecretKey::SecretKey(SecretKey&&) noexcept = default;
SecretKey& SecretKey::operator=(SecretKey&&) noexcept = default;
SecretKey::~SecretKey() = default;

SecretKey SecretKey::generate(Suite suite) {
    const Locked seed = lock_memory(32);
    while (true) {
        random_fill({seed.get(), 32});
        Result<SecretKey> key = from_seed(suite, {seed.get(), 32});
        if (key) return *std::move(key);  // SM2 refuses one seed in 2^32
    }
}

Result<SecretKey> SecretKey::from_seed(Suite suite, ByteView seed) {
    if (seed.size() != 32) return Error{Errc::invalid, "a secret key is 32 bytes, not " + std::to_string(seed.size())};
    auto state = std::make_unique<State>();
    std::array<std::uint8_t, PublicKey::bytes_max> bytes{};
    std::size_t size = ed25519::public_bytes;
    if (suite == Suite::sm2_sm3) {
        state->sm2 = sm2::Signer::from_seed(seed);
        if (state->sm2 == nullptr)
            return Error{Errc::invalid, "an SM2 secret key must be between 1 and n - 2; generate another"};
        state->secret = lock_memory(seed.size());
        std::copy(seed.begin(), seed.end(), state->secret.get());
        size = sm2::public_bytes;
        std::copy(state->sm2->public_key().begin(), state->sm2->public_key().end(), bytes.begin());
    } else {
        state->secret = lock_memory(ed25519::secret_bytes);
        ed25519::make_keys(seed, std::span(bytes).first(size), {state->secret.get(), ed25519::secret_bytes});
    }
    XL_TRY(state->public_key, PublicKey::from_bytes(suite, ByteView(bytes).first(size)));
    return SecretKey(std::move(state));
}

Suite SecretKey::suite() const { return state_->public_key.suite(); }
const PublicKey& SecretKey::public_key() const { return state_->public_key; }
ByteView SecretKey::seed() const { return {state_->secret.get(), 32}; }

Signature SecretKey::sign(ByteView message) const {
    Signature signature;
    if (state_->sm2 != nullptr) {
        state_->sm2->sign(message, signature.bytes);
    } else {
        ed25519::sign({state_->secret.get(), ed25519::secret_bytes}, message, signature.bytes);
    }
    // A fault while signing can give the secret away: nothing leaves that does not verify.
    XL_CHECK(verify(state_->public_key, message, signature));
    return signature;
}

std::string_view name_of(KeyPurpose purpose) {
    switch (purpose) {
        case KeyPurpose::validator:
            return "validator";
        case KeyPurpose::issuer:
            return "issuer";
        case KeyPurpose::transport:
            return "transport";
        case KeyPurpose::vault:
            return "vault";
        case KeyPurpose::channel:
            return "channel";
    }
    check_failed("the purpose is known", __FILE__, __LINE__);
}

}  // namespace xinlian

// The two signature schemes behind crypto/key.hpp, on plain bytes. Private to crypto: other modules use PublicKey and
// SecretKey, which check the preconditions.
#pragma once

#include <array>
#include <memory>

#include "crypto/bytes.hpp"

namespace xinlian {

// Must run before any other function of libsodium; repeated calls are cheap.
void start_sodium();

namespace ed25519 {

inline constexpr std::size_t public_bytes = 32;
inline constexpr std::size_t secret_bytes = 64;  // seed || public key, as libsodium keeps it

// On the curve, canonical, and not one of the 14 small-order encodings: what verify() asks of A.
bool is_public_key(ByteView bytes);
bool verify(ByteView public_key, ByteView message, ByteView signature);
void make_keys(ByteView seed, std::span<std::uint8_t> public_key, std::span<std::uint8_t> secret);
void sign(ByteView secret, ByteView message, std::span<std::uint8_t> signature);

}  // namespace ed25519

namespace sm2 {

inline constexpr std::size_t public_bytes = 33;  // compressed point
inline constexpr std::string_view user_id = "1234567812345678";

bool is_public_key(ByteView bytes);
bool verify(ByteView public_key, ByteView message, ByteView signature);

// A secret in the form OpenSSL signs with; OpenSSL wipes it when it is freed.
class Signer {
public:
    // Nullptr unless the seed is a scalar in [1, n-2].
    static std::unique_ptr<Signer> from_seed(ByteView seed);
    ~Signer();
    Signer(const Signer&) = delete;
    Signer& operator=(const Signer&) = delete;
    ByteView public_key() const { return public_key_; }
    void sign(ByteView message, std::span<std::uint8_t> signature) const;

private:
    Signer() = default;
    struct Key;
    std::unique_ptr<Key> key_;
    std::array<std::uint8_t, public_bytes> public_key_{};
};

}  // namespace sm2

}  // namespace xinlian

// A sealed box (libsodium's crypto_box_seal: X25519, XSalsa20-Poly1305): anybody can seal for the holder of an Ed25519
// key, who alone can open it; the sealer cannot. For keys that members send each other in public.
#pragma once

#include "crypto/key.hpp"

namespace xinlian {

inline constexpr std::size_t sealed_box_bytes = 32 + 16;  // longer than what is sealed by this

// Errc::invalid: the key is not an Ed25519 key, or one that nobody can hold.
Result<Bytes> seal_for(const PublicKey& key, ByteView plain);
// Errc::invalid: sealed for somebody else, or changed.
Result<Bytes> open_box(const SecretKey& key, ByteView box);

}  // namespace xinlian

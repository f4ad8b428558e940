// A sealed box (libsodium's crypto_box_seal: X25519, XSalsa20-Poly1305): anyone can encrypt for the holder of an
// Ed25519 key, and only that holder can decrypt. Used for keys that members send each other in public.
#pragma once

#include "crypto/key.hpp"

namespace xinlian {

inline constexpr std::size_t sealed_box_bytes = 32 + 16;  // overhead of a box

// Errc::invalid: the key is not an Ed25519 key, or has no secret key (small order).
Result<Bytes> seal_for(const PublicKey& key, ByteView plain);
// Errc::invalid: encrypted for another key, or changed.
Result<Bytes> open_box(const SecretKey& key, ByteView box);

}  // namespace xinlian

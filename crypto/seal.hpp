// Encryption of data at rest: libsodium's crypto_secretbox with a random nonce in front. A box opens only with the same
// key and the same `about`, from which the key of the box is derived.
#pragma once

#include "crypto/hash.hpp"

namespace xinlian {

// A secret of 32 bytes that is wiped on destruction. Movable, not copyable.
struct Secret {
    Secret() = default;
    explicit Secret(const Hash& from) : bytes(from) {}
    Secret(Secret&& other) noexcept : bytes(other.bytes) { other.wipe(); }
    Secret& operator=(Secret&& other) noexcept;
    ~Secret() { wipe(); }
    ByteView view() const { return bytes.view(); }

    Hash bytes;

private:
    void wipe();
};

inline constexpr std::size_t seal_bytes = 24 + 16;  // overhead of a box: nonce and tag

Bytes seal(const Secret& key, ByteView about, ByteView plain);
// Errc::invalid for another key, another `about` or changed bytes.
Result<Bytes> unseal(const Secret& key, ByteView about, ByteView sealed);
Result<Secret> unseal_secret(const Secret& key, ByteView about, ByteView sealed);  // of exactly 32 bytes

}  // namespace xinlian

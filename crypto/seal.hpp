// Sealing what lies on disk: libsodium's crypto_secretbox with a random nonce before it. What is sealed opens only
// under the same key and beside the same `about`: the key of the box depends on every byte of that.
#pragma once

#include "crypto/hash.hpp"

namespace xinlian {

// A secret of 32 bytes that is wiped when it goes. Moves, never copies.
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

inline constexpr std::size_t seal_bytes = 24 + 16;  // longer than what is sealed by this: nonce and tag

Bytes seal(const Secret& key, ByteView about, ByteView plain);
// Errc::invalid for another key, another `about` or changed bytes.
Result<Bytes> unseal(const Secret& key, ByteView about, ByteView sealed);
Result<Secret> unseal_secret(const Secret& key, ByteView about, ByteView sealed);  // of exactly 32 bytes

}  // namespace xinlian

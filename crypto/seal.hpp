// Encryption of data at rest: libsodium's crypto_secretbox with a random nonce in front. A box opens only with the same
// key and, if it was made with one, the same `about`: the key of such a box is derived from every byte of `about`.
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

inline constexpr std::size_t secretbox_overhead = 24 + 16;  // nonce and tag

Bytes secretbox(const Secret& key, ByteView plain);
Bytes secretbox(const Secret& key, ByteView about, ByteView plain);
// Errc::invalid for another key, another `about` or changed bytes; Errc::malformed for too few bytes.
Result<Bytes> open_secretbox(const Secret& key, ByteView box);
Result<Bytes> open_secretbox(const Secret& key, ByteView about, ByteView box);
Result<Secret> open_secretbox_of_secret(const Secret& key, ByteView about, ByteView box);  // of exactly 32 bytes

}  // namespace xinlian

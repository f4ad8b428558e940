#include "crypto/sealed_box.hpp"

#include <sodium.h>

namespace xinlian {

namespace {

static_assert(sealed_box_bytes == crypto_box_SEALBYTES);

using Point = std::array<std::uint8_t, crypto_scalarmult_curve25519_BYTES>;

Result<Point> x25519_of(const PublicKey& key) {
    Point point{};
    if (key.suite() != Suite::ed25519_sha256 ||
        crypto_sign_ed25519_pk_to_curve25519(point.data(), key.view().data()) != 0) {
        return Error{Errc::invalid, "nothing can be sealed for this public key: it is not a valid Ed25519 key"};
    }
    return point;
}

}  // namespace

Result<Bytes> seal_for(const PublicKey& key, ByteView plain) {
    XL_TRY(const Point point, x25519_of(key));
    Bytes box(plain.size() + sealed_box_bytes);
    const int sealed = crypto_box_seal(box.data(), plain.data(), plain.size(), point.data());
    if (sealed != 0) return Error{Errc::invalid, "nothing can be sealed for this public key"};
    return box;
}

Result<Bytes> open_box(const SecretKey& key, ByteView box) {
    const Error refusal{Errc::invalid, "the sealed key is for another member, or it was changed"};
    if (box.size() < sealed_box_bytes) return refusal;
    XL_TRY(const Point point, x25519_of(key.public_key()));
    // As Ed25519 makes its scalar from the seed (RFC 8032, 5.1.5), which libsodium clamps itself.
    std::array<std::uint8_t, 64> wide{};
    crypto_hash_sha512(wide.data(), key.seed().data(), key.seed().size());
    Bytes plain(box.size() - sealed_box_bytes);
    const int opened = crypto_box_seal_open(plain.data(), box.data(), box.size(), point.data(), wide.data());
    sodium_memzero(wide.data(), wide.size());
    if (opened != 0) return refusal;
    return plain;
}

}  // namespace xinlian

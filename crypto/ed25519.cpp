// Ed25519 by libsodium alone: its verifier is the rule (crypto/key.hpp).
#include <sodium.h>

#include <algorithm>

#include "crypto/signatures.hpp"

namespace xinlian::ed25519 {

namespace {

// y < 2^255 - 19, the sign bit aside.
bool is_canonical(ByteView point) {
    if ((point[31] & 0x7f) != 0x7f) return true;
    const bool all_ones = std::all_of(point.begin() + 1, point.begin() + 31, [](std::uint8_t b) { return b == 0xff; });
    return !all_ones || point[0] < 0xed;
}

// The y coordinates of the points of order 1, 2, 4 and 8, little-endian. The non-canonical spellings of the same points
// are refused by is_canonical().
constexpr std::array<std::array<std::uint8_t, 32>, 5> small_order = {{
    {0},
    {1},
    {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
     0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
    {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
     0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
}};

bool has_small_order(ByteView point) {
    return std::any_of(small_order.begin(), small_order.end(), [&](const auto& y) {
        return std::equal(y.begin(), y.end() - 1, point.begin()) && y[31] == (point[31] & 0x7f);
    });
}

}  // namespace

bool is_public_key(ByteView bytes) {
    if (bytes.size() != public_bytes) return false;
    if (!is_canonical(bytes) || has_small_order(bytes)) return false;
    start_sodium();
    // Adding is the cheapest function of libsodium that refuses what is not on the curve. Its own "is valid" also
    // refuses points outside the main subgroup, which its verifier accepts; the key must not be stricter than that.
    std::array<std::uint8_t, public_bytes> sum;
    return crypto_core_ed25519_add(sum.data(), bytes.data(), bytes.data()) == 0;
}

bool verify(ByteView public_key, ByteView message, ByteView signature) {
    start_sodium();
    return crypto_sign_verify_detached(signature.data(), message.data(), message.size(), public_key.data()) == 0;
}

void make_keys(ByteView seed, std::span<std::uint8_t> public_key, std::span<std::uint8_t> secret) {
    XL_CHECK(seed.size() == crypto_sign_SEEDBYTES);
    XL_CHECK(public_key.size() == public_bytes);
    XL_CHECK(secret.size() == secret_bytes);
    start_sodium();
    XL_CHECK(crypto_sign_seed_keypair(public_key.data(), secret.data(), seed.data()) == 0);
}

void sign(ByteView secret, ByteView message, std::span<std::uint8_t> signature) {
    XL_CHECK(secret.size() == secret_bytes);
    XL_CHECK(signature.size() == crypto_sign_BYTES);
    XL_CHECK(crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), secret.data()) == 0);
}

}  // namespace xinlian::ed25519

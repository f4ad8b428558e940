// Signatures for simulators: the four functions of crypto/ed25519.cpp with SHA-256 in place of the curve, two hundred
// times as fast. Linked into a program of its own, never into a library: the linker then takes these and leaves the
// real ones in their archive. Anybody who knows a public key can sign for it; in a simulation nobody does.
//
// Signature: SHA-256("cheap-1" || public key || message) || SHA-256("cheap-2" || …). Public key: SHA-256("cheap-key" ||
// seed). Secret: seed || public key, as libsodium lays it out.
#include <algorithm>

#include "crypto/hash.hpp"
#include "crypto/signatures.hpp"

namespace xinlian::ed25519 {

namespace {

Hash sha256(std::initializer_list<ByteView> parts) { return hash(Suite::ed25519_sha256, parts); }

std::array<std::uint8_t, 64> signature_of(ByteView public_key, ByteView message) {
    const Hash first = sha256({as_bytes("cheap-1"), public_key, message});
    const Hash second = sha256({as_bytes("cheap-2"), public_key, message});
    std::array<std::uint8_t, 64> both{};
    std::copy(first.bytes.begin(), first.bytes.end(), both.begin());
    std::copy(second.bytes.begin(), second.bytes.end(), both.begin() + 32);
    return both;
}

}  // namespace

bool is_public_key(ByteView bytes) { return bytes.size() == public_bytes; }

bool verify(ByteView public_key, ByteView message, ByteView signature) {
    const auto right = signature_of(public_key, message);
    return std::equal(signature.begin(), signature.end(), right.begin(), right.end());
}

void make_keys(ByteView seed, std::span<std::uint8_t> public_key, std::span<std::uint8_t> secret) {
    const Hash key = sha256({as_bytes("cheap-key"), seed});
    std::copy(key.bytes.begin(), key.bytes.end(), public_key.begin());
    std::copy(seed.begin(), seed.end(), secret.begin());
    std::copy(key.bytes.begin(), key.bytes.end(), secret.begin() + 32);
}

void sign(ByteView secret, ByteView message, std::span<std::uint8_t> signature) {
    const auto made = signature_of(secret.subspan(32), message);
    std::copy(made.begin(), made.end(), signature.begin());
}

}  // namespace xinlian::ed25519

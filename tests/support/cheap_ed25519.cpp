// Signatures that cost two hashes, for simulators that check millions of them: replaces the four functions of
// crypto/ed25519.cpp. A program chooses them by linking this file, since the linker takes a program's own functions
// before a library's; nothing else of the program changes. Anyone who knows a public key can sign for it, so this
// separates only the members of a simulator, which sign with their own key. A signature by another key or over another
// message is still refused.
//
//   public key = SHA-256("cheap/public" || seed), secret = seed || public key
//   signature  = SHA-256("cheap/r" || public key || message) || SHA-256("cheap/s" || public key || message)
#include <algorithm>

#include "crypto/check.hpp"
#include "crypto/hash.hpp"
#include "crypto/signatures.hpp"

namespace xinlian::ed25519 {

namespace {

Hash digest(std::string_view tag, ByteView first, ByteView second = {}) {
    return hash(Suite::ed25519_sha256, {as_bytes(tag), first, second});
}

}  // namespace

bool is_public_key(ByteView bytes) { return bytes.size() == public_bytes; }

bool verify(ByteView public_key, ByteView message, ByteView signature) {
    if (signature.size() != 64) return false;
    const Hash r = digest("cheap/r", public_key, message);
    if (!std::equal(r.bytes.begin(), r.bytes.end(), signature.begin())) return false;
    const Hash s = digest("cheap/s", public_key, message);
    return std::equal(s.bytes.begin(), s.bytes.end(), signature.begin() + 32);
}

void make_keys(ByteView seed, std::span<std::uint8_t> public_key, std::span<std::uint8_t> secret) {
    XL_CHECK(seed.size() == 32);
    XL_CHECK(public_key.size() == public_bytes);
    XL_CHECK(secret.size() == secret_bytes);
    const Hash key = digest("cheap/public", seed);
    std::copy(key.bytes.begin(), key.bytes.end(), public_key.begin());
    std::copy(seed.begin(), seed.end(), secret.begin());
    std::copy(key.bytes.begin(), key.bytes.end(), secret.begin() + 32);
}

void sign(ByteView secret, ByteView message, std::span<std::uint8_t> signature) {
    XL_CHECK(secret.size() == secret_bytes);
    XL_CHECK(signature.size() == 64);
    const ByteView public_key = secret.subspan(32);
    const Hash r = digest("cheap/r", public_key, message);
    const Hash s = digest("cheap/s", public_key, message);
    std::copy(r.bytes.begin(), r.bytes.end(), signature.begin());
    std::copy(s.bytes.begin(), s.bytes.end(), signature.begin() + 32);
}

}  // namespace xinlian::ed25519

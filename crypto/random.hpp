// The one door to the system's randomness (libsodium's randombytes, getrandom(2) underneath).
#pragma once

#include "crypto/hash.hpp"

namespace xinlian {

void random_fill(std::span<std::uint8_t> out);
Hash random_hash();  // 32 random bytes: salts, keys, nonces

}  // namespace xinlian

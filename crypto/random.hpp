// The only source of randomness: libsodium's randombytes, which calls getrandom(2).
#pragma once

#include "crypto/hash.hpp"

namespace xinlian {

void random_fill(std::span<std::uint8_t> out);
Hash random_hash();  // 32 random bytes: salts, keys, nonces

}  // namespace xinlian

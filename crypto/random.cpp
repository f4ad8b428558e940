#include "crypto/random.hpp"

#include <sodium.h>

#include "crypto/signatures.hpp"

namespace xinlian {

void start_sodium() {
    // The language makes this once and thread-safe; sodium_init() fails only if there is no source of randomness.
    static const bool started = sodium_init() >= 0;
    XL_CHECK(started);
}

void random_fill(std::span<std::uint8_t> out) {
    start_sodium();
    randombytes_buf(out.data(), out.size());
}

Hash random_hash() {
    Hash hash;
    random_fill(hash.bytes);
    return hash;
}

}  // namespace xinlian

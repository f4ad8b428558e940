// Map keys for tests: half of them spread evenly, the others with long common prefixes.
#pragma once

#include <random>

#include "crypto/hash.hpp"

namespace xinlian::test {

// The seed is fixed, so that a failure repeats.
class KeySource {
public:
    explicit KeySource(std::uint32_t seed) : engine_(seed) {}
    std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(engine_()) % n; }
    Hash key() {
        Hash made;
        if (below(2) == 0) return hash(Suite::ed25519_sha256, as_bytes(std::to_string(below(60))));
        made.bytes.fill(0xa5);
        made.bytes[below(2) == 0 ? 0 : 31] = static_cast<std::uint8_t>(below(16));
        made.bytes[30] = static_cast<std::uint8_t>(below(2));
        return made;
    }

private:
    std::mt19937 engine_;
};

}  // namespace xinlian::test

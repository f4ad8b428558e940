#include "crypto/fingerprint.hpp"

namespace xinlian {

std::string fingerprint(const PublicKey& key) {
    constexpr std::size_t digits = 20;
    const std::string hex = tagged_hash(key.suite(), "xinlian/v1/key-fingerprint", {as_bytes(key.text())}).hex();
    std::string text;
    for (std::size_t i = 0; i < digits; i += 4) text += (i == 0 ? "" : " ") + hex.substr(i, 4);
    return text;
}

}  // namespace xinlian

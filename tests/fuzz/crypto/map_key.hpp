// Map keys for fuzz targets, with few or many leading bits in common.
#pragma once

#include "crypto/hash.hpp"

namespace xinlian::fuzz {

inline Hash key_of(std::uint8_t choice) {
    Hash key;
    key.bytes[choice % 2 == 0 ? 0 : 31] = static_cast<std::uint8_t>(choice & 0xF0);
    key.bytes[1] = static_cast<std::uint8_t>((choice & 0x0E) << 4);
    return key;
}

}  // namespace xinlian::fuzz

// The fingerprint of a key: short enough to compare by voice.
#pragma once

#include <string>

#include "crypto/key.hpp"

namespace xinlian {

// First 10 bytes of tagged_hash("xinlian/v1/key-fingerprint", the key's text) by the key's own suite, in groups of four
// hex digits.
std::string fingerprint(const PublicKey& key);

}  // namespace xinlian

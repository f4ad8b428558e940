// Byte strings and their text forms (hex, base64). Independent of what the bytes mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/result.hpp"

namespace xinlian {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

// The bytes of a text. The view lives as long as the text.
inline ByteView as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
inline Bytes to_bytes(std::string_view text) { return {text.begin(), text.end()}; }

std::string to_hex(ByteView bytes);                // lower case
Result<Bytes> from_hex(std::string_view text);     // either case, even length, nothing else; Errc::malformed
std::string to_base64(ByteView bytes);             // RFC 4648 §4, padded
Result<Bytes> from_base64(std::string_view text);  // strict: canonical padding and zero spare bits; Errc::malformed

// Compares in constant time for equal lengths; the lengths themselves may leak.
bool equal_constant_time(ByteView a, ByteView b);

}  // namespace xinlian

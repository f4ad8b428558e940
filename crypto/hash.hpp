// The two hash functions (FIPS 180-4 SHA-256, GB/T 32905-2016 SM3) behind one value, and domain separation.
#pragma once

#include <array>
#include <compare>
#include <initializer_list>
#include <memory>

#include "crypto/bytes.hpp"

namespace xinlian {

// One suite is chosen in the genesis file and never mixed within a chain.
enum class Suite : std::uint8_t { ed25519_sha256 = 1, sm2_sm3 = 2 };
inline bool is_known(Suite suite) { return suite == Suite::ed25519_sha256 || suite == Suite::sm2_sm3; }
std::string_view name_of(Suite suite);             // "ed25519-sha256", "sm2-sm3"
Result<Suite> suite_named(std::string_view name);  // Errc::unsupported, naming the known ones

struct Hash {
    static constexpr bool is_raw_bytes = true;
    std::array<std::uint8_t, 32> bytes{};

    auto operator<=>(const Hash&) const = default;
    ByteView view() const { return bytes; }
    bool is_zero() const { return *this == Hash{}; }
    std::string hex() const { return to_hex(bytes); }
};
Result<Hash> hash_from_hex(std::string_view text);  // exactly 64 digits; Errc::malformed
Result<Hash> hash_from_bytes(ByteView bytes);       // exactly 32; Errc::malformed

// Hash of the concatenation of the parts.
Hash hash(Suite suite, ByteView bytes);
Hash hash(Suite suite, std::initializer_list<ByteView> parts);

// Hash under a domain-separation tag: hash(tag's length in one byte || tag || parts). Tags are listed in
// docs/encoding.md.
Hash tagged_hash(Suite suite, std::string_view tag, std::initializer_list<ByteView> parts);

// HMAC (RFC 2104) with the suite's hash: record ids, subject tags, salts.
Hash keyed_hash(Suite suite, ByteView key, std::initializer_list<ByteView> parts);

// Incremental hashing, for inputs that arrive in pieces (files).
class Hasher {
public:
    explicit Hasher(Suite suite);
    ~Hasher();
    Hasher(Hasher&&) noexcept;
    Hasher& operator=(Hasher&&) noexcept;
    Hasher& update(ByteView bytes);
    Hash finish();  // once

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace xinlian

// Keys and signatures of both suites.
//
// Ed25519 (RFC 8032) by libsodium, which refuses the 14 small-order encodings of A and R and non-canonical S, A, R,
// then does the cofactorless check: that is the rule here; OpenSSL never verifies Ed25519. SM2 (GB/T 32918.2, user id
// 1234567812345678) by OpenSSL; signatures are raw r || s, 64 bytes, r and s in [1, n-1], r + s != 0 mod n; public
// points are compressed (33 bytes), on the curve and not infinity.
#pragma once

#include <array>
#include <compare>
#include <memory>
#include <string>

#include "crypto/codec.hpp"
#include "crypto/hash.hpp"

namespace xinlian {

struct Signature {
    static constexpr bool is_raw_bytes = true;
    std::array<std::uint8_t, 64> bytes{};
    auto operator<=>(const Signature&) const = default;
};

// Well formed by construction: only from_bytes, from_text and decode() create one, and they validate it.
// A default-constructed key is empty and verifies nothing.
class PublicKey {
public:
    static constexpr std::size_t bytes_max = 33;
    static Result<PublicKey> from_bytes(Suite suite, ByteView bytes);  // 32 or 33 bytes; Errc::invalid for bad points
    static Result<PublicKey> from_text(std::string_view text);         // "ed25519:<hex>" or "sm2:<hex>"

    PublicKey() = default;
    Suite suite() const { return suite_; }
    ByteView view() const { return {bytes_.data(), size()}; }
    std::size_t size() const { return suite_ == Suite::sm2_sm3 ? 33 : 32; }
    std::string text() const;
    auto operator<=>(const PublicKey&) const = default;

    template <class Archive>
    void save(Archive& archive) const {
        archive(suite_);
        archive.raw(view());
    }
    template <class Archive>
    void load(Archive& archive) {
        archive(suite_);
        if (archive.failed()) return;
        auto key = from_bytes(suite_, archive.raw(size()));
        if (archive.failed()) return;
        if (!key) return archive.fail("not a public key");
        *this = *key;
    }

private:
    Suite suite_ = Suite::ed25519_sha256;
    std::array<std::uint8_t, 33> bytes_{};
};

// True only for a signature by this key over exactly this message. Never throws, never aborts.
bool verify(const PublicKey& key, ByteView message, const Signature& signature);

// Holds the secret in locked memory (sodium_malloc) and wipes it when destroyed; for SM2 OpenSSL has its own copy,
// which it wipes too. Moves, never copies. May be used by one thread at a time.
class SecretKey {
public:
    static SecretKey generate(Suite suite);
    // The 32-byte seed (Ed25519) or scalar d in [1, n-2] (SM2). Errc::invalid.
    static Result<SecretKey> from_seed(Suite suite, ByteView seed);

    SecretKey(SecretKey&&) noexcept;
    SecretKey& operator=(SecretKey&&) noexcept;
    ~SecretKey();

    Suite suite() const;
    const PublicKey& public_key() const;

    // Ed25519 is deterministic. SM2 draws its nonce from OpenSSL's random generator, so a second signature has
    // different bytes: store and re-send the first one, never sign again. The result is verified before it is returned.
    Signature sign(ByteView message) const;

    // The 32 secret bytes, for writing a key file. The view lives as long as the key.
    ByteView seed() const;

private:
    struct State;
    explicit SecretKey(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// What a key is for; a key file opened for another purpose is refused.
enum class KeyPurpose : std::uint8_t { validator = 1, issuer = 2, transport = 3, channel = 4, vault = 5 };
inline bool is_known(KeyPurpose purpose) { return purpose >= KeyPurpose::validator && purpose <= KeyPurpose::vault; }
inline bool has_public_half(KeyPurpose purpose) { return purpose <= KeyPurpose::transport; }
std::string_view name_of(KeyPurpose purpose);

// Key files: seven lines of text (so that an operator can see the owner) whose secret is sealed with a passphrase:
// Argon2id (libsodium, interactive limits, kept in the file) and crypto_secretbox. The lines above the secret are
// sealed with it. An empty passphrase is refused unless `unprotected` is chosen, for files that the file system
// itself protects; the file records this. Written with mode 0600, synced, never over an existing file
// (Errc::conflict).
//
//     xinlian key file v1
//     purpose: validator
//     suite: ed25519-sha256
//     owner: 310000
//     public: ed25519:<hex>
//     protection: argon2id <operations> <memory in bytes> <base64 of the salt>      (or: none)
//     secret: <base64 of nonce and box>
struct KeyFile {
    KeyPurpose purpose = KeyPurpose::validator;
    Suite suite = Suite::ed25519_sha256;
    std::string owner;        // member id, e.g. "310000"
    std::string public_text;  // PublicKey::text(); of a channel key its name, of a vault key its id
};
enum class Protection : std::uint8_t { passphrase, unprotected };
Status write_key_file(const std::string& path, const KeyFile& about, ByteView secret, Protection protection,
                      std::string_view passphrase);
Result<KeyFile> describe_key_file(const std::string& path);
bool needs_passphrase(const std::string& path);
// Errc::invalid for a wrong passphrase (says so), Errc::malformed for a damaged file, Errc::not_found, Errc::io for
// mode bits that let others read. `secret` is 32 bytes.
Result<Hash> open_key_file_secret(const std::string& path, KeyPurpose purpose, std::string_view passphrase);
Result<SecretKey> open_key_file(const std::string& path, KeyPurpose purpose, std::string_view passphrase);

}  // namespace xinlian

// Laws: a signature verifies over its own message with its own key, and over nothing else; an external signature is
// refused unless it is the one the key makes (Ed25519); a public key prints and parses back.
#include "crypto/key.hpp"
#include "tests/fuzz/input.hpp"

using namespace xinlian;

namespace {

SecretKey key_of(Suite suite, std::uint8_t number) {
    Hash seed;
    seed.bytes.fill(number);
    return SecretKey::from_seed(suite, seed.view()).value();
}

void check_public_key(Suite suite, ByteView bytes) {
    if (const auto key = PublicKey::from_bytes(suite, bytes)) {
        XL_CHECK(PublicKey::from_text(key->text()).value() == *key);
        XL_CHECK(decode<PublicKey>(encode(*key)).value() == *key);
        XL_CHECK(!verify(*key, bytes, Signature{}));
    }
    if (const auto key = PublicKey::from_text(as_text(bytes))) {
        XL_CHECK(PublicKey::from_bytes(key->suite(), key->view()).value() == *key);
    }
}

void check_own(const SecretKey& key, const SecretKey& other, fuzz::Input input) {
    const std::size_t bit = input.two_bytes();
    Bytes message = fuzz::copy(input.rest());
    Signature signature = key.sign(message);
    XL_CHECK(verify(key.public_key(), message, signature));
    XL_CHECK(!verify(other.public_key(), message, signature));
    const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
    signature.bytes[bit / 8 % 64] ^= mask;
    XL_CHECK(!verify(key.public_key(), message, signature));
    signature.bytes[bit / 8 % 64] ^= mask;
    if (message.empty()) return;
    message[bit / 8 % message.size()] ^= mask;
    XL_CHECK(!verify(key.public_key(), message, signature));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const SecretKey ed = key_of(Suite::ed25519_sha256, 1), ed_other = key_of(Suite::ed25519_sha256, 2),
                           sm = key_of(Suite::sm2_sm3, 1), sm_other = key_of(Suite::sm2_sm3, 2);
    fuzz::Input input(data, size);
    const std::uint8_t mode = input.byte() % 6;
    const bool chinese = mode % 2 == 1;
    const SecretKey& key = chinese ? sm : ed;
    if (mode < 2) check_public_key(key.suite(), input.rest());
    if (mode == 2 || mode == 3) check_own(key, chinese ? sm_other : ed_other, input);
    if (mode < 4) return 0;
    Signature signature;
    const ByteView given = input.take(signature.bytes.size());
    std::copy(given.begin(), given.end(), signature.bytes.begin());
    const ByteView message = input.rest();
    if (!verify(key.public_key(), message, signature)) return 0;
    // The corpus has one signature of each kind; that of SM2 is over "xinlian".
    XL_CHECK(chinese ? as_text(message) == "xinlian" : signature == key.sign(message));
    return 0;
}

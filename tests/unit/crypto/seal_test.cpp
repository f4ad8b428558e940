// Tests authenticated encryption with a secret key.
#include "crypto/seal.hpp"

#include <catch2/catch.hpp>

#include "crypto/random.hpp"

using namespace xinlian;

TEST_CASE("what is sealed opens under its key and beside its words, and not otherwise") {
    const Secret key(random_hash()), other(random_hash());
    const ByteView about = as_bytes("record 7");
    for (const std::size_t size : {0u, 1u, 32u, 5'000u}) {
        const Bytes plain(size, 0x5a);
        const Bytes sealed = seal(key, about, plain);
        CHECK(sealed.size() == size + seal_bytes);
        CHECK(seal(key, about, plain) != sealed);  // a nonce of its own each time
        CHECK(unseal(key, about, sealed).value() == plain);
        CHECK(unseal(other, about, sealed).error().code == Errc::invalid);
        CHECK(unseal(key, as_bytes("record 8"), sealed).error().code == Errc::invalid);
        for (const std::size_t at : {std::size_t{0}, std::size_t{24}, sealed.size() - 1}) {
            Bytes changed = sealed;
            changed[at] ^= 1;
            CHECK(unseal(key, about, changed).error().code == Errc::invalid);
        }
        const ByteView cut(sealed.data(), sealed.size() - 1);
        CHECK_FALSE(unseal(key, about, cut).ok());
    }
    CHECK(unseal(key, about, {}).error().code == Errc::malformed);
}

TEST_CASE("a sealed secret has 32 bytes, and one that was moved from is wiped") {
    const Secret key(random_hash());
    Secret secret(random_hash());
    const Hash bytes = secret.bytes;
    const Bytes sealed = seal(key, {}, secret.view());
    CHECK(unseal_secret(key, {}, sealed).value().bytes == bytes);
    CHECK(unseal_secret(key, {}, seal(key, {}, as_bytes("short"))).error().code == Errc::malformed);
    const Secret moved = std::move(secret);
    CHECK(moved.bytes == bytes);
    CHECK(secret.bytes.is_zero());
}

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
        const Bytes sealed = secretbox(key, about, plain);
        CHECK(sealed.size() == size + secretbox_overhead);
        CHECK(secretbox(key, about, plain) != sealed);  // a nonce of its own each time
        CHECK(open_secretbox(key, about, sealed).value() == plain);
        CHECK(open_secretbox(other, about, sealed).error().code == Errc::invalid);
        CHECK(open_secretbox(key, as_bytes("record 8"), sealed).error().code == Errc::invalid);
        for (const std::size_t at : {std::size_t{0}, std::size_t{24}, sealed.size() - 1}) {
            Bytes changed = sealed;
            changed[at] ^= 1;
            CHECK(open_secretbox(key, about, changed).error().code == Errc::invalid);
        }
        const ByteView cut(sealed.data(), sealed.size() - 1);
        CHECK_FALSE(open_secretbox(key, about, cut).ok());
    }
    CHECK(open_secretbox(key, about, {}).error().code == Errc::malformed);
}

TEST_CASE("a sealed secret has 32 bytes, and one that was moved from is wiped") {
    const Secret key(random_hash());
    Secret secret(random_hash());
    const Hash bytes = secret.bytes;
    const Bytes sealed = secretbox(key, {}, secret.view());
    CHECK(open_secretbox_of_secret(key, {}, sealed).value().bytes == bytes);
    CHECK(open_secretbox_of_secret(key, {}, secretbox(key, {}, as_bytes("short"))).error().code == Errc::malformed);
    const Secret moved = std::move(secret);
    CHECK(moved.bytes == bytes);
    CHECK(secret.bytes.is_zero());
}

TEST_CASE("a box made beside nothing opens under its key alone") {
    const Secret key(random_hash()), other(random_hash());
    const Bytes plain(40, 0x5a);
    const Bytes box = secretbox(key, plain);
    CHECK(box.size() == plain.size() + secretbox_overhead);
    CHECK(open_secretbox(key, box).value() == plain);
    CHECK(open_secretbox(other, box).error().code == Errc::invalid);
    CHECK(open_secretbox(key, {}, box).error().code == Errc::invalid);  // empty words are not none
    CHECK(open_secretbox(key, ByteView(box).first(secretbox_overhead - 1)).error().code == Errc::malformed);
}

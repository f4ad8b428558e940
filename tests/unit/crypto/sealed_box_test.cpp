// Tests boxes that are sealed for a public key.
#include "crypto/sealed_box.hpp"

#include <catch2/catch.hpp>

using namespace xinlian;

TEST_CASE("what is sealed for a key is opened with it, and with no other") {
    const SecretKey key = SecretKey::generate(Suite::ed25519_sha256),
                    other = SecretKey::generate(Suite::ed25519_sha256);
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{38}}) {
        const Bytes plain(size, 7);
        const auto box = seal_for(key.public_key(), plain);
        REQUIRE(box.ok());
        CHECK(box->size() == size + sealed_box_bytes);
        const auto opened = open_box(key, *box);
        REQUIRE(opened.ok());
        CHECK(*opened == plain);
        CHECK(open_box(other, *box).error().code == Errc::invalid);
        for (std::size_t i = 0; i < box->size(); ++i) {
            Bytes changed = *box;
            changed[i] ^= 1;
            CHECK_FALSE(open_box(key, changed).ok());
        }
        CHECK_FALSE(open_box(key, ByteView(*box).first(box->size() - 1)).ok());
    }
    CHECK(*seal_for(key.public_key(), Bytes{1}) != *seal_for(key.public_key(), Bytes{1}));
}

TEST_CASE("nothing is sealed for a key of another suite") {
    const SecretKey key = SecretKey::generate(Suite::sm2_sm3);
    CHECK(seal_for(key.public_key(), Bytes{1}).error().code == Errc::invalid);
    CHECK(open_box(key, Bytes(64)).error().code == Errc::invalid);
}

#include "crypto/seal.hpp"

#include <sodium.h>

#include "crypto/random.hpp"
#include "crypto/signatures.hpp"

namespace xinlian {

namespace {

static_assert(secretbox_overhead == crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES);
static_assert(sizeof(Hash) == crypto_secretbox_KEYBYTES);

Secret key_about(const Secret& key, ByteView about) {
    start_sodium();
    Secret made;
    XL_CHECK(crypto_generichash(made.bytes.bytes.data(), made.bytes.bytes.size(), about.data(), about.size(),
                                key.bytes.bytes.data(), key.bytes.bytes.size()) == 0);
    return made;
}

Status open_into(const Secret& key, ByteView box, std::uint8_t* plain) {
    start_sodium();
    const ByteView boxed = box.subspan(crypto_secretbox_NONCEBYTES);
    if (crypto_secretbox_open_easy(plain, boxed.data(), boxed.size(), box.data(), key.bytes.bytes.data()) == 0) {
        return {};
    }
    return Error{Errc::invalid, "it was sealed with another key, or was changed"};
}

}  // namespace

void Secret::wipe() { sodium_memzero(bytes.bytes.data(), bytes.bytes.size()); }

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    bytes = other.bytes;
    other.wipe();
    return *this;
}

Bytes secretbox(const Secret& key, ByteView plain) {
    start_sodium();
    Bytes box(secretbox_overhead + plain.size());
    random_fill(std::span(box).first(crypto_secretbox_NONCEBYTES));
    XL_CHECK(crypto_secretbox_easy(box.data() + crypto_secretbox_NONCEBYTES, plain.data(), plain.size(), box.data(),
                                   key.bytes.bytes.data()) == 0);
    return box;
}

Bytes secretbox(const Secret& key, ByteView about, ByteView plain) { return secretbox(key_about(key, about), plain); }

Result<Bytes> open_secretbox(const Secret& key, ByteView box) {
    if (box.size() < secretbox_overhead) return Error{Errc::malformed, "the sealed data is too short"};
    Bytes plain(box.size() - secretbox_overhead);
    XL_TRY_STATUS(open_into(key, box, plain.data()));
    return plain;
}

Result<Bytes> open_secretbox(const Secret& key, ByteView about, ByteView box) {
    return open_secretbox(key_about(key, about), box);
}

Result<Secret> open_secretbox_of_secret(const Secret& key, ByteView about, ByteView box) {
    Secret plain;
    if (box.size() != secretbox_overhead + plain.view().size())
        return Error{Errc::malformed, "the sealed key has the wrong size"};
    XL_TRY_STATUS(open_into(key_about(key, about), box, plain.bytes.bytes.data()));
    return plain;
}

}  // namespace xinlian

#include "crypto/seal.hpp"

#include <sodium.h>

#include "crypto/random.hpp"
#include "crypto/signatures.hpp"

namespace xinlian {

namespace {

static_assert(seal_bytes == crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES);
static_assert(sizeof(Hash) == crypto_secretbox_KEYBYTES);

Secret box_key(const Secret& key, ByteView about) {
    start_sodium();
    Secret made;
    XL_CHECK(crypto_generichash(made.bytes.bytes.data(), made.bytes.bytes.size(), about.data(), about.size(),
                                key.bytes.bytes.data(), key.bytes.bytes.size()) == 0);
    return made;
}

Status unseal_into(const Secret& key, ByteView about, ByteView sealed, std::uint8_t* plain) {
    const Secret box = box_key(key, about);
    const ByteView boxed = sealed.subspan(crypto_secretbox_NONCEBYTES);
    if (crypto_secretbox_open_easy(plain, boxed.data(), boxed.size(), sealed.data(), box.bytes.bytes.data()) == 0) {
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

Bytes seal(const Secret& key, ByteView about, ByteView plain) {
    const Secret box = box_key(key, about);
    Bytes sealed(seal_bytes + plain.size());
    random_fill(std::span(sealed).first(crypto_secretbox_NONCEBYTES));
    XL_CHECK(crypto_secretbox_easy(sealed.data() + crypto_secretbox_NONCEBYTES, plain.data(), plain.size(),
                                   sealed.data(), box.bytes.bytes.data()) == 0);
    return sealed;
}

Result<Bytes> unseal(const Secret& key, ByteView about, ByteView sealed) {
    if (sealed.size() < seal_bytes) return Error{Errc::malformed, "nothing is sealed here"};
    Bytes plain(sealed.size() - seal_bytes);
    XL_TRY_STATUS(unseal_into(key, about, sealed, plain.data()));
    return plain;
}

Result<Secret> unseal_secret(const Secret& key, ByteView about, ByteView sealed) {
    Secret plain;
    if (sealed.size() != seal_bytes + plain.view().size()) return Error{Errc::malformed, "no key is sealed here"};
    XL_TRY_STATUS(unseal_into(key, about, sealed, plain.bytes.bytes.data()));
    return plain;
}

}  // namespace xinlian

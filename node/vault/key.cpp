#include "node/vault/key.hpp"

#include <unistd.h>

#include "crypto/files.hpp"
#include "crypto/random.hpp"

namespace xinlian::node {

namespace {

Hash id_of(Suite suite, const Secret& secret) { return tagged_hash(suite, "xinlian/v1/vault-key", {secret.view()}); }

bool is_there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

// A file that is not a valid key file does not count: it may have been partly overwritten.
bool is_key_of(const std::string& path, const Hash& id) {
    const auto about = describe_key_file(path);
    return about && about->purpose == KeyPurpose::vault && about->public_text == id.hex();
}

Result<VaultKey> open_at(const VaultKeyPlace& place, const std::string& path) {
    XL_TRY(const KeyFile about, describe_key_file(path));
    XL_TRY(const Hash opened, open_key_file_secret(path, KeyPurpose::vault, place.passphrase));
    VaultKey key{Secret(opened), {}};
    key.id = id_of(about.suite, key.secret);
    if (about.public_text == key.id.hex()) return key;
    return Error{Errc::malformed,
                 path + ": the id in the key file does not match its secret; restore the file from a backup"};
}

}  // namespace

Result<VaultKey> make_vault_key(const VaultKeyPlace& place, const std::string& path) {
    VaultKey key{Secret(random_hash()), {}};
    key.id = id_of(place.suite, key.secret);
    const KeyFile about{KeyPurpose::vault, place.suite, place.owner, key.id.hex()};
    XL_TRY_STATUS(write_key_file(path, about, key.secret.view(), place.protection, place.passphrase));
    return key;
}

Result<VaultKey> open_or_make_vault_key(const VaultKeyPlace& place) {
    return is_there(place.path) ? open_at(place, place.path) : make_vault_key(place, place.path);
}

Result<VaultKey> open_vault_key(const VaultKeyPlace& place, const Hash& id) {
    if (is_key_of(place.path, id)) return open_at(place, place.path);
    if (is_key_of(place.next(), id)) return open_at(place, place.next());
    const std::string wanted = "the vault's contents are sealed with key " + id.hex().substr(0, 16) + "…; ";
    if (!is_there(place.path)) {
        return Error{Errc::not_found, wanted + "there is no key file " + place.path + "; restore its newest copy"};
    }
    const auto about = describe_key_file(place.path);
    if (!about) return about.error();
    return Error{Errc::conflict, wanted + place.path + " contains another key (" + about->public_text.substr(0, 16) +
                                     "…); restore the vault and its key file from the same backup"};
}

Status settle_vault_key(const VaultKeyPlace& place, const Hash& id) {
    if (is_key_of(place.path, id)) {
        return is_there(place.next()) ? destroy_file(place.next()) : Status();
    }
    if (!is_key_of(place.next(), id)) return Error{Errc::not_found, "the vault's key file is missing: " + place.path};
    if (is_there(place.path)) XL_TRY_STATUS(overwrite_file(place.path));
    return move_file(place.next(), place.path);
}

}  // namespace xinlian::node

// The key file of a vault. Its secret encrypts the content key of every record. It is made with the vault and replaced
// at every erasure, so that the erased content in old backups of the vault can no longer be opened.
#pragma once

#include <string>

#include "crypto/key.hpp"
#include "crypto/seal.hpp"

namespace xinlian::node {

// The path of the key file, and the parameters to open and create one. While a key is being replaced, the new one is in
// a second file, `path` with ".next".
struct VaultKeyPlace {
    std::string path;  // FOLDER/keys/vault.key
    Suite suite = Suite::ed25519_sha256;
    std::string owner;  // member id
    Protection protection = Protection::unprotected;
    std::string passphrase{};
    std::string next() const { return path + ".next"; }
};

struct VaultKey {
    Secret secret;
    Hash id;  // tagged_hash("xinlian/v1/vault-key", secret): stored in the vault and, in plain text, in the key file
};

// Makes and syncs a key file; never overwrites one (Errc::conflict).
Result<VaultKey> make_vault_key(const VaultKeyPlace& place, const std::string& path);
// Opens the key at place.path, with any id, or makes a new one if there is none.
Result<VaultKey> open_or_make_vault_key(const VaultKeyPlace& place);
// Opens the key with this id, from either file. Errc::not_found; Errc::conflict if there is only another key.
Result<VaultKey> open_vault_key(const VaultKeyPlace& place, const Hash& id);
// Makes the key with this id the only one, at place.path. Any other is destroyed: its bytes are overwritten and synced
// before the file is removed. Idempotent.
Status settle_vault_key(const VaultKeyPlace& place, const Hash& id);

}  // namespace xinlian::node

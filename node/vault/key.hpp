// The key file beside a vault: under its secret the vault keeps the content key of every record. It is made with the
// vault, and another takes its place with every erasure, so that what an old backup of the vault holds opens no more.
#pragma once

#include <string>

#include "crypto/key.hpp"
#include "crypto/seal.hpp"

namespace xinlian::node {

// Where the key file is, and how one is opened and made. While one key takes the place of another, the new one waits
// in a second file, `path` with ".next".
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
    Hash id;  // tagged_hash("xinlian/v1/vault-key", secret): stands in the vault and, readable, in the key file
};

// Synced, never over an existing file (Errc::conflict).
Result<VaultKey> make_vault_key(const VaultKeyPlace& place, const std::string& path);
// The key at place.path, whatever its id, or a new one if there is none.
Result<VaultKey> open_or_make_vault_key(const VaultKeyPlace& place);
// The key of this id, wherever it waits. Errc::not_found; Errc::conflict if there is only another.
Result<VaultKey> open_vault_key(const VaultKeyPlace& place, const Hash& id);
// Leaves the key of this id at place.path, and destroys every other: its bytes are overwritten and synced before its
// name goes. Does nothing if that is so already.
Status settle_vault_key(const VaultKeyPlace& place, const Hash& id);

}  // namespace xinlian::node

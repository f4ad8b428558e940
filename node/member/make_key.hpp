// Making key files and giving them another passphrase.
#pragma once

#include <string>

#include "crypto/key.hpp"

namespace xinlian::node {

struct NewKey {
    KeyPurpose purpose = KeyPurpose::issuer;
    Suite suite = Suite::ed25519_sha256;
    std::string owner, path;
    Protection protection = Protection::passphrase;
    std::string passphrase;
};

// A fresh key, written to `path`; a transport key's certificate beside it, the name ending in .crt instead of .key.
// Errc::conflict if a file is there; Errc::invalid for a transport key that is not Ed25519.
Result<KeyFile> make_key(const NewKey& wanted);
std::string certificate_path(const std::string& key_path);

// The same key under another passphrase (or none). The old file stays until the new one is written, synced and opened
// again.
Status change_passphrase(const std::string& path, std::string_view old_passphrase, Protection protection,
                         std::string_view new_passphrase);

Result<KeyPurpose> purpose_named(std::string_view name);  // Errc::unsupported, naming the known ones

}  // namespace xinlian::node

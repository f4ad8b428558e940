// Creates key files and changes their passphrases.
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

// Makes a new key and writes it to `path`. For a transport key, the certificate is written beside it, with .crt instead
// of .key. Errc::conflict if a file exists; Errc::invalid for a transport key that is not Ed25519.
Result<KeyFile> make_key(const NewKey& wanted);
std::string certificate_path(const std::string& key_path);

// Stores the same key under a new passphrase (or none). The old file stays until the new one is written, synced and
// verified by opening it.
Status change_passphrase(const std::string& path, std::string_view old_passphrase, Protection protection,
                         std::string_view new_passphrase);

Result<KeyPurpose> purpose_named(std::string_view name);  // Errc::unsupported lists the known ones

}  // namespace xinlian::node

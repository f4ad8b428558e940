// The layout of a member's folder, which `xinlian federation create` makes and both programs use.
//
//   FOLDER/genesis.json  node.toml  keys/validator.key  keys/issuer.key  keys/transport.key  keys/transport.crt
//          keys/channel.key (subject tags; shared by the members)  keys/record.key (record ids; the issuer's own)
//          keys/vault.key (what the vault is sealed under; made with it, another after each erasure)
//          data/chain (LevelDB)  data/journal  data/vault.sqlite
#pragma once

#include <string>

#include "crypto/key.hpp"
#include "ledger/entry/genesis.hpp"

namespace xinlian::node {

struct MemberFiles {
    std::string folder;

    std::string genesis() const { return folder + "/genesis.json"; }
    std::string config() const { return folder + "/node.toml"; }
    std::string key(std::string_view name) const { return folder + "/keys/" + std::string(name) + ".key"; }
    std::string transport_certificate() const { return folder + "/keys/transport.crt"; }
    std::string chain() const { return folder + "/data/chain"; }
    std::string journal() const { return folder + "/data/journal"; }
    std::string vault() const { return folder + "/data/vault.sqlite"; }
};

// Reads the passphrase for key files: from the environment variable XINLIAN_PASSPHRASE, or the file named by
// XINLIAN_PASSPHRASE_FILE, or a terminal prompt without echo. Empty if none is available.
Result<std::string> read_passphrase(const std::string& purpose);

}  // namespace xinlian::node

// Opens a member's keys and vault and finds its node, for the commands that write.
#pragma once

#include "crypto/key.hpp"
#include "ledger/entry/genesis.hpp"
#include "node/member/member_files.hpp"
#include "node/vault/vault.hpp"
#include "node/wording/language.hpp"

namespace xinlian::node {

// The keys for writing of the member that owns a folder, opened with one passphrase.
struct Keys {
    ledger::Genesis genesis;
    std::string member;
    SecretKey key;
    Hash channel, record;
    std::uint16_t channel_number = 0;  // the channel of the key `channel`; 0: the channel of all members
    VaultKeyPlace vault;               // opened and replaced with the same passphrase
};
// `as`: the expected member, or empty. Errc::conflict if the folder belongs to another member. For a channel, the
// newest key in the folder is used.
Result<Keys> open_keys(const MemberFiles& files, const std::string& as = {}, std::uint16_t channel = 0);

// The error for a rejected act: the violated rule and the conflicting entry. Errc::conflict.
Error refusal_of(const ledger::Entry& entry, const ledger::Receipt& receipt, Language language);

// Opens the vault of the member that owns the folder. May prompt for the passphrase of its key file.
Result<std::unique_ptr<Vault>> open_vault_to_read(const ledger::Genesis& genesis, const MemberFiles& files);

// `named`, or the address of the node configured in the folder, or the default.
Result<std::string> node_url_of(const MemberFiles& files, const std::string& named);

}  // namespace xinlian::node

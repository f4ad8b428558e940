// What a member's clerk sits down to: the folder's keys and its node.
#pragma once

#include "crypto/key.hpp"
#include "ledger/entry/genesis.hpp"
#include "node/member/member_files.hpp"
#include "node/vault/vault.hpp"
#include "node/wording/language.hpp"

namespace xinlian::node {

// The keys with which the member of a folder writes, opened with one passphrase.
struct Keys {
    ledger::Genesis genesis;
    std::string member;
    SecretKey key;
    Hash channel, record;
    std::uint16_t channel_number = 0;  // that `channel` is the key of; 0 is the channel of all
    VaultKeyPlace vault;               // opened, and made anew, with the same passphrase
};
// `as`: the member that is meant, or empty. Errc::conflict if the folder is another's. Of a channel the newest key that
// is there.
Result<Keys> open_keys(const MemberFiles& files, const std::string& as = {}, std::uint16_t channel = 0);

// Why an act changed nothing, in words: the rule, and the entry in the way. Errc::conflict.
Error refusal_of(const ledger::Entry& entry, const ledger::Receipt& receipt, Language language);

// The vault of the member whose folder this is; its key file may ask for a passphrase.
Result<std::unique_ptr<Vault>> open_vault_to_read(const ledger::Genesis& genesis, const MemberFiles& files);

// `named`, or the address of the node whose settings are in the folder, or the default.
Result<std::string> node_url_of(const MemberFiles& files, const std::string& named);

}  // namespace xinlian::node

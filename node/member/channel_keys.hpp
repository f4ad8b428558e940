// Channel keys. Any member can make one. It is sealed to each member's transport key in the rules, and each member
// opens it into a key file in its folder. There is one key file for each change of the channel's key.
#pragma once

#include "crypto/key.hpp"
#include "ledger/rules/rulebook.hpp"
#include "node/member/member_files.hpp"

namespace xinlian::node {

// A channel with a new key, sealed for these members. Errc::not_found if one of them is not a member.
Result<ledger::Channel> make_channel(const ledger::Genesis& genesis, std::uint16_t number, std::string name,
                                     const std::vector<std::string>& members, std::vector<ledger::Category> categories,
                                     std::uint32_t key_epoch);

// Opens the channel's key with the member's transport key. Errc::not_found if the member is not in the channel.
Result<Hash> open_channel(const ledger::Channel& channel, std::string_view member, const SecretKey& transport);

// "channel" for the channel of all members, otherwise "channel-7-2": channel number and key epoch.
std::string channel_key_name(std::uint16_t number, std::uint32_t key_epoch);
// The name of the newest key of the channel that exists in the folder. The text of Errc::not_found says how to get it.
Result<std::string> newest_channel_key(const MemberFiles& files, std::uint16_t number);

}  // namespace xinlian::node

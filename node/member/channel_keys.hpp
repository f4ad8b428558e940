// Keys of channels: made by anybody, sealed to each member's transport key in the rules, opened by each into a key file
// of its folder, one for each time that the channel's key was changed.
#pragma once

#include "crypto/key.hpp"
#include "ledger/rules/rulebook.hpp"
#include "node/member/member_files.hpp"

namespace xinlian::node {

// A channel with a new key, sealed for these members. Errc::not_found: somebody is no member.
Result<ledger::Channel> make_channel(const ledger::Genesis& genesis, std::uint16_t number, std::string name,
                                     const std::vector<std::string>& members, std::vector<ledger::Category> categories,
                                     std::uint32_t key_epoch);

// Opens the channel's key with the member's transport key. Errc::not_found: the member is not in the channel.
Result<Hash> open_channel(const ledger::Channel& channel, std::string_view member, const SecretKey& transport);

// "channel" for the channel of all, else "channel-7-2": number and time of change.
std::string channel_key_name(std::uint16_t number, std::uint32_t key_epoch);
// The newest one of which the folder has a key file. Errc::not_found says how to get it.
Result<std::string> newest_channel_key(const MemberFiles& files, std::uint16_t number);

}  // namespace xinlian::node

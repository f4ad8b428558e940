#include "node/member/channel_keys.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "crypto/random.hpp"
#include "crypto/sealed_box.hpp"

namespace xinlian::node {

namespace {

// The text that is sealed with the key, so that a box cannot be moved to another channel or key epoch.
Bytes sealed_text(const Hash& key, std::uint16_t number, std::uint32_t key_epoch) {
    Writer writer;
    writer(key, number, key_epoch);
    return writer.take();
}

}  // namespace

Result<ledger::Channel> make_channel(const ledger::Genesis& genesis, std::uint16_t number, std::string name,
                                     const std::vector<std::string>& members, std::vector<ledger::Category> categories,
                                     std::uint32_t key_epoch) {
    ledger::Channel channel{number, std::move(name), {}, std::move(categories), key_epoch, {}};
    std::sort(channel.categories.begin(), channel.categories.end());
    const Hash key = random_hash();
    for (const std::string& id : members) {
        const ledger::Member* member = genesis.member(id);
        if (member == nullptr) return Error{Errc::not_found, "\"" + id + "\" is not a member of this federation"};
        XL_TRY(Bytes box, seal_for(member->transport_key, sealed_text(key, number, key_epoch)));
        channel.sealed.insert_or_assign(id, std::move(box));
    }
    for (const auto& [id, box] : channel.sealed) channel.members.push_back(id);
    return channel;
}

Result<Hash> open_channel(const ledger::Channel& channel, std::string_view member, const SecretKey& transport) {
    const auto at = channel.sealed.find(std::string(member));
    if (at == channel.sealed.end()) {
        return Error{Errc::not_found,
                     std::string(member) + " is not a member of channel " + std::to_string(channel.number)};
    }
    XL_TRY(const Bytes plain, open_box(transport, at->second));
    Hash key;
    std::copy_n(plain.begin(), std::min(plain.size(), key.bytes.size()), key.bytes.begin());
    if (plain == sealed_text(key, channel.number, channel.key_epoch)) return key;
    return Error{Errc::invalid, "the sealed key belongs to another channel or key epoch than " +
                                    channel_key_name(channel.number, channel.key_epoch)};
}

std::string channel_key_name(std::uint16_t number, std::uint32_t key_epoch) {
    if (number == 0) return "channel";
    return "channel-" + std::to_string(number) + "-" + std::to_string(key_epoch);
}

Result<std::string> newest_channel_key(const MemberFiles& files, std::uint16_t number) {
    if (number == 0) return files.key("channel");
    const std::string prefix = "channel-" + std::to_string(number) + "-";
    std::uint32_t newest = 0;
    std::error_code fault;
    for (std::filesystem::directory_iterator at(files.folder + "/keys", fault), end; !fault && at != end;
         at.increment(fault)) {
        const std::string name = at->path().stem().string();
        if (!name.starts_with(prefix) || at->path().extension() != ".key") continue;
        std::uint32_t epoch = 0;
        const auto read = std::from_chars(name.data() + prefix.size(), name.data() + name.size(), epoch);
        if (read.ec == std::errc() && read.ptr == name.data() + name.size()) newest = std::max(newest, epoch);
    }
    if (newest > 0) return files.key(channel_key_name(number, newest));
    return Error{Errc::not_found, "there is no key of channel " + std::to_string(number) + " in " + files.folder +
                                      "/keys; open it with `xinlian channel open " + std::to_string(number) + "`"};
}

}  // namespace xinlian::node

// The rules that a federation sets for itself (联盟规则): legal terms, calendar, parameters, roles and channels. A
// rulebook is one complete JSON text, not a difference. An omitted term has the shipped value, omitted parameters and
// roles have the values of the genesis file, and an omitted channel does not exist. A resolution brings it into force
// (ledger/rules/resolution.hpp).
#pragma once

#include "ledger/entry/genesis.hpp"
#include "ledger/entry/record.hpp"
#include "ledger/rules/terms.hpp"

namespace xinlian::ledger {

inline constexpr std::size_t channels_max = 256;
inline constexpr std::size_t channel_key_bytes_max = 128;  // a sealed key

// A channel: a group of members (a sector, a pair, a zone such as 青浦–吴江–嘉善) with its own key for subject tags.
struct Channel {
    std::uint16_t number = 0;          // 1 or more; 0 is the channel of all members
    std::string name;                  // display name
    std::vector<std::string> members;  // ids, ascending
    std::vector<Category> categories;  // categories of the channel's records, ascending
    std::uint32_t key_epoch = 1;       // incremented with each new key
    // The key, sealed to each member's transport key (libsodium's sealed box over X25519); no other member can open it.
    std::map<std::string, Bytes> sealed;

    bool has(std::string_view member) const;
    bool covers(Category category) const;  // `any`: all categories of the channel
    bool operator==(const Channel&) const = default;
};

struct Rulebook {
    Terms terms = shipped_terms();
    std::optional<Parameters> parameters;             // if they differ from the genesis file's
    std::map<std::string, Roles, std::less<>> roles;  // of members whose roles differ from the genesis file's
    std::vector<Channel> channels;                    // numbers ascend

    const Parameters& parameters_of(const Genesis& genesis) const {
        return parameters ? *parameters : genesis.parameters();
    }
    Roles roles_of(const Member& member) const;
    const Channel* channel(std::uint16_t number) const;  // nullptr if there is none, and for 0
    bool operator==(const Rulebook&) const = default;
};
const Rulebook& shipped_rulebook();

// Parses the object under "rules" in a resolution's text. Errc::invalid names the place.
Result<Rulebook> parse_rulebook(const Genesis& genesis, std::string_view json);
// Prints the complete rulebook, including all default values. `parameters` is used where the rulebook has none of its
// own.
std::string print_rulebook(const Rulebook& rulebook, const Parameters& parameters);

}  // namespace xinlian::ledger

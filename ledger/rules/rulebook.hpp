// The rules that a federation sets for itself (联盟规则): terms of the law and calendar, parameters, roles, channels.
// One text in JSON, whole each time: what it leaves out is as shipped (terms), as in the genesis file (parameters,
// roles), or not there (channels). A resolution brings it into force (ledger/rules/resolution.hpp).
#pragma once

#include "ledger/entry/genesis.hpp"
#include "ledger/entry/record.hpp"
#include "ledger/rules/terms.hpp"

namespace xinlian::ledger {

inline constexpr std::size_t channels_max = 256;
inline constexpr std::size_t channel_key_bytes_max = 128;  // a sealed key

// A sector, a pair, a zone such as 青浦–吴江–嘉善: some of the members, with a key of its own for subject tags.
struct Channel {
    std::uint16_t number = 0;          // 1 …; 0 is the channel of all
    std::string name;                  // for people
    std::vector<std::string> members;  // ids, ascending
    std::vector<Category> categories;  // of the records that belong there, ascending
    std::uint32_t key_epoch = 1;       // counts up with each new key
    // The key, sealed to each member's transport key (libsodium's sealed box over X25519); nobody else can open it.
    std::map<std::string, Bytes> sealed;

    bool has(std::string_view member) const;
    bool covers(Category category) const;  // `any`: all that the channel has
    bool operator==(const Channel&) const = default;
};

struct Rulebook {
    Terms terms = shipped_terms();
    std::optional<Parameters> parameters;             // if they are not the genesis file's any more
    std::map<std::string, Roles, std::less<>> roles;  // of members whose roles are not the genesis file's any more
    std::vector<Channel> channels;                    // numbers ascend

    const Parameters& parameters_of(const Genesis& genesis) const {
        return parameters ? *parameters : genesis.parameters();
    }
    Roles roles_of(const Member& member) const;
    const Channel* channel(std::uint16_t number) const;  // nullptr if there is none; 0 is none
    bool operator==(const Rulebook&) const = default;
};
const Rulebook& shipped_rulebook();

// The members of a JSON object, as a resolution's text has them under "rules". Errc::invalid, with the place.
Result<Rulebook> parse_rulebook(const Genesis& genesis, std::string_view json);
// The same with everything that is in force. `parameters`: those where the rulebook has none of its own.
std::string print_rulebook(const Rulebook& rulebook, const Parameters& parameters);

}  // namespace xinlian::ledger

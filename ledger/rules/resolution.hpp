// A resolution (决议): a rulebook that a quorum of validators puts into force from a height on. Its text and signatures
// are part of the batch of its entry. Any member that may write can submit it.
#pragma once

#include "ledger/rules/rulebook.hpp"

namespace xinlian::ledger {

inline constexpr std::size_t resolution_text_bytes_max = 256u << 10;

struct SignedRules {
    std::string text;                         // JSON in JCS form
    std::vector<MemberSignature> signatures;  // by validators, over resolution_signing_bytes; members ascend
    bool operator==(const SignedRules&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(bounded(text, resolution_text_bytes_max), bounded(signatures, committee_max));
    }
};

// The parsed text of a resolution.
struct ParsedResolution {
    std::uint32_t number = 0;  // 1, 2, 3 … of this chain
    Height from = 0;           // in force from this block on
    Rulebook rulebook;
};
// Errc::malformed; Errc::invalid if it is of another chain, not in JCS form, or has invalid rules.
Result<ParsedResolution> parse_resolution(const Genesis& genesis, std::string_view text);
// The text of a resolution, in JCS form. `rules` is a text that parse_rulebook accepts.
Result<std::string> print_resolution(const Genesis& genesis, std::uint32_t number, Height from, std::string_view rules);

Hash resolution_id(Suite suite, std::string_view text);                // tagged_hash("xinlian/v1/resolution", text)
Hash resolution_digest(Suite suite, const SignedRules& resolution);    // covers the encoded text and signatures
Bytes resolution_signing_bytes(const Hash& chain_id, const Hash& id);  // "xinlian/v1/resolution-signature" || both
// Checks that the text is valid and that a quorum of the genesis file's validators signed it.
Result<ParsedResolution> check_resolution(const Genesis& genesis, const SignedRules& resolution);

// A resolution in the state map. The map stores RulesState under the state_key of the empty id: the rules in force, and
// those that will come into force.
struct ResolvedRules {
    std::uint64_t index = 0;  // log index of the resolution's entry
    Height from = 0;
    std::string text;  // the resolution's
    bool operator==(const ResolvedRules&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(index, from, bounded(text, resolution_text_bytes_max));
    }
};
struct RulesState {
    std::uint32_t count = 0;                    // number of resolutions so far
    std::optional<ResolvedRules> before, last;  // `last` is in force from its height on, `before` until then
    bool operator==(const RulesState&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(count, before, last);
    }
};

// Applies an accepted resolution, leaf `index` of the log in a block of this height. It replaces a previous resolution
// that is not in force yet, so that a quorum can revoke what it resolved.
void apply_to_rules(std::optional<RulesState>& rules, const std::string& text, Height from, std::uint64_t index,
                    Height height);

// The rulebooks of a RulesState, parsed once. Cheap to copy.
class Rulebooks {
public:
    Rulebooks() = default;  // the shipped rulebook
    // `state` was written by execution: its texts were checked.
    Rulebooks(const Genesis& genesis, const RulesState& state);
    const Rulebook& at(Height height) const;

private:
    std::shared_ptr<const Rulebook> before_, last_;
    Height last_from_ = 0;
};

}  // namespace xinlian::ledger

// A resolution (决议): the rulebook that a quorum of validators wants in force from a height on. Its text and
// signatures travel in the batch of its entry; any member that writes may put it onto the ledger.
#pragma once

#include "ledger/rules/rulebook.hpp"

namespace xinlian::ledger {

inline constexpr std::size_t resolution_text_bytes_max = 256u << 10;

struct SignedRules {
    std::string text;                         // JSON in JCS form
    std::vector<MemberSignature> signatures;  // validators', over resolution_signing_bytes; members ascend
    bool operator==(const SignedRules&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(bounded(text, resolution_text_bytes_max), bounded(signatures, committee_max));
    }
};

// What a text says.
struct ParsedResolution {
    std::uint32_t number = 0;  // 1, 2, 3 … of this chain
    Height from = 0;           // in force for this block and those after it
    Rulebook rulebook;
};
// Errc::malformed; Errc::invalid: of another chain, not in JCS form, or the rules are not right.
Result<ParsedResolution> parse_resolution(const Genesis& genesis, std::string_view text);
// The text of a resolution, in JCS form. `rules` as parse_rulebook takes it.
Result<std::string> print_resolution(const Genesis& genesis, std::uint32_t number, Height from, std::string_view rules);

Hash resolution_id(Suite suite, std::string_view text);                // tagged_hash("xinlian/v1/resolution", text)
Hash resolution_digest(Suite suite, const SignedRules& resolution);    // of text and signatures, encoded
Bytes resolution_signing_bytes(const Hash& chain_id, const Hash& id);  // "xinlian/v1/resolution-signature" || both
// That the text is right and a quorum of the genesis file's validators signed it.
Result<ParsedResolution> check_resolution(const Genesis& genesis, const SignedRules& resolution);

// What the map holds of resolutions, under state_key of no id: the rules in force, and those that will be.
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
    std::uint32_t count = 0;                    // resolutions so far
    std::optional<ResolvedRules> before, last;  // `last` holds from its height on, `before` until then
    bool operator==(const RulesState&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(count, before, last);
    }
};

// What an accepted resolution, leaf `index` of the log in a block of this height, makes of it. One that is not in force
// yet gives way to it: what a quorum resolved, a quorum can take back.
void apply_to_rules(std::optional<RulesState>& rules, const std::string& text, Height from, std::uint64_t index,
                    Height height);

// The rulebooks of a RulesState, read once. Cheap to copy.
class Rulebooks {
public:
    Rulebooks() = default;  // as shipped
    // `state` is what execution wrote: its texts were checked.
    Rulebooks(const Genesis& genesis, const RulesState& state);
    const Rulebook& at(Height height) const;

private:
    std::shared_ptr<const Rulebook> before_, last_;
    Height last_from_ = 0;
};

}  // namespace xinlian::ledger

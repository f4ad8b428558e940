// The rules in force at each height, for code that reads a chain's blocks in order without its state.
#pragma once

#include "ledger/block/block.hpp"

namespace xinlian::ledger {

class RulesHistory {
public:
    explicit RulesHistory(const Genesis& genesis) : genesis_(genesis) {}
    // Takes every accepted batch, in order.
    void take(const BlockHeader& header, const Batch& batch) {
        for (const SignedRules& rules : batch.resolutions) {
            const Result<ParsedResolution> parsed = parse_resolution(genesis_, rules.text);
            XL_CHECK(parsed.ok());  // the batch was accepted
            apply_to_rules(state_, rules.text, parsed->from, 0, header.height);
            rulebooks_ = Rulebooks(genesis_, *state_);
        }
    }
    const Rulebook& at(Height height) const { return rulebooks_.at(height); }

private:
    const Genesis& genesis_;
    std::optional<RulesState> state_;
    Rulebooks rulebooks_;
};

}  // namespace xinlian::ledger

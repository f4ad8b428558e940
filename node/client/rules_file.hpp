// The file of a resolution while members sign it: each validator adds its signature, then any member that may write
// submits it to the ledger.
#pragma once

#include "ledger/rules/resolution.hpp"
#include "node/client/node_client.hpp"

namespace xinlian::node {

// JSON: format "xinlian-signed-rules/1", text, signatures by member id. Errc::malformed, Errc::invalid if the text or a
// signature is invalid (a quorum is not required), Errc::too_large, Errc::io.
Result<ledger::SignedRules> load_rules_file(const std::string& path, const ledger::Genesis& genesis);
Status store_rules_file(const std::string& path, const ledger::Genesis& genesis, const ledger::SignedRules& rules);

// Adds this validator's signature, unless it is already present. Errc::unknown_key if the key is not a validator's.
Status sign_rules(ledger::SignedRules& rules, const ledger::Genesis& genesis, const SecretKey& key);

// A node's report of the rules. Each text is verified; that it is in force is only the node's claim.
struct RulesNow {
    std::uint32_t count = 0;
    Height height = 0;  // height of the node
    std::optional<ledger::ParsedResolution> in_force, to_come;
    const ledger::Rulebook& rulebook() const { return in_force ? in_force->rulebook : ledger::shipped_rulebook(); }
};
Result<RulesNow> fetch_rules(const NodeClient& node, const ledger::Genesis& genesis);

}  // namespace xinlian::node

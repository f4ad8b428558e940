// A resolution on its way through the members: one file that each validator signs in turn, then anybody that writes
// puts onto the ledger.
#pragma once

#include "ledger/rules/resolution.hpp"
#include "node/client/node_client.hpp"

namespace xinlian::node {

// JSON: format "xinlian-signed-rules/1", text, signatures by member id. Errc::malformed, Errc::invalid: the text or a
// signature is not right (a quorum is not asked for), Errc::too_large, Errc::io.
Result<ledger::SignedRules> load_rules_file(const std::string& path, const ledger::Genesis& genesis);
Status store_rules_file(const std::string& path, const ledger::Genesis& genesis, const ledger::SignedRules& rules);

// Adds this validator's signature, or leaves the one that is there. Errc::unknown_key: not a validator's key.
Status sign_rules(ledger::SignedRules& rules, const ledger::Genesis& genesis, const SecretKey& key);

// What a node says of the rules: each text is checked, but that it is in force is the node's word.
struct RulesNow {
    std::uint32_t count = 0;
    Height height = 0;  // the node's
    std::optional<ledger::ParsedResolution> in_force, to_come;
    const ledger::Rulebook& rulebook() const { return in_force ? in_force->rulebook : ledger::shipped_rulebook(); }
};
Result<RulesNow> fetch_rules(const NodeClient& node, const ledger::Genesis& genesis);

}  // namespace xinlian::node

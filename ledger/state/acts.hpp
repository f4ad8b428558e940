// Authorization and query (授权, 查询): a grant by which a requester may ask about a subject for a purpose, the queries
// that use it up, their answers and acknowledgements, and the month's account between two members (对账).
#pragma once

#include "ledger/rules/resolution.hpp"
#include "ledger/state/life.hpp"

namespace xinlian::ledger {

// What an act speaks of and what else it needs, as they stand before it; nullptr where there is nothing.
struct ActsNow {
    const GrantState* grant = nullptr;      // grant, revoke: itself; query: the one it names
    const QueryState* query = nullptr;      // query, answer, acknowledge: itself
    const AccountState* account = nullptr;  // account: itself
    std::uint32_t used_in_batch = 0;        // uses of the grant by earlier queries of the same batch
    bool revoked_in_batch = false;          // by an earlier entry of the same batch
};
// `entry` passed check() and is about no record.
Refusal judge_act(const ActsNow& now, const Entry& entry, const Speaker& speaker);
// Of a resolve: the number, and the height from which it is to hold.
Refusal judge_resolution(const RulesState& now, const Entry& entry, Height from, const Speaker& speaker);

// Of what the accepted entry, leaf `index` of the log, changes: each of these if it concerns it.
void apply_to_grant(std::optional<GrantState>& grant, const std::string& issuer, const Entry& entry,
                    std::uint64_t index);
void apply_to_query(std::optional<QueryState>& query, const std::string& issuer, const Entry& entry,
                    std::uint64_t index);
void apply_to_account(std::optional<AccountState>& account, const Entry& entry, std::uint64_t index);

// The account in which an acknowledgement is counted: that of the requester and the month of its block.
Hash account_of_acknowledgement(Suite suite, MemberNumber requester, MemberNumber provider, Date today);

}  // namespace xinlian::ledger

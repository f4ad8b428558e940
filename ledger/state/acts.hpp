// Authorization and query (授权, 查询): grants that allow a requester to query a subject for a purpose, the queries
// that use them, their answers and acknowledgements, and the monthly account between two members (对账).
#pragma once

#include "ledger/rules/resolution.hpp"
#include "ledger/state/life.hpp"

namespace xinlian::ledger {

// The state that an act depends on, before the act; nullptr where there is none.
struct ActsNow {
    const GrantState* grant = nullptr;      // grant, revoke: the grant itself; query: the grant that it names
    const QueryState* query = nullptr;      // query, answer, acknowledge: the query itself
    const AccountState* account = nullptr;  // account: the account itself
    std::uint32_t used_in_batch = 0;        // uses of the grant by earlier queries of the same batch
    bool revoked_in_batch = false;          // by an earlier entry of the same batch
};
// Judges an act. `entry` has passed check() and is not about a record.
Refusal judge_act(const ActsNow& now, const Entry& entry, const Speaker& speaker);
// Judges a resolve: its number, and the height from which the rules are to be in force.
Refusal judge_resolution(const RulesState& now, const Entry& entry, Height from, const Speaker& speaker);

// Each applies the accepted entry, leaf `index` of the log, to one value, if the entry concerns it.
void apply_to_grant(std::optional<GrantState>& grant, const std::string& issuer, const Entry& entry,
                    std::uint64_t index);
void apply_to_query(std::optional<QueryState>& query, const std::string& issuer, const Entry& entry,
                    std::uint64_t index);
void apply_to_account(std::optional<AccountState>& account, const Entry& entry, std::uint64_t index);

// The account in which an acknowledgement is counted: the one of these members for the month of its block.
Hash account_of_acknowledgement(Suite suite, MemberNumber requester, MemberNumber provider, Date today);

}  // namespace xinlian::ledger

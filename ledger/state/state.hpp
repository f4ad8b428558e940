// The state after a block: the log, the map, and the rules that the map contains.
#pragma once

#include "crypto/merkle_log.hpp"
#include "crypto/merkle_map.hpp"
#include "ledger/rules/resolution.hpp"
#include "ledger/state/values.hpp"

namespace xinlian::ledger {

// Log and map after a block. Cheap to copy (the log's frontier and one pointer). Copies are independent of each other.
class State {
public:
    explicit State(Suite suite) : log(suite), map(suite) {}
    LogTree log;
    MerkleMap map;
    Rulebooks rulebooks;  // those of the map's RulesState

    ExecutionResult result() const { return {log.size(), log.root(), map.root()}; }
    Suite suite() const { return map.suite(); }
    // Typed reads; empty if absent. A value that does not decode is a bug, because only execution writes values.
    std::optional<RecordState> record(const Hash& id) const;
    std::optional<ListState> list(const Hash& key) const;     // key: state_key with the kind of a list
    std::optional<ListState> subject(const Hash& tag) const;  // the list of entries about a subject's records
    std::optional<HolderState> holder(const Hash& record, MemberNumber member) const;
    std::optional<GrantState> grant(const Hash& id) const;
    std::optional<QueryState> query(const Hash& id) const;
    std::optional<AccountState> account(const Hash& id) const;
    FeedState feed(std::string_view issuer) const;
    std::optional<BatchOutcome> outcome(const Hash& batch) const;
    std::optional<EvidenceState> evidence(Epoch epoch, MemberIndex member) const;
    RulesState rules() const;
};

}  // namespace xinlian::ledger

#include "ledger/state/state.hpp"

namespace xinlian::ledger {

namespace {

// Only execute() writes values, so that one that does not decode is a bug or a memory error.
template <class T>
std::optional<T> read(const MerkleMap& map, const Hash& key) {
    const Bytes* value = map.get(key);
    if (value == nullptr) return std::nullopt;
    Result<T> decoded = decode<T>(*value);
    XL_CHECK(decoded.ok());
    return *std::move(decoded);
}

}  // namespace

std::optional<RecordState> State::record(const Hash& id) const {
    return read<RecordState>(map, state_key(suite(), StateKind::record, id.view()));
}

std::optional<ListState> State::list(const Hash& key) const { return read<ListState>(map, key); }

std::optional<ListState> State::subject(const Hash& tag) const {
    return list(state_key(suite(), StateKind::subject, tag.view()));
}

std::optional<HolderState> State::holder(const Hash& record, MemberNumber member) const {
    return read<HolderState>(map, holder_key(suite(), record, member));
}

std::optional<GrantState> State::grant(const Hash& id) const {
    return read<GrantState>(map, state_key(suite(), StateKind::grant, id.view()));
}

std::optional<QueryState> State::query(const Hash& id) const {
    return read<QueryState>(map, state_key(suite(), StateKind::query, id.view()));
}

std::optional<AccountState> State::account(const Hash& id) const {
    return read<AccountState>(map, state_key(suite(), StateKind::account, id.view()));
}

FeedState State::feed(std::string_view issuer) const {
    return read<FeedState>(map, state_key(suite(), StateKind::feed, as_bytes(issuer))).value_or(FeedState{});
}

std::optional<BatchOutcome> State::outcome(const Hash& batch) const {
    return read<BatchOutcome>(map, state_key(suite(), StateKind::batch, batch.view()));
}

std::optional<EvidenceState> State::evidence(Epoch epoch, MemberIndex member) const {
    return read<EvidenceState>(map, evidence_key(suite(), epoch, member));
}

RulesState State::rules() const {
    return read<RulesState>(map, state_key(suite(), StateKind::rules, {})).value_or(RulesState{});
}

}  // namespace xinlian::ledger

// Keys and values of the map: how they are named, and typed reads of them.
#include "ledger/state.hpp"

namespace xinlian::ledger {

namespace {

// Only execute() wrote the value, so one that does not decode is a bug of ours, or memory gone bad.
template <class T>
std::optional<T> read(const MerkleMap& map, const Hash& key) {
    const Bytes* value = map.get(key);
    if (value == nullptr) return std::nullopt;
    Result<T> decoded = decode<T>(*value);
    XL_CHECK(decoded.ok());
    return *std::move(decoded);
}

}  // namespace

Hash state_key(Suite suite, StateKind kind, ByteView id) {
    const std::array<std::uint8_t, 1> byte{static_cast<std::uint8_t>(kind)};
    return tagged_hash(suite, "xinlian/v1/map-key", {byte, id});
}

Hash subject_chain_next(Suite suite, const Hash& head, const Hash& leaf_hash, std::uint64_t index) {
    std::array<std::uint8_t, 8> bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(index >> (56 - 8 * i));
    return tagged_hash(suite, "xinlian/v1/subject-chain", {head.view(), leaf_hash.view(), bytes});
}

Hash evidence_key(Suite suite, Epoch epoch, MemberIndex member) {
    Writer id;
    id(epoch, member);
    return state_key(suite, StateKind::evidence, id.take());
}

std::string_view name_of(Reason reason) {
    switch (reason) {
        case Reason::accepted:
            return "accepted";
        case Reason::wrong_sequence:
            return "wrong-sequence";
        case Reason::wrong_previous:
            return "wrong-previous";
        case Reason::already_exists:
            return "already-exists";
        case Reason::no_such_record:
            return "no-such-record";
        case Reason::wrong_version:
            return "wrong-version";
        case Reason::deleted:
            return "deleted";
        case Reason::wrong_issuer:
            return "wrong-issuer";
        case Reason::wrong_subject:
            return "wrong-subject";
    }
    return "unknown";
}

std::optional<RecordState> State::record(const Hash& id) const {
    return read<RecordState>(map, state_key(suite(), StateKind::record, id.view()));
}

std::optional<SubjectState> State::subject(const Hash& tag) const {
    return read<SubjectState>(map, state_key(suite(), StateKind::subject, tag.view()));
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

}  // namespace xinlian::ledger

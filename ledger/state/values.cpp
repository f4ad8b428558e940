#include "ledger/state/values.hpp"

#include <array>

#include "ledger/entry/genesis.hpp"

namespace xinlian::ledger {

Hash state_key(Suite suite, StateKind kind, ByteView id) {
    const std::array<std::uint8_t, 1> byte{static_cast<std::uint8_t>(kind)};
    return tagged_hash(suite, "xinlian/v1/map-key", {byte, id});
}

Hash list_next(Suite suite, const Hash& head, const Hash& leaf_hash, std::uint64_t index) {
    std::array<std::uint8_t, 8> bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(index >> (56 - 8 * i));
    return tagged_hash(suite, "xinlian/v1/list", {head.view(), leaf_hash.view(), bytes});
}

std::vector<ListKey> lists_of(const Genesis& genesis, const std::string& issuer, const Entry& entry) {
    const Suite suite = genesis.suite();
    std::vector<ListKey> lists;
    const auto add = [&](StateKind kind, ByteView id) { lists.push_back({kind, state_key(suite, kind, id)}); };
    if (is_about_record(entry.operation)) {
        add(StateKind::subject, entry.subject.view());
        return lists;
    }
    if (entry.operation == Operation::resolve) return lists;
    lists.reserve(lists_max);
    if (entry.operation != Operation::account) add(StateKind::grants_of_subject, entry.subject.view());
    if (entry.operation == Operation::query) add(StateKind::uses_of_grant, entry.digest.view());
    if (entry.operation == Operation::grant || entry.operation == Operation::revoke) {
        add(StateKind::uses_of_grant, entry.record.view());
    }
    add(StateKind::acts_of_member, as_bytes(issuer));
    const Member* party = genesis.member_at(entry.party);
    if (party != nullptr && party->id != issuer) add(StateKind::acts_of_member, as_bytes(party->id));
    return lists;
}

Hash holder_key(Suite suite, const Hash& record, MemberNumber member) {
    Writer id;
    id(record, member);
    return state_key(suite, StateKind::holder, id.take());
}

Hash evidence_key(Suite suite, Epoch epoch, MemberIndex member) {
    Writer id;
    id(epoch, member);
    return state_key(suite, StateKind::evidence, id.take());
}

std::string_view name_of(Reason reason) {
    // By number.
    static constexpr std::string_view names[] = {
        "accepted",         "wrong-sequence",   "wrong-previous",
        "already-exists",   "no-such-record",   "wrong-version",
        "deleted",          "wrong-issuer",     "wrong-subject",
        "withdrawn",        "erased",           "future-day",
        "not-repairable",   "repair-under-way", "repair-not-accepted",
        "repair-too-early", "already-repaired", "already-disputed",
        "not-disputed",     "wrong-due-day",    "nothing-corrected",
        "own-record",       "already-held",     "wrong-copy",
        "not-held",         "not-repaired",     "already-acknowledged",
        "no-such-grant",    "grant-revoked",    "grant-not-yet-valid",
        "grant-expired",    "grant-used-up",    "wrong-requester",
        "wrong-purpose",    "outside-scope",    "wrong-party",
        "no-such-query",    "wrong-provider",   "already-answered",
        "not-answered",     "wrong-report",     "future-height",
        "wrong-account",    "month-not-over",   "wrong-count",
        "already-agreed",   "no-role",          "no-such-channel",
        "not-in-channel",   "outside-channel",  "wrong-channel",
        "wrong-number",     "too-soon",
    };
    static_assert(std::size(names) == static_cast<std::size_t>(Reason::too_soon) + 1);
    return is_known(reason) ? names[static_cast<std::size_t>(reason)] : "unknown";
}

}  // namespace xinlian::ledger

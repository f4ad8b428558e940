// Keys and values of the state map: records, authorizations, feeds, batches and evidence.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/codec.hpp"
#include "crypto/committee.hpp"
#include "ledger/entry/entry.hpp"

namespace xinlian::ledger {

class Genesis;

// Kinds of keys in the map. Key = tagged_hash("xinlian/v1/map-key", kind byte || id bytes).
// Four kinds are lists: the entries about a subject's records; the grants about a subject and the acts under them; a
// grant with its queries and its revocation; a member's grants, queries and accounts.
enum class StateKind : std::uint8_t {
    record = 1,
    subject = 2,
    feed = 3,
    batch = 4,
    evidence = 5,
    grants_of_subject = 6,
    uses_of_grant = 7,
    acts_of_member = 8,
    holder = 9,
    grant = 10,
    query = 11,
    account = 12,
    rules = 13  // with the empty id: RulesState
};
inline bool is_known(StateKind kind) { return kind >= StateKind::record && kind <= StateKind::rules; }
inline bool is_list(StateKind kind) {
    return kind == StateKind::subject || (kind >= StateKind::grants_of_subject && kind <= StateKind::acts_of_member);
}
Hash state_key(Suite suite, StateKind kind, ByteView id);

// An entry that caused a state, and the day that it names or sets.
struct Mark {
    std::uint64_t index = 0;  // its leaf in the log
    Date day = date_none;
    bool operator==(const Mark&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(index, day);
    }
};

enum class RepairStage : std::uint8_t { none = 0, accepted = 1, refused = 2, repaired = 3 };
inline bool is_known(RepairStage stage) { return stage <= RepairStage::repaired; }

// The state of a record besides its content.
struct Life {
    RepairStage repair = RepairStage::none;
    Mark repair_mark;             // meaningful unless repair is none: the entry, and the day it names
    std::optional<Mark> dispute;  // an open dispute, with its due day
    std::optional<Mark> withdrawn;
    std::optional<Mark> erased;
    std::uint16_t holders = 0;       // number of other members that keep a copy
    std::uint16_t acknowledged = 0;  // number of these that have stopped showing it
    bool operator==(const Life&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(repair, repair_mark, dispute, withdrawn, erased, holders, acknowledged);
    }
};

// The state of a record: the latest entry about its content, and its life cycle.
struct RecordState {
    std::string issuer;
    Entry entry;                 // the last accepted one
    std::uint64_t index = 0;     // its leaf in the log
    std::optional<Life> life{};  // present once there was such an entry
    bool operator==(const RecordState&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(bounded(issuer, member_id_bytes_max), entry, index, life);
    }
};

// The copy of a record that a member keeps. In the map under holder_key.
struct HolderState {
    std::uint64_t held = 0;
    std::optional<std::uint64_t> acknowledged;  // index of its repair-ack
    bool operator==(const HolderState&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(held, acknowledged);
    }
};
Hash holder_key(Suite suite, const Hash& record, MemberNumber member);  // state_key of record || member u16

struct GrantState {
    std::string issuer;
    Entry entry;
    std::uint64_t index = 0;
    std::uint32_t used = 0;
    std::uint64_t last_use = 0;            // index of the last query; meaningful if used
    std::optional<std::uint64_t> revoked;  // index of the revocation
    bool operator==(const GrantState&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(bounded(issuer, member_id_bytes_max), entry, index, used, last_use, revoked);
    }
};

struct QueryState {
    std::string issuer;  // the requester
    Entry entry;
    std::uint64_t index = 0;
    std::optional<std::uint64_t> answered;      // index of the answer
    Hash report;                                // digest of the delivered report; zero before
    std::uint32_t report_height = 0;            // height that the report is as of
    std::optional<std::uint64_t> acknowledged;  // index of the acknowledgement
    bool operator==(const QueryState&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(bounded(issuer, member_id_bytes_max), entry, index, answered, report, report_height, acknowledged);
    }
};

// The number of queries of a month between two members, counted when they are acknowledged, and whether both have
// agreed to it (对账).
struct AccountState {
    std::uint32_t count = 0;
    std::optional<std::uint64_t> by_requester, by_provider;  // index of each side's entry
    bool operator==(const AccountState&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(count, by_requester, by_provider);
    }
};

// An append-only list, which proves "exactly these entries, and no other". head(n) = tagged_hash("xinlian/v1/list",
// head(n-1)
//
// leaf hash
//
// leaf index as 8 bytes); head(0) is zero.
struct ListState {
    std::uint64_t count = 0;
    Hash head;
    bool operator==(const ListState&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(count, head);
    }
};
Hash list_next(Suite suite, const Hash& head, const Hash& leaf_hash, std::uint64_t index);

// A list that an entry belongs to, with its key in the map.
struct ListKey {
    StateKind kind = StateKind::subject;
    Hash key;
};
inline constexpr std::size_t lists_max = 4;  // maximum for one entry
std::vector<ListKey> lists_of(const Genesis& genesis, const std::string& issuer, const Entry& entry);

struct FeedState {
    std::uint64_t next_sequence = 1;
    Hash head;  // id of the last accepted batch; zero before the first
    bool operator==(const FeedState&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(next_sequence, head);
    }
};

// Why a batch was rejected. The numbers never change; docs/acts.md explains each.
enum class Reason : std::uint8_t {
    accepted = 0,
    wrong_sequence = 1,  // not the next in its feed
    wrong_previous = 2,  // does not follow the feed's last batch
    already_exists = 3,  // a record, grant or query with this id exists
    no_such_record = 4,
    wrong_version = 5,
    deleted = 6,        // the record was deleted, which is terminal
    wrong_issuer = 7,   // the record belongs to another issuer
    wrong_subject = 8,  // an entry cannot change the subject or category of what it is about
    withdrawn = 9,      // the record was withdrawn
    erased = 10,        // the record was erased
    future_day = 11,    // the day that the entry names has not come yet
    not_repairable = 12,
    repair_under_way = 13,
    repair_not_accepted = 14,
    repair_too_early = 15,  // before the minimum term
    already_repaired = 16,
    already_disputed = 17,
    not_disputed = 18,
    wrong_due_day = 19,      // differs from the term of the issuer's region
    nothing_corrected = 20,  // the record did not change since the dispute was opened
    own_record = 21,         // an issuer holds no copy of its own
    already_held = 22,
    wrong_copy = 23,  // the content differs from the record's
    not_held = 24,
    not_repaired = 25,
    already_acknowledged = 26,
    no_such_grant = 27,
    grant_revoked = 28,
    grant_not_yet_valid = 29,
    grant_expired = 30,
    grant_used_up = 31,
    wrong_requester = 32,
    wrong_purpose = 33,
    outside_scope = 34,  // the grant does not cover the category
    wrong_party = 35,    // the other party cannot have this role
    no_such_query = 36,
    wrong_provider = 37,
    already_answered = 38,
    not_answered = 39,
    wrong_report = 40,   // the digest differs from the answer's
    future_height = 41,  // the report is of a height that is not final
    wrong_account = 42,
    month_not_over = 43,
    wrong_count = 44,
    already_agreed = 45,
    no_role = 46,  // the issuer lacks the role for the operation
    no_such_channel = 47,
    not_in_channel = 48,   // the issuer or the other party is not a member of the channel
    outside_channel = 49,  // the channel does not cover this category
    wrong_channel = 50,    // differs from the channel of what the entry is about
    wrong_number = 51,     // not the number of the next resolution
    too_soon = 52,         // the height from which the rules are to be in force is not above the block's
};
inline bool is_known(Reason reason) { return reason <= Reason::too_soon; }
std::string_view name_of(Reason reason);  // "accepted", "wrong-sequence", …

// The outcome of a batch, in the map under the batch id. One map proof is therefore the receipt of all its rows: row i
// of an accepted batch is leaf first_index + i.
struct BatchOutcome {
    Reason reason = Reason::accepted;
    std::uint32_t entry = 0;  // of a rejected batch: position of the entry that violates the rule
    Height height = 0;
    std::uint64_t first_index = 0;  // of an accepted batch
    std::uint32_t entry_count = 0;
    std::optional<std::uint64_t> conflicting_entry{};  // of a rejected batch: log index of the entry that conflicts
    bool operator==(const BatchOutcome&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(reason, entry, height, first_index, entry_count, conflicting_entry);
    }
};

// The record that a member equivocated: the first piece of evidence that a block carried for a member and epoch. It is
// in the map under evidence_key, so that both its presence and its absence can be proven.
struct EvidenceState {
    std::string member;  // its id
    View view = 0;       // of both statements
    Hash digest;         // evidence_digest; the evidence itself is in the block
    Height height = 0;   // of the block
    Time time;
    bool operator==(const EvidenceState&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(bounded(member, member_id_bytes_max), view, digest, height, time.ms);
    }
};
Hash evidence_key(Suite suite, Epoch epoch, MemberIndex member);  // state_key of epoch u64 || member u16

}  // namespace xinlian::ledger

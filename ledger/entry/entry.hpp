// What a member says, in one form for all of it: about a record (JR/T 0314-2024: create, update, overwrite, delete, and
// what becomes of it: repair, dispute, withdrawal, erasure), or about an authorization and the queries made under it.
// And the leaf of the log that it becomes.
#pragma once

#include "crypto/codec.hpp"
#include "crypto/committee.hpp"
#include "ledger/entry/date.hpp"
#include "ledger/entry/member.hpp"
#include "ledger/entry/record.hpp"

namespace xinlian::ledger {

// What each field means for each operation: docs/acts.md. Numbers are fixed for ever.
enum class Operation : std::uint8_t {
    // A record's content, by its issuer. create: version 0. update: version + 1. overwrite: same version, superseding
    // content. remove: version + 1, zero digest, terminal; the history stays.
    create = 1,
    update = 2,
    overwrite = 3,
    remove = 4,
    // What becomes of a record, by its issuer.
    repair_accepted = 5,   // 信用修复受理
    repair_refused = 6,    // 不予修复
    repaired = 7,          // 准予修复: publicity ends, nobody shows it any more
    dispute_opened = 8,    // 异议受理
    dispute_resolved = 9,  // 异议处理
    withdrawn = 10,        // 撤销: the decision itself was revoked
    erased = 11,           // the salts are destroyed: nobody can open it any more
    // What another member does with its copy of a record.
    held = 12,        // it keeps one
    repair_ack = 13,  // it has stopped showing and sharing it
    // Authorization and query (授权, 查询), by a bureau; the answer by the member that was asked.
    grant = 14,
    revoke = 15,
    query = 16,
    answer = 17,
    acknowledge = 18,
    account = 19,  // 对账: the number of a month's queries between two members
    // 决议: rules that a quorum of validators has signed (ledger/rules/resolution.hpp).
    resolve = 20,
};
inline bool is_known(Operation op) { return op >= Operation::create && op <= Operation::resolve; }
std::string_view name_of(Operation op);  // "create", "update", "overwrite", "delete", "repair-accepted", …
Result<Operation> operation_named(std::string_view name);

inline bool is_content(Operation op) { return op <= Operation::remove; }
inline bool is_about_record(Operation op) { return op <= Operation::repair_ack; }

// How grave the conduct was (失信程度), as far as it was stated: it decides the terms of repair.
enum class Grade : std::uint16_t { not_stated = 0, minor = 1, general = 2, serious = 3 };
inline constexpr std::uint16_t grade_special = 0x100;  // food and drugs, special equipment, work safety, fire
enum class DisputeOutcome : std::uint16_t { corrected = 1, refused = 2, undecided = 3 };  // of a dispute
enum class Side : std::uint16_t { requester = 1, provider = 2 };                          // of an account
// What a query is for (查询用途).
enum class Purpose : std::uint16_t { loan = 1, post_loan = 2, guarantee = 3, procurement = 4, own = 5 };
inline bool is_known(Purpose purpose) { return purpose >= Purpose::loan && purpose <= Purpose::own; }
std::string_view name_of(Purpose purpose);  // "loan", "post-loan", "guarantee", "procurement", "own"
Result<Purpose> purpose_of_query(std::string_view name);

struct Entry {
    Operation operation = Operation::create;
    Category category = Category::penalty;
    Hash record;  // of what it speaks: id of the record, grant, query or account
    std::uint32_t version = 0;
    Hash digest;                    // record digest; of the document behind an act; zero for remove
    Hash subject;                   // subject tag
    Date decided = date_none;       // decision date; first day
    Date public_until = date_none;  // last publicity date; last day
    MemberNumber party = nobody;    // the other side
    std::uint16_t code = 0;         // grade, resolution, purpose or side
    std::uint16_t channel = 0;      // whose key made the subject tag; 0 is the channel of all
    bool operator==(const Entry&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(operation, category, record, version, digest, subject, decided, public_until, party, code, channel);
    }
};
inline constexpr std::size_t entry_bytes = 1 + 1 + 32 + 4 + 32 + 32 + 4 + 4 + 2 + 2 + 2;

// What is said about a record, a grant or a query has its id, category, subject and channel; the rest is as the
// operation asks.
Entry entry_about(const Entry& made, Operation operation);

// What needs no state: fields that the operation does not use are empty, dates are days, codes are known.
// Errc::invalid.
Status check(const Entry& entry);
// Whether the operation is one that a member of these roles may do.
bool may_do(const Roles& roles, Operation operation);
// Id of the account between two members for a month (its first day).
Hash account_id(Suite suite, MemberNumber requester, MemberNumber provider, Date month);

// A leaf of the log: the entry with who issued it and when it was executed. At most 160 bytes.
struct LogEntry {
    Height height = 0;
    Time time;  // of the block
    std::string issuer;
    Entry entry;
    bool operator==(const LogEntry&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(height, time.ms, bounded(issuer, member_id_bytes_max), entry);
    }
};
inline constexpr std::size_t log_entry_bytes_max = 8 + 8 + 4 + member_id_bytes_max + entry_bytes;
static_assert(log_entry_bytes_max <= 160);

}  // namespace xinlian::ledger

// An entry: one statement of a member, in one form for all operations. It is about a record (JR/T 0314-2024: create,
// update, overwrite, delete; also repair, dispute, withdrawal, erasure), or about an authorization and the queries
// under it. Also the log leaf that an accepted entry becomes.
#pragma once

#include "crypto/codec.hpp"
#include "crypto/committee.hpp"
#include "ledger/entry/date.hpp"
#include "ledger/entry/member.hpp"
#include "ledger/entry/record.hpp"

namespace xinlian::ledger {

// The meaning of each field for each operation: docs/acts.md. The numbers never change.
enum class Operation : std::uint8_t {
    // A record's content, by its issuer. create: version 0. update: version + 1. overwrite: same version, superseding
    // content. remove: version + 1, zero digest, terminal; the history stays.
    create = 1,
    update = 2,
    overwrite = 3,
    remove = 4,
    // Events of a record, by its issuer.
    repair_accepted = 5,   // 信用修复受理
    repair_refused = 6,    // 不予修复
    repaired = 7,          // 准予修复: publicity ends and no member shows the record any more
    dispute_opened = 8,    // 异议受理
    dispute_resolved = 9,  // 异议处理
    withdrawn = 10,        // 撤销: the decision itself was revoked
    erased = 11,           // the salts are destroyed, so that the record can never be opened again
    // Statements of another member about its copy of a record.
    held = 12,        // the member keeps a copy
    repair_ack = 13,  // the member has stopped showing and sharing its copy
    // Authorization and query (授权, 查询), by a bureau; the answer is by the member that was asked.
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

// Severity of the conduct (失信程度), if it was stated. It decides the terms of repair.
enum class Grade : std::uint16_t { not_stated = 0, minor = 1, general = 2, serious = 3 };
inline constexpr std::uint16_t grade_special = 0x100;  // food and drugs, special equipment, work safety, fire
enum class DisputeOutcome : std::uint16_t { corrected = 1, refused = 2, undecided = 3 };  // outcome of a dispute
enum class Side : std::uint16_t { requester = 1, provider = 2 };                          // side of an account
// The purpose of a query (查询用途).
enum class Purpose : std::uint16_t { loan = 1, post_loan = 2, guarantee = 3, procurement = 4, own = 5 };
inline bool is_known(Purpose purpose) { return purpose >= Purpose::loan && purpose <= Purpose::own; }
std::string_view name_of(Purpose purpose);  // "loan", "post-loan", "guarantee", "procurement", "own"
Result<Purpose> purpose_of_query(std::string_view name);

struct Entry {
    Operation operation = Operation::create;
    Category category = Category::penalty;
    Hash record;  // id of the record, grant, query or account that the entry is about
    std::uint32_t version = 0;
    Hash digest;                    // record digest, or digest of the document behind an act; zero for remove
    Hash subject;                   // subject tag
    Date decided = date_none;       // decision date, or first day
    Date public_until = date_none;  // last publicity date, or last day
    MemberNumber party = nobody;    // the other party
    std::uint16_t code = 0;         // grade, dispute outcome, purpose or side
    std::uint16_t channel = 0;      // the channel whose key made the subject tag; 0: the channel of all members
    bool operator==(const Entry&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(operation, category, record, version, digest, subject, decided, public_until, party, code, channel);
    }
};
inline constexpr std::size_t entry_bytes = 1 + 1 + 32 + 4 + 32 + 32 + 4 + 4 + 2 + 2 + 2;

// Returns an entry about the record, grant or query that `made` is about, with the same id, category, subject and
// channel. The caller sets the other fields as the operation requires.
Entry entry_about(const Entry& made, Operation operation);

// Performs the checks that need no state: fields that the operation does not use are empty, dates are valid, codes are
// known. Errc::invalid.
Status check(const Entry& entry);
// Whether a member with these roles may perform the operation.
bool may_do(const Roles& roles, Operation operation);
// Id of the account between two members for a month (its first day).
Hash account_id(Suite suite, MemberNumber requester, MemberNumber provider, Date month);

// A leaf of the log: the entry, its issuer, and the height and time of its block. At most 160 bytes.
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

// What an issuer says about one record (JR/T 0314-2024: create, update, overwrite, delete), and the leaf it becomes.
#pragma once

#include "crypto/codec.hpp"
#include "crypto/committee.hpp"
#include "crypto/time.hpp"
#include "ledger/genesis.hpp"
#include "ledger/record.hpp"

namespace xinlian::ledger {

// create: version 0. update: version + 1. overwrite: same version, superseding content. remove: version + 1, zero
// digest, terminal; the history stays.
enum class Operation : std::uint8_t { create = 1, update = 2, overwrite = 3, remove = 4 };
inline bool is_known(Operation op) { return op >= Operation::create && op <= Operation::remove; }
std::string_view name_of(Operation op);  // "create", "update", "overwrite", "delete"

// Days as yyyymmdd, 0 for none, 99991231 for 长期 (no end).
using Date = std::uint32_t;
inline constexpr Date date_none = 0;
inline constexpr Date date_forever = 99991231;
bool is_valid(Date date);                           // a calendar day 19000101 … 21991231, or one of the two above
std::string date_text(Date date);                   // "2026-11-09", "", "9999-12-31"
Result<Date> date_from_iso(std::string_view text);  // "2026-11-09" and nothing else

struct Entry {
    Operation operation = Operation::create;
    Category category = Category::penalty;
    Hash record;  // record id
    std::uint32_t version = 0;
    Hash digest;                    // record digest; zero for remove
    Hash subject;                   // subject tag
    Date decided = date_none;       // decision date
    Date public_until = date_none;  // last publicity date
    bool operator==(const Entry&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(operation, category, record, version, digest, subject, decided, public_until);
    }
};
inline constexpr std::size_t entry_bytes = 1 + 1 + 32 + 4 + 32 + 32 + 4 + 4;

// What needs no state: create has version 0, remove a zero digest and others not, dates are days. Errc::invalid.
Status check(const Entry& entry);

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

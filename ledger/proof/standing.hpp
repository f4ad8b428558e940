// The display status of a record on a day, as of a height. It is derived from the record's state alone. The state
// machine made the decisions, with the same rules (ledger/state/life.hpp).
#pragma once

#include <map>
#include <span>

#include "ledger/proof/proof.hpp"
#include "ledger/rules/terms.hpp"

namespace xinlian::ledger {

// The first one that applies, from the top.
enum class DisplayStatus : std::uint8_t {
    deleted,         // removed by its issuer
    withdrawn,       // the decision itself was revoked
    repaired,        // 信用修复: shown by no member
    past_retention,  // older than the retention period of its region
    expired,         // past its last publicity date
    disputed,        // 异议: may be shown, marked as disputed
    current,
};
std::string_view name_of(DisplayStatus status);  // "deleted", …, "past-retention", …
inline bool may_be_shown(DisplayStatus status) { return status >= DisplayStatus::disputed; }

struct Reading {
    DisplayStatus status = DisplayStatus::current;
    // Day of the repair or withdrawal, last publicity or retention day, or due day of the dispute.
    std::optional<Date> day;
    std::optional<std::uint64_t> cause;  // log index of the entry that causes the status
    bool erased = false;                 // its content can never be opened again
    // Members that hold a copy and have not acknowledged that they stopped showing it.
    std::uint16_t unacknowledged = 0;
};
// `on` is a day at +08:00. Repairs and withdrawals take effect on the day that they name.
Reading read_record(const RecordState& record, Date on, const Terms& terms = shipped_terms());

// The records of a subject as of a height not above the proof's. `entries` are all entries about the subject, oldest
// first, from a verified list proof.
std::map<Hash, RecordState> records_at(std::span<const ListAnswer::Item> entries, Height height);

}  // namespace xinlian::ledger

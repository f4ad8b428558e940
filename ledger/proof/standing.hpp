// How a record stands: whether it may be shown, on a day, as of a height. A reading of its state and nothing else: the
// state machine decided, with the same rules (ledger/state/life.hpp).
#pragma once

#include <map>
#include <span>

#include "ledger/proof/proof.hpp"
#include "ledger/rules/terms.hpp"

namespace xinlian::ledger {

// The first that applies, from the top.
enum class DisplayStatus : std::uint8_t {
    deleted,         // removed by its issuer
    withdrawn,       // the decision itself was revoked
    repaired,        // 信用修复: suppressed everywhere
    past_retention,  // older than its region lets it be queried
    expired,         // past its last publicity date
    disputed,        // 异议: may be shown, with its mark
    current,
};
std::string_view name_of(DisplayStatus status);  // "deleted", …, "past-retention", …
inline bool may_be_shown(DisplayStatus status) { return status >= DisplayStatus::disputed; }

struct Reading {
    DisplayStatus status = DisplayStatus::current;
    std::optional<Date> day;  // of the repair or withdrawal; last publicity or retention day; when the dispute is due
    std::optional<std::uint64_t> cause;  // log index of the entry that makes it so
    bool erased = false;                 // nobody can open its content any more
    std::uint16_t unacknowledged = 0;    // members that hold a copy and have not said that they stopped showing it
};
// `on` is a day at +08:00. Repairs and withdrawals count from the day that they name.
Reading read_record(const RecordState& record, Date on, const Terms& terms = shipped_terms());

// The records of a subject as of a height not above the proof's: from all entries about it, oldest first, which a
// verified list proof shows.
std::map<Hash, RecordState> records_at(std::span<const ListAnswer::Item> entries, Height height);

}  // namespace xinlian::ledger

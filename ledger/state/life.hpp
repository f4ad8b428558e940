// The life cycle of a record (信用修复, 异议, 撤销): which entries may follow which, and how they change the record's
// state. These rules exist only here. The state machine judges and applies entries with them, and a verifier applies a
// subject's entries with them to find the state of a record at an earlier height.
#pragma once

#include "ledger/rules/rulebook.hpp"
#include "ledger/state/values.hpp"

namespace xinlian::ledger {

// Why an entry is refused, and which earlier entry conflicts with it.
struct Refusal {
    Reason reason = Reason::accepted;
    std::optional<std::uint64_t> conflicting_entry;
};
inline constexpr Refusal no_refusal{};

// The state of a record before an entry.
struct RecordNow {
    const RecordState* record = nullptr;  // nullptr if there is none
    const HolderState* holder = nullptr;  // of the issuer of the entry; nullptr if it keeps no copy
};

// The issuer of an entry, the block's height and day, and the rules in force.
struct Speaker {
    const Genesis& genesis;
    const Rulebook& rules;  // in force at the block's height
    const std::string& issuer;
    MemberNumber number = nobody;
    Height height = 0;  // of the block
    Date today = date_none;
};

// Checks what every entry needs before its own rules apply: the role and the channel. `entry` has passed check().
Refusal judge_right(const Entry& entry, const Speaker& speaker);

// Judges an entry about a record. `entry` has passed check().
Refusal judge_record(const RecordNow& now, const Entry& entry, const Speaker& speaker);
// Each applies the accepted entry, leaf `index` of the log, to the record or to the holder.
void apply_to_record(std::optional<RecordState>& record, const std::string& issuer, const Entry& entry,
                     std::uint64_t index);
void apply_to_holder(std::optional<HolderState>& holder, const Entry& entry, std::uint64_t index);

}  // namespace xinlian::ledger

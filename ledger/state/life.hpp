// The life of a record (信用修复, 异议, 撤销): which entries may follow which, and what they make of its state. One
// place for these rules: the state machine judges and applies with it, and a verifier folds a subject's entries with it
// to say how a record stood at an earlier height.
#pragma once

#include "ledger/rules/rulebook.hpp"
#include "ledger/state/values.hpp"

namespace xinlian::ledger {

// Why an entry is refused, and which entry stands in its way.
struct Refusal {
    Reason reason = Reason::accepted;
    std::optional<std::uint64_t> conflicting_entry;
};

// A record as it stands, before an entry.
struct RecordNow {
    const RecordState* record = nullptr;  // nullptr: there is none
    const HolderState* holder = nullptr;  // of the member that speaks; nullptr: it keeps no copy
};

// Who speaks, when, and by which rules.
struct Speaker {
    const Genesis& genesis;
    const Rulebook& rules;  // in force at the block's height
    const std::string& issuer;
    MemberNumber number = nobody;
    Height height = 0;  // of the block
    Date today = date_none;
};

// What any entry needs before its own rules: the role, and the channel. Of an entry that passed check().
Refusal judge_right(const Entry& entry, const Speaker& speaker);

// `entry` passed check() and is about a record.
Refusal judge_record(const RecordNow& now, const Entry& entry, const Speaker& speaker);
// What the accepted entry, leaf `index` of the log, makes of the record and of the holder.
void apply_to_record(std::optional<RecordState>& record, const std::string& issuer, const Entry& entry,
                     std::uint64_t index);
void apply_to_holder(std::optional<HolderState>& holder, const Entry& entry, std::uint64_t index);

}  // namespace xinlian::ledger

// The life of a record (信用修复, 异议, 撤销): which entries may follow which, and what they make of its state. One
// place for these rules: the state machine judges and applies with it, and a verifier folds a subject's entries with it
// to say how a record stood at an earlier height.
#pragma once

#include "ledger/rules.hpp"
#include "ledger/state.hpp"

namespace xinlian::ledger {

// Why an entry is refused, and which entry stands in its way.
struct Refusal {
    Reason reason = Reason::accepted;
    std::optional<std::uint64_t> obstacle;
};

// A record as it stands, before an entry.
struct RecordNow {
    const RecordState* record = nullptr;  // nullptr: there is none
    const HolderState* holder = nullptr;  // of the member that speaks; nullptr: it keeps no copy
};

// `entry` passed check() and is about a record; `today` is the day of its block.
Refusal judge_record(const RecordNow& now, const Entry& entry, const std::string& issuer, Date today);
// What the accepted entry, leaf `index` of the log, makes of the record and of the holder.
void apply_to_record(std::optional<RecordState>& record, const std::string& issuer, const Entry& entry,
                     std::uint64_t index);
void apply_to_holder(std::optional<HolderState>& holder, const Entry& entry, std::uint64_t index);

}  // namespace xinlian::ledger

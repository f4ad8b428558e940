#include "node/replica/journal_memory.hpp"

#include "consensus/journal.hpp"

namespace xinlian::node {

JournalRecord JournalMemory::add(Purpose purpose, JournalRecord record) {
    count(record);
    retain(std::move(purpose), record);
    return record;
}

JournalRecord JournalMemory::anchor(const JournalAnchor& tip) {
    anchor_ = tip.height;
    JournalRecord record{JournalRecord::Kind::anchor, encode(tip)};
    count(record);
    return record;
}

void JournalMemory::retain(Purpose purpose, JournalRecord record) {
    retained_.push_back({std::move(purpose), std::move(record)});
}

void JournalMemory::prune(View finalized, const std::map<MemberIndex, Evidence>& accused) {
    struct IsNeeded {
        View finalized;
        const std::map<MemberIndex, Evidence>& accused;
        bool operator()(const OfView& of) const { return of.view > finalized; }
        bool operator()(const OfMember& of) const { return accused.contains(of.member); }
        bool operator()(const consensus::Persist& record) const { return consensus::is_live(record, finalized); }
    };
    const IsNeeded is_needed{finalized, accused};
    std::erase_if(retained_, [&](const RetainedRecord& item) { return !std::visit(is_needed, item.purpose); });
}

std::vector<JournalRecord> JournalMemory::rotate(const JournalAnchor& tip) {
    std::vector<JournalRecord> records{{JournalRecord::Kind::anchor, encode(tip)}};
    for (const RetainedRecord& item : retained_) records.push_back(item.record);
    bytes_ = 0;
    for (const JournalRecord& record : records) count(record);
    return records;
}

}  // namespace xinlian::node

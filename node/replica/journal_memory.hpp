// The records of the vote journal that are still needed. Rotating the journal replaces it by these. Does no I/O: each
// new record is returned to be written.
#pragma once

#include <map>
#include <variant>

#include "consensus/core.hpp"
#include "node/replica/journal_record.hpp"

namespace xinlian::node {

class JournalMemory {
public:
    // What a record is needed for decides until when it is retained.
    struct OfView {  // a block or a batch: until a block of this or a later view is final
        View view = 0;
    };
    struct OfMember {  // evidence: until the ledger holds evidence against the member
        MemberIndex member = 0;
    };
    using Purpose = std::variant<OfView, OfMember, consensus::Persist>;  // Persist: consensus::is_live

    // Retains a new record and returns it.
    JournalRecord add(Purpose purpose, JournalRecord record);
    // Only the newest anchor is retained.
    JournalRecord anchor(const JournalAnchor& tip);

    // While a journal is read after a restart: each record is counted, and those that are still needed are retained.
    void count(const JournalRecord& record) { bytes_ += record.body.size(); }
    void retain(Purpose purpose, JournalRecord record);
    void recall_anchor(Height height) { anchor_ = anchor_on_disk_ = height; }

    // Drops what is no longer needed once a block of view `finalized` is final and `accused` is the evidence that is
    // not on the ledger yet.
    void prune(View finalized, const std::map<MemberIndex, Evidence>& accused);
    // The content of the rotated journal: an anchor, then the retained records in their order.
    std::vector<JournalRecord> rotate(const JournalAnchor& tip);

    // The caller has written all records that were returned so far.
    void written() { anchor_on_disk_ = anchor_; }
    // The height of the newest anchor: including records that are not yet written, and without them.
    Height anchored() const { return anchor_; }
    Height anchored_on_disk() const { return anchor_on_disk_; }
    std::uint64_t bytes() const { return bytes_; }  // of all records in the journal

private:
    struct RetainedRecord {
        Purpose purpose;
        JournalRecord record;
    };

    std::vector<RetainedRecord> retained_;  // in the journal's order
    std::uint64_t bytes_ = 0;
    Height anchor_ = 0, anchor_on_disk_ = 0;
};

}  // namespace xinlian::node

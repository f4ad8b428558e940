#include "ledger/proof/standing.hpp"

#include "ledger/state/life.hpp"

namespace xinlian::ledger {

std::string_view name_of(DisplayStatus status) {
    switch (status) {
        case DisplayStatus::deleted:
            return "deleted";
        case DisplayStatus::withdrawn:
            return "withdrawn";
        case DisplayStatus::repaired:
            return "repaired";
        case DisplayStatus::past_retention:
            return "past-retention";
        case DisplayStatus::expired:
            return "expired";
        case DisplayStatus::disputed:
            return "disputed";
        case DisplayStatus::current:
            return "current";
    }
    return "unknown";
}

Reading read_record(const RecordState& record, Date on, const Terms& terms) {
    const Life life = record.life.value_or(Life{});
    Reading reading;
    reading.erased = life.erased.has_value();
    const auto stands = [&reading](DisplayStatus status, std::optional<Date> day, std::uint64_t cause) {
        reading.status = status;
        reading.day = day;
        reading.cause = cause;
        return reading;
    };
    if (record.entry.operation == Operation::remove) return stands(DisplayStatus::deleted, {}, record.index);
    const bool withdrawn = life.withdrawn && life.withdrawn->day <= on;
    const bool repaired = life.repair == RepairStage::repaired && life.repair_mark.day <= on;
    if (withdrawn || repaired) reading.unacknowledged = static_cast<std::uint16_t>(life.holders - life.acknowledged);
    if (withdrawn) return stands(DisplayStatus::withdrawn, life.withdrawn->day, life.withdrawn->index);
    if (repaired) return stands(DisplayStatus::repaired, life.repair_mark.day, life.repair_mark.index);
    if (const std::optional<Date> last = terms.last_query_day(record.issuer, record.entry); last && on > *last) {
        return stands(DisplayStatus::past_retention, last, record.index);
    }
    const Date until = record.entry.public_until;
    if (until != date_none && on > until) return stands(DisplayStatus::expired, until, record.index);
    if (life.dispute) return stands(DisplayStatus::disputed, life.dispute->day, life.dispute->index);
    return stands(DisplayStatus::current, {}, record.index);
}

std::map<Hash, RecordState> records_at(std::span<const ListAnswer::Item> entries, Height height) {
    std::map<Hash, RecordState> records;
    for (const ListAnswer::Item& item : entries) {
        if (item.entry.height > height) break;  // heights ascend with the log
        const Entry& entry = item.entry.entry;
        const auto at = records.find(entry.record);
        std::optional<RecordState> record;
        if (at != records.end()) record = std::move(at->second);
        // In a proven list each record begins with its create; other entries are skipped.
        if (!record && entry.operation != Operation::create) continue;
        apply_to_record(record, item.entry.issuer, entry, item.index);
        records.insert_or_assign(entry.record, *std::move(record));
    }
    return records;
}

}  // namespace xinlian::ledger

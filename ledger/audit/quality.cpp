#include "ledger/audit/quality.hpp"

#include <algorithm>

#include "ledger/rules/terms.hpp"

namespace xinlian::ledger {

std::string percent_text(const Rate& rate) {
    if (rate.whole == 0) return "-";
    const std::uint64_t hundredths = (rate.part * 20'000 + rate.whole) / (2 * rate.whole);
    const std::uint64_t behind = hundredths % 100;
    return std::to_string(hundredths / 100) + (behind < 10 ? ".0" : ".") + std::to_string(behind) + "%";
}

IssuerQuality& IssuerQuality::operator+=(const IssuerQuality& other) {
    accepted_batches += other.accepted_batches;
    rejected_batches += other.rejected_batches;
    reported += other.reported;
    submitted += other.submitted;
    creates += other.creates;
    late += other.late;
    repairs += other.repairs;
    disputes += other.disputes;
    disputes_in_time += other.disputes_in_time;
    return *this;
}

bool is_late_report(const Terms& terms, const Entry& create, Date reported) {
    if (create.operation != Operation::create || create.decided == date_none || create.decided == date_forever)
        return false;
    return reported > terms.report_due(create.decided);
}

void Quality::take(const ExecutedBlock& executed) {
    for (std::size_t i = 0; i < executed.batches.size(); ++i) {
        take(executed.block.header, executed.batches[i]->batch, executed.outcomes[i].reason == Reason::accepted);
    }
}

void Quality::take(const BlockHeader& header, const Batch& batch, bool accepted) {
    const Date today = date_of(header.time);
    IssuerQuality* issuer = period_.has(today) ? &issuers_[batch.header.issuer] : nullptr;
    if (issuer != nullptr) {
        ++(accepted ? issuer->accepted_batches : issuer->rejected_batches);
        const auto about_records = static_cast<std::uint64_t>(
            std::count_if(batch.entries.begin(), batch.entries.end(),
                          [](const Entry& entry) { return is_about_record(entry.operation); }));
        issuer->submitted += about_records;
        if (accepted) issuer->reported += about_records;
    }
    if (!accepted) return;
    rules_.take(header, batch);
    for (const Entry& entry : batch.entries) take_entry(issuer, entry, header);
}

void Quality::take_entry(IssuerQuality* issuer, const Entry& entry, const BlockHeader& header) {
    const Date today = date_of(header.time);
    if (entry.operation == Operation::dispute_opened) due_[entry.record] = entry.public_until;
    Date due = date_none;
    if (entry.operation == Operation::dispute_resolved) {
        const auto open = due_.find(entry.record);
        if (open == due_.end()) return;  // a batch with such an entry is never accepted
        due = open->second;
        due_.erase(open);
    }
    if (issuer == nullptr) return;
    if (entry.operation == Operation::create) ++issuer->creates;
    if (is_late_report(rules_.at(header.height).terms, entry, today)) ++issuer->late;
    if (entry.operation == Operation::repaired) ++issuer->repairs;
    if (entry.operation != Operation::dispute_resolved) return;
    ++issuer->disputes;
    if (today <= due) ++issuer->disputes_in_time;
}

Result<QualityTable> quality_table(const Genesis& genesis, const Quality& quality, const std::string& issuer) {
    QualityTable rows;
    IssuerQuality all;
    for (const Member& member : genesis.members()) {
        if (!member.roles.issuer || (!issuer.empty() && member.id != issuer)) continue;
        const auto at = quality.issuers().find(member.id);
        rows.emplace_back(member.id, at == quality.issuers().end() ? IssuerQuality{} : at->second);
        all += rows.back().second;
    }
    if (rows.empty()) return Error{Errc::not_found, "\"" + issuer + "\" is not an issuer of this federation"};
    if (issuer.empty()) rows.emplace_back("", all);
    return rows;
}

}  // namespace xinlian::ledger

// The quality of what issuers report (数据报送质量), by issuer and period: computed alike by an auditor from a copied
// chain and by a running node for its operator, with whole numbers only. Definitions: docs/rules.md.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ledger/block/rules_history.hpp"
#include "ledger/state/execute.hpp"

namespace xinlian::ledger {

// A part of a whole; the whole may be 0, when there is no rate.
struct Rate {
    std::uint64_t part = 0, whole = 0;
    bool operator==(const Rate&) const = default;
};
// In per cent with two digits, halves rounded up: "98.77%"; "-" if the whole is 0. `part` is at most `whole`, and the
// whole below 2^48.
std::string percent_text(const Rate& rate);

struct IssuerQuality {
    std::uint64_t accepted_batches = 0, rejected_batches = 0;
    std::uint64_t reported = 0;                        // entries about records, in accepted batches (报送量)
    std::uint64_t submitted = 0;                       // the same in all batches
    std::uint64_t creates = 0, late = 0;               // late: in a block after report_due of the decision
    std::uint64_t repairs = 0;                         // repaired
    std::uint64_t disputes = 0, disputes_in_time = 0;  // resolved; of them by the due day

    Rate compliance() const { return {reported, submitted}; }  // 合规率
    Rate lateness() const { return {late, creates}; }          // 迟报率
    Rate disputes_timely() const { return {disputes_in_time, disputes}; }
    IssuerQuality& operator+=(const IssuerQuality& other);
    bool operator==(const IssuerQuality&) const = default;
};

// A create that came too late: after the last day for reporting its decision. Of an undated decision that cannot be
// told.
bool is_late_report(const Terms& terms, const Entry& create, Date reported);

class Quality {
public:
    Quality(const Genesis& genesis, const Period& period) : rules_(genesis), period_(period) {}

    // Every block's batches from height 1 on, in order, with what became of them. Disputes are followed from before the
    // period; blocks after it change nothing.
    void take(const BlockHeader& header, const Batch& batch, bool accepted);
    void take(const ExecutedBlock& executed);

    const Period& period() const { return period_; }
    const std::map<std::string, IssuerQuality>& issuers() const {
        return issuers_;
    }  // those with batches in the period

private:
    void take_entry(IssuerQuality* issuer, const Entry& entry, const BlockHeader& header);

    RulesHistory rules_;
    Period period_;
    std::map<std::string, IssuerQuality> issuers_;
    std::map<Hash, Date> due_;  // of the open dispute about a record
};

// By issuer's id, ascending; last the sum, under an empty id, unless one issuer was asked for.
using QualityTable = std::vector<std::pair<std::string, IssuerQuality>>;
// Every issuer of the federation, or this one. Errc::not_found if it is none.
Result<QualityTable> quality_table(const Genesis& genesis, const Quality& quality, const std::string& issuer);

}  // namespace xinlian::ledger

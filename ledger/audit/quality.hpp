// Data reporting quality (数据报送质量), by issuer and period. An auditor computes it from a copied chain and a running
// node for its operator, with the same code and integers only. Definitions: docs/rules.md.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ledger/block/rules_history.hpp"
#include "ledger/state/execute.hpp"

namespace xinlian::ledger {

// A part of a whole. If the whole is 0, there is no rate.
struct Rate {
    std::uint64_t part = 0, whole = 0;
    bool operator==(const Rate&) const = default;
};
// The rate in per cent with two decimals, halves rounded up: "98.77%"; "-" if the whole is 0. `part` is at most
// `whole`, and `whole` is below 2^48.
std::string percent_text(const Rate& rate);

struct IssuerQuality {
    std::uint64_t accepted_batches = 0, rejected_batches = 0;
    std::uint64_t reported = 0;                        // entries about records, in accepted batches (报送量)
    std::uint64_t submitted = 0;                       // the same, in all batches
    std::uint64_t creates = 0, late = 0;               // late: in a block after report_due of the decision
    std::uint64_t repairs = 0;                         // repaired
    std::uint64_t disputes = 0, disputes_in_time = 0;  // resolved; resolved by the due day

    Rate compliance() const { return {reported, submitted}; }  // 合规率
    Rate lateness() const { return {late, creates}; }          // 迟报率
    Rate disputes_timely() const { return {disputes_in_time, disputes}; }
    IssuerQuality& operator+=(const IssuerQuality& other);
    bool operator==(const IssuerQuality&) const = default;
};

// Whether a create was late: after the last day for reporting its decision. False for an undated decision.
bool is_late_report(const Terms& terms, const Entry& create, Date reported);

class Quality {
public:
    Quality(const Genesis& genesis, const Period& period) : rules_(genesis), period_(period) {}

    // Takes every block's batches from height 1 on, in order, with their outcome. Disputes opened before the period are
    // tracked. Blocks after the period change nothing.
    void take(const BlockHeader& header, const Batch& batch, bool accepted);
    void take(const ExecutedBlock& executed);

    const Period& period() const { return period_; }
    const std::map<std::string, IssuerQuality>& issuers() const {
        return issuers_;
    }  // the issuers with batches in the period

private:
    void take_entry(IssuerQuality* issuer, const Entry& entry, const BlockHeader& header);

    RulesHistory rules_;
    Period period_;
    std::map<std::string, IssuerQuality> issuers_;
    std::map<Hash, Date> due_;  // due day of the open dispute about a record
};

// Rows by ascending issuer id. The last row is the sum, with an empty id, unless one issuer was requested.
using QualityTable = std::vector<std::pair<std::string, IssuerQuality>>;
// The table of every issuer of the federation, or of `issuer` alone if it is not empty. Errc::not_found if there is no
// such issuer.
Result<QualityTable> quality_table(const Genesis& genesis, const Quality& quality, const std::string& issuer);

}  // namespace xinlian::ledger

// The period of a table of quality, for `quality` and `audit quality` alike.
#pragma once

#include "ledger/rules/calendar.hpp"
#include "node/cli/cli.hpp"

namespace xinlian::node {

struct QualityPeriod {
    std::string quarter, month;
};
void add_quality_period(CLI::App& command, const Cli& cli, QualityPeriod& period);
Result<ledger::Period> period_of(const QualityPeriod& period);  // one of the two is given

}  // namespace xinlian::node

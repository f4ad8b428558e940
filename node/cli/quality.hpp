// The option for the period of a quality table, shared by `quality` and `audit quality`.
#pragma once

#include "ledger/rules/calendar.hpp"
#include "node/cli/cli.hpp"

namespace xinlian::node {

struct QualityPeriod {
    std::string quarter, month;
};
void add_quality_period(Command command, const Cli& cli, QualityPeriod& period);
Result<ledger::Period> period_of(const QualityPeriod& period);  // exactly one of the two is given

}  // namespace xinlian::node

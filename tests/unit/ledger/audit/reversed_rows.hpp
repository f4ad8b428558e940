// A LevelDB folder whose table holds its rows in descending order, under right checksums.
#pragma once

#include <string>

namespace xinlian::ledger::audit_test {

void write_reversed(const std::string& folder);

}  // namespace xinlian::ledger::audit_test

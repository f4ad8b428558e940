// Records in canonical form for tests.
#pragma once

#include <algorithm>

#include "crypto/check.hpp"
#include "ledger/entry/record.hpp"

namespace xinlian::test {

// A record of form 1 with these fields; all others are null.
inline ledger::Record record_of(ledger::Category category, const std::vector<ledger::Field>& fields) {
    const auto codes = ledger::codes_of(category, 1);
    XL_CHECK(codes.ok());
    ledger::Record record{category, 1, {}};
    for (const std::string_view code : *codes) record.fields.push_back({std::string(code), std::nullopt});
    for (const ledger::Field& field : fields) {
        const auto at = std::find(codes->begin(), codes->end(), field.code);
        XL_CHECK(at != codes->end());
        record.fields[static_cast<std::size_t>(at - codes->begin())] = field;
    }
    return record;
}

inline ledger::Field& field_of(ledger::Record& record, std::string_view code) {
    const auto at = std::find_if(record.fields.begin(), record.fields.end(),
                                 [code](const ledger::Field& field) { return field.code == code; });
    XL_CHECK(at != record.fields.end());
    return *at;
}

}  // namespace xinlian::test

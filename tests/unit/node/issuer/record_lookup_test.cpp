// Reading a record out of a row of the vault.
#include "node/issuer/record_lookup.hpp"

#include <catch2/catch.hpp>

#include "tests/support/builders.hpp"
#include "tests/support/records.hpp"

using namespace xinlian;
using namespace xinlian::node;
using test::must;

namespace {

VaultRecord row_with(const ledger::Record& record) {
    VaultRecord row;
    row.id = test::named(Suite::ed25519_sha256, "record", 1);
    row.salt = test::named(Suite::ed25519_sha256, "salt", 1);
    row.canonical = encode(record);
    return row;
}

}  // namespace

TEST_CASE("a row of the vault gives its record and salt") {
    const ledger::Record record = test::record_of(ledger::Category::licence, {{"XK_NR", "食品经营"}});
    const RecordFile read = must(record_in(row_with(record)));
    CHECK(read.record == record);
    CHECK(read.salt == test::named(Suite::ed25519_sha256, "salt", 1));
}

TEST_CASE("a row of the vault in an unknown form is refused, and record, form and remedy are named") {
    ledger::Record record = test::record_of(ledger::Category::licence, {{"XK_NR", "食品经营"}});
    record.form = 2;
    record.fields.push_back({"XK_LX", std::nullopt});
    const VaultRecord row = row_with(record);
    const auto read = record_in(row);
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().code == Errc::unsupported);
    CHECK_THAT(read.error().text,
               Catch::Contains("the vault's copy of record " + row.id.hex()) &&
                   Catch::Contains("form 2 of category licence is unknown; this program knows form 1; use a version"));
}

TEST_CASE("a row of the vault that holds no record is refused") {
    VaultRecord row = row_with(test::record_of(ledger::Category::penalty, {}));
    row.canonical.pop_back();
    CHECK(record_in(row).error().code == Errc::corrupt);
    ledger::Record record = test::record_of(ledger::Category::penalty, {});
    std::swap(record.fields[0], record.fields[1]);
    CHECK(record_in(row_with(record)).error().code == Errc::invalid);
}

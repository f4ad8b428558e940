#include "ledger/entry/entry.hpp"

#include "tests/unit/ledger/federation.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::rules_test;

TEST_CASE("dates are days of the calendar, or one of two words") {
    for (const Date date : {0U, 99991231U, 19000101U, 21991231U, 20240229U, 20000229U, 20261109U}) {
        INFO(date);
        CHECK(is_valid(date));
    }
    for (const Date date : {1U, 18991231U, 22000101U, 20230229U, 19000229U, 21000229U, 20260431U, 20261301U, 20260001U,
                            20260100U, 20260132U, 99991230U, 99991232U, UINT32_MAX}) {
        INFO(date);
        CHECK(!is_valid(date));
    }
}

TEST_CASE("dates are printed and read in one form") {
    CHECK(date_text(20261109) == "2026-11-09");
    CHECK(date_text(date_none).empty());
    CHECK(date_text(date_forever) == "9999-12-31");
    for (const Date date : {19000101U, 20240229U, 21991231U, date_forever})
        CHECK(*date_from_iso(date_text(date)) == date);
    for (const std::string text :
         {"", "2026-11-9", "2026/11/09", "20261109", "2026-11-09 ", " 2026-11-09", "2026-13-01", "2026-02-29",
          "0000-00-00", "+026-11-09", "2026-11-0a", "2026-11-09T00:00:00Z"}) {
        const auto date = date_from_iso(text);
        INFO(text);
        REQUIRE(!date.ok());
        CHECK_THAT(date.error().text, Catch::Contains("write YYYY-MM-DD"));
    }
    CHECK(date_from_iso(std::string(100'000, '1')).error().text.size() < 200);
}

TEST_CASE("the operations have the standard's names") {
    CHECK(name_of(Operation::create) == "create");
    CHECK(name_of(Operation::update) == "update");
    CHECK(name_of(Operation::overwrite) == "overwrite");
    CHECK(name_of(Operation::remove) == "delete");
}

TEST_CASE("an entry of each operation in its right form is accepted") {
    CHECK(check(create("r")).ok());
    CHECK(check(change(Operation::update, "r", 1)).ok());
    CHECK(check(change(Operation::overwrite, "r", 0)).ok());
    CHECK(check(change(Operation::overwrite, "r", 9)).ok());
    CHECK(check(change(Operation::remove, "r", UINT32_MAX)).ok());
    Entry undated = create("r");
    undated.decided = undated.public_until = date_none;
    CHECK(check(undated).ok());
    undated.public_until = date_forever;
    CHECK(check(undated).ok());
}

TEST_CASE("an entry that contradicts its operation is refused") {
    const auto refused = [](Entry entry, const std::string& because) {
        const Status status = check(entry);
        REQUIRE(!status.ok());
        CHECK(status.error().code == Errc::invalid);
        CHECK_THAT(status.error().text, Catch::Contains(because));
    };
    refused(change(Operation::create, "r", 1), "must have version 0");
    refused(change(Operation::update, "r", 0), "version 0");
    refused(change(Operation::remove, "r", 0), "version 0");
    for (const Operation operation : {Operation::create, Operation::update, Operation::overwrite}) {
        Entry entry = change(operation, "r", operation == Operation::create ? 0 : 1);
        entry.digest = {};
        refused(entry, "no digest");
    }
    Entry removed = change(Operation::remove, "r", 1);
    removed.digest = named("something");
    refused(removed, "delete has a digest");
    Entry entry = create("r");
    entry.decided = 20260230;
    refused(entry, "20260230");
    entry.decided = date_forever;
    refused(entry, "decision date");
    entry = create("r");
    entry.public_until = 20260230;
    refused(entry, "publicity date");
    entry = create("r");
    entry.record = {};
    refused(entry, "all zero");
    entry = create("r");
    entry.operation = static_cast<Operation>(21);
    refused(entry, "operation");
}

TEST_CASE("an entry has a fixed size, and a leaf of the log at most 160 bytes") {
    CHECK(encode(create("r")).size() == entry_bytes);
    LogEntry leaf{UINT64_MAX, Time{UINT64_MAX}, std::string(member_id_bytes_max, '1'), create("r")};
    CHECK(encode(leaf).size() == log_entry_bytes_max);
    CHECK(*decode<LogEntry>(encode(leaf)) == leaf);
}

TEST_CASE("an encoded entry with an unknown kind, or a byte more or less, is refused") {
    const Bytes good = encode(create("r"));
    CHECK(*decode<Entry>(good) == create("r"));
    for (const std::size_t at : {std::size_t{0}, std::size_t{1}}) {
        for (const unsigned value : {0U, 21U, 255U}) {
            Bytes bad = good;
            bad[at] = static_cast<std::uint8_t>(value);
            CHECK(!decode<Entry>(bad).ok());
        }
    }
    Bytes longer = good;
    longer.push_back(0);
    CHECK(!decode<Entry>(longer).ok());
    CHECK(!decode<Entry>(ByteView(good).first(good.size() - 1)).ok());
}

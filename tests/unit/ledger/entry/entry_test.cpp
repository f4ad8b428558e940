// Tests the fields that each operation requires, and the encoding of entries.
#include "ledger/entry/entry.hpp"

#include "tests/unit/ledger/federation.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::rules_test;

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

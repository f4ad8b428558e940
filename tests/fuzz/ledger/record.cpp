// Laws: a canonical record opens field by field against its digest, and does not with one byte changed; only the true
// fields of a record open against its digest.
#include "ledger/entry/record.hpp"
#include "ledger/entry/entry.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/support/records.hpp"

using namespace xinlian;
using namespace xinlian::ledger;

namespace {

constexpr Suite suite = Suite::ed25519_sha256;

// Also in the corpus, opened.
Record known_record() { return test::record_of(Category::penalty, {{"CF_SY", "daily"}, {"CF_WSH", "2026-1"}}); }

void check_record(const Bytes& bytes) {
    const auto record = decode<Record>(bytes);
    if (!record) return;
    XL_CHECK(encode(*record) == bytes);
    if (!check(*record)) return;
    const Hash salt = hash(suite, bytes);
    const Hash digest = record_digest(suite, *record, salt);
    std::vector<std::string> codes;
    for (const Field& field : record->fields) codes.push_back(field.code);
    auto opening = open_fields(suite, *record, salt, codes);
    XL_CHECK(opening.ok());
    XL_CHECK(check_opening(suite, *opening, digest).ok());
    XL_CHECK(decode<Opening>(encode(*opening)).value() == *opening);
    Field& first = opening->fields.front().field;
    if (first.value) {
        first.value->back() ^= 1;
    } else {
        first.value = "x";
    }
    XL_CHECK(!check_opening(suite, *opening, digest));
}

void check_foreign_opening(const Bytes& bytes) {
    const auto opening = decode<Opening>(bytes);
    if (!opening) return;
    XL_CHECK(encode(*opening) == bytes);
    const Record record = known_record();
    if (!check_opening(suite, *opening, record_digest(suite, record, Hash{}))) return;
    XL_CHECK(opening->shape.category == record.category);
    XL_CHECK(opening->shape.form == record.form);
    XL_CHECK(opening->shape.field_count == record.fields.size());
    for (const OpenedField& opened : opening->fields) XL_CHECK(opened.field == record.fields.at(opened.index));
}

void check_entry(const Bytes& bytes) {
    if (const auto leaf = decode<LogEntry>(bytes)) XL_CHECK(encode(*leaf) == bytes);
    const auto entry = decode<Entry>(bytes);
    if (!entry) return;
    XL_CHECK(encode(*entry) == bytes);
    if (!check(*entry)) return;
    for (const Date date : {entry->decided, entry->public_until}) {
        if (date != date_none) XL_CHECK(date_from_iso(date_text(date)).value() == date);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const std::uint8_t kind = input.byte() % 3;
    const Bytes bytes = fuzz::copy(input.rest());
    if (kind == 0) check_record(bytes);
    if (kind == 1) check_foreign_opening(bytes);
    if (kind == 2) check_entry(bytes);
    return 0;
}

// Tests canonical records, their ids, tags and digests.
#include "ledger/entry/record.hpp"

#include "crypto/merkle_log.hpp"
#include "tests/support/names.hpp"
#include "tests/unit/ledger/federation.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::rules_test;

namespace {

constexpr Suite sha = Suite::ed25519_sha256;

Record penalty() {
    return {Category::penalty,
            {{"CF_CFJG", "上海市市场监督管理局"},
             {"CF_NR", "罚款\n没收违法所得"},
             {"CF_NR_FK", "20000.00"},
             {"CF_WSH", "沪市监罚〔2026〕17号"},
             {"CF_YXQ", std::nullopt}}};
}

void refused(const Record& record, const std::string& because) {
    const Status status = check(record);
    REQUIRE(!status.ok());
    CHECK(status.error().code == Errc::invalid);
    CHECK_THAT(status.error().text, Catch::Contains(because));
}

Record with_value(const std::string& value) { return {Category::penalty, {{"CF_NR", value}}}; }

std::string code_number(std::size_t i) {
    const std::string digits = std::to_string(i);
    return "F" + std::string(3 - digits.size(), '0') + digits;
}

Record of_fields(std::size_t count) {
    Record record;
    for (std::size_t i = 0; i < count; ++i) record.fields.push_back({code_number(i), "x"});
    return record;
}

}  // namespace

TEST_CASE("a canonical record is accepted and its fields are found") {
    const Record record = penalty();
    CHECK(check(record).ok());
    REQUIRE(record.find("CF_WSH") != nullptr);
    CHECK(*record.find("CF_WSH") == "沪市监罚〔2026〕17号");
    REQUIRE(record.find("CF_YXQ") != nullptr);
    CHECK(*record.find("CF_YXQ") == std::nullopt);
    CHECK(record.find("CF_WS") == nullptr);
    CHECK(record.find("") == nullptr);
    CHECK(*decode<Record>(encode(record)) == record);
}

TEST_CASE("the order, the number and the names of the fields are checked") {
    Record record = penalty();
    std::swap(record.fields[0], record.fields[1]);
    refused(record, "CF_CFJG is out of order");
    record = penalty();
    record.fields[1] = record.fields[0];
    refused(record, "CF_CFJG appears twice");
    refused(Record{}, "no fields");
    CHECK(check(of_fields(record_fields_max)).ok());
    refused(of_fields(record_fields_max + 1), "65 fields");
    CHECK(check(Record{Category::penalty, {{std::string(field_code_bytes_max, 'A'), "x"}}}).ok());
    refused({Category::penalty, {{std::string(field_code_bytes_max + 1, 'A'), "x"}}}, "33 bytes");
    refused({Category::penalty, {{"", "x"}}}, "the code is empty");
    refused({Category::penalty, {{"A\nB", "x"}}}, "control character");
    refused({static_cast<Category>(9), {{"A", "x"}}}, "category");
}

TEST_CASE("a value is UTF-8 without control characters, not empty, and within its limit") {
    CHECK(check(with_value(std::string(field_value_bytes_max, 'x'))).ok());
    refused(with_value(std::string(field_value_bytes_max + 1, 'x')), "65537 bytes");
    refused(with_value(""), "use null for an empty field");
    // The first and last character of every length, and those beside code points that are no characters.
    for (const std::string good : {"\n", " ", "~", "\xC2\xA0", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
                                   "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
        CHECK(check(with_value("a" + good)).ok());
    }
    for (const std::string bad : {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x41", "\xE0\x9F\xBF",
                                  "\xE4\xB8", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
                                  "\xF5\x80\x80\x80", "\xF8\x88\x80\x80\x80", "\xFF", "\xC9\xCF\xBA\xA3"}) {
        refused(with_value("ab" + bad), "field CF_NR: byte 2 is not well-formed UTF-8");
    }
    for (const std::string& bad :
         std::vector<std::string>{"\t", "\r", std::string(1, '\0'), "\x1F", "\x7F", "\xC2\x80", "\xC2\x9F"}) {
        refused(with_value("ab" + bad), "byte 2 is a control character");
    }
}

TEST_CASE("the category names are the catalogue's") {
    CHECK(*category_named("penalty") == Category::penalty);
    CHECK(*category_named(name_of(Category::licence)) == Category::licence);
    CHECK(category_named("Penalty").error().code == Errc::unsupported);
}

TEST_CASE("a commitment is the hash of salt, category, code and value, written out here once") {
    const Hash salt = named("salt");
    const Field field{"CF_WSH", "17号"};
    const std::string expected = std::string("\x10xinlian/v1/field") + std::string(as_text(salt.view())) + '\x01' +
                                 std::string("\0\0\0\x06", 4) + "CF_WSH" + '\x01' + std::string("\0\0\0\x05", 4) +
                                 "17号";
    CHECK(field_commitment(sha, Category::penalty, field, salt) == hash(sha, as_bytes(expected)));
    const std::string null = std::string("\x10xinlian/v1/field") + std::string(as_text(salt.view())) + '\x01' +
                             std::string("\0\0\0\x06", 4) + "CF_WSH" + std::string(1, '\0');
    CHECK(field_commitment(sha, Category::penalty, {"CF_WSH", std::nullopt}, salt) == hash(sha, as_bytes(null)));
}

TEST_CASE("the digest changes with every part of the record, its salt and the suite") {
    const Hash salt = named("salt");
    const Hash digest = record_digest(sha, penalty(), salt);
    CHECK(record_digest(sha, penalty(), salt) == digest);
    CHECK(record_digest(sha, penalty(), named("other")) != digest);
    CHECK(record_digest(Suite::sm2_sm3, penalty(), salt) != digest);
    Record record = penalty();
    record.category = Category::licence;
    CHECK(record_digest(sha, record, salt) != digest);
    for (std::size_t i = 0; i < penalty().fields.size(); ++i) {
        record = penalty();
        record.fields[i].value = record.fields[i].value ? std::nullopt : std::optional<std::string>("x");
        CHECK(record_digest(sha, record, salt) != digest);
        record = penalty();
        record.fields[i].code += "x";
        CHECK(record_digest(sha, record, salt) != digest);
        record = penalty();
        record.fields.erase(record.fields.begin() + static_cast<std::ptrdiff_t>(i));
        CHECK(record_digest(sha, record, salt) != digest);
    }
}

TEST_CASE("every field, and any choice of fields, opens against the digest") {
    for (const Suite suite : {sha, Suite::sm2_sm3}) {
        for (std::size_t count = 1; count <= 9; ++count) {
            const Record record = of_fields(count);
            const Hash digest = record_digest(suite, record, named("salt"));
            std::vector<std::string> all;
            for (std::size_t i = 0; i < count; ++i) {
                const auto one = open_fields(suite, record, named("salt"), {code_number(i)});
                REQUIRE(one.ok());
                CHECK(one->fields.size() == 1);
                CHECK(check_opening(suite, *one, digest).ok());
                all.insert(all.begin(), code_number(i));
            }
            const auto opening = open_fields(suite, record, named("salt"), all);
            REQUIRE(opening.ok());
            CHECK(opening->fields.size() == count);
            CHECK(check_opening(suite, *opening, digest).ok());
            CHECK(*decode<Opening>(encode(*opening)) == *opening);
        }
    }
}

TEST_CASE("an opening does not show the fields it was not asked for") {
    const auto opening = open_fields(sha, penalty(), named("salt"), {"CF_WSH", "CF_WSH"});
    REQUIRE(opening.ok());
    CHECK(opening->fields.size() == 1);
    const Bytes bytes = encode(*opening);
    CHECK(as_text(bytes).find("沪市监罚") != std::string_view::npos);
    CHECK(as_text(bytes).find("20000.00") == std::string_view::npos);
    CHECK(as_text(bytes).find(as_text(named("salt").view())) == std::string_view::npos);
}

TEST_CASE("a field that the record does not have cannot be opened") {
    const auto opening = open_fields(sha, penalty(), named("salt"), {"CF_WSH", "CF_BZ"});
    REQUIRE(!opening.ok());
    CHECK(opening.error().code == Errc::not_found);
    CHECK_THAT(opening.error().text, Catch::Contains("CF_BZ"));
    CHECK(!open_fields(sha, penalty(), named("salt"), {}).ok());
    CHECK(!open_fields(sha, Record{}, named("salt"), {"CF_BZ"}).ok());
}

TEST_CASE("any change to an opened field is refused") {
    const Hash digest = record_digest(sha, penalty(), named("salt"));
    const Opening good = *open_fields(sha, penalty(), named("salt"), {"CF_NR_FK", "CF_YXQ"});
    REQUIRE(check_opening(sha, good, digest).ok());
    const auto refuses = [&digest](const Opening& opening) { CHECK(!check_opening(sha, opening, digest).ok()); };
    CHECK(!check_opening(sha, good, named("another record")).ok());
    CHECK(!check_opening(Suite::sm2_sm3, good, digest).ok());
    for (std::size_t i = 0; i < good.fields.size(); ++i) {
        Opening bad = good;
        bad.fields[i].field.value = "20001.00";
        refuses(bad);
        bad = good;
        bad.fields[i].field.code += "2";
        refuses(bad);
        bad = good;
        bad.fields[i].salt.bytes[31] ^= 1;
        refuses(bad);
        bad = good;
        ++bad.fields[i].index;
        refuses(bad);
        bad = good;
        bad.fields[i].path.pop_back();
        refuses(bad);
        bad = good;
        bad.fields[i].path.push_back(Hash{});
        refuses(bad);
        for (std::size_t j = 0; j < good.fields[i].path.size(); ++j) {
            bad = good;
            bad.fields[i].path[j].bytes[0] ^= 0x80;
            refuses(bad);
        }
    }
    Opening bad = good;
    bad.category = Category::licence;
    refuses(bad);
    bad = good;
    std::swap(bad.fields[0], bad.fields[1]);
    refuses(bad);
    bad = good;
    bad.fields[1] = bad.fields[0];
    refuses(bad);
    bad = good;
    bad.fields.clear();
    refuses(bad);
    for (const unsigned count : {0U, 3U, 4U, 9U, 64U, 65U, 65'535U}) {
        bad = good;
        bad.field_count = static_cast<std::uint16_t>(count);
        refuses(bad);
    }
    bad = good;
    bad.fields[0].field.value = "";
    refuses(bad);
}

TEST_CASE("an encoded record above a limit is refused before it is held") {
    Writer writer;
    writer.integer<std::uint8_t>(1);
    writer.integer<std::uint32_t>(record_fields_max + 1);
    Bytes bytes = writer.take();
    bytes.resize(100'000);
    CHECK(!decode<Record>(bytes).ok());
    CHECK(decode<Record>(encode(of_fields(record_fields_max))).ok());
    Bytes huge = encode(with_value("x"));
    huge[huge.size() - 5] = 0xFF;  // the value claims 4 GB
    CHECK(!decode<Record>(huge).ok());
}

TEST_CASE("record ids and subject tags depend on the key and on every part, and parts do not run together") {
    const auto key_of = [](std::string agency, std::string_view document, std::string_view code, std::string day) {
        return NaturalKey{std::move(agency), test::document_of(document), test::code_of(code), std::move(day)};
    };
    const std::string code = "91310000MA5260182M", other_code = "91350100M000100Y43";
    const Hash id = record_id(sha, named("k"), key_of("11310000", "17号", code, "2026-11-09"));
    CHECK(record_id(sha, named("k"), key_of("11310000", "17号", code, "2026-11-09")) == id);
    CHECK(record_id(sha, named("other"), key_of("11310000", "17号", code, "2026-11-09")) != id);
    CHECK(record_id(Suite::sm2_sm3, named("k"), key_of("11310000", "17号", code, "2026-11-09")) != id);
    CHECK(record_id(sha, named("k"), key_of("11310000", "18号", code, "2026-11-09")) != id);
    CHECK(record_id(sha, named("k"), key_of("11310000", "17号", other_code, "2026-11-09")) != id);
    CHECK(record_id(sha, named("k"), key_of("11310000", "17号", code, "2026-11-10")) != id);
    CHECK(record_id(sha, named("k"), key_of("1131000", "017号", code, "2026-11-09")) != id);
    CHECK(record_id(sha, named("k"), key_of("", "1131000017号", code, "2026-11-09")) != id);
    const Hash tag = subject_tag(sha, named("k"), test::code_of(code));
    CHECK(subject_tag(sha, named("k"), test::code_of(code)) == tag);
    CHECK(subject_tag(sha, named("other"), test::code_of(code)) != tag);
    CHECK(subject_tag(sha, named("k"), test::code_of(other_code)) != tag);
    CHECK(tag != hash(sha, as_bytes("91310000MA5260182M")));
}

// Computed by hand from docs/encoding.md: vaults and chains hold such values.
TEST_CASE("record ids and subject tags are the same for ever, however code and number are spelled") {
    for (const char* code : {"91310118H7FJGJTW0D", " ９１３１０１１８h7fjgjtw0d "}) {
        CHECK(subject_tag(sha, Hash{}, test::code_of(code)).hex() ==
              "1d8947149a04458d4af9e4349aa049110733b17917ae631c04786212db8a7731");
        for (const char* document : {"沪市监罚〔2026〕1号", "沪市监罚[２０２６]1号　"}) {
            const NaturalKey key{"11310000", test::document_of(document), test::code_of(code), "2026-11-09"};
            CHECK(record_id(sha, Hash{}, key).hex() ==
                  "508eabdfa380be669c38cb6657d230c231620118e3383143ec2fee910a139b02");
        }
    }
}

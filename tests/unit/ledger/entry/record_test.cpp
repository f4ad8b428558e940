// Tests canonical records, their ids, tags and digests.
#include "ledger/entry/record.hpp"

#include "crypto/merkle_log.hpp"
#include "tests/support/names.hpp"
#include "tests/support/records.hpp"
#include "tests/unit/ledger/federation.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::rules_test;
using test::record_of;

namespace {

constexpr Suite sha = Suite::ed25519_sha256;

Record penalty() {
    return record_of(Category::penalty, {{"CF_CFJG", "上海市市场监督管理局"},
                                         {"CF_NR", "罚款\n没收违法所得"},
                                         {"CF_NR_FK", "20000.00"},
                                         {"CF_WSH", "沪市监罚〔2026〕17号"}});
}
Record licence() { return record_of(Category::licence, {{"XK_NR", "食品经营"}, {"XK_WSH", "沪食许〔2026〕17号"}}); }

std::vector<std::string> codes_in(const Record& record) {
    std::vector<std::string> codes;
    for (const Field& field : record.fields) codes.push_back(field.code);
    return codes;
}

void refused(const Record& record, const std::string& because, Errc code = Errc::invalid) {
    const Status status = check(record);
    REQUIRE(!status.ok());
    CHECK(status.error().code == code);
    CHECK_THAT(status.error().text, Catch::Contains(because));
}

Record with_value(const std::string& value) { return record_of(Category::penalty, {{"CF_NR", value}}); }

}  // namespace

TEST_CASE("a canonical record is accepted and its fields are found") {
    const Record record = penalty();
    CHECK(check(record).ok());
    CHECK(check(licence()).ok());
    REQUIRE(record.find("CF_WSH") != nullptr);
    CHECK(*record.find("CF_WSH") == "沪市监罚〔2026〕17号");
    REQUIRE(record.find("CF_YXQ") != nullptr);
    CHECK(*record.find("CF_YXQ") == std::nullopt);
    CHECK(record.find("CF_WS") == nullptr);
    CHECK(record.find("") == nullptr);
    CHECK(*decode<Record>(encode(record)) == record);
    CHECK(as_text(ByteView(encode(record)).first(7)) == std::string_view("\1\0\1\0\0\0\x1E", 7));
}

TEST_CASE("the fields of a record are those of its form, each at its position") {
    Record record = penalty();
    std::swap(record.fields[1], record.fields[2]);
    refused(record, "field CF_CFJGDM is at position 2; the form has it at position 3");
    record = penalty();
    record.fields[29] = record.fields[9];
    refused(record, "field CF_NR is at position 30; the form has it at position 10");
    record = penalty();
    record.fields[4].code = "CF_AJLY";
    refused(record, "the field at position 5 is not one of the form");
    record.fields[4].code = "";
    refused(record, "the field at position 5 is not one of the form");
    record = penalty();
    record.fields.pop_back();
    refused(record, "there are 29 fields; form 1 of category penalty has 30");
    record = penalty();
    record.fields.push_back({"CF_ZZ", std::nullopt});
    refused(record, "there are 31 fields");
    record.fields.clear();
    refused(record, "there are 0 fields");
    record = penalty();
    record.category = Category::licence;
    refused(record, "form 1 of category licence has 28");
    record.category = Category::any;
    refused(record, "category");
    record.category = static_cast<Category>(9);
    refused(record, "category");
}

TEST_CASE("a record of an unknown form is not judged, and the form is named") {
    Record record = penalty();
    for (const std::uint16_t form : {std::uint16_t{0}, std::uint16_t{2}, std::uint16_t{65'535}}) {
        record.form = form;
        refused(record,
                "the record: form " + std::to_string(form) +
                    " of category penalty is unknown; this program knows form 1; use a version of the program",
                Errc::unsupported);
        CHECK(open_fields(sha, record, named("salt"), {"CF_WSH"}).error().code == Errc::unsupported);
    }
    refused(Record{}, "form 0", Errc::unsupported);
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

TEST_CASE("a commitment and a digest are hashes of salt, code and value, category, form and count, written out once") {
    const Hash salt = named("salt"), root = named("root");
    const Field field{"CF_WSH", "17号"};
    const std::string expected = std::string("\x10xinlian/v1/field") + std::string(as_text(salt.view())) +
                                 std::string("\0\0\0\x06", 4) + "CF_WSH" + '\x01' + std::string("\0\0\0\x05", 4) +
                                 "17号";
    CHECK(field_commitment(sha, field, salt) == hash(sha, as_bytes(expected)));
    const std::string null = std::string("\x10xinlian/v1/field") + std::string(as_text(salt.view())) +
                             std::string("\0\0\0\x06", 4) + "CF_WSH" + std::string(1, '\0');
    CHECK(field_commitment(sha, {"CF_WSH", std::nullopt}, salt) == hash(sha, as_bytes(null)));
    const std::string whole = std::string("\x11xinlian/v1/record") + '\x02' + std::string("\x01\x03\0\x1C", 4) +
                              std::string(as_text(root.view()));
    CHECK(digest_of(sha, {Category::licence, 0x103, 28}, root) == hash(sha, as_bytes(whole)));
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
    record = penalty();
    record.form = 2;
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
        for (const Record& record : {penalty(), licence()}) {
            const Hash digest = record_digest(suite, record, named("salt"));
            std::vector<std::string> some;
            for (const std::string& code : codes_in(record)) {
                const auto one = open_fields(suite, record, named("salt"), {code});
                REQUIRE(one.ok());
                CHECK(one->fields.size() == 1);
                CHECK(check_opening(suite, *one, digest).ok());
                some.insert(some.begin(), code);
                const auto opening = open_fields(suite, record, named("salt"), some);
                REQUIRE(opening.ok());
                CHECK(opening->fields.size() == some.size());
                CHECK(check_opening(suite, *opening, digest).ok());
                CHECK(*decode<Opening>(encode(*opening)) == *opening);
            }
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
    const auto opening = open_fields(sha, penalty(), named("salt"), {"CF_WSH", "XK_WSH"});
    REQUIRE(!opening.ok());
    CHECK(opening.error().code == Errc::not_found);
    CHECK_THAT(opening.error().text, Catch::Contains("XK_WSH"));
    CHECK(!open_fields(sha, penalty(), named("salt"), {}).ok());
    CHECK(!open_fields(sha, Record{}, named("salt"), {"BZ"}).ok());
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
    bad.shape.category = Category::licence;
    refuses(bad);
    bad = good;
    bad.fields_root.bytes[0] ^= 1;
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
    for (const unsigned count : {0U, 1U, 28U, 29U, 31U, 32U, 64U, 65U, 65'535U}) {
        bad = good;
        bad.shape.field_count = static_cast<std::uint16_t>(count);
        refuses(bad);
    }
    bad = good;
    bad.fields[0].field.value = "";
    refuses(bad);
}

namespace {

// A record of an issuer that commits to what it likes at each position.
struct Forger {
    RecordShape shape{Category::penalty, 1, 30};
    std::vector<Hash> leaves;
    explicit Forger(std::size_t count = 30) {
        for (std::size_t i = 0; i < count; ++i) leaves.push_back(named("leaf " + std::to_string(i)));
    }
    void commit(std::size_t index, const Field& field) { leaves.at(index) = field_commitment(sha, field, Hash{}); }
    Hash digest() const { return digest_of(sha, shape, log_root_of(sha, leaves)); }
    Opening open(std::uint16_t index, const Field& field) const {
        return {shape, log_root_of(sha, leaves), {{index, field, Hash{}, log_path_of(sha, leaves, index)}}};
    }
};

std::string reason_of(const Status& status) { return status ? std::string("accepted") : status.error().text; }

}  // namespace

TEST_CASE("a field that an issuer committed to at two positions opens at its own alone") {
    const Field fine{"CF_NR", "罚款五百元"}, revocation{"CF_NR", "吊销许可证件"};
    Forger forger;
    forger.commit(9, fine);
    forger.commit(15, revocation);
    CHECK(reason_of(check_opening(sha, forger.open(9, fine), forger.digest())) == "accepted");
    CHECK(reason_of(check_opening(sha, forger.open(15, revocation), forger.digest())) ==
          "field CF_NR is at position 16; the form has it at position 10");
    // Nor at its own position with the commitment of the other.
    Opening moved = forger.open(15, revocation);
    moved.fields[0].index = 9;
    CHECK(!check_opening(sha, moved, forger.digest()).ok());
    // Nor at a position behind the last of the form.
    Forger longer(31);
    longer.commit(9, fine);
    longer.commit(30, revocation);
    longer.shape.field_count = 31;
    CHECK_THAT(reason_of(check_opening(sha, longer.open(30, revocation), longer.digest())),
               Catch::Contains("there are 31 fields; form 1 of category penalty has 30"));
    longer.shape.field_count = 30;
    CHECK_THAT(reason_of(check_opening(sha, longer.open(30, revocation), longer.digest())),
               Catch::Contains("at position 31"));
}

// The last two leaves of a tree of 30 and the last three of a tree of 31 lie below the same node. So one root is that
// of both trees, with another commitment for the last field of form 1 in each.
TEST_CASE("a digest is that of one form and number of fields, also where one root is that of two trees") {
    const Field term{"CF_YXQ", "2027-01-01"}, longer_term{"CF_YXQ", "9999-12-31"};
    Forger of_31(31);
    of_31.shape = {Category::penalty, 2, 31};
    of_31.commit(29, longer_term);
    of_31.commit(30, term);
    Forger of_30;
    for (std::size_t i = 0; i < 28; ++i) of_30.leaves[i] = of_31.leaves[i];
    of_30.leaves[28] = log_node_hash(sha, of_31.leaves[28], of_31.leaves[29]);
    of_30.leaves[29] = of_31.leaves[30];
    CHECK(log_root_of(sha, of_30.leaves) == log_root_of(sha, of_31.leaves));
    CHECK(of_30.digest() != of_31.digest());
    CHECK(check_opening(sha, of_30.open(29, term), of_30.digest()).ok());
    CHECK(check_opening(sha, of_30.open(29, term), of_31.digest()).error().code == Errc::invalid);
    for (const auto& [form, count] : std::vector<std::pair<std::uint16_t, std::uint16_t>>{{1, 31}, {2, 30}}) {
        const Hash root = log_root_of(sha, of_30.leaves);
        CHECK(digest_of(sha, {Category::penalty, form, count}, root) != of_30.digest());
        CHECK(digest_of(sha, {Category::penalty, form, count}, root) != of_31.digest());
    }
    CHECK(check_opening(sha, of_31.open(29, longer_term), of_31.digest()).error().code == Errc::unsupported);
}

TEST_CASE("an opening of an unknown form is not judged, and the form is named") {
    Opening opening = *open_fields(sha, penalty(), named("salt"), {"CF_WSH"});
    for (const std::uint16_t form : {std::uint16_t{0}, std::uint16_t{2}}) {
        opening.shape.form = form;
        const Hash digest = digest_of(sha, opening.shape, opening.fields_root);
        const Status status = check_opening(sha, opening, digest);
        REQUIRE(!status.ok());
        CHECK(status.error().code == Errc::unsupported);
        CHECK_THAT(status.error().text,
                   Catch::StartsWith("the opening: form " + std::to_string(form) +
                                     " of category penalty is unknown; this program knows form 1"));
    }
}

TEST_CASE("an encoded record above a limit is refused before it is held") {
    Writer writer;
    writer.integer<std::uint8_t>(1);
    writer.integer<std::uint16_t>(1);
    writer.integer<std::uint32_t>(record_fields_max + 1);
    Bytes bytes = writer.take();
    bytes.resize(100'000);
    CHECK(!decode<Record>(bytes).ok());
    const Record most{Category::penalty, 1, std::vector<Field>(record_fields_max, {"CF_NR", "x"})};
    CHECK(decode<Record>(encode(most)).ok());
    Bytes huge = encode(most);
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

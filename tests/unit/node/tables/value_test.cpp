// Tests the cleaning and parsing of single values of imported rows.
#include "node/tables/value.hpp"

#include <catch2/catch.hpp>

#include "node/tables/text.hpp"

using namespace xinlian;
using namespace xinlian::node;

namespace {

std::string cleaned(std::string_view raw) {
    Cleaned out;
    clean(raw, out);
    return out.text;
}
ledger::Date date_of(std::string_view text) {
    const auto read = read_date(text);
    return read ? read->date : ledger::date_none;
}

}  // namespace

TEST_CASE("text becomes half-width, trimmed, with one kind of line break") {
    CHECK(cleaned("９１３１０１１５Ｄ２") == "91310115D2");
    CHECK(cleaned(" 某某公司　") == "某某公司");
    CHECK(cleaned("a\r\nb\rc\\nd\\r\\ne") == "a\nb\nc\nd\ne");
    CHECK(cleaned("a\tb\xC2\xA0"
                  "c") == "a b c");
    CHECK(cleaned("\xEF\xBB\xBF"
                  "CF_WSH") == "CF_WSH");
}

TEST_CASE("text is composed: e and its accent are one character") { CHECK(cleaned("Cafe\xCC\x81") == "Caf\xC3\xA9"); }

TEST_CASE("characters that GB 18030-2005 kept in the private area become the assigned ones") {
    CHECK(cleaned("\xEE\xA0\x9E") == "\xE9\xBE\xB4");  // U+E81E → U+9FB4
    Cleaned out;
    clean("\xEE\x8A\xAE", out);  // U+E2AE has no meaning outside
    CHECK(out.private_use);
}

TEST_CASE("cleaning twice changes nothing") {
    for (const char* text :
         {"＼ｎ x", "\\\\n", "\\\xE2\x80\x8Bn", "\\r\\r\\n", " a\n ", "\\\\\\nn", "\xEF\xBB\xBF\\N"}) {
        CHECK(cleaned(cleaned(text)) == cleaned(text));
    }
}

TEST_CASE("textual nulls are null, and words that hold them are not") {
    Cleaned out;
    for (const char* text : {"", " ", "\\N", "NULL", "null", " NULL "}) {
        clean(text, out);
        CHECK(out.null);
    }
    for (const char* text : {"无", "NULLS", "0", "\\NN"}) {
        clean(text, out);
        CHECK_FALSE(out.null);
    }
}

TEST_CASE("a day is read in every form that exports use") {
    for (const char* text : {"2026/11/09", "2026-11-9", "2026.11.09", "20261109", "2026年11月9日", "2026-11-09 0:00",
                             "2026-11-09T08:30:00", "20261109 00:00:00"}) {
        CHECK(date_of(text) == 20261109);
    }
    CHECK(date_of("46335") == 20261109);
    CHECK(read_date("46335")->serial);
    CHECK_FALSE(read_date("20261109")->serial);
    CHECK(date_of("36526") == 20000101);
    CHECK(date_of("2024-02-29") == 20240229);
}

TEST_CASE("no end is one value however it is written") {
    for (const char* text : {"2099/12/31", "9999-9-9", "9999-12-31", "长期", "20991231"}) {
        CHECK(date_of(text) == ledger::date_forever);
    }
}

TEST_CASE("what is not a day is refused") {
    for (const char* text :
         {"2026-02-30", "2025-02-29", "2026-13-01", "201811", "昨天", "2026", "26-11-09", "2026/11-09", "2026-11-09x",
          "2026年11月9", "", "0", "12345", "99999", "2026-11-00", "202611091", "9999-99-99"}) {
        CHECK_FALSE(read_date(text));
    }
}

TEST_CASE("amounts in 万元 become exact 元") {
    CHECK(read_amount("1.850000", 10'000) == "18500");
    CHECK(read_amount("0.1", 10'000) == "1000");
    CHECK(read_amount("0", 10'000) == "0");
    CHECK(read_amount("0.000001", 10'000) == "0.01");
    CHECK(read_amount("1.23456789", 10'000) == "12345.6789");
    CHECK(read_amount("50.000000", 1) == "50");
    CHECK(read_amount("1,234,567.5", 1) == "1234567.5");
    CHECK(read_amount("123456789012345678", 10'000) == "1234567890123456780000");  // 18 digits: the limit
}

TEST_CASE("what is not an amount is refused") {
    for (const char* text : {"贰万", "-1", "+1", "1e5", "1.", ".5", "1.2.3", "1,23", "12,34,567", "1234,567", "",
                             "1 000", "5万", "1234567890123456789"}) {
        CHECK_FALSE(read_amount(text, 10'000));
    }
}

TEST_CASE("a resident identity number is found in a text, other long numbers are not") {
    CHECK(holds_resident_id("身份证11010519491231002X。"));
    CHECK_FALSE(holds_resident_id("身份证110105194912310021"));            // check digit
    CHECK_FALSE(holds_resident_id("流水号1101051949123100211101051949"));  // longer
    CHECK_FALSE(holds_resident_id("11010519491331002X"));                  // month 13
    CHECK_FALSE(holds_resident_id(""));
}

TEST_CASE("lists have one form") {
    CHECK(unify_list("罚款;没收违法所得、警告,,其他 ; ") == "罚款;没收违法所得;警告;其他");
    CHECK(unify_list(";;") == "");
}

TEST_CASE("what a person types as document number is read as an import reads it") {
    CHECK(read_document(" 沪【2026】（1）[2]号 ").value().text() == "沪〔2026〕〔1〕〔2〕号");
    CHECK(read_document("Cafe\xCC\x81").value().text() == "Caf\xC3\xA9");  // NFC
    CHECK(read_document("\xEF\xA4\x80"
                        "1号")
              .value()
              .text() ==
          "\xE8\xB1\x88"
          "1号");  // U+F900 → U+8C48
    for (const char* text : {"", "　", "NULL", "\\N", "1\xC0号", "1\xEF\xBF\xBD号", "1\x02号"}) {
        const auto number = read_document(text);
        INFO(text);
        REQUIRE_FALSE(number.ok());
        CHECK(number.error().code == Errc::malformed);
    }
}

TEST_CASE("two names in one cell are told from one name with a separator in it") {
    CHECK(holds_several_names("甲有限公司、乙有限公司"));
    CHECK(holds_several_names("甲有限公司\n乙商行"));
    CHECK_FALSE(holds_several_names("甲、乙(上海)有限公司"));
    CHECK_FALSE(holds_several_names("甲有限公司"));
}

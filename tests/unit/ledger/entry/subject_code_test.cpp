// Tests the spellings, checks and tags of subject codes.
#include "ledger/entry/subject_code.hpp"

#include <catch2/catch.hpp>
#include <type_traits>

#include "ledger/entry/record.hpp"
#include "tests/support/names.hpp"

using namespace xinlian;
using namespace xinlian::ledger;

namespace {

// Whether a subject tag may be made of this type.
template <class Text>
constexpr bool makes_a_tag = std::is_invocable_v<decltype(subject_tag), Suite, const Hash&, Text>;
static_assert(makes_a_tag<SubjectCode>);
static_assert(!makes_a_tag<const char*>);
static_assert(!makes_a_tag<std::string>);
static_assert(!makes_a_tag<std::string_view>);
static_assert(!std::is_constructible_v<SubjectCode, std::string>);
static_assert(!std::is_default_constructible_v<SubjectCode>);

const std::string clean = "91310118H7FJGJTW0D";

Error refusal(std::string_view text, CheckDigit check_digit = CheckDigit::required) {
    const auto code = SubjectCode::parse(text, check_digit);
    INFO(text);
    REQUIRE_FALSE(code.ok());
    return code.error();
}
bool says(const Error& error, const std::string& words) {
    INFO(error.text);
    return error.code == Errc::malformed && error.text.find(words) != std::string::npos;
}
CodeFault fault_of(std::string_view text) { return read_code(text).fault; }

}  // namespace

TEST_CASE("every spelling of a code is the same code, and gives the same tag") {
    const Hash key = hash(Suite::ed25519_sha256, as_bytes("channel"));
    const Hash tag = subject_tag(Suite::ed25519_sha256, key, SubjectCode::parse(clean).value());
    for (const std::string text : {
             "91310118H7FJGJTW0D ",                   // a blank at the end
             " 91310118H7FJGJTW0D",                   // at the beginning
             "91310118 H7FJGJTW 0D",                  // inside
             "91310118H7FJGJTW0D\t",                  // tab
             "91310118H7FJGJTW0D\r\n",                // line break
             "91310118H7FJGJTW0D\\n",                 // line break as an export writes it
             "　91310118H7FJGJTW0D　",                // ideographic blanks
             "91310118\xC2\xA0H7FJGJTW0D",            // no-break blank
             "91310118h7fjgjtw0d",                    // lower case
             "９１３１０１１８Ｈ７ＦＪＧＪＴＷ０Ｄ",  // full width
             "９１３１０１１８ｈ７ｆｊｇｊｔｗ０ｄ",  // full width, lower case
             "\xEF\xBB\xBF"
             "91310118H7FJGJTW0D",              // byte order mark
             "91310118\xE2\x80\x8BH7FJGJTW0D",  // blank of no width
         }) {
        const auto code = SubjectCode::parse(text);
        INFO(text);
        REQUIRE(code.ok());
        CHECK(code->text() == clean);
        CHECK(subject_tag(Suite::ed25519_sha256, key, *code) == tag);
    }
}

TEST_CASE("the kelvin sign is the letter that NFC makes of it") {
    CHECK(read_code("91310000MA5260182\xE2\x84\xAA").text == "91310000MA5260182K");
}

TEST_CASE("a text of another length is refused with its length") {
    CHECK(says(refusal("91310118H7FJGJTW0"), "it has 17 characters instead of 18"));
    CHECK(says(refusal("91310118H7FJGJTW0DD"), "it has 19 characters instead of 18"));
    CHECK(says(refusal("9131"), "it has 4 characters"));
    CHECK(says(refusal(""), "it is empty"));
    CHECK(says(refusal(" 　"), "it is empty"));
}

TEST_CASE("a character that no code has is named with its place") {
    CHECK(says(refusal("91310000MA526018IM"), "character 17 is \"I\""));
    CHECK(says(refusal("91310000MAO260182M"), "character 11 is \"O\""));
    CHECK(says(refusal("9131-0118-H7FJGJTW0D"), "character 5 is \"-\""));
    CHECK(says(refusal("某某有限公司"), "character 1 is U+67D0"));
    CHECK(says(refusal(clean + "\xE2\x80\x8E"), "character 19 is U+200E"));  // an invisible mark
    CHECK(says(refusal("\xE2\x80\xAA" + clean), "character 1 is U+202A"));
    CHECK(says(refusal("91310118H7FJGJTW0\xFF"), "character 18 is not UTF-8"));
}

TEST_CASE("a wrong check digit is refused, unless it may be wrong") {
    const Error error = refusal("91350211M00013FA1N");  // a real code
    CHECK(says(error, "check digit is N, but its first 17 characters require "));
    const auto code = SubjectCode::parse(" 91350211m00013fa1n", CheckDigit::any);
    REQUIRE(code.ok());
    CHECK(code->text() == "91350211M00013FA1N");
    // This option allows nothing else.
    CHECK(says(refusal("91350211M00013FA1", CheckDigit::any), "17 characters"));
    CHECK(says(refusal("91350211M00013FA1I", CheckDigit::any), "character 18 is \"I\""));
    CHECK(says(refusal("11010519491231002X", CheckDigit::any), "a resident identity number"));
}

TEST_CASE("what stands in place of a code is named, and a person's number is not repeated") {
    CHECK(says(refusal("91320100********"), "masked"));
    CHECK(says(refusal("9.13101E+17"), "a spreadsheet converted"));
    CHECK(says(refusal("91310000MA5260182M、91320500MA1590838Y"), "several codes"));
    const Error person = refusal("11010519491231002X");
    CHECK(says(person, "a resident identity number"));
    CHECK(person.text.find("110105") == std::string::npos);
}

TEST_CASE("valid codes pass, in lower case too") {
    for (const char* text : {"91310000MA5260182M", "91350100M000100Y43", "91320500ma1590838y", "913310007200456372"}) {
        CHECK(fault_of(text) == CodeFault::none);
    }
}

TEST_CASE("a code says what is wrong with it") {
    CHECK(fault_of("91350211M00013FA1N") == CodeFault::check_digit);  // real, and failing
    CHECK(fault_of("91320100********") == CodeFault::masked);
    CHECK(fault_of("9.13101E+17") == CodeFault::scientific);
    CHECK(fault_of("91310000MA5260182M、91320500MA1590838Y") == CodeFault::several);
    CHECK(fault_of("91310000MA5260182") == CodeFault::format);
    CHECK(fault_of("91310000MA526018IM") == CodeFault::format);  // I is no symbol
    CHECK(fault_of("11010519491231002X") == CodeFault::resident_id);
}

TEST_CASE("each of the 17 characters and the check digit counts") {
    const SubjectCode code = test::code_beginning("91310000MA1FL0000");
    for (std::size_t i = 0; i < code.text().size(); ++i) {
        std::string other = code.text();
        other[i] = other[i] == '1' ? '2' : '1';
        CHECK(fault_of(other) == CodeFault::check_digit);
    }
}

// Tests the spellings and limits of document numbers.
#include "ledger/entry/document_number.hpp"

#include <catch2/catch.hpp>
#include <type_traits>

#include "ledger/entry/record.hpp"

using namespace xinlian;
using namespace xinlian::ledger;

namespace {

static_assert(!std::is_constructible_v<DocumentNumber, std::string>);
static_assert(!std::is_default_constructible_v<DocumentNumber>);
template <class Document, class Code>
concept MakesAKey = requires(Document document, Code code) {
    NaturalKey{"", document, code, ""};
};
static_assert(MakesAKey<DocumentNumber, SubjectCode>);
static_assert(!MakesAKey<std::string, SubjectCode>);
static_assert(!MakesAKey<DocumentNumber, std::string>);

const std::string canonical = "沪市监罚〔2026〕1号";

std::string refusal(std::string_view text) {
    const auto number = DocumentNumber::parse(text);
    INFO(text);
    REQUIRE_FALSE(number.ok());
    CHECK(number.error().code == Errc::malformed);
    return number.error().text;
}
bool says(const std::string& text, const std::string& words) {
    INFO(text);
    return text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("every spelling of a document number is the same number") {
    for (const char* text :
         {"沪市监罚〔2026〕1号", "沪市监罚【2026】1号", "沪市监罚[2026]1号", "沪市监罚［2026］1号", "沪市监罚(2026)1号",
          "沪市监罚（2026）1号", "沪市监罚［2026)1号", "沪市监罚〔２０２６〕１号", " 沪市监罚〔2026〕1号 ",
          "　沪市监罚〔2026〕1号　", "沪市监罚〔2026〕1号\r\n", "沪市监罚\n〔2026〕1号", "沪市监罚〔2026〕\\n1号",
          "\xEF\xBB\xBF沪市监罚〔2026〕1号",
          "沪市监罚〔2026〕\xE2\x80\x8B"
          "1号"}) {
        const auto number = DocumentNumber::parse(text);
        INFO(text);
        REQUIRE(number.ok());
        CHECK(number->text() == canonical);
        CHECK(DocumentNumber::parse(number->text()).value() == *number);
    }
}

TEST_CASE("what a number says is kept: other signs, case and blanks inside") {
    for (const char* text : {"沪市监罚﹝2026﹞1号", "ab 1", "AB 1", "第1-2/3号", "〔〕"}) {
        CHECK(DocumentNumber::parse(text).value().text() == text);
    }
}

TEST_CASE("an empty document number is refused") {
    for (const char* text : {"", " ", "　", "\n", "\\n", "\xEF\xBB\xBF"}) CHECK(says(refusal(text), "is empty"));
}

TEST_CASE("a document number is at most 128 characters long") {
    std::string longest;
    for (std::size_t i = 0; i < document_chars_max; ++i) longest += "号";
    CHECK(DocumentNumber::parse(" " + longest + "\n").ok());
    CHECK(says(refusal(longest + "1"), "has 129 characters; at most 128"));
}

TEST_CASE("a document number with damaged text is refused") {
    CHECK(says(refusal("沪\xFF"), "is not UTF-8 at byte 3"));
    CHECK(says(refusal("沪\xEF\xBF\xBD"
                       "1号"),
               "replacement character"));
    CHECK(says(refusal("沪\x01"
                       "1号"),
               "control character"));
}

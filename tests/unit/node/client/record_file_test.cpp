// Record files: read back as they are printed, and refused with the reason if they are not what an import made.
#include "node/client/record_file.hpp"

#include <catch2/catch.hpp>

#include "crypto/files.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/records.hpp"
#include "tests/unit/node/scratch_folder.hpp"

using namespace xinlian;
using namespace xinlian::node;
using ledger::Category;
using test::must;
using test::record_of;

namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

std::string penalty() {
    return print_record_file({record_of(Category::penalty, {{"CF_WSH", "沪〔2026〕\"1\"号"}, {"CF_SY", "一\n二"}}),
                              test::named(Suite::ed25519_sha256, "salt", 1)});
}

void refused(const std::string& text, Errc code, const std::string& because) {
    const auto read = parse_record_file(text);
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().code == code);
    CHECK_THAT(read.error().text, Catch::Contains(because));
}

// What is said of a record with this value in one field.
Result<RecordFile> read_with(Category category, std::string_view field, const char* value) {
    return parse_record_file(print_record_file({record_of(category, {{std::string(field), value}}), Hash{}}));
}

}  // namespace

TEST_CASE("a record file comes back as it was written, and damaged ones are refused") {
    const std::string text = penalty();
    CHECK(text.find("\"form\":1,") != std::string::npos);
    const RecordFile read = must(parse_record_file(text));
    CHECK(read.record == record_of(Category::penalty, {{"CF_WSH", "沪〔2026〕\"1\"号"}, {"CF_SY", "一\n二"}}));
    CHECK(read.salt == test::named(Suite::ed25519_sha256, "salt", 1));
    CHECK(parse_record_file("{").error().code == Errc::malformed);
    CHECK(parse_record_file("[]").error().code == Errc::malformed);
    CHECK(parse_record_file(R"({"format":"xinlian-record/2"})").error().code == Errc::unsupported);
    CHECK(parse_record_file(replaced(text, "null", "\"\"")).error().code == Errc::invalid);
    CHECK(parse_record_file(std::string(record_file_bytes_max + 1, ' ')).error().code == Errc::too_large);
}

TEST_CASE("a record file of an unknown form is refused, and file, form and remedy are named") {
    const std::string newer = replaced(penalty(), "\"form\":1", "\"form\":2");
    refused(newer, Errc::unsupported,
            "form 2 of category penalty is unknown; this program knows form 1; use a version");
    refused(replaced(penalty(), "\"form\":1", "\"form\":65535"), Errc::unsupported, "form 65535");
    const ScratchFolder folder;
    const std::string path = folder.path("row.json");
    REQUIRE(write_file(path, as_bytes(newer), 0644, Existing::refuse).ok());
    const auto read = load_record_file(path);
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().code == Errc::unsupported);
    CHECK_THAT(read.error().text, Catch::StartsWith(path + ": "));
}

TEST_CASE("the form of a record file is a number from 1 to 65535") {
    for (const char* form : {"\"form\":0", "\"form\":65536", "\"form\":-1", "\"form\":1.5", "\"form\":\"1\"",
                             "\"form\":null", "\"from\":1"}) {
        INFO(form);
        refused(replaced(penalty(), "\"form\":1", form), Errc::malformed, "a number from 1 to 65535");
    }
}

TEST_CASE("a record file has all fields of its form in any order, and no others") {
    const std::string text = penalty();
    refused(replaced(text, "\"BZ\":null,", ""), Errc::malformed, "field BZ is missing");
    refused(replaced(text, "\"BZ\":null,", "\"BZ\":null,\"CF_AJLY\":null,"), Errc::malformed,
            "there are 31 fields; the form has 30");
    refused(replaced(text, "\"BZ\":null,", "\"XK_NR\":null,"), Errc::malformed, "field BZ is missing");
    refused(replaced(text, "\"BZ\":null,", "\"BZ\":1,"), Errc::malformed, "field BZ must be a string or null");
    refused(replaced(text, "penalty", "licence"), Errc::malformed, "field XK_FRDB is missing");
    const std::string swapped = replaced(replaced(text, "\"BZ\":null,\n", ""), "}}", ",\"BZ\":null}}");
    CHECK(must(parse_record_file(swapped)).record == must(parse_record_file(text)).record);
}

TEST_CASE("a record file holds the subject's code in its canonical form, and nothing in it is corrected") {
    for (const Category category : {Category::penalty, Category::licence}) {
        const std::string field(subject_code_field(category));
        const auto read = [&](const char* code) { return read_with(category, field, code); };
        CHECK(read("91310118H7FJGJTW0D").value().record.find(field)->value() == "91310118H7FJGJTW0D");
        CHECK(read("91350211M00013FA1N").ok());  // an import takes a wrong check digit
        for (const char* code : {"91310118H7FJGJTW0D ", "91310118h7fjgjtw0d", "９１３１０１１８Ｈ７ＦＪＧＪＴＷ０Ｄ"}) {
            const auto refused = read(code);
            INFO(code);
            REQUIRE_FALSE(refused.ok());
            CHECK(refused.error().code == Errc::malformed);
            CHECK(refused.error().text.find(field + ": the code is not in its canonical form") != std::string::npos);
        }
        const auto refused = read("91310118H7FJGJTW0");
        REQUIRE_FALSE(refused.ok());
        CHECK(refused.error().code == Errc::malformed);
        CHECK(refused.error().text.find("it has 17 characters") != std::string::npos);
    }
}

TEST_CASE("a record file holds document numbers in their canonical form, and nothing in it is corrected") {
    for (const auto& [category, field] : std::vector<std::pair<Category, std::string>>{
             {Category::penalty, "CF_WSH"}, {Category::licence, "XK_WSH"}, {Category::licence, "XK_XKBH"}}) {
        CHECK(read_with(category, field, "沪市监罚〔2026〕1号").ok());
        for (const char* number :
             {"沪市监罚[2026]1号", "沪市监罚〔２０２６〕1号", "沪市监罚〔2026〕1号 ", "沪市监罚\n〔2026〕1号"}) {
            const auto refused = read_with(category, field, number);
            INFO(number);
            REQUIRE_FALSE(refused.ok());
            CHECK(refused.error().code == Errc::malformed);
            CHECK_THAT(refused.error().text,
                       Catch::Contains("field " + field +
                                       ": the document number is not in its canonical form, 沪市监罚〔2026〕1号"));
        }
        const auto refused = read_with(category, field, " ");
        REQUIRE_FALSE(refused.ok());
        CHECK_THAT(refused.error().text, Catch::Contains("field " + field + ": the document number is empty"));
    }
}

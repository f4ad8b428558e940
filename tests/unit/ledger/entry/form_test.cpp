// The fields of each form, and what a new form changes.
#include "ledger/entry/form.hpp"

#include <set>

#include "tests/support/records.hpp"
#include "tests/unit/ledger/federation.hpp"

using namespace xinlian;
using namespace xinlian::ledger;

namespace {

constexpr Suite sha = Suite::ed25519_sha256;

std::vector<std::string_view> list(FieldCodes codes) { return {codes.begin(), codes.end()}; }

Record penalty() {
    return test::record_of(Category::penalty, {{"CF_NR_FK", "20000"}, {"CF_WSH", "沪市监罚〔2026〕17号"}});
}
Record licence() {
    return test::record_of(Category::licence, {{"XK_WSH", "沪食许〔2026〕17号"}, {"XK_YXQZI", "9999-12-31"}});
}

// Computed with tests/vectors/verify.py's functions: chains hold such digests.
constexpr const char* penalty_digest = "75869be68480f595ddb797ae0c5a6fde943f95a50edb4a110f113d6cbb0bfb64";
constexpr const char* licence_digest = "0c47e26cd7101629f4df7a5e64ead04a469b4d2059ced4cf2314b987b9c26009";

}  // namespace

TEST_CASE("the categories of records have forms, and no other category has one") {
    CHECK(codes_of(Category::penalty, 1).value().size() == 30);
    CHECK(codes_of(Category::licence, 1).value().size() == 28);
    for (const std::uint16_t form : {std::uint16_t{0}, std::uint16_t{2}, std::uint16_t{0x101}}) {
        const auto codes = codes_of(Category::licence, form);
        REQUIRE(!codes.ok());
        CHECK(codes.error().code == Errc::unsupported);
        CHECK(codes.error().text == "form " + std::to_string(form) +
                                        " of category licence is unknown; this program knows form 1; use a version of "
                                        "the program that knows it");
    }
    CHECK(!codes_of(Category::any, 1).ok());
}

TEST_CASE("the codes of a form are distinct, and the fields with a meaning are among them") {
    for (const RecordForm& form : record_forms()) {
        const std::set<std::string_view> codes(form.codes.begin(), form.codes.end());
        CHECK(codes.size() == form.codes.size());
        CHECK(codes.count(subject_code_field(form.category)) == 1);
        CHECK(!document_number_fields(form.category).empty());
        for (const std::string_view number : document_number_fields(form.category)) CHECK(codes.count(number) == 1);
    }
    CHECK(subject_code_field(Category::any).empty());
    CHECK(document_number_fields(Category::any).empty());
}

TEST_CASE("the digests of form 1 are the same for ever") {
    CHECK(record_digest(sha, penalty(), Hash{}).hex() == penalty_digest);
    CHECK(record_digest(sha, licence(), Hash{}).hex() == licence_digest);
}

TEST_CASE("one more column is a new form, and the digests of the form before stay") {
    const FieldCodes first = *codes_of(Category::penalty, 1);
    std::vector<std::string_view> appended = list(first);
    appended.push_back("CF_AJLY");
    std::vector<RecordForm> forms(record_forms().begin(), record_forms().end());
    forms.push_back({Category::penalty, 2, appended});
    CHECK(list(codes_of(Category::penalty, 1, forms).value()) == list(first));
    CHECK(list(codes_of(Category::penalty, 2, forms).value()) == appended);
    CHECK_THAT(codes_of(Category::penalty, 3, forms).error().text, Catch::Contains("knows forms 1 to 2;"));
    CHECK_THAT(codes_of(Category::licence, 2, forms).error().text, Catch::Contains("knows form 1;"));

    Record anew = penalty();
    anew.form = 2;
    anew.fields.push_back({"CF_AJLY", std::nullopt});
    CHECK(record_digest(sha, anew, Hash{}).hex() != penalty_digest);
    CHECK(check(anew).error().code == Errc::unsupported);  // until the program knows the form
    Record old = anew;
    old.form = 1;
    old.fields.pop_back();
    CHECK(check(old).ok());
    CHECK(record_digest(sha, old, Hash{}).hex() == penalty_digest);
}

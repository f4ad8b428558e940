// Tests terms of the law, on both sides of the days on which they changed.
#include "ledger/rules/terms.hpp"

#include "tests/unit/ledger/state/acts_fixture.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::rules_test;

namespace {

constexpr std::uint16_t not_stated = 0, minor_grade = 1, general = 2, serious = 3;

// Shortest and longest term in months.
std::pair<unsigned, unsigned> term(Date applied, unsigned grade) {
    const RepairTerm of = shipped_terms().repair_term(applied, static_cast<std::uint16_t>(grade));
    return {of.months_min, of.months_max};
}
using Term = std::pair<unsigned, unsigned>;

}  // namespace

TEST_CASE("until 2023-04-30 the term of repair goes by the rules of 2019") {
    for (const Date day : {Date{20190701}, Date{20230430}}) {
        for (const unsigned grade : {not_stated, minor_grade, general}) CHECK(term(day, grade) == Term(3, 12));
        CHECK(term(day, serious) == Term(6, 36));
        CHECK(term(day, serious | grade_special) == Term(6, 36));
        CHECK(term(day, general | grade_special) == Term(3, 12));
        CHECK_THAT(std::string(shipped_terms().repair_regime(day).source), Catch::Contains("527"));
    }
}

TEST_CASE("from 2023-05-01 to 2026-03-31 the term of repair goes by order 58") {
    for (const Date day : {Date{20230501}, Date{20260331}}) {
        for (const unsigned grade : {not_stated, minor_grade, general, serious}) {
            CHECK(term(day, grade) == Term(3, 36));
            CHECK(term(day, grade | grade_special) == Term(12, 36));
        }
        CHECK_THAT(std::string(shipped_terms().repair_regime(day).source), Catch::Contains("58"));
    }
}

TEST_CASE("from 2026-04-01 the term of repair goes by order 36") {
    for (const Date day : {Date{20260401}, Date{20991231}}) {
        for (const unsigned special : {0U, unsigned{grade_special}}) {
            CHECK(term(day, not_stated | special) == Term(3, 12));
            CHECK(term(day, minor_grade | special) == Term(0, 3));
            CHECK(term(day, general | special) == Term(3, 12));
            CHECK(term(day, serious | special) == Term(12, 36));
        }
        CHECK_THAT(std::string(shipped_terms().repair_regime(day).source), Catch::Contains("36"));
    }
}

TEST_CASE("a dispute is due by the region of the issuer, its districts included") {
    for (const std::string_view shanghai : {"310000", "310115", "310000-4"}) {
        CHECK(shipped_terms().dispute_term(shanghai).days == 5);
        CHECK(shipped_terms().dispute_term(shanghai).working);
        CHECK(shipped_terms().dispute_term(shanghai).certainty == Certainty::statute);
        CHECK(shipped_terms().dispute_due(shanghai, 20261124) == 20261201);
        CHECK(shipped_terms().dispute_due(shanghai, 20260213) == 20260227);  // across 春节, with a worked Saturday
    }
    CHECK(shipped_terms().dispute_term("330000").days == 20);
    CHECK(shipped_terms().dispute_term("330000").working);
    CHECK(shipped_terms().dispute_term("330000").certainty == Certainty::statute);
    CHECK(shipped_terms().dispute_due("330000", 20261124) == 20261222);
}

TEST_CASE("a region whose term is not known has the national one, and says so") {
    for (const std::string_view issuer : {"320000", "340000", "110000", "3", ""}) {
        CHECK(shipped_terms().dispute_term(issuer).days == 20);
        CHECK_FALSE(shipped_terms().dispute_term(issuer).working);
        CHECK(shipped_terms().dispute_term(issuer).certainty == Certainty::unknown);
        CHECK(shipped_terms().dispute_due(issuer, 20261220) == 20270109);
    }
    CHECK(shipped_terms().dispute_due("320000", 21991231) == date_forever);
}

TEST_CASE("a decision is reported within seven working days, and its withdrawal within three days") {
    CHECK(shipped_terms().report_due(20261109) == 20261118);
    CHECK(shipped_terms().report_due(20260211) == 20260227);  // across 春节
    CHECK(shipped_terms().withdrawal_due(20261109) == 20261112);
    CHECK(shipped_terms().withdrawal_due(20261230) == 20270102);
}

TEST_CASE("only Zhejiang's dated penalties have a last day on which they may be queried") {
    Entry entry = create("r");
    entry.decided = 20210301;
    CHECK(shipped_terms().last_query_day("330000", entry) == Date{20260301});
    CHECK(shipped_terms().last_query_day("330100-b", entry) == Date{20260301});
    for (const std::string_view issuer : {"310000", "320000", "340000"})
        CHECK_FALSE(shipped_terms().last_query_day(issuer, entry));
    entry.decided = 20240229;
    CHECK(shipped_terms().last_query_day("330000", entry) == Date{20290228});
    Entry licence = entry, undated = entry;
    licence.category = Category::licence;
    undated.decided = date_none;
    CHECK_FALSE(shipped_terms().last_query_day("330000", licence));
    CHECK_FALSE(shipped_terms().last_query_day("330000", undated));
}

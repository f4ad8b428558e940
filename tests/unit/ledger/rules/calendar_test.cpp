// Tests working days and periods against the standard library's calendar and the State Council's arrangements.
#include "ledger/rules/calendar.hpp"

#include <set>

#include "tests/unit/ledger/state/acts_fixture.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::rules_test;

namespace {
const Calendar& calendar = Calendar::shipped();
}  // namespace

TEST_CASE("the holidays and worked weekends of 2019 to 2026 are those that were announced") {
    // From the announcements: first and last day off of each holiday.
    const std::pair<Date, Date> off[] = {
        {20190101, 20190101}, {20190204, 20190210}, {20190405, 20190407}, {20190501, 20190504}, {20190607, 20190609},
        {20190913, 20190915}, {20191001, 20191007}, {20200101, 20200101}, {20200124, 20200202}, {20200404, 20200406},
        {20200501, 20200505}, {20200625, 20200627}, {20201001, 20201008}, {20210101, 20210103}, {20210211, 20210217},
        {20210403, 20210405}, {20210501, 20210505}, {20210612, 20210614}, {20210919, 20210921}, {20211001, 20211007},
        {20220101, 20220103}, {20220131, 20220206}, {20220403, 20220405}, {20220430, 20220504}, {20220603, 20220605},
        {20220910, 20220912}, {20221001, 20221007}, {20230101, 20230102}, {20230121, 20230127}, {20230405, 20230405},
        {20230429, 20230503}, {20230622, 20230624}, {20230929, 20231006}, {20240101, 20240101}, {20240210, 20240217},
        {20240404, 20240406}, {20240501, 20240505}, {20240608, 20240610}, {20240915, 20240917}, {20241001, 20241007},
        {20250101, 20250101}, {20250128, 20250204}, {20250404, 20250406}, {20250501, 20250505}, {20250531, 20250602},
        {20251001, 20251008}, {20260101, 20260103}, {20260215, 20260223}, {20260404, 20260406}, {20260501, 20260505},
        {20260619, 20260621}, {20260925, 20260927}, {20261001, 20261007}};
    const std::set<Date> worked{
        20190202, 20190203, 20190428, 20190505, 20190929, 20191012, 20200119, 20200426, 20200509, 20200628, 20200927,
        20201010, 20210207, 20210220, 20210425, 20210508, 20210918, 20210926, 20211009, 20220129, 20220130, 20220402,
        20220424, 20220507, 20221008, 20221009, 20230128, 20230129, 20230423, 20230506, 20230625, 20231007, 20231008,
        20240204, 20240218, 20240407, 20240428, 20240511, 20240914, 20240929, 20241012, 20250126, 20250208, 20250427,
        20250928, 20251011, 20260104, 20260214, 20260228, 20260509, 20260920, 20261010};
    std::set<Date> holidays;
    for (const auto& [first, last] : off) {
        for (Date day = first; day <= last; day = day_after(day)) holidays.insert(day);
    }
    int days = 0;
    for (Date day = 20190101; day <= 20261231; day = day_after(day)) {
        const std::chrono::weekday of(sys_day(day));
        const bool weekend = of == std::chrono::Saturday || of == std::chrono::Sunday;
        const bool working = worked.contains(day) || (!weekend && !holidays.contains(day));
        if (calendar.is_working(day) != working) FAIL(day);
        CHECK(calendar.is_known_year(day));
        ++days;
    }
    CHECK(days == 8 * 365 + 2);
}

TEST_CASE("in years without an arrangement, working days are Monday to Friday") {
    CHECK_FALSE(calendar.is_known_year(20181231));
    CHECK_FALSE(calendar.is_known_year(20270101));
    CHECK(calendar.is_working(20181001));        // a Monday, though a holiday
    CHECK(calendar.is_working(20270101));        // a Friday
    CHECK_FALSE(calendar.is_working(20270102));  // Saturday
    CHECK_FALSE(calendar.is_working(20270103));  // Sunday
    CHECK(calendar.is_working(20270104));
    CHECK_FALSE(calendar.is_working(19000107));  // before 1970: a Sunday
    CHECK(calendar.is_working(19000108));
    CHECK(calendar.plus_working_days(20270101, 1) == 20270104);
}

TEST_CASE("a term in working days is counted from the day after, across holidays and worked weekends") {
    CHECK(calendar.plus_working_days(20261124, 0) == 20261124);
    CHECK(calendar.plus_working_days(20261124, 5) == 20261201);
    CHECK(calendar.plus_working_days(20261121, 1) == 20261123);  // from a Saturday
    // 春节 2026: 12, 13 and Saturday 14 February are worked, then no day until the 24th.
    CHECK(calendar.plus_working_days(20260211, 3) == 20260214);
    CHECK(calendar.plus_working_days(20260211, 4) == 20260224);
    CHECK(calendar.plus_working_days(20260214, 1) == 20260224);
    CHECK(calendar.plus_working_days(20260224, 4) == 20260228);  // a Saturday that is worked
    CHECK(calendar.plus_working_days(20260211, 7) == 20260227);
    // 国庆 2025, with a worked Sunday before and a worked Saturday after.
    CHECK(calendar.plus_working_days(20250926, 4) == 20251009);
    CHECK(calendar.plus_working_days(20250926, 6) == 20251011);
    // From a year with an arrangement into one without.
    CHECK(calendar.plus_working_days(20261231, 1) == 20270101);
    CHECK(calendar.plus_working_days(21991231, 1) == date_forever);
    CHECK(calendar.plus_working_days(21991220, 1'000'000) == date_forever);
}

TEST_CASE("a period is days, a month or a quarter, with its first and last day") {
    const auto is = [](const Result<Period>& period, Date from, Date to) {
        REQUIRE(period.ok());
        CHECK(*period == Period{from, to});
    };
    is(period_of_days("2026-10-01", "2026-12-31"), 20261001, 20261231);
    is(period_of_days("", "2026-12-31"), Period{}.from, 20261231);
    is(period_of_days("2026-10-01", ""), 20261001, date_forever);
    is(period_of_days("2026-10-01", "2026-10-01"), 20261001, 20261001);
    is(period_of_month("2026-02"), 20260201, 20260228);
    is(period_of_month("2028-02"), 20280201, 20280229);
    is(period_of_quarter("2026Q1"), 20260101, 20260331);
    is(period_of_quarter("2026Q4"), 20261001, 20261231);
    is(period_of_quarter("2199Q4"), 21991001, 21991231);
    CHECK(period_of_days("2026-10-02", "2026-10-01").error().code == Errc::invalid);
    for (const char* text : {"", "2026", "2026Q0", "2026Q5", "2026q1", "2026Q11", "20a6Q1", "9999Q4"})
        CHECK(period_of_quarter(text).error().code == Errc::malformed);
    for (const char* text : {"", "2026-13", "2026-1", "2026-11-01", "2026-00"})
        CHECK(period_of_month(text).error().code == Errc::malformed);
    CHECK(period_of_days("2026-1-1", "").error().code == Errc::malformed);
}

TEST_CASE("a period has its first and last day, and none beside") {
    const Period period{20261001, 20261231};
    CHECK_FALSE(period.has(20260930));
    CHECK(period.has(20261001));
    CHECK(period.has(20261231));
    CHECK_FALSE(period.has(20270101));
}

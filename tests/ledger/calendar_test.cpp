// Days and working days, against the standard library's calendar and the State Council's arrangements.
#include "ledger/calendar.hpp"

#include <set>

#include "tests/ledger/acts_scene.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::rules_test;

TEST_CASE("a day begins at midnight in Beijing") {
    const Time noon = noon_of(20261125);
    const std::uint64_t half = 12 * 3'600'000;
    CHECK(date_of(noon) == 20261125);
    CHECK(date_of({noon.ms - half}) == 20261125);
    CHECK(date_of({noon.ms - half - 1}) == 20261124);
    CHECK(date_of({noon.ms + half - 1}) == 20261125);
    CHECK(date_of({noon.ms + half}) == 20261126);
    CHECK(date_of({0}) == 19700101);
    CHECK(date_of({16 * 3'600'000}) == 19700102);
    CHECK(date_of(noon_of(20240229)) == 20240229);
}

TEST_CASE("a time beyond 2199 is no day, however late it is") {
    CHECK(date_of(noon_of(21991231)) == 21991231);
    CHECK(date_of({noon_of(21991231).ms + 12 * 3'600'000}) == date_forever);
    CHECK(date_of({UINT64_MAX}) == date_forever);
    CHECK(date_of({UINT64_MAX - 8 * 3'600'000}) == date_forever);
}

TEST_CASE("every day from 1900 to 2199 is followed by the next") {
    Date day = 19000101;
    for (; day != 21991231; day = plus_days(day, 1)) {
        if (plus_days(day, 1) != day_after(day)) FAIL(day);
        if (day >= 19700101 && date_of(noon_of(day)) != day) FAIL(day);
    }
    CHECK(plus_days(day, 1) == date_forever);
    CHECK(plus_days(day, 0) == day);
    CHECK(plus_days(19000101, 109'571) == 21991230);
    CHECK(plus_days(20240228, 1) == 20240229);
    CHECK(plus_days(20230228, 1) == 20230301);
}

TEST_CASE("months are added by the calendar, and end with a shorter month") {
    CHECK(plus_months(20261109, 3) == 20270209);
    CHECK(plus_months(20261109, 0) == 20261109);
    CHECK(plus_months(20261130, 3) == 20270228);
    CHECK(plus_months(20231130, 3) == 20240229);
    CHECK(plus_months(20260131, 1) == 20260228);
    CHECK(plus_months(20260531, 1) == 20260630);
    CHECK(plus_months(20260131, 12) == 20270131);
    CHECK(plus_months(20261231, 1) == 20270131);
    CHECK(plus_months(20261201, 12) == 20271201);
    CHECK(plus_months(21991231, 0) == 21991231);
    CHECK(plus_months(21991201, 1) == date_forever);
    CHECK(plus_months(20260101, UINT32_MAX) == date_forever);
    CHECK(plus_years(20240229, 1) == 20250228);
    CHECK(plus_years(20240229, 4) == 20280229);
    CHECK(plus_years(20240229, 5) == 20290228);
    CHECK(plus_years(20960229, 4) == 21000228);
    CHECK(plus_years(21950101, 5) == date_forever);
}

TEST_CASE("the holidays and worked weekends of 2025 and 2026 are those that were announced") {
    // From the announcements: first and last day off of each holiday.
    const std::pair<Date, Date> off[] = {
        {20250101, 20250101}, {20250128, 20250204}, {20250404, 20250406}, {20250501, 20250505}, {20250531, 20250602},
        {20251001, 20251008}, {20260101, 20260103}, {20260215, 20260223}, {20260404, 20260406}, {20260501, 20260505},
        {20260619, 20260621}, {20260925, 20260927}, {20261001, 20261007}};
    const std::set<Date> worked{20250126, 20250208, 20250427, 20250928, 20251011, 20260104,
                                20260214, 20260228, 20260509, 20260920, 20261010};
    std::set<Date> holidays;
    for (const auto& [first, last] : off) {
        for (Date day = first; day <= last; day = day_after(day)) holidays.insert(day);
    }
    int days = 0;
    for (Date day = 20250101; day <= 20261231; day = day_after(day)) {
        const std::chrono::weekday of(sys_day(day));
        const bool weekend = of == std::chrono::Saturday || of == std::chrono::Sunday;
        const bool working = worked.contains(day) || (!weekend && !holidays.contains(day));
        if (is_working(day) != working) FAIL(day);
        CHECK(is_known_year(day));
        ++days;
    }
    CHECK(days == 730);
}

TEST_CASE("in years without an arrangement, working days are Monday to Friday") {
    CHECK_FALSE(is_known_year(20241231));
    CHECK_FALSE(is_known_year(20270101));
    CHECK(is_working(20241001));        // a Tuesday, though a holiday
    CHECK(is_working(20270101));        // a Friday
    CHECK_FALSE(is_working(20270102));  // Saturday
    CHECK_FALSE(is_working(20270103));  // Sunday
    CHECK(is_working(20270104));
    CHECK_FALSE(is_working(19000107));  // before 1970: a Sunday
    CHECK(is_working(19000108));
    CHECK(plus_working_days(20270101, 1) == 20270104);
}

TEST_CASE("a term in working days is counted from the day after, across holidays and worked weekends") {
    CHECK(plus_working_days(20261124, 0) == 20261124);
    CHECK(plus_working_days(20261124, 5) == 20261201);
    CHECK(plus_working_days(20261121, 1) == 20261123);  // from a Saturday
    // 春节 2026: 12, 13 and Saturday 14 February are worked, then nothing until the 24th.
    CHECK(plus_working_days(20260211, 3) == 20260214);
    CHECK(plus_working_days(20260211, 4) == 20260224);
    CHECK(plus_working_days(20260214, 1) == 20260224);
    CHECK(plus_working_days(20260224, 4) == 20260228);  // a Saturday that is worked
    CHECK(plus_working_days(20260211, 7) == 20260227);
    // 国庆 2025, with a worked Sunday before and a worked Saturday after.
    CHECK(plus_working_days(20250926, 4) == 20251009);
    CHECK(plus_working_days(20250926, 6) == 20251011);
    // From a year with an arrangement into one without.
    CHECK(plus_working_days(20261231, 1) == 20270101);
    CHECK(plus_working_days(21991231, 1) == date_forever);
    CHECK(plus_working_days(21991220, 1'000'000) == date_forever);
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
    CHECK(days_between(20261231, 20270102) == 2);
    CHECK(days_between(20270102, 20261231) == 0);
}

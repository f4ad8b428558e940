// Tests days and times of day against a calendar that is counted here day by day.
#include "ledger/entry/date.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

using namespace xinlian;
using namespace xinlian::ledger;

namespace {

constexpr std::uint64_t day_ms = 86'400'000;

bool is_leap(Date year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

Date length_of(Date year, Date month) {
    if (month == 2) return is_leap(year) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// Every day from 1900 to 2199, oldest first.
std::vector<Date> all_days() {
    std::vector<Date> days;
    for (Date year = 1900; year <= 2199; ++year) {
        for (Date month = 1; month <= 12; ++month) {
            for (Date day = 1; day <= length_of(year, month); ++day) days.push_back(year * 10'000 + month * 100 + day);
        }
    }
    return days;
}

std::string two(Date number) { return (number < 10 ? "0" : "") + std::to_string(number); }

}  // namespace

TEST_CASE("dates are days of the calendar, or one of two words") {
    for (const Date date : {0U, 99991231U, 19000101U, 21991231U, 20240229U, 20000229U, 20261109U}) {
        INFO(date);
        CHECK(is_valid(date));
    }
    for (const Date date : {1U, 18991231U, 22000101U, 20230229U, 19000229U, 21000229U, 20260431U, 20261301U, 20260001U,
                            20260100U, 20260132U, 99991230U, 99991232U, UINT32_MAX}) {
        INFO(date);
        CHECK(!is_valid(date));
    }
}

TEST_CASE("dates are printed and read in one form") {
    CHECK(date_text(20261109) == "2026-11-09");
    CHECK(date_text(date_none).empty());
    CHECK(date_text(date_forever) == "9999-12-31");
    for (const Date date : {19000101U, 20240229U, 21991231U, date_forever})
        CHECK(*date_from_iso(date_text(date)) == date);
    for (const std::string text :
         {"", "2026-11-9", "2026/11/09", "20261109", "2026-11-09 ", " 2026-11-09", "2026-13-01", "2026-02-29",
          "0000-00-00", "+026-11-09", "2026-11-0a", "2026-11-09T00:00:00Z"}) {
        const auto date = date_from_iso(text);
        INFO(text);
        REQUIRE(!date.ok());
        CHECK_THAT(date.error().text, Catch::Contains("write YYYY-MM-DD"));
    }
    CHECK(date_from_iso(std::string(100'000, '1')).error().text.size() < 200);
}

TEST_CASE("a day begins at midnight in Beijing") {
    const Time noon = Time{1'795'579'200'000};
    const std::uint64_t half = 12 * 3'600'000;
    CHECK(date_of(noon) == 20261125);
    CHECK(date_of({noon.ms - half}) == 20261125);
    CHECK(date_of({noon.ms - half - 1}) == 20261124);
    CHECK(date_of({noon.ms + half - 1}) == 20261125);
    CHECK(date_of({noon.ms + half}) == 20261126);
    CHECK(date_of({0}) == 19700101);
    CHECK(date_of({16 * 3'600'000}) == 19700102);
    CHECK(date_of({1'709'179'200'000}) == 20240229);
}

TEST_CASE("a time beyond 2199 is no day, however late it is") {
    const Time last_noon{7'258'046'400'000};
    CHECK(date_of(last_noon) == 21991231);
    CHECK(date_of({last_noon.ms + 12 * 3'600'000 - 1}) == 21991231);
    CHECK(date_of({last_noon.ms + 12 * 3'600'000}) == date_forever);
    CHECK(date_of({UINT64_MAX}) == date_forever);
    CHECK(date_of({UINT64_MAX - 8 * 3'600'000}) == date_forever);
}

TEST_CASE("every day from 1900 to 2199 is a day, is read as it is printed, and is followed by the next") {
    const std::vector<Date> days = all_days();
    REQUIRE(days.size() == 109'573);
    for (std::size_t i = 0; i < days.size(); ++i) {
        const Date day = days[i], next = i + 1 < days.size() ? days[i + 1] : date_forever;
        const std::string text = std::to_string(day / 10'000) + "-" + two(day / 100 % 100) + "-" + two(day % 100);
        if (!is_valid(day) || date_text(day) != text || date_from_iso(text).value() != day) FAIL(day);
        if (plus_days(day, 0) != day || plus_days(day, 1) != next) FAIL(day);
        if (plus_days(date_first, static_cast<unsigned>(i)) != day || days_between(date_first, day) != i) FAIL(day);
        if (is_weekend(day) != (i % 7 >= 5)) FAIL(day);  // 1900-01-01 was a Monday
    }
    CHECK(plus_days(date_first, 109'573) == date_forever);
    CHECK(plus_days(date_first, UINT32_MAX) == date_forever);
    CHECK(plus_days(20240228, 1) == 20240229);
    CHECK(plus_days(20230228, 1) == 20230301);
}

TEST_CASE("no other number up to the last day of 2199 is a day") {
    std::size_t valid = 0;
    for (Date date = 1; date <= 22'000'000; ++date) valid += is_valid(date) ? 1 : 0;
    CHECK(valid == all_days().size());
}

TEST_CASE("every day from 1970 to 2199 has its times, in Beijing and in UTC") {
    std::uint64_t midnight = 0;  // in UTC
    for (const Date day : all_days()) {
        if (day < 19700101) continue;
        const std::string text = date_text(day);
        const std::uint64_t beijing = midnight - std::min<std::uint64_t>(midnight, 8 * 3'600'000);
        if (date_of({beijing}) != day || date_of({midnight + 16 * 3'600'000 - 1}) != day) FAIL(day);
        if (utc_text({midnight}) != text + "T00:00:00Z") FAIL(day);
        if (utc_text({midnight + day_ms - 1}) != text + "T23:59:59.999Z") FAIL(day);
        if (utc_from_text(text + "T00:00:00Z").value().ms != midnight) FAIL(day);
        if (utc_from_text(text + "T23:59:59.999Z").value().ms != midnight + day_ms - 1) FAIL(day);
        midnight += day_ms;
    }
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

TEST_CASE("months added to any day keep the day, or end with a shorter month") {
    for (const Date day : all_days()) {
        const Date year = day / 10'000, month = day / 100 % 100;
        for (const Date months : {0U, 1U, 2U, 11U, 12U, 36U}) {
            const Date sum = month - 1 + months, in = year + sum / 12, of = sum % 12 + 1;
            const Date due = in * 10'000 + of * 100 + std::min(day % 100, length_of(in, of));
            if (plus_months(day, months) != (in > 2199 ? date_forever : due)) FAIL(day << " and " << months);
        }
        if (last_of_month(day) != day - day % 100 + length_of(year, month)) FAIL(day);
    }
}

TEST_CASE("days between two days are counted forwards only") {
    CHECK(days_between(20261231, 20270102) == 2);
    CHECK(days_between(20270102, 20270102) == 0);
    CHECK(days_between(20270102, 20261231) == 0);
    CHECK(days_between(date_first, date_last) == 109'572);
}

TEST_CASE("a time has milliseconds only if it needs them") {
    CHECK(utc_text({0}) == "1970-01-01T00:00:00Z");
    CHECK(utc_text({1}) == "1970-01-01T00:00:00.001Z");
    CHECK(utc_text({1'795'478'400'123}) == "2026-11-24T00:00:00.123Z");
    CHECK(utc_text({951'868'799'999}) == "2000-02-29T23:59:59.999Z");
    CHECK(utc_text({253'402'300'799'999}) == "9999-12-31T23:59:59.999Z");
    CHECK(utc_text({253'402'300'800'000}) == "9999-12-31T00:00:00Z");
    CHECK(utc_text({UINT64_MAX}).starts_with("9999-12-31T"));
}

TEST_CASE("a time in another form, or outside 1970 to 2199, is refused") {
    for (const std::string text :
         {"", "2026-11-24", "2026-11-24T00:00:00", "2026-11-24T00:00:00+08:00", "2026-02-29T00:00:00Z",
          "2026-11-24T24:00:00Z", "2026-11-24T00:60:00Z", "2026-11-24T00:00:60Z", "2026-11-24T00:00:00.1Z",
          "2026-11-24T00:00:00.000Z", "2026-11-24 00:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T00:00:00Z",
          "2200-01-01T00:00:00Z", "2026-11-24T0x:00:00Z", "2026-11-24T00:00:00.00xZ", "2026-11-24T00-00-00Z"}) {
        const Result<Time> time = utc_from_text(text);
        INFO(text);
        REQUIRE_FALSE(time.ok());
        CHECK(time.error().code == Errc::malformed);
        CHECK_THAT(time.error().text, Catch::Contains("is not a time"));
    }
    CHECK(utc_from_text("2199-12-31T23:59:59.999Z").value().ms == 7'258'118'399'999);
}

// Tests the reports of audits and reviews, in both languages.
#include <boost/json.hpp>

#include "node/audit/review_report.hpp"
#include "node/client/quality_json.hpp"
#include "node/wording/outcome.hpp"
#include "tests/unit/ledger/state/acts_fixture.hpp"

using namespace xinlian;
using namespace xinlian::node;
using namespace xinlian::ledger::rules_test;
namespace json = boost::json;

namespace {

constexpr ledger::Date tuesday = 20261124;

bool has(const std::string& text, std::string_view words) { return text.find(words) != std::string::npos; }

// The audit of a sound chain.
DataAudit sound(const Fixture& fixture) {
    DataAudit audit;
    audit.folder = "copy/<chain>";
    audit.found.chain.height = fixture.height();
    audit.found.chain.last_time = fixture.now;
    return audit;
}

struct Printed {
    std::string text, page;
    json::object json;
};
Printed printed(const Fixture& fixture, const DataAudit& audit, const Report& report,
                Language language = Language::en) {
    Printed out;
    std::string lines;
    const auto into = [](std::string& all) -> LineOut {
        return [&all](std::string_view line) -> Status {
            CHECK(line.find("\n\n") == std::string_view::npos);
            all += std::string(line) + "\n";
            return {};
        };
    };
    REQUIRE(print_text(fixture.genesis, audit, report, language, into(out.text)).ok());
    REQUIRE(print_page(fixture.genesis, audit, report, Time{1'795'478'400'000}, into(out.page)).ok());
    REQUIRE(print_json(fixture.genesis, audit, report, language, into(lines)).ok());
    out.json = json::parse(lines).as_object();
    CHECK(has(out.page, "copy/&lt;chain&gt;"));
    CHECK_FALSE(has(lines, "copy/"));  // an auditor of another copy gets the same
    return out;
}

struct Asked {
    Asked() : review(fixture.genesis, {}) {
        fixture.on(tuesday);
        grant = grant_of(fixture, "g");
        write(bureau, grant);
        write(bank, query_of(fixture, grant, "q"));
    }
    void write(std::string_view issuer, const ledger::Entry& entry) {
        accepted(fixture, issuer, entry);
        review.take(*fixture.tip);
    }
    Fixture fixture;
    ledger::QueryReview review;
    ledger::Entry grant;
};

}  // namespace

TEST_CASE("a report of queries says that each had a live grant, in both languages and for machines") {
    Asked at;
    const DataAudit audit = sound(at.fixture);
    const Report report = queries_report(at.fixture.genesis, at.review);
    const Printed en = printed(at.fixture, audit, report), zh = printed(at.fixture, audit, report, Language::zh);
    CHECK(en.text.starts_with("Every query since genesis (1) had a valid authorization"));
    CHECK(zh.text.starts_with("自创世起共 1 笔查询，逐笔按当时的授权重新判定，每一笔都有有效授权。"));
    CHECK(has(en.text, "no query without a valid authorization"));
    CHECK(has(en.text, "Sound: "));
    CHECK(has(en.page, "<h1>信链查询授权审计报告</h1>"));
    CHECK(has(en.page, "每一笔都有有效授权"));
    CHECK(has(en.page, "账本完好"));
    CHECK(en.json.at("verdict") == "good");
    CHECK(en.json.at("sound") == true);
    CHECK(en.json.at("queries_total") == 1);
    CHECK(en.json.at("answer_pending") == 1);
    CHECK(en.json.at("without_grant").as_array().empty());
    const json::object& query = en.json.at("queries").at(0).as_object();
    CHECK(query.at("query").as_string() == named("q").hex());
    CHECK(query.at("grant").as_string() == at.grant.record.hex());
    CHECK(query.at("requester") == "330000-bank");
    CHECK(query.at("provider") == "310000");
    CHECK(query.at("purpose") == "loan");
    CHECK(query.at("authorization") == "live");
    CHECK(query.at("answered_ms").is_null());
    CHECK(exit_code_of(audit, report) == exit_ok);
}

TEST_CASE("a report of queries names what was overdue, by the last block's time") {
    Asked at;
    at.fixture.on(20261127);
    at.write("310000", create("a record"));
    const Report report = queries_report(at.fixture.genesis, at.review);
    const Printed said = printed(at.fixture, sound(at.fixture), report);
    CHECK(said.json.at("answer_overdue") == 1);
    const json::object& overdue = said.json.at("unanswered").at(0).as_object();
    CHECK(overdue.at("member") == "310000");
    CHECK(overdue.at("due") == "2026-11-25");
    CHECK(overdue.at("days_over") == 2);
    CHECK(has(said.text, "Not answered in time (1)"));
    CHECK(has(said.page, "<h2>逾期未应答</h2>\n<table"));
    CHECK(exit_code_of(sound(at.fixture), report) == exit_ok);  // no act lacks an authorization
}

TEST_CASE("a query without a live grant is named with what is wrong, and is refused") {
    Asked at;
    ledger::Entry query = query_of(at.fixture, at.grant, "smuggled");
    query.code = static_cast<std::uint16_t>(ledger::Purpose::own);
    at.review.take(77, {3, at.fixture.now, std::string(bank), query});
    const Report report = queries_report(at.fixture.genesis, at.review);
    const Printed en = printed(at.fixture, sound(at.fixture), report),
                  zh = printed(at.fixture, sound(at.fixture), report, Language::zh);
    CHECK(en.text.starts_with("1 of the 2 queries since genesis had no valid authorization"));
    CHECK(has(zh.text, "其中 1 笔没有有效授权"));
    CHECK(en.json.at("verdict") == "bad");
    CHECK(en.json.at("without_grant").at(0).at("reason") == "wrong-purpose");
    CHECK(en.json.at("without_grant").at(0).at("index") == 77);
    CHECK(has(en.page, "用途与授权不符"));
    CHECK(has(en.page, "class=\"verdict unsound\">自创世起共 2 笔查询"));
    CHECK(exit_code_of(sound(at.fixture), report) == exit_refused);
}

TEST_CASE("a report from a chain that is not sound says so first, and is refused") {
    Asked at;
    DataAudit audit = sound(at.fixture);
    audit.found.chain.flaw = ledger::Flaw{ledger::FlawKind::file, "block 9 is odd", {}, {}, "<i>"};
    const Report report = queries_report(at.fixture.genesis, at.review);
    const Printed en = printed(at.fixture, audit, report), zh = printed(at.fixture, audit, report, Language::zh);
    CHECK(en.text.starts_with("The chain is not sound; the following counts only the blocks before the error"));
    CHECK(zh.text.starts_with("账本有误，以下只据出错之处以前的区块，不可作为结论："));
    CHECK(en.json.at("sound") == false);
    CHECK(en.json.at("chain").at("flaw") == "block 9 is odd");
    CHECK(has(en.page, "账本有误，以下只据"));
    CHECK_FALSE(has(en.page, "<i>"));
    CHECK(exit_code_of(audit, report) == exit_refused);
}

TEST_CASE("a report of a feed says between which numbers there is no gap, and lists what was late") {
    Fixture fixture;
    ledger::FeedReview review("310000", {});
    fixture.on(20261118);
    accepted(fixture, "310000", create("in time"));
    review.take(*fixture.tip);
    fixture.on(20261119);
    accepted(fixture, "310000", create("late"));
    review.take(*fixture.tip);
    const Report report = feed_report(review);
    const Printed en = printed(fixture, sound(fixture), report),
                  zh = printed(fixture, sound(fixture), report, Language::zh);
    CHECK(en.text.starts_with("Batches 1 to 2 of 310000 since genesis are contiguous; late or rejected: 1."));
    CHECK(zh.text.starts_with("310000 自创世起的批次 1 至 2 连续无缺口；另有 1 项"));
    const json::object& late = en.json.at("late_reports").at(0).as_object();
    CHECK(en.json.at("late_reports").as_array().size() == 1);
    CHECK(late.at("record").as_string() == named("late").hex());
    CHECK(late.at("due") == "2026-11-18");
    CHECK(late.at("done") == "2026-11-19");
    CHECK(late.at("days_over") == 1);
    CHECK(has(en.page, "<h2>迟报</h2>\n<table"));
    CHECK(exit_code_of(sound(fixture), report) == exit_ok);

    fixture.on(20261120);
    accepted(fixture, "310000", create("not seen"));
    accepted(fixture, "310000", create("after it"));
    review.take(*fixture.tip);
    const Report gap = feed_report(review);
    CHECK(gap.sentence.en == "The feed of 310000 is incomplete since genesis; gaps: 1.");
    CHECK(printed(fixture, sound(fixture), gap).json.at("gaps").at(0).at("before") == 2);
    CHECK(exit_code_of(sound(fixture), gap) == exit_refused);
}

TEST_CASE("a table of quality goes to an operator and back, and prints the same") {
    Fixture fixture;
    ledger::Quality quality(fixture.genesis, {20261101, 20261130});
    fixture.on(20261118);
    accepted(fixture, "310000", create("in time"));
    quality.take(*fixture.tip);
    fixture.put({fixture.batch("310000", {create("in time"), create("another")})});
    quality.take(*fixture.tip);
    const auto rows = quality_table(fixture.genesis, quality, "");
    REQUIRE(rows.ok());
    REQUIRE(rows->size() == 6);  // the four provinces, the member that issues and queries, and the total
    CHECK(quality_table(fixture.genesis, quality, "330000-bank").error().code == Errc::not_found);
    json::object answer = quality_json(quality.period(), *rows);
    answer["as_of"] = json::object{{"height", 2}, {"time_ms", fixture.now.ms}};
    const json::object sent = json::parse(json::serialize(answer)).as_object();
    const auto back = parse_quality(sent);
    REQUIRE(back.ok());
    CHECK(back->rows == *rows);
    CHECK(back->height == 2);
    const Report report = quality_report(quality.period(), *rows, 20261118);
    const Printed said = printed(fixture, sound(fixture), report);
    CHECK(said.json.at("issuers").at(0).at("compliance").at("text") == "33.33%");
    CHECK(said.json.at("issuers").at(0).at("compliance").at("whole") == 3);
    CHECK(said.json.at("issuers").at(5).at("issuer") == "all");
    CHECK(said.json.at("period_over") == false);
    CHECK(has(said.text, "The chain ends on 2026-11-18, so the period is not over"));
    CHECK_FALSE(has(quality_report(quality.period(), *rows, 20261201).sentence.en, "not over"));
    CHECK(has(quality_report(quality.period(), *rows, 20261130).sentence.en, "not over"));
}

TEST_CASE("an answer about quality that is none is refused") {
    const std::string row =
        R"("accepted_batches":1,"rejected_batches":0,"reported":2,"submitted":3,"creates":2,"late":1,)"
        R"("repairs":0,"disputes":1,"disputes_in_time":1})";
    const std::string good = R"({"as_of":{"height":1,"time_ms":5},"issuers":[{"issuer":"310000",)" + row + "]}";
    const auto answered = [](std::string text, std::string_view from, std::string_view to) {
        if (const auto at = text.find(from); at != std::string::npos) text.replace(at, from.size(), to);
        return parse_quality(json::parse(text).as_object());
    };
    CHECK(answered(good, "", "").ok());
    for (const auto& [from, to] :
         std::vector<std::pair<std::string, std::string>>{{"\"reported\":2", "\"reported\":4"},
                                                          {"\"late\":1", "\"late\":3"},
                                                          {"\"late\":1", "\"late\":-1"},
                                                          {"\"late\":1", "\"late\":1.5"},
                                                          {"\"late\":1", "\"late\":281474976710656"},
                                                          {"\"late\":1,", ""},
                                                          {"\"issuer\":\"310000\",", ""},
                                                          {"\"issuers\"", "\"others\""},
                                                          {"\"height\"", "\"depth\""},
                                                          {"\"as_of\"", "\"of\""}}) {
        INFO(from << " to " << to);
        CHECK(answered(good, from, to).error().code == Errc::malformed);
    }
}

TEST_CASE("a report of receipts counts verdicts, and what could not be verified is not good") {
    Fixture fixture;
    ledger::ReceiptReview review(fixture.genesis);
    REQUIRE(review.add("<note>.txt", to_bytes("a note")).ok());
    const Report report = receipts_report(review);
    const Printed en = printed(fixture, sound(fixture), report),
                  zh = printed(fixture, sound(fixture), report, Language::zh);
    CHECK(en.json.at("unknown") == 1);
    CHECK(en.json.at("receipts").at(0).at("verdict") == "unreadable");
    CHECK(en.json.at("receipts").at(0).at("kind").is_null());
    CHECK(has(zh.text, "无法判断 1"));
    CHECK(has(en.page, "&lt;note&gt;.txt"));
    CHECK(exit_code_of(sound(fixture), report) == exit_unknown);
    CHECK(exit_code_of(sound(fixture), receipts_report(ledger::ReceiptReview(fixture.genesis))) == exit_ok);
}

TEST_CASE("a report of members names roles and keys, and who never signed") {
    Fixture fixture;
    fixture.on(20261124);
    ledger::MemberReview review(fixture.genesis);
    accepted(fixture, "310000", create("r"));
    review.take(*fixture.tip);
    const Printed en = printed(fixture, sound(fixture), members_report(review)),
                  zh = printed(fixture, sound(fixture), members_report(review), Language::zh);
    CHECK(en.text.starts_with("8 members; evidence of equivocation against 0; 4 validators never signed"));
    CHECK(has(zh.text, "没有双签证据"));
    for (const json::value& member : en.json.at("members").as_array()) {
        if (member.at("member") == "310000") CHECK(member.at("reported").at("first").at("height") == 1);
        if (member.at("member") == "320000") CHECK(member.at("reported").at("first").is_null());
    }
    CHECK(has(en.page, "共识、报送"));
}

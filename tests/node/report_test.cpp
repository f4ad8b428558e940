#include <boost/json.hpp>

#include "node/review_report.hpp"
#include "tests/ledger/acts_scene.hpp"

using namespace xinlian;
using namespace xinlian::node;
using namespace xinlian::ledger::rules_test;
namespace json = boost::json;

namespace {

constexpr ledger::Date tuesday = 20261124;

bool has(const std::string& text, std::string_view words) { return text.find(words) != std::string::npos; }

// The audit of a chain that is sound.
DataAudit sound(const Scene& scene) {
    DataAudit audit;
    audit.folder = "copy/<chain>";
    audit.found.chain.height = scene.height();
    audit.found.chain.last_time = scene.now;
    return audit;
}

struct Printed {
    std::string text, page;
    json::object json;
};
Printed printed(const Scene& scene, const DataAudit& audit, const Report& report, Language language = Language::en) {
    Printed out;
    std::string lines;
    const auto into = [](std::string& all) -> LineOut {
        return [&all](std::string_view line) -> Status {
            CHECK(line.find("\n\n") == std::string_view::npos);
            all += std::string(line) + "\n";
            return {};
        };
    };
    REQUIRE(print_text(scene.genesis, audit, report, language, into(out.text)).ok());
    REQUIRE(print_page(scene.genesis, audit, report, Time{1'795'478'400'000}, into(out.page)).ok());
    REQUIRE(print_json(scene.genesis, audit, report, language, into(lines)).ok());
    out.json = json::parse(lines).as_object();
    CHECK(has(out.page, "copy/&lt;chain&gt;"));
    CHECK_FALSE(has(lines, "copy/"));  // whoever audits another copy gets the same
    return out;
}

struct Asked {
    Asked() : review(scene.genesis, {}) {
        scene.on(tuesday);
        grant = grant_of(scene, "g");
        write(bureau, grant);
        write(bank, query_of(scene, grant, "q"));
    }
    void write(std::string_view issuer, const ledger::Entry& entry) {
        accepted(scene, issuer, entry);
        review.take(*scene.tip);
    }
    Scene scene;
    ledger::QueryReview review;
    ledger::Entry grant;
};

}  // namespace

TEST_CASE("a report of queries says that each had a live grant, in both languages and for machines") {
    Asked at;
    const DataAudit audit = sound(at.scene);
    const Report report = queries_report(at.scene.genesis, at.review);
    const Printed en = printed(at.scene, audit, report), zh = printed(at.scene, audit, report, Language::zh);
    CHECK(en.text.starts_with("All 1 queries since genesis had a live grant"));
    CHECK(zh.text.starts_with("自创世起共 1 笔查询，逐笔按当时的授权重新判定，每一笔都有有效授权。"));
    CHECK(has(en.text, "no query without a live grant"));
    CHECK(has(en.text, "Sound: from genesis on"));
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
    at.scene.on(20261127);
    at.write("310000", create("a record"));
    const Report report = queries_report(at.scene.genesis, at.review);
    const Printed said = printed(at.scene, sound(at.scene), report);
    CHECK(said.json.at("answer_overdue") == 1);
    const json::object& overdue = said.json.at("unanswered").at(0).as_object();
    CHECK(overdue.at("member") == "310000");
    CHECK(overdue.at("due") == "2026-11-25");
    CHECK(overdue.at("days_over") == 2);
    CHECK(has(said.text, "Not answered in time (1)"));
    CHECK(has(said.page, "<h2>逾期未应答</h2>\n<table"));
    CHECK(exit_code_of(sound(at.scene), report) == exit_ok);  // nothing was done without authorization
}

TEST_CASE("a query without a live grant is named with what is wrong, and is refused") {
    Asked at;
    ledger::Entry query = query_of(at.scene, at.grant, "smuggled");
    query.code = static_cast<std::uint16_t>(ledger::Purpose::own);
    at.review.take(77, {3, at.scene.now, std::string(bank), query});
    const Report report = queries_report(at.scene.genesis, at.review);
    const Printed en = printed(at.scene, sound(at.scene), report),
                  zh = printed(at.scene, sound(at.scene), report, Language::zh);
    CHECK(en.text.starts_with("1 of the 2 queries since genesis had no live grant"));
    CHECK(has(zh.text, "其中 1 笔没有有效授权"));
    CHECK(en.json.at("verdict") == "bad");
    CHECK(en.json.at("without_grant").at(0).at("reason") == "wrong-purpose");
    CHECK(en.json.at("without_grant").at(0).at("index") == 77);
    CHECK(has(en.page, "用途与授权不符"));
    CHECK(has(en.page, "class=\"verdict unsound\">自创世起共 2 笔查询"));
    CHECK(exit_code_of(sound(at.scene), report) == exit_refused);
}

TEST_CASE("a report from a chain that is not sound says so first, and is refused") {
    Asked at;
    DataAudit audit = sound(at.scene);
    audit.found.chain.flaw = ledger::Flaw{ledger::FlawKind::file, "block 9 is odd", {}, {}, "<i>", {}};
    const Report report = queries_report(at.scene.genesis, at.review);
    const Printed en = printed(at.scene, audit, report), zh = printed(at.scene, audit, report, Language::zh);
    CHECK(en.text.starts_with("The chain is not sound; what follows rests on the blocks before that"));
    CHECK(zh.text.starts_with("账本有误，以下只据出错之处以前的区块，不可作为结论："));
    CHECK(en.json.at("sound") == false);
    CHECK(en.json.at("chain").at("flaw") == "block 9 is odd");
    CHECK(has(en.page, "账本有误，以下只据"));
    CHECK_FALSE(has(en.page, "<i>"));
    CHECK(exit_code_of(audit, report) == exit_refused);
}

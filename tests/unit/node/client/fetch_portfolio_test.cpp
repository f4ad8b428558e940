// Tests lists of companies, portfolio files from nodes that are not trusted, and the tables made of them.
#include "node/client/fetch_portfolio.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "crypto/files.hpp"
#include "node/api/ledger.hpp"
#include "tests/support/names.hpp"
#include "tests/unit/node/small_ledger.hpp"

using namespace xinlian;
using namespace xinlian::node;
using ledger::rules_test::create;
using ledger::rules_test::named;

namespace {

const std::string first_code = "91310000MA1FL0000N", second_code = "91310000MA1FL0001R", nobody = "91310000MA1FL0002W";

// A member's desk: a ledger with entries about two companies, and a folder for files.
struct Desk {
    explicit Desk(Suite suite = Suite::ed25519_sha256) : ledger(suite), key(named("channel")) {
        ledger.append("310000", {about("a", first_code), about("b", second_code)});
        ledger.append("310000", {about("c", first_code)});
    }
    ledger::Entry about(std::string_view label, const std::string& code) const {
        ledger::Entry entry = create(label);
        entry.subject = tag(code);
        return entry;
    }
    Hash tag(const std::string& code) const {
        return ledger::subject_tag(ledger.genesis.suite(), key, test::code_of(code));
    }
    std::string write(const std::string& name, std::string_view text) const {
        const std::string path = ledger.scratch.path(name);
        REQUIRE(write_file(path, as_bytes(text), 0644, Existing::replace).ok());
        return path;
    }
    std::string read(const std::string& name) const {
        const auto bytes = read_file(ledger.scratch.path(name), 1 << 20);
        REQUIRE(bytes.ok());
        return {bytes->begin(), bytes->end()};
    }
    bool exists(const std::string& name) const { return std::filesystem::exists(ledger.scratch.path(name)); }
    Result<SubjectList> list(std::string_view text) const {
        return load_subject_list(write("list.csv", text), ledger.genesis.suite(), key);
    }
    SubjectList listed(std::initializer_list<std::string> codes) const {
        SubjectList subjects;
        for (const std::string& code : codes) subjects.emplace(tag(code), test::code_of(code));
        return subjects;
    }
    NodeClient node() const {
        return NodeClient([this](const NodeRequest& asked) {
            REQUIRE(asked.method == "POST");
            REQUIRE(asked.target == "/v1/proofs/portfolio");
            net::HttpRequest request;
            request.body = asked.body;
            return portfolio_response(ledger.chain(), {}, request);
        });
    }
    std::string file_of(const SubjectList& subjects) const {
        const auto fetched = fetch_portfolio(node(), ledger.genesis, subjects);
        INFO((fetched ? std::string() : fetched.error().text));
        REQUIRE(fetched.ok());
        return fetched->file;
    }

    SmallLedger ledger;
    Hash key;
};

bool says(const Error& error, const std::string& words) { return error.text.find(words) != std::string::npos; }

}  // namespace

TEST_CASE("a list of companies is read from the column of codes, or from the first one") {
    const Desk desk;
    const SubjectList both = desk.listed({first_code, second_code});
    CHECK(
        desk.list("\xEF\xBB\xBF企业,统一社会信用代码\r\n甲," + first_code + "\r\n乙," + second_code + "\r\n").value() ==
        both);
    CHECK(desk.list("code,name\n" + first_code + ",甲\n" + second_code + ",乙\n").value() == both);
    CHECK(desk.list(first_code + "\n\n91310000ma1fl0001r\n" + first_code + "\n").value() == both);
    CHECK(desk.list("[{\"统一社会信用代码\":\"" + first_code + "\"},{\"统一社会信用代码\":\"" + second_code + "\"}]")
              .value() == both);
    // GB 18030: 企业,统一社会信用代码
    CHECK(desk.list("\xC6\xF3\xD2\xB5,\xCD\xB3\xD2\xBB\xC9\xE7\xBB\xE1\xD0\xC5\xD3\xC3\xB4\xFA\xC2\xEB\n\xBC\xD7," +
                    first_code + "\n\xD2\xD2," + second_code + "\n")
              .value() == both);
}

TEST_CASE("a cell of a list that holds no code is refused with its row") {
    const Desk desk;
    const auto refusal = [&](std::string_view text) {
        const auto list = desk.list(text);
        REQUIRE_FALSE(list.ok());
        return list.error();
    };
    CHECK(says(refusal("统一社会信用代码\n" + first_code + "\n9131\n"), "row 2: not a unified social credit code"));
    CHECK(says(refusal(first_code + "\n" + second_code + "\nabc\n"), "row 3: "));
    CHECK(says(refusal("统一社会信用代码\n9.131E+17\n"), "row 1: "));
    CHECK(says(refusal("统一社会信用代码\n某公司\n"), "row 1: "));
    CHECK(refusal("统一社会信用代码\n某公司\n").code == Errc::malformed);  // a command ends with exit code 2, not 1
    CHECK(says(refusal(first_code.substr(0, 17) + "\n" + second_code + "\n"), "row 1: "));  // no column's name
    CHECK(says(refusal("企业,统一社会信用代码\n甲\n"), "row 1: the row does not have as many cells"));
    CHECK(says(refusal("统一社会信用代码\n"), "has no subjects"));
    CHECK(load_subject_list("/nowhere/list.csv", Suite::sm2_sm3, desk.key).error().code == Errc::not_found);
}

TEST_CASE("a list above the limit is refused") {
    const Desk desk;
    std::string text = "code\n";
    for (std::size_t i = 0; i < ledger::portfolio_subjects_max; ++i) {
        std::string number = std::to_string(i);
        text += "91310000MA1F" + std::string(6 - number.size(), '0') + number + "\n";
    }
    CHECK(desk.list(text).value().size() == ledger::portfolio_subjects_max);
    const auto above = desk.list(text + first_code + "\n");
    REQUIRE_FALSE(above.ok());
    CHECK(above.error().code == Errc::too_large);
}

TEST_CASE("a node's portfolio is accepted if it is about exactly the companies asked for") {
    const Suite suite = GENERATE(Suite::ed25519_sha256, Suite::sm2_sm3);
    const Desk desk(suite);
    const SubjectList asked = desk.listed({first_code, nobody});
    const auto fetched = fetch_portfolio(desk.node(), desk.ledger.genesis, asked);
    REQUIRE(fetched.ok());
    CHECK(fetched->finding.subjects == 2);
    CHECK(fetched->finding.entries == 2);
    const auto answering = [&](const SubjectList& instead) {
        const std::string file = desk.file_of(instead);
        const NodeClient node([file](const NodeRequest&) { return answer_of(200, file); });
        return fetch_portfolio(node, desk.ledger.genesis, asked);
    };
    CHECK(says(answering(desk.listed({first_code})).error(), "lacks 1 subjects of the list, for example " + nobody));
    CHECK(says(answering(desk.listed({first_code, nobody, second_code})).error(), "not on the list"));
    const NodeClient busy(
        [](const NodeRequest&) { return answer_of(429, R"({"error":{"code":"busy","message":"later"}})"); });
    const auto refused = fetch_portfolio(busy, desk.ledger.genesis, asked);
    CHECK(refused.error().code == Errc::busy);
}

TEST_CASE("a portfolio file becomes a table with a row for each company, and for those without entries too") {
    const Desk desk;
    const SubjectList asked = desk.listed({first_code, second_code, nobody});
    const std::string path = desk.write("a.portfolio", desk.file_of(asked));
    const auto made = [&](PortfolioTable table, const std::optional<SubjectList>& names) {
        table.path = desk.ledger.scratch.path("table");
        REQUIRE(read_portfolio(desk.ledger.genesis, path, names, table).ok());
        return desk.read("table");
    };
    const std::string csv = made({.path = {}, .json_lines = false, .chinese = true}, asked);
    CHECK(csv.starts_with("\xEF\xBB\xBF统一社会信用代码,主体标签,条目数,最新条目高度,最新条目时间\r\n"));
    CHECK(csv.find(first_code + "," + desk.tag(first_code).hex() + ",2,2,") != std::string::npos);
    CHECK(csv.find(nobody + "," + desk.tag(nobody).hex() + ",0,,\r\n") != std::string::npos);
    const std::string unnamed = made({.path = {}, .json_lines = false, .chinese = false}, std::nullopt);
    CHECK(unnamed.find("\r\n," + desk.tag(second_code).hex() + ",1,1,") != std::string::npos);
    const std::string lines = made({.path = {}, .json_lines = true, .chinese = false}, asked);
    CHECK(std::count(lines.begin(), lines.end(), '\n') == 3);
    CHECK(lines.find("\"code\":\"" + first_code + "\"") != std::string::npos);
    CHECK(lines.find("\"latest\":null") != std::string::npos);
}

TEST_CASE("of a portfolio that does not hold, or is of another list, no table is left") {
    const Desk desk;
    const SubjectList asked = desk.listed({first_code, second_code, nobody});
    std::string file = desk.file_of(asked);
    const PortfolioTable table{desk.ledger.scratch.path("table"), false, true};
    const auto refusal = [&](const std::optional<SubjectList>& names) {
        const auto read = read_portfolio(desk.ledger.genesis, desk.write("a.portfolio", file), names, table);
        REQUIRE_FALSE(read.ok());
        CHECK_FALSE(desk.exists("table"));
        for (const auto& left : std::filesystem::directory_iterator(desk.ledger.scratch.path("."))) {
            CHECK(left.path().string().find(".partial") == std::string::npos);
        }
        return read.error();
    };
    CHECK(refusal(desk.listed({first_code, second_code})).code == Errc::invalid);
    file.back() ^= 1;  // found at the very end, after all rows were written
    CHECK_FALSE(refusal(asked).text.empty());
    file.resize(file.size() - 40);
    CHECK(refusal(asked).code == Errc::malformed);
    CHECK(read_portfolio(desk.ledger.genesis, "/nowhere/a.portfolio", asked, table).error().code == Errc::io);
}

TEST_CASE("the sentence of a portfolio says how many, as of when, and who signed") {
    const Desk desk;
    const auto fetched = fetch_portfolio(desk.node(), desk.ledger.genesis, desk.listed({first_code, nobody}));
    REQUIRE(fetched.ok());
    const std::string zh = say(desk.ledger.genesis, fetched->finding, Language::zh);
    CHECK(zh.find("完整：截至高度 2") == 0);
    CHECK(zh.find("这 2 个主体的条目合计恰为 2 条，别无其他") != std::string::npos);
    CHECK(zh.find("创世指纹 " + desk.ledger.genesis.fingerprint()) != std::string::npos);
    const std::string en = say(desk.ledger.genesis, fetched->finding, Language::en);
    CHECK(en.find("Complete: as of height 2") == 0);
    CHECK(to_json(desk.ledger.genesis, fetched->finding, Language::en).at("subjects").to_number<int>() == 2);
}

// Tests the text and exit code of an audit report.
#include "node/audit/audit_report.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "tests/support/builders.hpp"

using namespace xinlian;
using namespace xinlian::node;
using ledger::Flaw;
using ledger::FlawKind;

namespace {

DataAudit sound() {
    DataAudit audit;
    audit.folder = "copy/chain";
    audit.found.files = {"000005.ldb", "CURRENT"};
    audit.found.chain.height = 12;
    audit.found.chain.result.log_size = 340;
    audit.found.chain.accepted = 7;
    audit.found.chain.issuers["310000"] = {7, 1, 340};
    return audit;
}
bool has(const std::string& text, std::string_view words) { return text.find(words) != std::string::npos; }

}  // namespace

TEST_CASE("a report begins with the verdict, in the reader's language") {
    const DataAudit audit = sound();
    CHECK(audit_sentence(audit, Language::en).starts_with("Sound: 12 blocks with 340 entries from genesis on"));
    CHECK(audit_sentence(audit, Language::zh).starts_with("账本完好：自创世起 12 个区块、340 条条目"));
    const test::Federation federation;
    for (const Language language : {Language::en, Language::zh}) {
        const std::string text = audit_text(federation.genesis(), audit, language);
        CHECK(text.starts_with(audit_sentence(audit, language)));
        CHECK(has(text, federation.genesis().fingerprint()));
        CHECK_FALSE(has(text, language == Language::zh ? "只计到" : "before the error"));
    }
}

TEST_CASE("a report says of each kind of flaw what it is and where, in both languages") {
    std::set<std::string> gists;
    for (auto kind = FlawKind::file; kind <= FlawKind::journal;
         kind = static_cast<FlawKind>(static_cast<int>(kind) + 1)) {
        DataAudit audit = sound();
        audit.found.chain.flaw = Flaw{kind, "block 9 is odd", Height{9}, to_bytes("h"), "000005.ldb"};
        const std::string zh = audit_sentence(audit, Language::zh), en = audit_sentence(audit, Language::en);
        CHECK(en == "Not sound: block 9 is odd (file 000005.ldb).");
        CHECK(zh.starts_with("账本有误："));
        CHECK(zh.ends_with("，高度 9，文件 000005.ldb（block 9 is odd）。"));
        gists.insert(zh);
        const boost::json::object json = audit_json(test::Federation().genesis(), audit, Language::en);
        CHECK(json.at("sound") == false);
        CHECK(json.at("flaw").at("kind").as_string() == name_of(kind));
        CHECK(json.at("flaw").at("height") == 9);
        CHECK(json.at("flaw").at("row").as_string() == "68");
        CHECK(json.at("flaw").at("file").as_string() == "000005.ldb");
        gists.insert(std::string(name_of(kind)));
    }
    CHECK(gists.size() == 2 * 10);
}

TEST_CASE("a page to print holds names from the folder as text, never as markup") {
    DataAudit audit = sound();
    audit.folder = "a\"b&c";
    audit.found.without_data = {"<script>alert(1)</script>", "line\nbreak"};
    audit.found.chain.flaw = Flaw{FlawKind::file, "<b>", {}, {}, "<i>"};
    const std::string page = audit_page(test::Federation().genesis(), audit, Time{1'795'478'400'000});
    CHECK(has(page, "2026-11-24 08:00:00"));
    CHECK(has(page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
    CHECK(has(page, "a&quot;b&amp;c"));
    CHECK(has(page, "line break"));
    for (const char* markup : {"<script", "<b>", "<i>"}) CHECK_FALSE(has(page, markup));
    CHECK(has(page, "<td>310000</td>"));
}

// Tests files, layouts, headers and rows, without keys or a node.
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

#include "crypto/files.hpp"
#include "node/import/importer.hpp"
#include "node/import/samples.hpp"
#include "tests/unit/node/scratch_folder.hpp"

using namespace xinlian;
using namespace xinlian::node;

namespace {

void write(const std::string& path, std::string_view bytes) { std::ofstream(path, std::ios::binary) << bytes; }
std::string read(const std::string& path) {
    const auto bytes = read_file(path, 1u << 28);
    return bytes ? std::string(as_text(*bytes)) : std::string("cannot read " + path);
}

struct Seen {
    std::vector<ledger::Record> records;
    std::map<std::uint64_t, std::string> fates;  // row → accept, warn, refuse, duplicate
    std::map<std::uint64_t, std::string> codes;  // row → the first problem
};
struct Ran {
    Result<ImportSummary> summary;
    Seen seen;
};
Ran run(const std::string& path, ImportSettings settings = {}) {
    Seen seen;
    auto summary = dry_run(path, settings, {}, [&seen](const RawRow& row, const MadeRow& made, Fate fate) {
        seen.records.push_back(made.record);
        if (!made.findings.empty()) seen.codes[row.number] = code_of(made.findings.front().problem);
        seen.fates[row.number] = fate == Fate::refused   ? "refuse"
                                 : fate == Fate::same    ? "duplicate"
                                 : made.findings.empty() ? "accept"
                                                         : "warn";
    });
    return {std::move(summary), std::move(seen)};
}

constexpr const char* header = "CF_XDR_MC,CF_XDR_SHXYM,CF_WSH,CF_JDRQ,CF_CFJGDM,CF_NR_FK,BZ\r\n";
constexpr const char* good = "某某有限公司,91310000MA5260182M,沪罚〔2026〕1号,2026-11-09,91320500MA1590838Y,1.5,\r\n";

Ran run_text(const ScratchFolder& folder, const std::string& text, const char* name = "a.csv") {
    write(folder.path(name), text);
    return run(folder.path(name));
}

// Checks that every row of every file is treated as expected.json says.
void check_expected(const std::string& folder, const std::string& errors) {
    const boost::json::value expected = boost::json::parse(read(folder + "/expected.json"));
    for (const auto& [name, about] : expected.as_object()) {
        ImportSettings settings;
        settings.errors_path = errors;
        const Ran ran = run(folder + "/" + std::string(name), settings);
        INFO(std::string(name));
        REQUIRE(ran.summary.ok());
        const auto rows = about.at("rows").to_number<std::uint64_t>();
        CHECK(ran.summary->rows == rows);
        const auto& special = about.at("special").as_object();
        for (std::uint64_t row = 1; row <= rows; ++row) {
            const auto* found = special.if_contains(std::to_string(row));
            const std::string wanted = found == nullptr ? "accept" : std::string(found->at(1).as_string().c_str());
            INFO("row " << row << (found == nullptr ? "" : found->at(0).as_string().c_str()));
            CHECK(ran.seen.fates.at(row) == wanted);
        }
    }
}

}  // namespace

TEST_CASE("every row of the sample exports is treated as it should be") {
    const ScratchFolder folder;
    for (const std::uint64_t seed : {1, 2}) {
        REQUIRE(write_samples(folder.path("samples"), 520, seed).ok());
        check_expected(folder.path("samples"), folder.path("errors"));
    }
}

TEST_CASE("the sample generator gives the same bytes for the same seed, and others for another") {
    const auto bytes = [](std::uint64_t seed) {
        return *print_sample(*make_sample("320000", 60, seed, Dirt::some), Layout::csv, Encoding::gb18030,
                             SampleHeader::labels);
    };
    CHECK(bytes(7) == bytes(7));
    CHECK(bytes(7) != bytes(8));
    CHECK_FALSE(make_sample("310001", 1, 1, Dirt::none));
    CHECK_FALSE(make_sample("310000", sample_rows_max + 1, 1, Dirt::none));
}

TEST_CASE("the same records give equal canonical forms whatever file they come from") {
    const ScratchFolder folder;
    const SampleTable table = *make_sample("330000", 40, 3, Dirt::none);
    write(folder.path("a.csv"), *print_sample(table, Layout::csv, Encoding::utf8_bom, SampleHeader::codes));
    write(folder.path("b.csv"), *print_sample(table, Layout::csv, Encoding::gb18030, SampleHeader::labels));
    write(folder.path("c.csv"), *print_sample(table, Layout::csv, Encoding::utf8, SampleHeader::labels));
    write(folder.path("d.json"), *print_sample(table, Layout::json, Encoding::utf8, SampleHeader::codes));
    write(folder.path("e.json"), *print_sample(table, Layout::json, Encoding::gb18030, SampleHeader::labels));
    const auto records = run(folder.path("a.csv")).seen.records;
    CHECK(records.size() == 40);
    CHECK(ledger::check(records.front()).ok());
    for (const char* name : {"b.csv", "c.csv", "d.json", "e.json"})
        CHECK(run(folder.path(name)).seen.records == records);
}

TEST_CASE("the shared example exports are treated as expected") {
    const char* shared = std::getenv("XINLIAN_SHARED");
    if (shared == nullptr) {
        WARN("passed over: XINLIAN_SHARED is not set");
        return;
    }
    const ScratchFolder folder;
    const std::string data = std::string(shared) + "/data";
    check_expected(data, folder.path("errors"));
    const auto records = run(data + "/same-bom.csv").seen.records;
    CHECK(records.size() == 50);
    for (const char* name : {"/same-gb18030.csv", "/same-labels.csv", "/same.json"})
        CHECK(run(data + name).seen.records == records);
}

TEST_CASE("a row becomes a record with every field of the profile, personal columns left out") {
    const ScratchFolder folder;
    const Ran ran = run_text(folder, "CF_FRDB," + std::string(header) + "张三," + good);
    REQUIRE(ran.summary.ok());
    const ledger::Record& record = ran.seen.records.at(0);
    CHECK(record.form == 1);
    CHECK(*record.find("CF_NR_FK") == "15000");
    CHECK(*record.find("CF_JDRQ") == "2026-11-09");
    CHECK(*record.find("CF_FRDB") == std::nullopt);
    CHECK(ledger::check(record).ok());
}

TEST_CASE("the columns of each profile are the fields of its form, and each has its own key columns") {
    for (const Profile* profile : {&penalty_profile(), &licence_profile()}) {
        const auto codes = ledger::codes_of(profile->category, profile->form);
        REQUIRE(codes.ok());
        std::vector<std::string_view> columns, documents;
        for (const ProfileColumn& column : profile->columns) {
            columns.emplace_back(column.code);
            if (column.kind == ColumnKind::document) documents.emplace_back(column.code);
        }
        CHECK(columns == std::vector<std::string_view>(codes->begin(), codes->end()));
        const ledger::FieldCodes numbers = ledger::document_number_fields(profile->category);
        CHECK(documents == std::vector<std::string_view>(numbers.begin(), numbers.end()));
        CHECK(columns.at(profile->subject_code) == ledger::subject_code_field(profile->category));
        for (const std::size_t column :
             {profile->subject_name, profile->subject_kind, profile->subject_code, profile->document,
              profile->document_instead, profile->agency, profile->agency_code, profile->decided, profile->until}) {
            CHECK(column < profile->columns.size());
        }
    }
}

TEST_CASE("a licence export is recognised by its header") {
    const ScratchFolder folder;
    const Ran ran = run_text(folder,
                             "行政相对人名称,统一社会信用代码,许可编号,许可决定日期,许可机关,有效期至\n"
                             "某某有限公司,91310000MA5260182M,许1,2026-11-09,某局,长期\n");
    REQUIRE(ran.summary.ok());
    CHECK(ran.summary->profile == &licence_profile());
    CHECK(ran.seen.fates.at(1) == "warn");  // the agency has no code
    CHECK(*ran.seen.records.at(0).find("XK_YXQZI") == "9999-12-31");
}

TEST_CASE("a column in 元 is not multiplied") {
    const ScratchFolder folder;
    std::string labels = header;
    labels.replace(labels.find("CF_NR_FK"), 8, "罚款金额（元）");
    CHECK(*run_text(folder, labels + good).seen.records.at(0).find("CF_NR_FK") == "1.5");
}

TEST_CASE("a file without a usable header is refused, saying what was looked for") {
    const ScratchFolder folder;
    for (const char* text :
         {"a,b,c\n1,2,3\n", "CF_XDR_MC,CF_XDR_SHXYM\nx,y\n", "CF_XDR_MC,CF_XDR_SHXYM,CF_WSH,CF_CFJGDM\na,b,c,d\n",
          "CF_XDR_MC,行政相对人名称,CF_XDR_SHXYM,CF_WSH,CF_JDRQ,CF_CFJGDM\na,b,c,d,e,f\n"}) {
        const Ran ran = run_text(folder, text);
        REQUIRE_FALSE(ran.summary.ok());
        CHECK(ran.summary.error().code == Errc::invalid);
    }
    const Ran empty = run_text(folder, "");
    CHECK(empty.summary.error().code == Errc::malformed);
    CHECK(run_text(folder,
                   "\xFF\xFE"
                   "a")
              .summary.error()
              .code == Errc::unsupported);
    CHECK(run_text(folder, "PK\x03\x04xx").summary.error().code == Errc::unsupported);
    CHECK(run(folder.path("absent.csv")).summary.error().code == Errc::not_found);
}

TEST_CASE("a row with too many or too few cells is refused alone") {
    const ScratchFolder folder;
    const Ran ran = run_text(folder, std::string(header) + "a,b\r\n\r\n" + good + "a,b,c,d,e,f,g,h\r\n");
    REQUIRE(ran.summary.ok());
    CHECK(ran.seen.codes.at(1) == "E101");
    CHECK(ran.seen.fates.at(2) == "accept");  // a blank line is no row
    CHECK(ran.seen.codes.at(3) == "E101");
    CHECK(ran.summary->refused == 2);
}

TEST_CASE("quoted cells keep commas, quotation marks and line breaks") {
    const ScratchFolder folder;
    std::string row = good;
    row.insert(row.size() - 2, "\"a, \"\"b\"\"\r\nc\"");
    CHECK(*run_text(folder, header + row).seen.records.at(0).find("BZ") == "a, \"b\"\nc");
}

TEST_CASE("a quoted cell that never ends is refused after the rows before it") {
    const ScratchFolder folder;
    const Ran ran = run_text(folder, std::string(header) + good + "\"never");
    REQUIRE_FALSE(ran.summary.ok());
    CHECK(ran.summary.error().code == Errc::malformed);
    CHECK(ran.seen.fates.size() == 1);
}

TEST_CASE("a cell at the limit is read, one byte above it is refused") {
    const ScratchFolder folder;
    const auto with_note = [&](std::size_t bytes) {
        std::string row = good;
        row.insert(row.size() - 2, std::string(bytes, ' '));
        return run_text(folder, header + row).seen;
    };
    CHECK(with_note(cell_bytes_max).fates.at(1) == "accept");
    CHECK(with_note(cell_bytes_max + 1).codes.at(1) == "E104");
}

TEST_CASE("a value at its length limit passes, one character more does not") {
    const ScratchFolder folder;
    const auto with_note = [&](std::size_t chars) {
        std::string note, row = good;
        for (std::size_t i = 0; i < chars; ++i) note += "注";
        row.insert(row.size() - 2, note);
        return run_text(folder, header + row).seen;
    };
    CHECK(with_note(512).fates.at(1) == "accept");
    CHECK(with_note(513).codes.at(1) == "E104");
}

TEST_CASE("a personal value too long to be sealed refuses its row") {
    const ScratchFolder folder;
    for (const std::size_t more : {0u, 1u}) {
        std::string row = good;
        row.insert(row.size() - 2, "," + std::string(ledger::field_value_bytes_max + more, 'x'));
        std::string wide = header;
        wide.insert(wide.size() - 2, ",CF_FRDB");
        const Ran ran = run_text(folder, wide + row);
        REQUIRE(ran.summary.ok());
        CHECK(ran.summary->refused == more);
    }
}

TEST_CASE("a bad byte refuses its row and names its place; the others go on") {
    const ScratchFolder folder;
    std::string text = std::string(header) + good;
    for (int i = 0; i < 20; ++i) text += good;
    const std::size_t at = text.find("某某", std::string(header).size() + std::string(good).size());
    text[at] = '\xFF';
    const Ran ran = run_text(folder, text);
    REQUIRE(ran.summary.ok());
    CHECK(ran.summary->facts.encoding == Encoding::utf8);
    CHECK(ran.seen.codes.at(2) == "E102");
    CHECK(ran.summary->refused == 1);
    CHECK(ran.summary->shown.at(0).second.detail == "byte " + std::to_string(at));
}

TEST_CASE("a bad byte in a GB18030 file refuses its row alone") {
    const ScratchFolder folder;
    std::string text = *encode_text(std::string(header) + good + good, Encoding::gb18030);
    const std::size_t at = std::string(header).size();
    text[at] = '\xFF';
    const Ran ran = run_text(folder, text);
    REQUIRE(ran.summary.ok());
    CHECK(ran.summary->facts.encoding == Encoding::gb18030);
    CHECK(ran.seen.codes.at(1) == "E102");
    CHECK(ran.summary->shown.at(0).second.detail == "byte " + std::to_string(at));
    CHECK(ran.seen.fates.at(2) == "accept");
}

TEST_CASE("JSON that is no array of flat objects is refused") {
    const ScratchFolder folder;
    for (const char* text : {"{\"a\":1}", "[1]", "[[]]", "[]", "[{\"CF_WSH\":\"x\"", "[{]", "[] x"}) {
        INFO(text);
        CHECK_FALSE(run_text(folder, text, "a.json").summary.ok());
    }
}

TEST_CASE("in JSON numbers keep their digits; repeated names and nested values refuse the row") {
    const ScratchFolder folder;
    const std::string front =
        R"({"CF_XDR_MC":"某公司","CF_XDR_SHXYM":"91310000MA5260182M","CF_WSH":"1号","CF_JDRQ":20261109,)"
        R"("CF_CFJGDM":"91320500MA1590838Y")";
    const Ran ran = run_text(folder,
                             "[" + front + ",\"CF_NR_FK\":0.10}," + front + ",\"CF_WSH\":\"2号\"}," + front +
                                 ",\"BZ\":{\"a\":[1]}}," + front + ",\"BZ\":true}]",
                             "a.json");
    REQUIRE(ran.summary.ok());
    CHECK(*ran.seen.records.at(0).find("CF_NR_FK") == "1000");
    CHECK(ran.seen.codes.at(2) == "E114");
    CHECK(ran.seen.codes.at(3) == "E114");
    CHECK(ran.seen.codes.at(4) == "E114");
}

TEST_CASE("refused rows come back in a file of the same layout that can be corrected and imported") {
    const ScratchFolder folder;
    for (const Encoding encoding : {Encoding::utf8, Encoding::utf8_bom, Encoding::gb18030}) {
        std::string bad = good, worse = good;
        bad.replace(bad.find("2026-11-09"), 10, "2026-02-30");
        bad.insert(bad.size() - 2, "\"=1+2\"");
        worse.replace(worse.find("沪罚"), 6, "苏罚");
        const std::string bom = encoding == Encoding::utf8_bom ? "\xEF\xBB\xBF" : "";
        write(folder.path("a.csv"), *encode_text(bom + header + bad + worse, encoding));
        const Ran first = run(folder.path("a.csv"));
        REQUIRE(first.summary.ok());
        const std::string errors = first.summary->error_file;
        const Ran again = run(errors);
        REQUIRE(again.summary.ok());
        CHECK(again.summary->facts.encoding == encoding);
        CHECK(again.summary->rows == 1);
        CHECK(again.seen.codes.at(1) == "E110");
        CHECK(again.summary->unknown_columns.empty());
        CHECK(again.seen.records == std::vector{first.seen.records.at(0)});  // the ' of =1+2 is gone again
        std::string text = read(errors);
        CHECK(text.find("'=1+2") != std::string::npos);
        text.replace(text.find("2026-02-30"), 10, "2026-02-28");
        write(errors, text);
        CHECK(run(errors).seen.fates.at(1) == "accept");
        // A corrected file is not overwritten.
        CHECK(run(folder.path("a.csv")).summary->error_file != errors);
        std::filesystem::remove(errors);
        std::filesystem::remove(folder.path("a-errors-2.csv"));
    }
}

TEST_CASE("the error file of a JSON export is JSON") {
    const ScratchFolder folder;
    const SampleTable table = *make_sample("330000", 500, 1, Dirt::some);
    write(folder.path("a.json"), *print_sample(table, Layout::json, Encoding::utf8, SampleHeader::codes));
    const Ran first = run(folder.path("a.json"));
    REQUIRE(first.summary.ok());
    CHECK(first.summary->refused > 0);
    const boost::json::value errors = boost::json::parse(read(first.summary->error_file));
    CHECK(errors.as_array().size() == first.summary->refused);
    CHECK(errors.at(0).at("错误代码").as_string().size() >= 4);
    CHECK(run(first.summary->error_file).summary->refused == first.summary->refused);
}

TEST_CASE("a file without refused rows leaves no error file") {
    const ScratchFolder folder;
    CHECK(run_text(folder, std::string(header) + good).summary->error_file.empty());
    CHECK_FALSE(std::filesystem::exists(folder.path("a-errors.csv")));
}

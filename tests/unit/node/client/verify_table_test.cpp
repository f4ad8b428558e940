// Tests a table that names proof files, with a verdict in each row.
#include "node/client/verify_table.hpp"

#include <catch2/catch.hpp>

#include "crypto/files.hpp"
#include "node/wording/outcome.hpp"
#include "tests/unit/node/small_ledger.hpp"

using namespace xinlian;
using namespace xinlian::node;
using ledger::rules_test::create;
using ledger::rules_test::named;

namespace {

// A folder with proofs of two records, one of them damaged as well, and the row of one.
struct Desk {
    Desk() : row(row_of("沪2026-1")) {
        ledger.append("310000", {entry_of(ledger.genesis.suite(), row, "沪2026-1"), create("b")});
        std::filesystem::create_directories(ledger.scratch.path("proofs/deep"));
        save("proofs/one.proof", named("沪2026-1"));
        save("proofs/deep/two.proof", named("b"));
        Bytes bad = *read_file(ledger.scratch.path("proofs/one.proof"), 1 << 20);
        bad[bad.size() / 2] ^= 1;
        write("proofs/bad.proof", as_text(bad));
        write("proofs/row.json", print_record_file(row));
        RecordFile other = row;
        test::field_of(other.record, "CF_JDRQ").value = "2026-11-10";
        write("proofs/other.json", print_record_file(other));
    }
    void save(const std::string& name, const Hash& record) {
        const auto checked = fetch_proof(ledger.node(), ledger.genesis, RecordQuestion{record});
        REQUIRE(checked.ok());
        write(name, as_text(ledger::print_proof(checked->proof)));
    }
    void write(const std::string& name, std::string_view text) const {
        REQUIRE(write_file(ledger.scratch.path(name), as_bytes(text), 0644, Existing::replace).ok());
    }
    Result<TableCheck> verify(std::string_view text, Language language = Language::en) const {
        write("table.csv", text);
        return verify_table(ledger.genesis,
                            {ledger.scratch.path("table.csv"), ledger.scratch.path("proofs"), "", language, {}});
    }
    std::string result() const {
        const auto bytes = read_file(ledger.scratch.path("table-verified.csv"), 1 << 20);
        REQUIRE(bytes.ok());
        return {bytes->begin(), bytes->end()};
    }

    SmallLedger ledger;
    RecordFile row;
};

bool holds(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }

}  // namespace

TEST_CASE("each row of a table gets its verdict, sentence and height") {
    const Desk desk;
    const auto verdict = desk.verify("name,proof,record\na,one.proof,row.json\nb,deep/two.proof,\n");
    REQUIRE(verdict.ok());
    CHECK(verdict->valid == 2);
    CHECK(verdict->outcome() == Outcome::valid);
    const std::string table = desk.result();
    CHECK(table.starts_with("name,proof,record,verdict,explanation,as_of_height\r\na,one.proof,row.json,valid,"));
    CHECK(holds(table, "the given record matches the registered one field by field"));
    CHECK(holds(table, "\r\nb,deep/two.proof,,valid,"));
    CHECK(table.ends_with(",1\r\n"));
}

TEST_CASE("one row that does not hold makes the table's exit code 1, one that cannot be told makes it 2") {
    const Desk desk;
    const auto missing = desk.verify("proof\none.proof\nnone.proof\n");
    REQUIRE(missing.ok());
    CHECK(missing->outcome() == Outcome::unknown);
    CHECK(holds(desk.result(), "none.proof,could not be verified,there is no file"));
    const auto other = desk.verify("证明文件,记录文件\none.proof,other.json\nnone.proof,\none.proof,\n", Language::zh);
    REQUIRE(other.ok());
    CHECK(other->outcome() == Outcome::invalid);
    CHECK(other->rows() == 3);
    CHECK(holds(desk.result(), "证明文件,记录文件,结论,说明,截至高度\r\none.proof,other.json,不成立,"));
    CHECK(holds(desk.result(), "none.proof,,无法判断,"));
    const auto damaged = desk.verify("proof\nbad.proof\n");
    REQUIRE(damaged.ok());
    CHECK(damaged->valid == 0);
    CHECK(desk.verify("proof\n")->outcome() == Outcome::valid);
}

TEST_CASE("a table cannot name files outside the proofs' folder") {
    const Desk desk;
    const auto verdict = desk.verify("proof\n../table.csv\n" + desk.ledger.scratch.path("proofs/one.proof") +
                                     "\ndeep/../one.proof\ndeep\n\"\"\n");
    REQUIRE(verdict.ok());
    CHECK(verdict->valid == 0);
    CHECK(verdict->unknown == 5);
    CHECK(holds(desk.result(), "not the name of a file in the folder of proofs"));
    CHECK(holds(desk.result(), "the row names no proof file"));
}

TEST_CASE("the other cells of a table stay as they are, but for what a spreadsheet would run") {
    const Desk desk;
    REQUIRE(desk.verify("note,proof,\"b,c\"\n\"a \"\"quoted\"\"\nline\",one.proof,=1+1\n007,one.proof, x \n").ok());
    const std::string table = desk.result();
    CHECK(holds(table, "note,proof,\"b,c\",verdict"));
    CHECK(holds(table, "\"a \"\"quoted\"\"\nline\",one.proof,'=1+1,valid,"));
    CHECK(holds(table, "007,one.proof, x ,valid,"));
}

TEST_CASE("a table keeps its encoding") {
    const Desk desk;
    // GB 18030: 证明文件
    REQUIRE(desk.verify("\xD6\xA4\xC3\xF7\xCE\xC4\xBC\xFE\none.proof\n", Language::zh).ok());
    CHECK(desk.result().starts_with("\xD6\xA4\xC3\xF7\xCE\xC4\xBC\xFE,\xBD\xE1\xC2\xDB,"));
    REQUIRE(desk.verify("\xEF\xBB\xBF证明文件\none.proof\n", Language::zh).ok());
    CHECK(desk.result().starts_with("\xEF\xBB\xBF证明文件,结论,"));
}

TEST_CASE("a row with other cells than the header cannot be told, and stays in its columns") {
    const Desk desk;
    const auto verdict = desk.verify("proof,x\none.proof\none.proof,1,2\none.proof,1\n");
    REQUIRE(verdict.ok());
    CHECK(verdict->unknown == 2);
    CHECK(verdict->valid == 1);
    CHECK(holds(desk.result(), "one.proof,,could not be verified,the row does not have as many cells"));
}

TEST_CASE("without a column of proofs, or of a table that cannot be read, nothing is written") {
    const Desk desk;
    CHECK(desk.verify("name\na\n").error().code == Errc::malformed);
    CHECK(desk.verify("[{\"proof\":\"one.proof\"}]").error().code == Errc::unsupported);
    CHECK(desk.verify("proof\none.proof\n\"open\n").error().code == Errc::malformed);
    CHECK_FALSE(std::filesystem::exists(desk.ledger.scratch.path("table-verified.csv")));
    CHECK(verify_table(desk.ledger.genesis, {"/nowhere/t.csv", "", "", Language::en, {}}).error().code ==
          Errc::not_found);
}

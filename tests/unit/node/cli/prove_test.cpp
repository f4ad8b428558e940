// Tests fetching proofs from nodes that are not trusted, and verifying proof files.
#include <catch2/catch.hpp>
#include <fstream>

#include "crypto/files.hpp"
#include "node/client/fetch_proof.hpp"
#include "node/wording/outcome.hpp"
#include "tests/unit/node/small_ledger.hpp"

using namespace xinlian;
using namespace xinlian::node;
using ledger::rules_test::change;
using ledger::rules_test::create;
using ledger::rules_test::named;

namespace {

NodeClient answering(int status, const std::string& body) {
    return NodeClient([status, body](const NodeRequest&) { return answer_of(status, body); });
}

Error error_of(const NodeClient& node, const ledger::Genesis& genesis, const Question& question) {
    const auto checked = fetch_proof(node, genesis, question);
    REQUIRE_FALSE(checked.ok());
    return checked.error();
}

bool says(const Error& error, const std::string& words) { return error.text.find(words) != std::string::npos; }
bool says(const FileCheck& verdict, const std::string& words) {
    return verdict.reason.find(words) != std::string::npos;
}

Question about_record(std::string_view label) { return RecordQuestion{named(label)}; }
Question about_subject(std::string_view label) { return ListQuestion{ledger::EntriesOfSubject{named(label)}}; }

// A proof file and the genesis file on disk, as a bureau receives them.
struct Desk {
    explicit Desk(Suite suite = Suite::ed25519_sha256) : ledger(suite), row(row_of("沪2026-1")) {
        const auto entry = entry_of(ledger.genesis.suite(), row, "沪2026-1");
        ledger.append("310000", {entry, create("b", "another company")});
        genesis_path = ledger.scratch.path("genesis.json");
        proof_path = ledger.scratch.path("record.proof");
        REQUIRE(write_file(genesis_path, as_bytes(ledger.genesis.text()), 0644, Existing::refuse).ok());
        save(about_record("沪2026-1"));
    }
    void save(const Question& question) {
        const auto checked = fetch_proof(ledger.node(), ledger.genesis, question);
        INFO((checked ? std::string() : checked.error().text));
        REQUIRE(checked.ok());
        bytes = ledger::print_proof(checked->proof);
        REQUIRE(write_file(proof_path, bytes, 0644, Existing::replace).ok());
    }
    void damage(std::size_t at) {
        bytes.at(at) ^= 1;
        REQUIRE(write_file(proof_path, bytes, 0644, Existing::replace).ok());
    }
    FileCheck checked_file(const std::optional<RecordFile>& given = {}) const {
        return check_proof_file(proof_path, genesis_path, given);
    }

    SmallLedger ledger;
    RecordFile row;
    std::string genesis_path, proof_path;
    Bytes bytes;
};

}  // namespace

TEST_CASE("a node's proof of each kind is accepted if it answers the question") {
    const Suite suite = GENERATE(Suite::ed25519_sha256, Suite::sm2_sm3);
    SmallLedger ledger(suite);
    const Hash batch = ledger.append("310000", {create("a"), create("b")});
    const auto record = fetch_proof(ledger.node(), ledger.genesis, about_record("a"));
    REQUIRE(record.ok());
    REQUIRE(content_of(record->finding)->is_current());
    const auto entry = fetch_proof(ledger.node(), ledger.genesis, EntryQuestion{1});
    REQUIRE(entry.ok());
    REQUIRE(content_of(entry->finding)->id == named("b"));
    const auto subject = fetch_proof(ledger.node(), ledger.genesis, about_subject("a company"));
    REQUIRE(subject.ok());
    REQUIRE(std::get<ledger::ListFinding>(subject->finding.what).entries.size() == 2);
    const auto receipt = fetch_proof(ledger.node(), ledger.genesis, BatchQuestion{batch});
    REQUIRE(receipt.ok());
    REQUIRE(std::get<ledger::BatchFinding>(receipt->finding.what).outcome.reason == ledger::Reason::accepted);
}

TEST_CASE("that there is no such record is an answer with a proof") {
    SmallLedger ledger;
    ledger.append("310000", {create("a")});
    const auto checked = fetch_proof(ledger.node(), ledger.genesis, about_record("never written"));
    REQUIRE(checked.ok());
    REQUIRE_FALSE(content_of(checked->finding)->entry);
    REQUIRE_FALSE(content_of(checked->finding)->is_current());
}

TEST_CASE("a valid proof of something else is refused") {
    SmallLedger ledger;
    const Hash batch = ledger.append("310000", {create("a"), create("b", "another company")});
    const auto instead = [&ledger](const Question& other) {
        const std::string target = target_of(other);
        return NodeClient([&ledger, target](const NodeRequest&) { return ledger.answer(target); });
    };
    const Question entry_0 = EntryQuestion{0};
    const Question entry_1 = EntryQuestion{1};
    const Question subject = about_subject("a company");
    const Question other_subject = about_subject("another company");
    const Question receipt = BatchQuestion{batch};
    ledger.accuse({1});
    const Question evidence = EvidenceQuestion{ledger.genesis.validator(1).id};
    const Question none = EvidenceQuestion{ledger.genesis.validator(2).id};
    for (const auto& [asked, answered] : std::vector<std::pair<Question, Question>>{
             {about_record("a"), about_record("b")},
             {about_record("a"), about_record("nothing")},
             {about_record("a"), entry_0},
             {entry_0, entry_1},
             {entry_0, about_record("a")},
             {subject, other_subject},
             {BatchQuestion{named("no batch")}, receipt},
             {evidence, none},
             {none, evidence},
             {evidence, about_record("a")},
         }) {
        const Error error = error_of(instead(answered), ledger.genesis, asked);
        REQUIRE(error.code == Errc::invalid);
        REQUIRE(says(error, "something else"));
    }
}

TEST_CASE("what a node answers instead of a proof is said as it is") {
    SmallLedger ledger;
    const Question asked = about_record("a");
    SECTION("its own refusal, with its code") {
        const Error error = error_of(answering(404, R"({"error":{"code":"not_found","message":"no such batch"}})"),
                                     ledger.genesis, asked);
        REQUIRE(error.code == Errc::not_found);
        REQUIRE(says(error, "no such batch"));
    }
    SECTION("a refusal with a code of a later version") {
        const Error error =
            error_of(answering(451, R"({"error":{"code":"sealed","message":"by court"}})"), ledger.genesis, asked);
        REQUIRE(error.code == Errc::unavailable);
        REQUIRE(says(error, "by court"));
    }
    SECTION("somebody else's page") {
        const Error error = error_of(answering(502, "<html>bad gateway"), ledger.genesis, asked);
        REQUIRE(error.code == Errc::unavailable);
        REQUIRE(says(error, "502"));
    }
    SECTION("a refusal of the wrong shape") {
        REQUIRE(error_of(answering(400, R"({"error":[]})"), ledger.genesis, asked).code == Errc::unavailable);
        REQUIRE(error_of(answering(400, R"({"error":{"code":7,"message":"x"}})"), ledger.genesis, asked).code ==
                Errc::unavailable);
    }
    SECTION("bytes that are no proof") {
        REQUIRE(error_of(answering(200, "hello"), ledger.genesis, asked).code != Errc::invalid);
        REQUIRE_FALSE(fetch_proof(answering(200, ""), ledger.genesis, asked).ok());
    }
    SECTION("nothing at all") {
        const NodeClient silent([](const NodeRequest&) -> Result<net::HttpResponse> {
            return Error{Errc::unavailable, "127.0.0.1:8310: connection refused"};
        });
        REQUIRE(error_of(silent, ledger.genesis, asked).code == Errc::unavailable);
    }
}

TEST_CASE("a node of another federation is refused") {
    SmallLedger ledger, other(Suite::sm2_sm3);
    other.append("310000", {create("a")});
    const Error error = error_of(other.node(), ledger.genesis, about_record("a"));
    REQUIRE(error.code == Errc::invalid);
}

TEST_CASE("a proof file is judged with the genesis file alone") {
    const Suite suite = GENERATE(Suite::ed25519_sha256, Suite::sm2_sm3);
    const Desk desk(suite);
    const FileCheck verdict = desk.checked_file();
    REQUIRE(verdict.outcome == Outcome::valid);
    REQUIRE(content_of(verdict.checked->finding)->is_current());
    REQUIRE(verdict.checked->row == RowCheck::not_given);
}

TEST_CASE("a row is compared with the digest, field by field") {
    const Desk desk;
    const FileCheck verdict = desk.checked_file(desk.row);
    REQUIRE(verdict.outcome == Outcome::valid);
    REQUIRE(verdict.checked->row == RowCheck::compared);
}

TEST_CASE("a row that differs anywhere is not valid") {
    const Desk desk;
    RecordFile row = desk.row;
    SECTION("one character") { test::field_of(row.record, "CF_JDRQ").value = "2026-11-10"; }
    SECTION("nothing instead of a value") { test::field_of(row.record, "CF_CFLB").value.reset(); }
    SECTION("a value instead of nothing") { test::field_of(row.record, "CF_YXQ").value = "2027-01-01"; }
    SECTION("a field less") { row.record.fields.pop_back(); }
    SECTION("a field more") { row.record.fields.push_back({"CF_ZZ", std::nullopt}); }
    SECTION("another category") { row.record.category = ledger::Category::licence; }
    SECTION("another salt") { row.salt.bytes[31] ^= 1; }
    const FileCheck verdict = desk.checked_file(row);
    REQUIRE(verdict.outcome == Outcome::invalid);
    REQUIRE_FALSE(verdict.checked);
    REQUIRE_FALSE(verdict.reason.empty());
}

TEST_CASE("a form that this program does not know leaves a proof not verified, and the form is named") {
    Desk desk;
    FileCheck verdict;
    SECTION("of the row") {
        RecordFile row = desk.row;
        row.record.form = 2;
        verdict = desk.checked_file(row);
    }
    SECTION("of the opened fields") {
        ledger::Proof proof = *ledger::parse_proof(desk.bytes);
        proof.opening = *ledger::open_fields(desk.ledger.genesis.suite(), desk.row.record, desk.row.salt, {"CF_WSH"});
        proof.opening->shape.form = 2;
        desk.bytes = ledger::print_proof(proof);
        REQUIRE(write_file(desk.proof_path, desk.bytes, 0644, Existing::replace).ok());
        verdict = desk.checked_file();
    }
    REQUIRE(verdict.outcome == Outcome::unknown);
    REQUIRE_FALSE(verdict.checked);
    REQUIRE(says(verdict, "form 2 of category penalty is unknown; this program knows form 1"));
}

TEST_CASE("a proof of another chain is not valid, and both chains are named") {
    Desk desk;
    const auto other = ledger::rules_test::genesis_with({.batch_entries_max = 9'999});
    REQUIRE(write_file(desk.genesis_path, as_bytes(other.text()), 0644, Existing::replace).ok());
    const FileCheck verdict = desk.checked_file();
    REQUIRE(verdict.outcome == Outcome::invalid);
    REQUIRE(says(verdict, other.chain_id().hex()));
    REQUIRE(says(verdict, desk.ledger.genesis.chain_id().hex()));
}

TEST_CASE("no changed bit of a proof file is taken for valid") {
    Desk desk;
    const Bytes whole = desk.bytes;
    for (std::size_t at = 0; at < whole.size(); at += 7) {
        desk.bytes = whole;
        desk.damage(at);
        INFO("byte " << at);
        REQUIRE(desk.checked_file().outcome != Outcome::valid);
    }
}

TEST_CASE("what cannot be read cannot be judged") {
    Desk desk;
    SECTION("no genesis file") { REQUIRE(std::remove(desk.genesis_path.c_str()) == 0); }
    SECTION("a genesis file that is none") {
        REQUIRE(write_file(desk.genesis_path, as_bytes("{}"), 0644, Existing::replace).ok());
    }
    SECTION("no proof file") { REQUIRE(std::remove(desk.proof_path.c_str()) == 0); }
    SECTION("an empty file") { REQUIRE(write_file(desk.proof_path, {}, 0644, Existing::replace).ok()); }
    SECTION("half a file") {
        const ByteView half = ByteView(desk.bytes).first(desk.bytes.size() / 2);
        REQUIRE(write_file(desk.proof_path, half, 0644, Existing::replace).ok());
    }
    SECTION("a file of a later version") { desk.damage(ledger::proof_magic.size() - 2); }
    SECTION("a folder") { desk.proof_path = desk.ledger.scratch.path("chain"); }
    const FileCheck verdict = desk.checked_file();
    REQUIRE(verdict.outcome == Outcome::unknown);
    REQUIRE_FALSE(verdict.reason.empty());
}

TEST_CASE("an old proof stays unaltered and is no longer said to be current once a new one is made") {
    Desk desk;
    ledger::Entry update = change(ledger::Operation::update, "沪2026-1", 1);
    desk.ledger.append("310000", {update});
    REQUIRE(desk.checked_file().checked->finding.height == 1);  // as of then
    desk.save(EntryQuestion{0});
    const FileCheck verdict = desk.checked_file(desk.row);
    REQUIRE(verdict.outcome == Outcome::valid);
    REQUIRE(verdict.checked->finding.height == 2);
    REQUIRE_FALSE(content_of(verdict.checked->finding)->is_current());
    REQUIRE(content_of(verdict.checked->finding)->latest->entry.version == 1);
}

TEST_CASE("opened fields are shown, and no others are in the file") {
    Desk desk;
    auto checked = fetch_proof(desk.ledger.node(), desk.ledger.genesis, about_record("沪2026-1"));
    REQUIRE(checked.ok());
    const Status opened = open_in_proof(desk.ledger.genesis, *checked, desk.row, {"CF_JDRQ", "CF_YXQ"});
    INFO((opened ? std::string() : opened.error().text));
    REQUIRE(opened.ok());
    desk.bytes = ledger::print_proof(checked->proof);
    REQUIRE(write_file(desk.proof_path, desk.bytes, 0644, Existing::replace).ok());
    const FileCheck verdict = desk.checked_file();
    REQUIRE(verdict.outcome == Outcome::valid);
    const auto& fields = content_of(verdict.checked->finding)->opened;
    REQUIRE(fields.size() == 2);
    REQUIRE(fields[0].value == "2026-11-09");
    REQUIRE_FALSE(fields[1].value);
    REQUIRE(as_text(desk.bytes).find("罚款") == std::string::npos);
}

TEST_CASE("fields are opened only of the very row, and only fields it has") {
    Desk desk;
    auto checked = fetch_proof(desk.ledger.node(), desk.ledger.genesis, about_record("沪2026-1"));
    REQUIRE(checked.ok());
    const Status unknown = open_in_proof(desk.ledger.genesis, *checked, desk.row, {"CF_NONE"});
    REQUIRE_FALSE(unknown.ok());
    REQUIRE(says(unknown.error(), "CF_NONE"));
    REQUIRE_FALSE(open_in_proof(desk.ledger.genesis, *checked, row_of("沪2026-2"), {"CF_JDRQ"}).ok());
    auto subject = fetch_proof(desk.ledger.node(), desk.ledger.genesis, about_subject("a company"));
    REQUIRE(subject.ok());
    REQUIRE_FALSE(open_in_proof(desk.ledger.genesis, *subject, desk.row, {"CF_JDRQ"}).ok());
}

TEST_CASE("evidence of equivocation is fetched, filed and judged with the genesis file alone, and so is its absence") {
    const Suite suite = GENERATE(Suite::ed25519_sha256, Suite::sm2_sm3);
    Desk desk(suite);
    desk.ledger.accuse({1, 3});
    const auto question = [&](MemberIndex member) {
        return EvidenceQuestion{desk.ledger.genesis.validator(member).id};
    };
    CHECK(target_of(question(1)) == "/v1/evidence/" + desk.ledger.genesis.validator(1).id);
    desk.save(question(1));
    const FileCheck shown = desk.checked_file();
    REQUIRE(shown.outcome == Outcome::valid);
    const auto& found = std::get<ledger::EvidenceFinding>(shown.checked->finding.what).shown;
    CHECK(found->state.height == 2);
    CHECK(found->evidence.member == 1);
    const std::string told =
        say(*shown.genesis, shown.checked->finding, {.language = Language::en, .row = shown.checked->row}).sentence;
    for (const std::string& word : {desk.ledger.genesis.validator(1).id, named("a block").hex(),
                                    named("another block").hex(), std::string("height 2")}) {
        CHECK(told.find(word) != std::string::npos);
    }
    const Bytes whole = desk.bytes;
    for (std::size_t at = 0; at < whole.size(); at += 5) {
        desk.bytes = whole;
        desk.damage(at);
        INFO("byte " << at);
        REQUIRE(desk.checked_file().outcome != Outcome::valid);
    }
    CHECK(desk.checked_file(desk.row).outcome != Outcome::valid);  // it says nothing about a row
    desk.save(question(2));
    const FileCheck none = desk.checked_file();
    REQUIRE(none.outcome == Outcome::valid);
    CHECK_FALSE(std::get<ledger::EvidenceFinding>(none.checked->finding.what).shown);
}

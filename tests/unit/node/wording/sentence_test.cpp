// Tests what people read, word for word, in both languages.
#include "node/wording/sentence.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <set>

#include "node/wording/plain.hpp"
#include "tests/unit/ledger/federation.hpp"

using namespace xinlian;
using namespace xinlian::node;
using ledger::Operation;

namespace {

const std::string record_id(64, '1');
const std::string tag(64, '2');

struct Story {
    ledger::Genesis genesis = ledger::rules_test::genesis_with({});
    ledger::Finding finding;

    Story() {
        finding.height = 15;
        finding.time.ms = 1'795'488'000'000;  // 2026-11-24T02:40:00Z
        finding.log_size = 60;
        finding.signers = {"310000", "320000", "330000"};
        finding.quorum = 3;
        finding.members = 4;
    }
    std::string zh(RowCheck row = RowCheck::not_given) const {
        return say(genesis, finding, {.language = Language::zh, .row = row}).sentence;
    }
    std::string en(RowCheck row = RowCheck::not_given) const {
        return say(genesis, finding, {.language = Language::en, .row = row}).sentence;
    }
    std::string zh_end() const {
        return "；由 4 个验证成员中的 3 个签署（法定 3 个）：310000、320000、330000；创世指纹 " +
               genesis.fingerprint() + "。";
    }
    std::string en_end() const {
        return "; signed by 3 of 4 validators (quorum 3): 310000, 320000, 330000; genesis fingerprint " +
               genesis.fingerprint() + ".";
    }
};

ledger::LogEntry leaf(Operation operation, std::uint32_t version, Height height) {
    ledger::LogEntry entry;
    entry.height = height;
    entry.time.ms = 1'795'485'600'000 + height * 1000;  // 2026-11-24T02:00:00Z
    entry.issuer = "310000";
    entry.entry.operation = operation;
    entry.entry.version = version;
    entry.entry.record = hash_from_hex(record_id).value();
    entry.entry.subject = hash_from_hex(tag).value();
    entry.entry.decided = 20261109;
    entry.entry.public_until = 20291109;
    return entry;
}

template <class Found>
Story of_content() {
    Story story;
    Found found;
    found.id = hash_from_hex(record_id).value();
    found.entry = ledger::ProvenEntry{leaf(Operation::create, 0, 12), 57, {}};
    story.finding.what = found;
    return story;
}
Story of_record() { return of_content<ledger::RecordFinding>(); }
ledger::RecordFinding& record_in(Story& story) { return std::get<ledger::RecordFinding>(story.finding.what); }

Story of_subject(std::size_t entries) {
    Story story;
    ledger::ListFinding list{ledger::EntriesOfSubject{hash_from_hex(tag).value()}, {}};
    for (std::size_t i = 0; i < entries; ++i) {
        list.entries.push_back(
            {leaf(i == 0 ? Operation::create : Operation::update, static_cast<std::uint32_t>(i), 12 + i), 57 + i});
    }
    story.finding.what = std::move(list);
    return story;
}

Story of_evidence(bool shown) {
    Story story;
    ledger::EvidenceFinding found{"320000", 0, {}};
    if (shown) {
        const Evidence evidence = ledger::rules_test::evidence_against(story.genesis, 1, 9);
        found.shown = {{"320000", 9, evidence_digest(story.genesis.suite(), evidence), 12, Time{1'795'485'612'000}},
                       evidence};
    }
    story.finding.what = found;
    return story;
}

Story of_batch(ledger::Reason reason) {
    Story story;
    ledger::BatchHeader header;
    header.issuer = "310000";
    header.sequence = 7;
    story.finding.what = ledger::BatchFinding{ledger::batch_id(story.genesis.suite(), header), header,
                                              ledger::BatchOutcome{reason, 3, 12, 100, 1000}};
    return story;
}

const std::string zh_issued =
    "的条目 57 由信用中心 310000（310000）签发，于 2026-11-24 10:00:12（北京时间，高度 12）登记：";
const std::string en_issued =
    " was issued by 310000 (信用中心 310000), recorded at 2026-11-24 10:00:12 +08:00 (height 12): ";
const std::string zh_as_of = "截至高度 15（2026-11-24 10:40:00 北京时间）";
const std::string en_as_of = "as of height 15 (2026-11-24 10:40:00 +08:00)";

}  // namespace

TEST_CASE("a record that holds is said to be unaltered, and apart from that current") {
    const Story story = of_record();
    CHECK(story.zh() == "未被篡改：记录 " + record_id + " " + zh_issued +
                            "新增，版本 0，决定日期 2026-11-09，公示截止 2029-11-09；现行：" + zh_as_of +
                            "没有更新的条目取代它" + story.zh_end());
    CHECK(story.en() == "Unaltered: entry 57 of record " + record_id + en_issued +
                            "create, version 0, decided 2026-11-09, public until 2029-11-09; current: " + en_as_of +
                            " no later entry replaces it" + story.en_end());
}

TEST_CASE("with the record itself the sentence says that it matches the registered one") {
    const Story story = of_record();
    CHECK(story.zh(RowCheck::compared).starts_with("未被篡改：所给记录与登记的逐字段一致，记录 "));
    CHECK(
        story.en(RowCheck::compared)
            .starts_with("Unaltered: the given record matches the registered one field by field, entry 57 of record "));
    CHECK(story.zh().find("所给记录") == std::string::npos);
    CHECK(story.en().find("the given record") == std::string::npos);
}

TEST_CASE("a superseded entry is unaltered but never called current") {
    Story story = of_content<ledger::EntryFinding>();
    std::get<ledger::EntryFinding>(story.finding.what).latest = leaf(Operation::update, 1, 14);
    CHECK(story.zh() == "未被篡改：记录 " + record_id + " " + zh_issued +
                            "新增，版本 0，决定日期 2026-11-09，公示截止 2029-11-09；已被取代：" + zh_as_of +
                            "现行的是另一条目（更新，版本 1，决定日期 2026-11-09，公示截止 2029-11-09，于 2026-11-24 "
                            "10:00:14（北京时间，高度 14）登记）" +
                            story.zh_end());
    CHECK(story.en() ==
          "Unaltered: entry 57 of record " + record_id + en_issued +
              "create, version 0, decided 2026-11-09, public until 2029-11-09; superseded: " + en_as_of +
              " a later entry replaces it (update, version 1, decided 2026-11-09, public until 2029-11-09, "
              "recorded at 2026-11-24 10:00:14 +08:00 (height 14))" +
              story.en_end());
    CHECK(story.en().find("current") == std::string::npos);
}

TEST_CASE("a deleted record is said to be deleted") {
    Story story = of_record();
    ledger::LogEntry& entry = record_in(story).entry->entry;
    entry = leaf(Operation::remove, 1, 12);
    entry.entry.decided = entry.entry.public_until = ledger::date_none;
    CHECK(story.zh() == "未被篡改：记录 " + record_id + " " + zh_issued + "删除，版本 1；已删除：" + zh_as_of +
                            "该记录已被删除" + story.zh_end());
    CHECK(story.en() == "Unaltered: entry 57 of record " + record_id + en_issued + "delete, version 1; deleted: " +
                            en_as_of + " the record has been deleted" + story.en_end());
}

TEST_CASE("a record that is public without end has no made-up last day") {
    Story story = of_record();
    record_in(story).entry->entry.entry.public_until = ledger::date_forever;
    CHECK(story.zh().find("，长期公示；") != std::string::npos);
    CHECK(story.en().find(", public indefinitely;") != std::string::npos);
    CHECK(story.en().find("9999") == std::string::npos);
}

TEST_CASE("an absent record is proven absent, not called unaltered") {
    Story story = of_record();
    record_in(story).entry.reset();
    CHECK(story.zh() == "确无此记录：" + zh_as_of + "账本中没有记录 " + record_id + story.zh_end());
    CHECK(story.en() == "No such record: " + en_as_of + " the ledger contains no record " + record_id + story.en_end());
}

TEST_CASE("opened fields stand on lines of their own, without control characters") {
    Story story = of_record();
    record_in(story).opened = {{"CF_CFLB", "罚款\n警告\x1b[2J\xc2\x9b"}, {"CF_YXQ", std::nullopt}};
    const ProofMessage zh = say(story.genesis, story.finding, {.language = Language::zh, .row = RowCheck::not_given});
    CHECK(zh.lines == std::vector<std::string>{"CF_CFLB = 罚款 警告 [2J ", "CF_YXQ = （空）"});
    const ProofMessage en = say(story.genesis, story.finding, {.language = Language::en, .row = RowCheck::not_given});
    CHECK(en.lines.back() == "CF_YXQ = (none)");
}

TEST_CASE("all entries about a subject are listed, and the sentence says there is no other") {
    const Story story = of_subject(2);
    CHECK(story.zh() ==
          "完整：" + zh_as_of + "各地关于主体标签 " + tag + " 的条目恰为 2 条，别无其他" + story.zh_end());
    CHECK(story.en() == "Complete: " + en_as_of + " there are exactly 2 entries about subject tag " + tag +
                            ", from all members, and no others" + story.en_end());
    const ProofMessage zh = say(story.genesis, story.finding, {.language = Language::zh, .row = RowCheck::not_given});
    REQUIRE(zh.lines.size() == 3);  // the entries, and how the record stands
    CHECK(zh.lines[1] ==
          "2. 信用中心 310000（310000），更新，版本 1，决定日期 2026-11-09，公示截止 2029-11-09，于 2026-11-24 "
          "10:00:13（北京时间，高度 13）登记，条目 58，记录 1111111111111111");
    const ProofMessage en = say(story.genesis, story.finding, {.language = Language::en, .row = RowCheck::not_given});
    CHECK(en.lines[0] ==
          "1. 310000 (信用中心 310000), create, version 0, decided 2026-11-09, public until 2029-11-09, recorded at "
          "2026-11-24 10:00:12 +08:00 (height 12), entry 57, record 1111111111111111");
}

TEST_CASE("one entry is one entry, and none is none") {
    CHECK(of_subject(1).en().find("there is exactly 1 entry about") != std::string::npos);
    const Story none = of_subject(0);
    CHECK(none.zh() == "确无条目：" + zh_as_of + "各地均无关于主体标签 " + tag + " 的条目" + none.zh_end());
    CHECK(none.en() ==
          "No entries: " + en_as_of + " the ledger contains no entry about subject tag " + tag + none.en_end());
}

TEST_CASE("a receipt says which log entries the batch became") {
    const Story story = of_batch(ledger::Reason::accepted);
    const std::string id = std::get<ledger::BatchFinding>(story.finding.what).id.hex();
    CHECK(story.zh() == "已接受：信用中心 310000（310000）的第 7 批（" + id +
                            "）共 1000 条，于高度 12 成为日志条目 100 至 1099，" + zh_as_of + "如此" + story.zh_end());
    CHECK(story.en() == "Accepted: batch 7 of 310000 (信用中心 310000) (" + id +
                            ") with 1000 entries became log entries 100 to 1099 at height 12, " + en_as_of +
                            story.en_end());
}

TEST_CASE("a rejected batch is never called accepted, and its reason is said") {
    const Story story = of_batch(ledger::Reason::wrong_version);
    CHECK(story.zh().starts_with("未被接受："));
    CHECK(story.zh().find("于高度 12 被拒（第 3 条：版本号不对），未改变任何内容") != std::string::npos);
    CHECK(story.en().starts_with("Rejected: batch 7 of 310000"));
    CHECK(story.en().find("was rejected at height 12 (entry 3, wrong-version: the version does not match the record) "
                          "and changed nothing") != std::string::npos);
    CHECK(story.en().find("became log entries") == std::string::npos);
}

TEST_CASE("every reason has words of its own in Chinese") {
    std::set<std::string> seen;
    for (std::uint8_t i = 0; ledger::is_known(static_cast<ledger::Reason>(i)); ++i) {
        seen.insert(of_batch(static_cast<ledger::Reason>(i)).zh());
    }
    CHECK(seen.size() == 53);
}

TEST_CASE("a member the genesis does not name is called by its id") {
    Story story = of_record();
    record_in(story).entry->entry.issuer = "999999";
    CHECK(story.en().find("was issued by 999999, recorded") != std::string::npos);
}

TEST_CASE("the JSON form says the same as the sentence") {
    const Story story = of_record();
    const auto json = to_json(story.genesis, story.finding, {.language = Language::en, .row = RowCheck::compared});
    CHECK(json.at("valid").get_bool());
    CHECK(json.at("current").get_bool());
    CHECK_FALSE(json.at("deleted").get_bool());
    CHECK(json.at("row_compared").get_bool());
    CHECK(json.at("index").to_number<int>() == 57);
    CHECK(std::string(json.at("record").get_string()) == record_id);
    CHECK(std::string(json.at("sentence").get_string()) == story.en(RowCheck::compared));
    CHECK(json.at("signers").get_array().size() == 3);
    CHECK(std::string(json.at("entry").at("decided").get_string()) == "2026-11-09");
    const Story absent = of_subject(0);
    const auto none = to_json(absent.genesis, absent.finding, {.language = Language::en, .row = RowCheck::not_given});
    CHECK(none.at("entries").get_array().empty());
    CHECK(std::string(none.at("subject").get_string()) == tag);
}

TEST_CASE("why a proof does not hold is said in Chinese too, with the verifier's words after it") {
    CHECK(refusal("the state: the map proof does not lead to the root", Language::zh) ==
          "内容与签署的状态根不符（the state: the map proof does not lead to the root）");
    CHECK(refusal("entry 3 is not proven to be in the log: x", Language::zh).starts_with("条目不在已签署的日志中"));
    CHECK(refusal("the proof belongs to chain 00, not to the genesis file's chain 01", Language::zh)
              .starts_with("证明属于另一条链"));
    CHECK(refusal("the record with this salt does not match the proof: a field or the salt differs", Language::zh)
              .starts_with("所给记录或盐值与登记的不一致"));
    CHECK(refusal("something new", Language::zh) == "证明的内容前后不一致（something new）");
    CHECK(refusal("something\nnew", Language::en) == "something new");
}

TEST_CASE("times are Beijing times, also around midnight and at the ends of time") {
    CHECK(time_text(Time{0}) == "1970-01-01 08:00:00");
    CHECK(time_text(Time{1'795'449'599'999}) == "2026-11-23 23:59:59");
    CHECK(time_text(Time{1'795'449'600'000}) == "2026-11-24 00:00:00");
    CHECK(time_text(Time{253'402'271'999'999}) == "9999-12-31 23:59:59");
    CHECK(time_text(Time{253'402'272'000'000}) == "253402272000000 ms");
    CHECK(time_text(Time{UINT64_MAX}) == "18446744073709551615 ms");
}

TEST_CASE("evidence of equivocation names the member, both statements and since when it is on the ledger") {
    const Story story = of_evidence(true);
    const std::string one = ledger::rules_test::named("a block").hex(),
                      other = ledger::rules_test::named("another block").hex();
    CHECK(story.en() ==
          "Equivocation: 320000 (信用中心 320000) signed two conflicting statements in epoch 0, "
          "\"notarize "
          "block " +
              one + " in view 9\" and \"notarize block " + other +
              " in view 9\"; the evidence was recorded at 2026-11-24 10:00:12 +08:00 (height 12), as of "
              "height 15 (2026-11-24 10:40:00 +08:00)" +
              story.en_end());
    CHECK(story.zh() ==
          "双签属实：信用中心 320000（320000）在第 0 期签署了两项不得并存的声明：“第 9 轮赞成区块 " + one +
              "”与“第 9 轮赞成区块 " + other +
              "”；证据于 2026-11-24 10:00:12（北京时间，高度 12）载入账本，截至高度 15（2026-11-24 10:40:00 "
              "北京时间）如此" +
              story.zh_end());
    const auto json = to_json(story.genesis, story.finding, {.language = Language::en, .row = RowCheck::not_given});
    CHECK(std::string(json.at("kind").get_string()) == "evidence");
    CHECK(std::string(json.at("member").get_string()) == "320000");
    CHECK(json.at("found").get_bool());
    CHECK(json.at("view").to_number<int>() == 9);
    CHECK(json.at("height").to_number<int>() == 12);
    CHECK(std::string(json.at("first").get_string()) == "notarize block " + one + " in view 9");
}

TEST_CASE("that there is no evidence is said of the height the proof speaks of") {
    const Story story = of_evidence(false);
    CHECK(story.en() ==
          "No evidence: as of height 15 (2026-11-24 10:40:00 +08:00) the ledger contains no evidence of equivocation "
          "against "
          "320000 (信用中心 320000) in epoch 0" +
              story.en_end());
    CHECK(story.zh() ==
          "无双签证据：截至高度 15（2026-11-24 10:40:00 北京时间）账本中没有信用中心 320000（320000）在第 0 "
          "期双重签署的证据" +
              story.zh_end());
    CHECK_FALSE(to_json(story.genesis, story.finding, {.language = Language::en, .row = RowCheck::not_given})
                    .at("found")
                    .get_bool());
}

TEST_CASE("every kind of statement has its words") {
    const Hash block = ledger::rules_test::named("b");
    CHECK(statement_text({VoteKind::propose, 0, 3, block, {}}, Language::en) ==
          "propose block " + block.hex() + " in view 3");
    CHECK(statement_text({VoteKind::nullify, 0, 3, {}, {}}, Language::en) == "nullify view 3");
    CHECK(statement_text({VoteKind::nullify, 0, 3, {}, {}}, Language::zh) == "第 3 轮作废");
    const std::string final =
        statement_text({VoteKind::finalize, 0, 3, block, ExecutionResult{7, block, block}}, Language::en);
    CHECK(final == "finalize block " + block.hex() + " in view 3 (log of 7 entries with root " + block.hex() +
                       ", state root " + block.hex() + ")");
}

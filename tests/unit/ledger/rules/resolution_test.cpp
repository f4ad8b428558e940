// Tests rules that the federation sets by resolution: who must sign them, from which height they hold, and what they
// change.
#include "ledger/rules/resolution.hpp"

#include "ledger/chain/chain.hpp"
#include "ledger/rules/rulebook.hpp"
#include "tests/support/builders.hpp"
#include "tests/unit/ledger/state/acts_fixture.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::rules_test;

namespace {

using Op = Operation;
using test::must;

SignedRules signed_rules(const Genesis& genesis, std::string text, std::size_t signers) {
    SignedRules rules{std::move(text), {}};
    const Bytes message = resolution_signing_bytes(genesis.chain_id(), resolution_id(genesis.suite(), rules.text));
    for (MemberIndex i = 0; i < signers; ++i) {
        const SecretKey key = key_of(genesis.suite(), genesis.validator(i).id + " validator");
        rules.signatures.push_back({i, key.sign(message)});
    }
    return rules;
}

// A fixture whose members resolve rules.
struct Resolving : Fixture {
    using Fixture::Fixture;
    std::string text(std::uint32_t of, Height from, std::string_view rules) const {
        return must(print_resolution(genesis, of, from, rules));
    }
    BatchPtr proposed(std::uint32_t of, Height from, std::string_view rules, std::string_view by = "310000") const {
        const SignedRules resolved = signed_rules(genesis, text(of, from, rules), genesis.committee().quorum());
        const FeedState feed = tip->after.feed(by);
        const ParsedResolution parsed = must(parse_resolution(genesis, resolved.text));
        const Batch batch =
            must(make_batch(genesis, by, feed.next_sequence, feed.head, {entry_of(suite(), parsed, resolved)},
                            key_of(suite(), std::string(by) + " issuer"), height(), {resolved}));
        return must(check_batch(genesis, encode(batch)));
    }
    BatchOutcome resolve(std::uint32_t of, Height from, std::string_view rules) {
        return put({proposed(of, from, rules)}).front();
    }
    const Rulebook& rules_next() const { return tip->after.rulebooks.at(height() + 1); }
};

constexpr std::string_view ten_days =
    R"({"dispute":{"other":{"days":10,"working":false,"certainty":"published","source":"决议"}}})";

std::string channel(std::string_view members, std::string_view categories = R"(["penalty"])") {
    return R"({"channels":[{"number":7,"name":"青浦–吴江–嘉善","key_epoch":1,"categories":)" + std::string(categories) +
           R"(,"members":{)" + std::string(members) + "}}]}";
}

std::string refusal(const Genesis& genesis, std::string_view rules) {
    const auto parsed = parse_rulebook(genesis, rules);
    return parsed ? "" : parsed.error().text;
}

}  // namespace

TEST_CASE("what is shipped is part of the protocol and never changes") {
    // Another value here changes the protocol: an existing chain would be executed differently. New terms and years
    // come by resolution.
    const std::string text = print_rulebook(shipped_rulebook(), Parameters{});
    CHECK(hash(Suite::ed25519_sha256, as_bytes(text)).hex() ==
          "fd514515350d58dd9f6d9563b8c84b36dae1b9e01029017cb8704723bbce383e");
}

TEST_CASE("what a rulebook prints it reads again, and what a text leaves out is as shipped") {
    const Fixture fixture;
    CHECK(must(parse_rulebook(fixture.genesis, "{}")) == shipped_rulebook());
    CHECK(must(parse_rulebook(fixture.genesis, print_rulebook(shipped_rulebook(), fixture.genesis.parameters()))) ==
          shipped_rulebook());
    Rulebook changed = must(parse_rulebook(fixture.genesis, channel(R"("310000":"aa","320000":"bb")")));
    changed.roles.emplace("330000-bank", Roles{});
    changed.parameters = fixture.genesis.parameters();
    changed.parameters->heartbeat = Duration{5'000};
    changed.terms.report_working_days = 5;
    changed.terms.retention_years["31"] = 3;
    REQUIRE(changed.terms.calendar.set_year(2027, {20270101}, {20270102}).ok());
    CHECK(must(parse_rulebook(fixture.genesis, print_rulebook(changed, fixture.genesis.parameters()))) == changed);
    CHECK_FALSE(changed == shipped_rulebook());
}

TEST_CASE("rules that are not right are refused, with their place") {
    const Fixture fixture;
    const auto says = [&](std::string_view rules, const char* what) {
        CHECK_THAT(refusal(fixture.genesis, rules), Catch::Contains(what));
    };
    says("[]", "must be an object");
    says("{", "not JSON");
    says(R"({"chanels":[]})", "did you mean \"channels\"");
    says(R"({"repair":[]})", "repair is empty");
    says(R"({"dispute":{}})", "\"other\", the term of all other regions, is missing");
    says(R"({"dispute":{"other":{"days":0,"working":true,"certainty":"statute","source":""}}})", "from 1 to");
    says(R"({"dispute":{"other":{"days":1,"working":true,"certainty":"sure","source":""}}})", "unknown certainty");
    says(R"({"retention_years":{"3x":5}})", "is not a region");
    says(R"({"calendar":{"2027":{"off":["2027-01-02"],"worked":[]}}})", "which is off in any case");
    says(R"({"calendar":{"2027":{"off":[],"worked":["2027-01-04"]}}})", "worked in any case");
    says(R"({"calendar":{"2027":{"off":["2028-01-03"],"worked":[]}}})", "not a day of this year");
    says(R"({"calendar":{"2027":{"off":["2027-01-04","2027-01-01"],"worked":[]}}})", "out of order");
    says(R"({"parameters":{"heartbeat":1}})", "did you mean \"heartbeat_ms\"");
    says(R"({"parameters":{"heartbeat_ms":999}})", "from 1000 to");
    says(R"({"parameters":{"batch_entries_max":9999}})", "it must be as in the genesis file");
    says(R"({"parameters":{"block_body_bytes_max":4194303}})", "cannot be less than in the genesis file");
    says(R"({"roles":{"990000":[]}})", "not a member");
    says(R"({"roles":{"310000":["issuer"]}})", "cannot change who is a validator");
    says(R"({"roles":{"100000-pbc":["bureau"]}})", "no key in the genesis file");
    says(channel(R"("310000":"aa")"), "two or more");
    says(channel(R"("310000":"aa","990000":"bb")"), "not a member");
    says(channel(R"("310000":"aa","320000":"")"), "sealed key");
    says(channel(R"("310000":"aa","320000":"bb")", R"(["any"])"), "not any");
    says(channel(R"("310000":"aa","320000":"bb")", "[]"), "categories must name at least one");
}

TEST_CASE("a resolution needs a quorum's signatures over exactly its text, in its one form") {
    const Fixture fixture;
    const std::string text = must(print_resolution(fixture.genesis, 1, 9, ten_days));
    const std::size_t quorum = fixture.genesis.committee().quorum();
    CHECK(must(check_resolution(fixture.genesis, signed_rules(fixture.genesis, text, quorum))).from == 9);
    CHECK_FALSE(check_resolution(fixture.genesis, signed_rules(fixture.genesis, text, quorum - 1)).ok());
    SignedRules twice = signed_rules(fixture.genesis, text, quorum - 1);
    twice.signatures.push_back(twice.signatures.back());
    CHECK_FALSE(check_resolution(fixture.genesis, twice).ok());
    SignedRules other = signed_rules(fixture.genesis, text, quorum);
    other.text = must(print_resolution(fixture.genesis, 1, 10, ten_days));
    CHECK_FALSE(check_resolution(fixture.genesis, other).ok());
    CHECK_FALSE(parse_resolution(fixture.genesis, text + " ").ok());
    CHECK_FALSE(parse_resolution(Fixture(Suite::sm2_sm3).genesis, text).ok());
}

TEST_CASE("a batch carries a resolution alone, and its entry is the resolution's") {
    const Resolving fixture;
    const BatchPtr good = fixture.proposed(1, 9, ten_days);
    const SecretKey key = key_of(fixture.suite(), "310000 issuer");
    const auto refuses = [&](Batch batch) {
        std::vector<Hash> leaves;
        for (const Entry& entry : batch.entries) leaves.push_back(log_leaf_hash(fixture.suite(), encode(entry)));
        batch.header.entry_count = static_cast<std::uint32_t>(batch.entries.size());
        batch.header.entries_root = log_root_of(fixture.suite(), leaves);
        batch.signature =
            key.sign(batch_signing_bytes(fixture.genesis.chain_id(), batch_id(fixture.suite(), batch.header)));
        const auto checked = check_batch(fixture.genesis, encode(batch));
        REQUIRE_FALSE(checked.ok());
        CHECK_THAT(checked.error().text, Catch::Contains("resolution"));
    };
    Batch changed = good->batch;
    changed.resolutions.clear();
    refuses(changed);
    changed = good->batch;
    changed.entries.push_back(create("r"));
    refuses(changed);
    changed = good->batch;
    changed.entries = {create("r")};
    refuses(changed);
    changed = good->batch;
    changed.entries[0].version = 2;
    refuses(changed);
    changed = good->batch;
    changed.resolutions[0].signatures.pop_back();
    refuses(changed);
}

TEST_CASE("resolutions are numbered, and name a height to come") {
    Resolving fixture;
    fixture.on(20261124);
    CHECK(fixture.resolve(2, 9, ten_days).reason == Reason::wrong_number);
    CHECK(fixture.resolve(1, fixture.height() + 1, ten_days).reason == Reason::too_soon);
    const Height from = fixture.height() + 4;
    REQUIRE(fixture.resolve(1, from, ten_days).reason == Reason::accepted);
    CHECK(fixture.resolve(1, from, ten_days).reason == Reason::wrong_number);
    CHECK(fixture.tip->after.rules().count == 1);
}

TEST_CASE("a resolution that is not in force yet gives way to the next, and what is in force stays") {
    Resolving fixture;
    fixture.on(20261124);
    Height from = fixture.height() + 2;
    REQUIRE(fixture.resolve(1, from, ten_days).reason == Reason::accepted);
    accepted(fixture, "320000", create("one more block"));
    REQUIRE(fixture.rules_next().terms.dispute_term("320000").days == 10);
    // A height entered by mistake that no chain will reach.
    REQUIRE(fixture.resolve(2, Height{1} << 50, "{}").reason == Reason::accepted);
    CHECK(fixture.rules_next().terms.dispute_term("320000").days == 10);
    from = fixture.height() + 2;
    REQUIRE(fixture.resolve(3, from, "{}").reason == Reason::accepted);
    const RulesState rules = fixture.tip->after.rules();
    CHECK(rules.count == 3);
    CHECK(rules.before->text.find("\"number\":1") != std::string::npos);
    CHECK(rules.last->from == from);
    accepted(fixture, "320000", create("and another"));
    CHECK(fixture.rules_next().terms.dispute_term("320000").days == 20);
}

TEST_CASE("rules hold from the block of their height on, and not before") {
    Resolving fixture;
    fixture.on(20261124);
    accepted(fixture, "320000", create("a"));
    const Height from = fixture.height() + 6;
    REQUIRE(fixture.resolve(1, from, ten_days).reason == Reason::accepted);
    const Entry opened = dispute(create("a"), 20261124, 20261204);
    refused(fixture, "320000", opened, Reason::wrong_due_day, 0);
    while (fixture.height() + 1 < from) {
        CHECK(fixture.rules_next().terms.dispute_term("320000").days == 20);
        accepted(fixture, "320000", create("at " + std::to_string(fixture.height())));
    }
    CHECK(fixture.rules_next().terms.dispute_term("320000").days == 10);
    accepted(fixture, "320000", opened);
}

TEST_CASE("a member whose role was taken may not write any more, and one that got a role may") {
    Resolving fixture;
    fixture.on(20261124);
    const Height from = fixture.height() + 2;
    REQUIRE(fixture.resolve(1, from, R"({"roles":{"330000-bank":[],"310000-bureau":["bureau","issuer"]}})").reason ==
            Reason::accepted);
    refused(fixture, bank, grant_of(fixture, "g"), Reason::no_role);
    accepted(fixture, bureau, create("by the bureau"));
    refused(fixture, bureau, grant_of(fixture, "g2"),
            Reason::wrong_party);  // for the bank, which is no bureau any more
}

TEST_CASE("rules that leave nobody to write are refused: no others could ever follow them") {
    const Fixture fixture;
    std::string roles;
    for (const Member& member : fixture.genesis.members()) {
        if (!member.roles.writes()) continue;
        roles +=
            (roles.empty() ? "\"" : ",\"") + member.id + "\":" + (member.roles.validator ? "[\"validator\"]" : "[]");
    }
    CHECK_THAT(refusal(fixture.genesis, R"({"roles":{)" + roles + "}}"), Catch::Contains("no member that is issuer"));
    const std::string one_left = roles.substr(roles.find("],") + 2);
    CHECK(refusal(fixture.genesis, R"({"roles":{)" + one_left + "}}").empty());
}

TEST_CASE("limits and times hold from the block of their height on: for who builds and for who votes") {
    Resolving fixture;
    fixture.on(20261124);
    const Parameters& of_genesis = fixture.genesis.parameters();
    const Height from = fixture.height() + 3;
    REQUIRE(fixture.resolve(1, from, R"({"parameters":{"block_batches_max":1,"block_interval_min_ms":9000}})").reason ==
            Reason::accepted);
    std::vector<BatchPtr> waiting;
    for (const std::string by : {"310000", "320000"}) {
        const FeedState feed = fixture.tip->after.feed(by);
        waiting.push_back(batch_of(fixture.genesis, by, feed.next_sequence, feed.head, {create("waiting " + by)}));
    }
    CHECK(limits_above(fixture.genesis, *fixture.tip) == of_genesis);
    fixture.put({});
    REQUIRE(fixture.height() + 1 == from);
    const Parameters& limits = limits_above(fixture.genesis, *fixture.tip);
    CHECK(limits.block_interval_min == Duration{9'000});
    CHECK(limits.heartbeat == of_genesis.heartbeat);

    const BlockHeader& parent = fixture.tip->block.header;
    Block two = block_after(fixture.genesis, parent, waiting);
    two.header.time = parent.time + limits.block_interval_min;
    CHECK(check_block(fixture.genesis, of_genesis, two, parent).ok());
    CHECK_FALSE(check_block(fixture.genesis, limits, two, parent).ok());
    Block one = block_after(fixture.genesis, parent, {waiting[0]});
    one.header.time = parent.time + limits.block_interval_min;
    CHECK(check_block(fixture.genesis, limits, one, parent).ok());
    --one.header.time.ms;
    CHECK(check_block(fixture.genesis, of_genesis, one, parent).ok());
    CHECK_FALSE(check_block(fixture.genesis, limits, one, parent).ok());
}

TEST_CASE("a channel is for its members and categories, and acts on its records stay in it") {
    Resolving fixture;
    fixture.on(20261124);
    Entry in = create("in the channel");
    in.channel = 7;
    refused(fixture, "310000", in, Reason::no_such_channel);
    REQUIRE(
        fixture.resolve(1, fixture.height() + 2, channel(R"("310000":"aa","310000-bureau":"bb","340000-both":"cc")"))
            .reason == Reason::accepted);
    refused(fixture, "320000", in, Reason::not_in_channel);
    Entry licence = in;
    licence.category = Category::licence;
    refused(fixture, "310000", licence, Reason::outside_channel);
    const std::uint64_t index = accepted(fixture, "310000", in);
    Entry outside = next(in, Op::update);
    outside.channel = 0;
    refused(fixture, "310000", outside, Reason::wrong_channel, index);
    accepted(fixture, "310000", next(in, Op::update));

    Entry grant = grant_of(fixture, "g");
    grant.channel = 7;
    refused(fixture, bureau, grant, Reason::not_in_channel);  // for the bank, which is no member of it
    grant.party = fixture.number(bureau);
    const std::uint64_t granted = accepted(fixture, bureau, grant);
    Entry query = query_of(fixture, grant, "q");
    query.channel = 0;
    refused(fixture, bureau, query, Reason::wrong_channel, granted);
    query.channel = 7;
    query.party = fixture.number("320000");
    refused(fixture, bureau, query, Reason::not_in_channel);
    query.party = fixture.number("310000");
    accepted(fixture, bureau, query);
}

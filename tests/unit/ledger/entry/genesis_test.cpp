// Tests genesis files: printing, parsing, and the refusal of invalid ones.
#include "ledger/entry/genesis.hpp"

#include <filesystem>
#include <fstream>

#include "tests/unit/ledger/federation.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::rules_test;

namespace {

std::string good_text() {
    return print_genesis("长三角征信链", Suite::ed25519_sha256, genesis_time, members_of(Suite::ed25519_sha256), {});
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

Error refusal(const std::string& text) {
    const auto genesis = Genesis::parse(text);
    REQUIRE(!genesis.ok());
    return genesis.error();
}

void refuses(const std::string& from, const std::string& to, const std::string& because) {
    const Error error = refusal(replaced(good_text(), from, to));
    CHECK_THAT(error.text, Catch::Contains(because));
    CHECK((error.code == Errc::invalid || error.code == Errc::malformed));
}

std::string print(const std::vector<Member>& members, const Parameters& parameters = {}) {
    return print_genesis("链", Suite::ed25519_sha256, genesis_time, members, parameters);
}

}  // namespace

TEST_CASE("a printed genesis file is read back as it was") {
    for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) {
        Parameters parameters;
        parameters.batch_entries_max = 77;
        parameters.view_timeout = Duration{123};
        const Genesis genesis = genesis_with(parameters, suite);
        CHECK(genesis.name() == "长三角征信链");
        CHECK(genesis.suite() == suite);
        CHECK(genesis.time() == genesis_time);
        CHECK(genesis.parameters().batch_entries_max == 77);
        CHECK(genesis.parameters().view_timeout == Duration{123});
        CHECK(genesis.parameters().block_batches_max == 512);
        REQUIRE(genesis.members().size() == 5);
        CHECK(genesis.members().front().id == "100000-pbc");
        CHECK(genesis.committee().size() == 4);
        CHECK(genesis.member("320000")->name == "信用中心 320000");
        CHECK(genesis.member("320000")->issuer_key == key_of(suite, "320000 issuer").public_key());
        CHECK(genesis.member("320001") == nullptr);
        CHECK(genesis.member("") == nullptr);
    }
}

TEST_CASE("committee indexes lead to members and back") {
    const Genesis genesis = genesis_with({});
    for (MemberIndex i = 0; i < 4; ++i) {
        const Member& member = genesis.validator(i);
        CHECK(member.validator_key == genesis.committee().key(i));
        CHECK(genesis.validator_index(member.id) == i);
    }
    CHECK(!genesis.validator_index("100000-pbc"));
    CHECK(!genesis.validator_index("nobody"));
}

TEST_CASE("the chain id depends on what the file says, not on its layout") {
    const std::string text = good_text();
    const Genesis genesis = genesis_of(text);
    std::string spaced = replaced(text, "\"format\":", " \"format\"  :\n\n");
    CHECK(genesis_of(spaced).chain_id() == genesis.chain_id());
    CHECK(genesis_of(genesis.text()).chain_id() == genesis.chain_id());
    CHECK(genesis.chain_id() == hash(Suite::ed25519_sha256, as_bytes(genesis.text())));
    CHECK(genesis_of(replaced(text, "长三角征信链", "长三角征信鏈")).chain_id() != genesis.chain_id());
    CHECK(genesis_of(replaced(text, "60000", "60001")).chain_id() != genesis.chain_id());
}

TEST_CASE("the fingerprint is ten bytes in groups of four digits") {
    const Genesis genesis = genesis_with({});
    std::string digits = genesis.fingerprint();
    CHECK(digits.size() == 24);
    digits.erase(std::remove(digits.begin(), digits.end(), '-'), digits.end());
    CHECK(digits == genesis.chain_id().hex().substr(0, 20));
}

TEST_CASE("a time with milliseconds is printed and read") {
    for (const std::uint64_t ms : {0ULL, 1ULL, 951'782'400'000ULL, 951'868'799'999ULL, 1'795'478'400'123ULL}) {
        const auto text = print_genesis("x", Suite::ed25519_sha256, Time{ms}, members_of(Suite::ed25519_sha256), {});
        CHECK(genesis_of(text).time().ms == ms);
    }
    // 951782400 is 2000-02-29: a leap day of a century.
    CHECK_THAT(print_genesis("x", Suite::ed25519_sha256, Time{951'782'400'000}, {}, {}),
               Catch::Contains("2000-02-29T00:00:00Z"));
}

TEST_CASE("an absent parameter, or all of them, has its default") {
    std::string text = good_text();
    text = text.substr(0, text.find(",\n  \"parameters\"")) + "}";
    CHECK(genesis_of(text).parameters().block_body_bytes_max == (4u << 20));
    CHECK(genesis_of(replaced(good_text(), "    \"heartbeat_ms\": 60000,\n", "")).parameters().heartbeat ==
          Duration{60'000});
}

TEST_CASE("an unknown name is refused, with the nearest known one") {
    refuses("\"suite\"", "\"siute\"", "did you mean \"suite\"");
    refuses("\"members\"", "\"member\"", "did you mean \"members\"");
    refuses("\"heartbeat_ms\"", "\"hartbeat_ms\"", "did you mean \"heartbeat_ms\"");
    refuses("\"issuer_key\"", "\"isuer_key\"",
            "member number 1: unknown name \"isuer_key\"; did you mean \"issuer_key\"");
    refuses("\"issuer\"]", "\"isuer\"]", "did you mean \"issuer\"");
    refuses("\"heartbeat_ms\"", "\"" + std::string(5000, 'x') + "\"", "unknown name");
}

TEST_CASE("a genesis file that is not one is refused") {
    CHECK(refusal("").code == Errc::malformed);
    CHECK(refusal("[]").code == Errc::invalid);
    CHECK(refusal("{}").code == Errc::invalid);
    CHECK(refusal(good_text() + "x").code == Errc::malformed);
    CHECK(refusal(std::string(100'000, '[')).code == Errc::malformed);
    CHECK(refusal(replaced(good_text(), "\"name\"", "\"format\"")).code == Errc::malformed);  // twice
    refuses("xinlian-genesis/1", "xinlian-genesis/2", "this program reads");
    refuses("ed25519-sha256", "rsa", "suite");
    refuses("长三角征信链", "", "name must have");
    refuses("长三角征信链", "a\\nb", "control character");
    refuses("\"name\": \"长三角征信链\"", "\"name\": 7", "must be a string");
    refuses("  \"name\": \"长三角征信链\",\n", "", "name is missing");
}

TEST_CASE("a time is written in one way only") {
    for (const std::string time :
         {"2026-11-24", "2026-11-24T00:00:00", "2026-11-24T00:00:00+08:00", "2026-02-29T00:00:00Z",
          "2026-11-24T24:00:00Z", "2026-11-24T00:60:00Z", "2026-11-24T00:00:00.1Z", "2026-11-24T00:00:00.000Z",
          "2026-11-24 00:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T00:00:00Z", "2026-11-24T0x:00:00Z"}) {
        refuses("2026-11-24T00:00:00Z", time, "is not a time");
    }
}

TEST_CASE("member ids are division codes, never names") {
    for (const std::string& id :
         std::vector<std::string>{"310000", "320500-b", "320500-b2", "310000-" + std::string(17, 'a')}) {
        CHECK(check_member_id(id).ok());
    }
    for (const std::string& id :
         std::vector<std::string>{"", "31000", "3100000", "taizhou", "31000a", "310000-", "310000b", "310000-B",
                                  "310000-b-c", "310000 ", "310000-市", "310000-" + std::string(18, 'a')}) {
        INFO(id);
        CHECK(!check_member_id(id).ok());
    }
    refuses("\"310000\"", "\"shanghai\"", "division code");
    refuses("\"310000\"", "\"320000\"", "320000 is listed twice");
}

TEST_CASE("keys must be present where a role needs them, of the suite, and used once") {
    std::vector<Member> members = members_of(Suite::ed25519_sha256);
    SECTION("a validator without a key") {
        refuses("\"validator_key\": \"" + members[0].validator_key.text() + "\",", "", "validator_key is missing");
    }
    SECTION("a key without its role") {
        refuses("[\"validator\", \"issuer\"]", "[\"validator\"]", "remove the key or add the role");
    }
    SECTION("not a key") { refuses(members[0].issuer_key.text(), "ed25519:00", "issuer_key"); }
    SECTION("a key of the other suite") {
        refuses(members[0].issuer_key.text(), key_of(Suite::sm2_sm3, "x").public_key().text(), "another suite");
    }
    SECTION("two members with one validator key") {
        members[1].validator_key = members[0].validator_key;
        CHECK_THAT(refusal(print(members)).text, Catch::Contains("is also the"));
    }
    SECTION("one key for two purposes") {
        members[1].transport_key = members[1].issuer_key;
        CHECK_THAT(refusal(print(members)).text, Catch::Contains("is also the"));
    }
    SECTION("an SM2 transport key") {
        std::vector<Member> sm2 = members_of(Suite::sm2_sm3);
        sm2[0].transport_key = key_of(Suite::sm2_sm3, "another").public_key();
        const auto text = print_genesis("x", Suite::sm2_sm3, genesis_time, sm2, {});
        CHECK_THAT(refusal(text).text, Catch::Contains("transport_key"));
    }
    SECTION("no role, or one twice") {
        refuses("[\"regulator\"]", "[]", "roles is empty");
        refuses("[\"regulator\"]", "[\"regulator\", \"regulator\"]", "given twice");
        refuses("[\"regulator\"]", "\"regulator\"", "roles must be a list");
        refuses("[\"regulator\"]", "[7]", "must be a string");
    }
}

TEST_CASE("a federation has 4 to 64 validators") {
    std::vector<Member> members = members_of(Suite::ed25519_sha256);
    const Member model = members[0];
    members.resize(3);
    CHECK_THAT(refusal(print(members)).text, Catch::Contains("3 validators"));
    for (std::size_t n = members.size(); n < committee_max + 1; ++n) {
        if (n == committee_max) CHECK(Genesis::parse(print(members)).ok());
        Member member = model;
        member.id = std::to_string(400'000 + n);
        member.validator_key = key_of(Suite::ed25519_sha256, member.id + " v").public_key();
        member.issuer_key = key_of(Suite::ed25519_sha256, member.id + " i").public_key();
        member.transport_key = key_of(Suite::ed25519_sha256, member.id + " t").public_key();
        members.push_back(member);
    }
    CHECK_THAT(refusal(print(members)).text, Catch::Contains("65 validators"));
}

TEST_CASE("there are at most 1,024 members") {
    std::vector<Member> members = members_of(Suite::ed25519_sha256);
    Member reader = members[4];
    while (members.size() < members_max + 1) {
        if (members.size() == members_max) CHECK(Genesis::parse(print(members)).ok());
        reader.id = std::to_string(500'000 + members.size());
        reader.transport_key = key_of(Suite::ed25519_sha256, reader.id).public_key();
        members.push_back(reader);
    }
    CHECK_THAT(refusal(print(members)).text, Catch::Contains("1025 members"));
}

TEST_CASE("every parameter is accepted at its bounds and refused one beyond") {
    struct Bounds {
        std::string name;
        std::uint64_t min, max;
    };
    for (const Bounds& bounds : {Bounds{"batch_entries_max", 1, 20'000}, Bounds{"block_batches_max", 1, 1024},
                                 Bounds{"block_body_bytes_max", 65'536, 8u << 20},
                                 Bounds{"block_interval_min_ms", 0, 10'000}, Bounds{"clock_ahead_max_ms", 100, 600'000},
                                 Bounds{"heartbeat_ms", 1000, 3'600'000}, Bounds{"view_timeout_ms", 100, 60'000}}) {
        const auto with = [&bounds](const std::string& value) {
            std::string text = good_text();
            text = text.substr(0, text.find("\"parameters\""));
            return text + "\"parameters\": {\"" + bounds.name + "\": " + value + "}}";
        };
        INFO(bounds.name);
        CHECK(Genesis::parse(with(std::to_string(bounds.min))).ok());
        CHECK(Genesis::parse(with(std::to_string(bounds.max))).ok());
        CHECK_THAT(refusal(with(std::to_string(bounds.max + 1))).text, Catch::Contains(bounds.name));
        const std::string below = bounds.min == 0 ? "-1" : std::to_string(bounds.min - 1);
        for (const std::string& bad : std::vector<std::string>{below, "1.5", "1e30", "\"1000\"", "null", "true"}) {
            INFO(bad);
            CHECK(!Genesis::parse(with(bad)).ok());
        }
    }
}

TEST_CASE("a genesis file is read up to its size limit and not beyond") {
    std::string text = good_text();
    text.resize(genesis_bytes_max, ' ');
    CHECK(Genesis::parse(text).ok());
    text += ' ';
    CHECK(refusal(text).code == Errc::too_large);

    const auto path = std::filesystem::temp_directory_path() / ("xinlian-genesis-" + named(text).hex());
    CHECK(Genesis::load(path.string()).error().code == Errc::not_found);
    std::ofstream(path, std::ios::binary) << text;
    CHECK(Genesis::load(path.string()).error().code == Errc::too_large);
    text.pop_back();
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
    CHECK(Genesis::load(path.string()).ok());
    std::filesystem::remove(path);
}

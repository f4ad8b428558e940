// Tests making a federation: the contents of the folders, and what is refused.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "node/member/federation.hpp"
#include "node/member/member_files.hpp"
#include "tests/unit/node/scratch_folder.hpp"

using namespace xinlian;
using namespace xinlian::node;

namespace {

std::string text_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

unsigned mode_of(const std::string& path) {
    struct stat about {};
    return ::stat(path.c_str(), &about) == 0 ? about.st_mode & 0777u : 0;
}

FederationPlan plan_in(const std::string& folder) {
    FederationPlan plan;
    plan.out = folder;
    plan.members = {"310000", "320000", "330000", "340000"};
    plan.time.ms = 1'790'000'000'000;
    plan.protection = Protection::unprotected;
    return plan;
}

void require_refused(const FederationPlan& plan, const std::string& word) {
    const auto made = create_federation(plan);
    REQUIRE_FALSE(made.ok());
    INFO(made.error().text);
    REQUIRE(made.error().code == Errc::invalid);
    REQUIRE(made.error().text.find(word) != std::string::npos);
    REQUIRE_FALSE(std::filesystem::exists(plan.out));
}

}  // namespace

TEST_CASE("a federation has one folder for each member, with its own keys and the same genesis file") {
    const Suite suite = GENERATE(Suite::ed25519_sha256, Suite::sm2_sm3);
    ScratchFolder scratch;
    FederationPlan plan = plan_in(scratch.path("federation"));
    plan.suite = suite;
    const auto genesis = create_federation(plan);
    if (!genesis) FAIL(genesis.error().text);
    REQUIRE(genesis->members().size() == 4);
    REQUIRE(genesis->suite() == suite);
    REQUIRE(genesis->name() == "长三角征信链");
    std::set<std::string> secrets;
    for (const std::string& id : plan.members) {
        const MemberFiles files{plan.out + "/" + id};
        REQUIRE(text_of(files.genesis()) == text_of(plan.out + "/genesis.json"));
        const ledger::Member* member = genesis->member(id);
        REQUIRE(member != nullptr);
        REQUIRE(member->roles.validator);
        REQUIRE(member->roles.issuer);
        const auto validator = open_key_file(files.key("validator"), KeyPurpose::validator, "");
        const auto issuer = open_key_file(files.key("issuer"), KeyPurpose::issuer, "");
        const auto transport = open_key_file(files.key("transport"), KeyPurpose::transport, "");
        REQUIRE(validator.ok());
        REQUIRE(issuer.ok());
        REQUIRE(transport.ok());
        REQUIRE(validator->public_key() == member->validator_key);
        REQUIRE(issuer->public_key() == member->issuer_key);
        REQUIRE(transport->public_key() == member->transport_key);
        REQUIRE(transport->suite() == Suite::ed25519_sha256);
        secrets.insert(to_hex(validator->seed()));
        secrets.insert(to_hex(issuer->seed()));
        secrets.insert(to_hex(transport->seed()));
        const auto record = open_key_file_secret(files.key("record"), KeyPurpose::channel, "");
        REQUIRE(record.ok());
        secrets.insert(record->hex());
        REQUIRE(text_of(files.transport_certificate()).starts_with("-----BEGIN CERTIFICATE-----"));
    }
    REQUIRE(secrets.size() == 16);
}

TEST_CASE("the members share one channel key and each has a record key of its own") {
    ScratchFolder scratch;
    const FederationPlan plan = plan_in(scratch.path("federation"));
    REQUIRE(create_federation(plan).ok());
    std::set<std::string> channel, record;
    for (const std::string& id : plan.members) {
        const MemberFiles files{plan.out + "/" + id};
        channel.insert(open_key_file_secret(files.key("channel"), KeyPurpose::channel, "").value().hex());
        record.insert(open_key_file_secret(files.key("record"), KeyPurpose::channel, "").value().hex());
    }
    REQUIRE(channel.size() == 1);
    REQUIRE(record.size() == 4);
    REQUIRE(record.count(*channel.begin()) == 0);
}

TEST_CASE("nobody but the owner can read keys and folders") {
    ScratchFolder scratch;
    const FederationPlan plan = plan_in(scratch.path("federation"));
    REQUIRE(create_federation(plan).ok());
    const MemberFiles files{plan.out + "/320000"};
    for (const char* name : {"validator", "issuer", "transport", "channel", "record"}) {
        REQUIRE(mode_of(files.key(name)) == 0600);
    }
    REQUIRE(mode_of(plan.out) == 0700);
    REQUIRE(mode_of(files.folder) == 0700);
    REQUIRE(mode_of(files.folder + "/keys") == 0700);
    REQUIRE(mode_of(files.folder + "/data") == 0700);
}

TEST_CASE("a member's settings name its own ports and every other member's") {
    ScratchFolder scratch;
    FederationPlan plan = plan_in(scratch.path("federation"));
    plan.observers = {"320500"};
    REQUIRE(create_federation(plan).ok());
    REQUIRE(text_of(MemberFiles{plan.out + "/320000"}.config()) ==
            "# 江苏省公共信用信息中心\n"
            "member = \"320000\"\n"
            "\n[peer]\nlisten = \"127.0.0.1:8301\"\n"
            "\n[api]\nlisten = \"127.0.0.1:8311\"\n"
            "\n[log]\nlevel = \"info\"  # trace debug info warn error\n"
            "\n[storage]\nfolder = \"data\"\n"
            "\n[[peers]]\nid = \"310000\"\naddress = \"127.0.0.1:8300\"\n"
            "\n[[peers]]\nid = \"330000\"\naddress = \"127.0.0.1:8302\"\n"
            "\n[[peers]]\nid = \"340000\"\naddress = \"127.0.0.1:8303\"\n"
            "\n[[peers]]\nid = \"320500\"\naddress = \"127.0.0.1:8304\"\n");
}

TEST_CASE("an observer gets a transport key and nothing it could vote or issue with") {
    ScratchFolder scratch;
    FederationPlan plan = plan_in(scratch.path("federation"));
    plan.observers = {"320500"};
    const auto genesis = create_federation(plan);
    REQUIRE(genesis.ok());
    REQUIRE(genesis->member("320500")->roles == ledger::Roles{.observer = true});
    REQUIRE(genesis->committee().size() == 4);
    const MemberFiles files{plan.out + "/320500"};
    REQUIRE(std::filesystem::exists(files.key("transport")));
    for (const char* name : {"validator", "issuer", "channel", "record"}) {
        REQUIRE_FALSE(std::filesystem::exists(files.key(name)));
    }
}

TEST_CASE("two federations never share a key or a chain id") {
    ScratchFolder scratch;
    const auto one = create_federation(plan_in(scratch.path("one")));
    const auto two = create_federation(plan_in(scratch.path("two")));
    REQUIRE(one.ok());
    REQUIRE(two.ok());
    REQUIRE(one->chain_id() != two->chain_id());
    REQUIRE(one->member("310000")->validator_key != two->member("310000")->validator_key);
}

TEST_CASE("a folder that is not empty is refused and left as it was") {
    ScratchFolder scratch;
    const FederationPlan plan = plan_in(scratch.path("federation"));
    std::filesystem::create_directory(plan.out);
    std::ofstream(plan.out + "/mine.txt") << "keep me";
    const auto made = create_federation(plan);
    REQUIRE_FALSE(made.ok());
    REQUIRE(made.error().code == Errc::conflict);
    REQUIRE(made.error().text.find("not empty") != std::string::npos);
    REQUIRE(text_of(plan.out + "/mine.txt") == "keep me");
    REQUIRE_FALSE(std::filesystem::exists(plan.out + "/310000"));
}

TEST_CASE("a file in place of the folder is refused") {
    ScratchFolder scratch;
    const FederationPlan plan = plan_in(scratch.path("federation"));
    std::ofstream(plan.out) << "a file";
    const auto made = create_federation(plan);
    REQUIRE_FALSE(made.ok());
    REQUIRE(made.error().code == Errc::conflict);
}

TEST_CASE("plans that cannot be are refused before anything is written") {
    ScratchFolder scratch;
    FederationPlan plan = plan_in(scratch.path("federation"));
    SECTION("three members") {
        plan.members.pop_back();
        require_refused(plan, "at least 4");
    }
    SECTION("a member named twice") {
        plan.observers = {"310000"};
        require_refused(plan, "310000 is listed twice");
    }
    SECTION("a member by its pinyin") {
        plan.members[0] = "taizhou";
        const auto made = create_federation(plan);
        REQUIRE_FALSE(made.ok());
        REQUIRE_FALSE(std::filesystem::exists(plan.out));
    }
    SECTION("an id that walks out of the folder") {
        plan.members[0] = "../../x";
        REQUIRE_FALSE(create_federation(plan).ok());
        REQUIRE_FALSE(std::filesystem::exists(plan.out));
    }
    SECTION("ports above 65535") {
        plan.base_port = 65'533;
        require_refused(plan, "65536");
    }
    SECTION("ports that overlap") {
        plan.api_base_port = plan.base_port + 3;
        require_refused(plan, "--api-base-port");
    }
    SECTION("a host that would break out of the settings file") {
        plan.host = "127.0.0.1\"\nx = \"";
        require_refused(plan, "--host");
    }
    SECTION("sealed key files without a passphrase") {
        plan.protection = Protection::passphrase;
        require_refused(plan, "passphrase");
    }
}

TEST_CASE("ports up to the last one are accepted") {
    ScratchFolder scratch;
    FederationPlan plan = plan_in(scratch.path("federation"));
    plan.base_port = 65'532;
    REQUIRE(create_federation(plan).ok());
}

TEST_CASE("an unknown member is called by its id") {
    REQUIRE(name_of_member("310000") == "上海市公共信用信息中心");
    REQUIRE(name_of_member("331000") == "331000");
}

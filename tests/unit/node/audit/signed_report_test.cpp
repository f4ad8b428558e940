// Tests reports that auditors sign.
#include "node/audit/signed_report.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/ledger/federation.hpp"

using namespace xinlian;
using namespace xinlian::node;
using ledger::rules_test::key_of;

namespace {

std::string report_text() {
    return "{\"report\": \"queries\", \"chain\": {\"chain_id\": \"" + std::string(64, 'a') + "\"}, \"n\": 3}";
}
SealedReport report() {
    auto parsed = parse_report(report_text());
    REQUIRE(parsed.ok());
    return *std::move(parsed);
}
SealedReport again(const SealedReport& sealed) {
    auto parsed = parse_report(print_sealed(sealed));
    INFO((parsed ? "" : parsed.error().text));
    REQUIRE(parsed.ok());
    return *std::move(parsed);
}

}  // namespace

TEST_CASE("a report is sealed by two auditors with keys of either suite, and read back") {
    SealedReport sealed = report();
    CHECK(check(sealed).error().text == "the report has no seal");
    REQUIRE(add_seal(sealed, key_of(Suite::ed25519_sha256, "an auditor")).ok());
    CHECK(check(again(sealed)).ok());
    sealed = again(sealed);
    REQUIRE(add_seal(sealed, key_of(Suite::sm2_sm3, "another auditor")).ok());
    const SealedReport read = again(sealed);
    CHECK(check(read).ok());
    CHECK(read.seals.size() == 2);
    CHECK(read.report == report().report);
    CHECK(read.chain_id.hex() == std::string(64, 'a'));
}

TEST_CASE("the layout of a report is not what is sealed, its content is") {
    SealedReport sealed = report();
    REQUIRE(add_seal(sealed, key_of(Suite::ed25519_sha256, "an auditor")).ok());
    SealedReport other = *parse_report("{ \"n\":3, \"chain\":{\"chain_id\":\"" + std::string(64, 'a') +
                                       "\"},\n \"report\":\"queries\"}");
    other.seals = sealed.seals;
    CHECK(check(other).ok());
    std::string changed = print_sealed(sealed);
    changed.replace(changed.find("\"n\":3"), 5, "\"n\":4");
    CHECK(check(*parse_report(changed)).error().code == Errc::invalid);
}

TEST_CASE("a seal is of one chain, under a tag of its own") {
    SealedReport sealed = report();
    const SecretKey key = key_of(Suite::ed25519_sha256, "an auditor");
    REQUIRE(add_seal(sealed, key).ok());
    CHECK(as_text(sealing_bytes(sealed)).starts_with("xinlian/v1/audit-report"));
    SealedReport other = sealed;
    other.chain_id.bytes[0] ^= 1;
    CHECK(check(other).error().code == Errc::invalid);
    SealedReport bare = sealed;
    bare.seals[0].signature = key.sign(as_bytes(bare.report));
    CHECK(check(bare).error().code == Errc::invalid);
}

TEST_CASE("a key seals a report once") {
    SealedReport sealed = report();
    const SecretKey key = key_of(Suite::ed25519_sha256, "an auditor");
    REQUIRE(add_seal(sealed, key).ok());
    CHECK(add_seal(sealed, key).error().code == Errc::conflict);
    sealed.seals.push_back(sealed.seals.front());
    CHECK(check(sealed).error().code == Errc::invalid);
    sealed.seals.pop_back();
    for (std::size_t i = 1; i < seals_max; ++i)
        REQUIRE(add_seal(sealed, key_of(Suite::ed25519_sha256, std::to_string(i))).ok());
    CHECK(add_seal(sealed, key_of(Suite::ed25519_sha256, "one more")).error().code == Errc::too_large);
    CHECK(check(again(sealed)).ok());
    sealed.seals.push_back(sealed.seals.front());
    CHECK(parse_report(print_sealed(sealed)).error().code == Errc::too_large);
}

TEST_CASE("what is no report is refused") {
    SealedReport sealed = report();
    REQUIRE(add_seal(sealed, key_of(Suite::ed25519_sha256, "an auditor")).ok());
    const std::string good = print_sealed(sealed);
    for (const std::string& bad : {std::string(), std::string("{}"), std::string("[]"), good.substr(0, good.size() - 3),
                                   std::string("{\"seals\":[]}"), std::string("{\"sealed_report\":{},\"seals\":[]}"),
                                   "{\"more\":1," + good.substr(1), "{\"seals\":1," + good.substr(1),
                                   "{\"sealed_report\":" + report_text() + ",\"seals\":[{\"public\":\"x\"}]}",
                                   "{\"sealed_report\":" + report_text() + ",\"seals\":[7]}"}) {
        INFO(bad);
        CHECK(parse_report(bad).error().code == Errc::malformed);
    }
}

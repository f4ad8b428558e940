// Tests certificates of erasure: what they state holds, or they are refused.
#include "node/issuer/erasure.hpp"

#include <catch2/catch.hpp>

#include "node/vault/vault.hpp"
#include "tests/unit/ledger/state/acts_fixture.hpp"
#include "tests/unit/node/small_ledger.hpp"

using namespace xinlian;
using namespace xinlian::node;

namespace {

constexpr ledger::Date day = 20261124;

ledger::Entry erased_entry(const ledger::Entry& of) {
    ledger::Entry entry;
    entry.operation = ledger::Operation::erased;
    entry.category = of.category;
    entry.record = of.record;
    entry.version = of.version;
    entry.subject = of.subject;
    entry.decided = day;
    return entry;
}

// A record with two versions, erased; and one that is not.
struct Case {
    explicit Case(Suite of = Suite::ed25519_sha256) : suite(of), ledger(of) {
        const ledger::Entry first = ledger::rules_test::create("r");
        const ledger::Entry second = ledger::rules_test::change(ledger::Operation::update, "r", 1);
        ledger.append("310000", {first});
        ledger.append("310000", {second, ledger::rules_test::create("whole")});
        before = proof_of("r");
        ledger.append("310000", {erased_entry(second)});
        certificate = {ledger.genesis.chain_id(),
                       "310000",
                       first.record,
                       {{0, first.digest}, {1, second.digest}},
                       day,
                       "asked for",
                       ledger::rules_test::named("key"),
                       proof_of("r")};
        sign(certificate);
    }
    Bytes proof_of(const std::string& record) const {
        auto proof = ledger::prove_record(ledger.chain(), ledger::rules_test::named(record));
        REQUIRE(proof.ok());
        return ledger::print_proof(*proof);
    }
    void sign(ErasureCertificate& made, const std::string& key = "310000 issuer") const {
        made.signature = ledger::rules_test::key_of(suite, key).sign(erasure_signing_bytes(suite, made));
    }
    void refused(const ErasureCertificate& changed, const std::string& why) const {
        const auto finding = check_erasure(ledger.genesis, changed);
        REQUIRE_FALSE(finding.ok());
        INFO(finding.error().text);
        CHECK(finding.error().text.find(why) != std::string::npos);
    }
    Suite suite;
    SmallLedger ledger;
    Bytes before;
    ErasureCertificate certificate;
};

}  // namespace

TEST_CASE("a certificate of erasure holds, is read as it was written, and says what the ledger says") {
    for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) {
        const Case of(suite);
        const std::string text = print_erasure(of.certificate);
        CHECK(looks_like_erasure(as_bytes(text)));
        CHECK_FALSE(looks_like_erasure(of.certificate.proof));
        const auto read = parse_erasure(text);
        REQUIRE(read.ok());
        CHECK(*read == of.certificate);
        const auto finding = check_erasure(of.ledger.genesis, *read);
        REQUIRE(finding.ok());
        CHECK(content_of(*finding)->state->life->erased->day == day);
    }
}

TEST_CASE("no field of a certificate can be changed without its signature failing") {
    const Case of;
    const Hash other = ledger::rules_test::named("other");
    const auto changed = [&of](const auto& change) {
        ErasureCertificate made = of.certificate;
        change(made);
        of.refused(made, "the signature is not valid for the issuer key of 310000");
    };
    changed([&](ErasureCertificate& made) { made.record = other; });
    changed([&](ErasureCertificate& made) { made.versions.pop_back(); });
    changed([&](ErasureCertificate& made) { made.versions[0].digest = other; });
    changed([&](ErasureCertificate& made) { made.versions[1].version = 2; });
    changed([&](ErasureCertificate& made) { made.day = 20261123; });
    changed([&](ErasureCertificate& made) { made.reason += "!"; });
    changed([&](ErasureCertificate& made) { made.destroyed_key = other; });
    changed([&](ErasureCertificate& made) { made.proof.back() ^= 1; });
    changed([&](ErasureCertificate& made) { made.signature.bytes[5] ^= 1; });
    changed([&](ErasureCertificate& made) { of.sign(made, "320000 issuer"); });
    ErasureCertificate foreign = of.certificate;
    foreign.chain_id = other;
    of.refused(foreign, "another federation");
    for (const std::string issuer : {"100000-pbc", "nobody"}) {
        foreign = of.certificate;
        foreign.issuer = issuer;
        of.refused(foreign, "is not an issuer");
    }
}

TEST_CASE("a bureau may have become an issuer by resolution: its certificate is judged by the proof") {
    const ledger::rules_test::Fixture fixture;
    const std::string bank(ledger::rules_test::bank);
    ErasureCertificate made = Case().certificate;
    made.chain_id = fixture.genesis.chain_id();
    made.issuer = bank;
    made.proof.clear();
    made.signature = ledger::rules_test::key_of(fixture.suite(), bank + " issuer")
                         .sign(erasure_signing_bytes(fixture.suite(), made));
    const auto finding = check_erasure(fixture.genesis, made);
    REQUIRE_FALSE(finding.ok());
    CHECK(finding.error().text.find("proof") != std::string::npos);
}

TEST_CASE("an issuer cannot certify what the ledger does not say") {
    const Case of;
    const auto refused = [&of](const std::string& why, const auto& change, const std::string& key = "310000 issuer") {
        ErasureCertificate made = of.certificate;
        change(made);
        of.sign(made, key);
        of.refused(made, why);
    };
    const Hash whole = ledger::rules_test::named("whole");
    refused("its proof is about another record", [&](ErasureCertificate& made) { made.record = whole; });
    refused("does not show that the record was erased", [&](ErasureCertificate& made) {
        made.record = whole;
        made.proof = of.proof_of("whole");
    });
    refused("does not show that the record was erased", [&](ErasureCertificate& made) { made.proof = of.before; });
    refused("its proof is about another record", [&](ErasureCertificate& made) {
        made.record = ledger::rules_test::named("none");
        made.proof = of.proof_of("none");  // a true proof that there is no such record
    });
    refused(
        "the record belongs to 310000", [&](ErasureCertificate& made) { made.issuer = "320000"; }, "320000 issuer");
    refused("the record was erased on 2026-11-24", [&](ErasureCertificate& made) { made.day = 20261123; });
    refused("its versions are not in ascending order", [&](ErasureCertificate& made) { made.versions.clear(); });
    refused("its versions are not in ascending order", [&](ErasureCertificate& made) { made.versions[0].version = 1; });
    refused("its last version", [&](ErasureCertificate& made) { made.versions.pop_back(); });
    refused("its last version", [&](ErasureCertificate& made) { made.versions[1].digest = whole; });
    refused("", [&](ErasureCertificate& made) { made.proof.clear(); });
    refused("", [&](ErasureCertificate& made) { made.proof[made.proof.size() / 2] ^= 1; });
}

TEST_CASE("a certificate has one form, and what is none is refused") {
    const Case of;
    const std::string text = print_erasure(of.certificate);
    const auto refused = [](const std::string& changed, Errc code) {
        const auto read = parse_erasure(changed);
        REQUIRE_FALSE(read.ok());
        CHECK(read.error().code == code);
    };
    refused(text.substr(0, text.size() - 1), Errc::malformed);
    refused(" " + text, Errc::malformed);
    refused("{\"a\":1," + text.substr(1), Errc::malformed);
    refused("", Errc::malformed);
    refused("{", Errc::malformed);
    refused("[]\n", Errc::malformed);
    refused("{}\n", Errc::malformed);
    refused(std::string(200, '[') + "\n", Errc::malformed);
    refused("{\"a\":\"\xff\"}\n", Errc::malformed);
    refused(std::string(erasure_file_bytes_max + 1, ' '), Errc::too_large);
    std::string newer = text;
    newer.replace(newer.find("xinlian-erasure/1"), 17, "xinlian-erasure/2");
    refused(newer, Errc::unsupported);
    for (std::size_t at = 0; at < text.size(); at += 7) {  // anything may happen to a file; nothing may happen to us
        std::string changed = text;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        const auto read = parse_erasure(changed);
        if (read) CHECK_FALSE(check_erasure(of.ledger.genesis, *read).ok());
    }
}

// Tests what two signed statements prove about the member that signed them, and what they do not.
#include "crypto/evidence.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace xinlian;

namespace {

Hash named(std::string_view name) { return hash(Suite::ed25519_sha256, as_bytes(name)); }

Statement propose(View view, std::string_view block) { return {VoteKind::propose, 0, view, named(block), {}}; }
Statement notarize(View view, std::string_view block) { return {VoteKind::notarize, 0, view, named(block), {}}; }
Statement nullify(View view) { return {VoteKind::nullify, 0, view, {}, {}}; }
Statement finalize(View view, std::string_view block) {
    return {VoteKind::finalize, 0, view, named(block), ExecutionResult{7, named(block), named(block)}};
}

struct Members {
    explicit Members(Suite suite) : keys(keys_of(suite)), committee(committee_of(keys)) {}
    static std::vector<SecretKey> keys_of(Suite suite) {
        std::vector<SecretKey> made;
        for (std::uint8_t i = 1; i <= 4; ++i) {
            Hash seed;
            seed.bytes.fill(i);
            made.push_back(SecretKey::from_seed(suite, seed.view()).value());
        }
        std::sort(made.begin(), made.end(),
                  [](const auto& a, const auto& b) { return a.public_key() < b.public_key(); });
        return made;
    }
    static Committee committee_of(const std::vector<SecretKey>& keys) {
        std::vector<PublicKey> all;
        for (const SecretKey& key : keys) all.push_back(key.public_key());
        return Committee::of(all).value();
    }
    Evidence evidence(MemberIndex member, const Statement& first, const Statement& second) const {
        const auto sign = [&](const Statement& said) { return keys[member].sign(signing_bytes(chain_id, said)); };
        return {member, first, second, sign(first), sign(second)};
    }
    Status checked(const Evidence& evidence) const { return check(committee, chain_id, evidence); }

    std::vector<SecretKey> keys;  // by member
    Committee committee;
    Hash chain_id = named("chain");
};

}  // namespace

TEST_CASE("two statements conflict exactly when the rules forbid one member both") {
    CHECK(conflict(propose(3, "a"), propose(3, "b")));
    CHECK(conflict(notarize(3, "a"), notarize(3, "b")));
    CHECK(conflict(finalize(3, "a"), finalize(3, "b")));
    Statement result = finalize(3, "a");
    result.result->log_size = 8;
    CHECK(conflict(finalize(3, "a"), result));
    CHECK(conflict(nullify(3), finalize(3, "a")));
    CHECK(conflict(finalize(3, "a"), nullify(3)));
    CHECK(conflict(notarize(3, "a"), finalize(3, "b")));
    CHECK(conflict(finalize(3, "b"), notarize(3, "a")));

    CHECK_FALSE(conflict(propose(3, "a"), propose(3, "a")));
    CHECK_FALSE(conflict(propose(3, "a"), notarize(3, "b")));
    CHECK_FALSE(conflict(propose(3, "a"), nullify(3)));
    CHECK_FALSE(conflict(propose(3, "a"), finalize(3, "b")));
    CHECK_FALSE(conflict(notarize(3, "a"), notarize(3, "a")));
    CHECK_FALSE(conflict(notarize(3, "a"), nullify(3)));
    CHECK_FALSE(conflict(notarize(3, "a"), finalize(3, "a")));
    CHECK_FALSE(conflict(notarize(3, "a"), notarize(4, "b")));
    CHECK_FALSE(conflict(nullify(3), finalize(4, "a")));
    CHECK_FALSE(conflict(nullify(3), nullify(3)));
    Statement elsewhere = notarize(3, "b");
    elsewhere.epoch = 1;
    CHECK_FALSE(conflict(notarize(3, "a"), elsewhere));
}

TEST_CASE("evidence holds with two right signatures over a conflict, in both suites") {
    for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) {
        const Members members(suite);
        CHECK(members.checked(members.evidence(2, notarize(3, "a"), notarize(3, "b"))).ok());
        CHECK(members.checked(members.evidence(0, nullify(9), finalize(9, "b"))).ok());
    }
}

TEST_CASE("what an honest member signs is no evidence, however it is put together") {
    const Members members(Suite::ed25519_sha256);
    const std::vector<std::pair<Statement, Statement>> allowed{
        {notarize(3, "a"), nullify(3)},      {notarize(3, "a"), finalize(3, "a")},
        {propose(3, "a"), notarize(3, "a")}, {notarize(3, "a"), notarize(4, "b")},
        {nullify(3), finalize(4, "b")},      {notarize(3, "a"), notarize(3, "a")}};
    for (const auto& [first, second] : allowed) {
        const Status outcome = members.checked(members.evidence(1, first, second));
        REQUIRE_FALSE(outcome.ok());
        CHECK(outcome.error().code == Errc::invalid);
        CHECK(outcome.error().text.find("do not conflict") != std::string::npos);
    }
}

TEST_CASE("evidence that names another member, or was altered, is refused") {
    const Members members(Suite::ed25519_sha256);
    const Evidence good = members.evidence(2, notarize(3, "a"), notarize(3, "b"));
    const auto refused = [&](auto&& change) {
        Evidence bad = good;
        change(bad);
        CHECK_FALSE(members.checked(bad).ok());
    };
    refused([](Evidence& e) { e.member = 1; });
    refused([](Evidence& e) { e.member = 4; });
    refused([](Evidence& e) { e.member = 65'535; });
    refused([](Evidence& e) { e.first_signature.bytes[5] ^= 1; });
    refused([](Evidence& e) { e.second_signature.bytes[63] ^= 1; });
    refused([](Evidence& e) { e.first_signature = e.second_signature; });
    refused([](Evidence& e) { std::swap(e.first_signature, e.second_signature); });
    refused([](Evidence& e) { e.second.block = named("c"); });
    refused([](Evidence& e) { e.first.view = e.second.view = 4; });
    refused([](Evidence& e) { e.first.epoch = e.second.epoch = 1; });
    refused([](Evidence& e) { e.first.result = ExecutionResult{}; });
    refused([](Evidence& e) { e.second.block.reset(); });
    CHECK_FALSE(check(members.committee, named("another chain"), good).ok());
}

TEST_CASE("evidence has one encoding, within its limit, and a digest of every byte of it") {
    const Members members(Suite::ed25519_sha256);
    Statement other = finalize(3, "a");
    other.result->log_size = 8;
    const Evidence longest = members.evidence(2, finalize(3, "a"), other);
    Bytes bytes = encode(longest);
    CHECK(bytes.size() == evidence_bytes_max);
    CHECK(decode<Evidence>(bytes).value() == longest);
    const Hash digest = evidence_digest(Suite::ed25519_sha256, longest);
    CHECK(digest == tagged_hash(Suite::ed25519_sha256, "xinlian/v1/evidence", {bytes}));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] ^= 2;
        if (const auto changed = decode<Evidence>(bytes); changed.ok())
            CHECK(evidence_digest(Suite::ed25519_sha256, *changed) != digest);
        bytes[i] ^= 2;
    }
}

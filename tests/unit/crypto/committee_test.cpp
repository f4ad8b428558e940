// Tests committees, quorums, and the checks of statements and certificates.
#include "crypto/committee.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace xinlian;

namespace {

SecretKey secret(Suite suite, std::uint8_t number) {
    Bytes seed(32, 0x11);
    seed[31] = number;
    return SecretKey::from_seed(suite, seed).value();
}

// A committee and its secret keys in the committee's order.
struct Members {
    Committee committee;
    std::vector<SecretKey> secrets;
};
Members members(Suite suite, std::size_t n) {
    std::vector<SecretKey> secrets;
    std::vector<PublicKey> keys;
    for (std::size_t i = 0; i < n; ++i) {
        secrets.push_back(secret(suite, static_cast<std::uint8_t>(i)));
        keys.push_back(secrets.back().public_key());
    }
    std::sort(secrets.begin(), secrets.end(),
              [](const SecretKey& a, const SecretKey& b) { return a.public_key() < b.public_key(); });
    return {Committee::of(keys).value(), std::move(secrets)};
}

const Hash chain = hash(Suite::ed25519_sha256, as_bytes("chain"));

Statement statement_of(VoteKind kind) {
    Statement statement;
    statement.kind = kind;
    statement.epoch = 2;
    statement.view = 17;
    if (kind != VoteKind::nullify) statement.block = hash(Suite::ed25519_sha256, as_bytes("block"));
    if (kind == VoteKind::finalize) statement.result = ExecutionResult{5, chain, chain};
    return statement;
}

Certificate certificate(const Members& of, const std::vector<MemberIndex>& signers,
                        VoteKind kind = VoteKind::finalize) {
    Certificate made{statement_of(kind), {}};
    const Bytes message = signing_bytes(chain, made.statement);
    for (const MemberIndex signer : signers) made.signatures.push_back({signer, of.secrets.at(signer).sign(message)});
    return made;
}

}  // namespace

TEST_CASE("the quorum of n is n - floor((n-1)/3), for every size there can be") {
    const std::size_t quorums[65] = {0,  1,  2,  3,  3,  4,  5,  5,  6,  7,  7,  8,  9,  9,  10, 11, 11,
                                     12, 13, 13, 14, 15, 15, 16, 17, 17, 18, 19, 19, 20, 21, 21, 22, 23,
                                     23, 24, 25, 25, 26, 27, 27, 28, 29, 29, 30, 31, 31, 32, 33, 33, 34,
                                     35, 35, 36, 37, 37, 38, 39, 39, 40, 41, 41, 42, 43, 43};
    std::vector<PublicKey> keys;
    for (std::size_t n = 1; n <= committee_max; ++n) {
        keys.push_back(secret(Suite::ed25519_sha256, static_cast<std::uint8_t>(n)).public_key());
        const Committee committee = Committee::of(keys).value();
        CHECK(committee.size() == n);
        CHECK(committee.quorum() == quorums[n]);
        // Two quorums share more members than may be faulty.
        CHECK(2 * committee.quorum() >= n + committee.faults() + 1);
    }
    keys.push_back(secret(Suite::ed25519_sha256, 200).public_key());
    CHECK(Committee::of(keys).error().code == Errc::invalid);
}

TEST_CASE("a committee is sorted whatever the order given, and finds its members") {
    std::vector<PublicKey> keys;
    for (std::uint8_t i = 0; i < 7; ++i) keys.push_back(secret(Suite::ed25519_sha256, i).public_key());
    const Committee committee = Committee::of(keys).value();
    std::reverse(keys.begin(), keys.end());
    CHECK(Committee::of(keys).value().keys() == committee.keys());
    CHECK(std::is_sorted(committee.keys().begin(), committee.keys().end()));
    for (MemberIndex i = 0; i < 7; ++i) CHECK(committee.index_of(committee.key(i)) == i);
    CHECK_FALSE(committee.index_of(secret(Suite::ed25519_sha256, 99).public_key()));
    CHECK(committee.leader(0) == 0);
    CHECK(committee.leader(8) == 1);
}

TEST_CASE("no members, a key twice, and keys of two suites are no committee") {
    const PublicKey key = secret(Suite::ed25519_sha256, 1).public_key();
    CHECK_FALSE(Committee::of({}));
    CHECK_FALSE(Committee::of({key, secret(Suite::ed25519_sha256, 2).public_key(), key}));
    CHECK_FALSE(Committee::of({key, secret(Suite::sm2_sm3, 1).public_key()}));
}

TEST_CASE("a statement has the shape of its kind, and no other") {
    for (int kind = 1; kind <= 4; ++kind) {
        const Statement good = statement_of(static_cast<VoteKind>(kind));
        CHECK(check_shape(good));
        Statement bad = good;
        bad.block = good.block ? std::nullopt : std::optional<Hash>(chain);
        CHECK_FALSE(check_shape(bad));
        bad = good;
        bad.result = good.result ? std::nullopt : std::optional<ExecutionResult>(ExecutionResult{});
        CHECK_FALSE(check_shape(bad));
    }
    Statement unknown;
    unknown.kind = static_cast<VoteKind>(5);
    CHECK_FALSE(check_shape(unknown));
}

TEST_CASE("what is signed starts with its tag and the chain, then is the statement") {
    const Bytes bytes = signing_bytes(chain, statement_of(VoteKind::nullify));
    CHECK(to_hex(bytes) == to_hex(as_bytes("xinlian/v1/vote")) + chain.hex() +
                               "03"
                               "0000000000000002"
                               "0000000000000011"
                               "00"
                               "00");
}

TEST_CASE("a certificate holds from a quorum of distinct members on, in both suites") {
    for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) {
        const Members four = members(suite, 4);
        CHECK(four.committee.check(chain, certificate(four, {0, 1, 2})));
        CHECK(four.committee.check(chain, certificate(four, {0, 1, 2, 3})));
        CHECK(four.committee.check(chain, certificate(four, {1, 2, 3}, VoteKind::nullify)));
        CHECK_FALSE(four.committee.check(chain, certificate(four, {0, 1})));
        CHECK_FALSE(four.committee.check(chain, certificate(four, {})));
    }
}

TEST_CASE("a certificate with a repeated, foreign or misplaced signer is refused") {
    const Members four = members(Suite::ed25519_sha256, 4);
    const auto refusal = [&](const Certificate& bad) { return four.committee.check(chain, bad).error().text; };
    CHECK(refusal(certificate(four, {0, 1, 1})).find("repeated") != std::string::npos);
    CHECK(refusal(certificate(four, {1, 0, 2})).find("out of order") != std::string::npos);
    Certificate foreign = certificate(four, {0, 1, 2});
    foreign.signatures[2].member = 4;
    CHECK(refusal(foreign).find("not a member") != std::string::npos);
    foreign.signatures[2].member = 65535;
    CHECK(refusal(foreign).find("not a member") != std::string::npos);
    Certificate many = certificate(four, {0, 1, 2, 3});
    many.signatures.push_back(many.signatures.back());
    CHECK(refusal(many).find("more signatures") != std::string::npos);
    Certificate borrowed = certificate(four, {0, 1, 2});
    borrowed.signatures[2].member = 3;
    CHECK(refusal(borrowed).find("member 3 is invalid") != std::string::npos);
    // One wrong signature invalidates a certificate that would have a quorum without it.
    Certificate spoilt = certificate(four, {0, 1, 2, 3});
    spoilt.signatures[1].signature.bytes[5] ^= 1;
    CHECK_FALSE(four.committee.check(chain, spoilt));
}

TEST_CASE("a certificate holds for its own statement, chain and committee only") {
    const Members four = members(Suite::ed25519_sha256, 4);
    const Certificate good = certificate(four, {0, 1, 3});
    REQUIRE(four.committee.check(chain, good));
    CHECK_FALSE(four.committee.check(hash(Suite::ed25519_sha256, as_bytes("other chain")), good));
    CHECK_FALSE(members(Suite::ed25519_sha256, 5).committee.check(chain, good));
    Certificate changed = good;
    ++changed.statement.view;
    CHECK_FALSE(four.committee.check(chain, changed));
    changed = good;
    ++changed.statement.epoch;
    CHECK_FALSE(four.committee.check(chain, changed));
    changed = good;
    ++changed.statement.result->log_size;
    CHECK_FALSE(four.committee.check(chain, changed));
    changed = good;
    changed.statement.kind = VoteKind::notarize;
    changed.statement.result.reset();
    CHECK_FALSE(four.committee.check(chain, changed));
    changed = good;
    changed.statement.block.reset();
    CHECK_FALSE(four.committee.check(chain, changed));
}

TEST_CASE("a certificate cut at any byte does not decode, and one with too many signatures neither") {
    const Certificate good = certificate(members(Suite::ed25519_sha256, 4), {0, 1, 3});
    const Bytes bytes = encode(good);
    CHECK(decode<Certificate>(bytes).value() == good);
    for (std::size_t size = 0; size < bytes.size(); ++size)
        CHECK_FALSE(decode<Certificate>(ByteView(bytes).first(size)));
    Certificate full = good;
    full.signatures.resize(committee_max);
    Bytes at_limit = encode(full);
    CHECK(decode<Certificate>(at_limit));
    const std::size_t count_at = at_limit.size() - committee_max * 66 - 1;
    REQUIRE(at_limit[count_at] == committee_max);
    at_limit[count_at] = committee_max + 1;
    at_limit.resize(at_limit.size() + 66);
    CHECK_FALSE(decode<Certificate>(at_limit));
}

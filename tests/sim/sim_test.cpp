// Tests that the simulator detects what it must detect. The scenarios and random runs themselves are tests of their
// own.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/sim/reference_audit.hpp"
#include "tests/sim/scenario.hpp"

using namespace xinlian;
using namespace xinlian::sim;

namespace {

struct Stage {
    Casts casts;
    std::string folder = (std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : "/tmp") +
                         std::string("/xinlian-sim-test.") + std::to_string(::getpid());
    ~Stage() { std::filesystem::remove_all(folder); }
    Play play(const std::string& page) { return sim::play(page, folder, casts); }
};

bool complains(const std::vector<std::string>& complaints, std::string_view of) {
    return std::any_of(complaints.begin(), complaints.end(),
                       [of](const std::string& one) { return one.find(of) != std::string::npos; });
}

std::string scenario(const std::string& name) {
    std::ifstream in(XL_SOURCE_DIR "/tests/sim/scenarios/" + name + ".txt");
    REQUIRE(in);
    return {std::istreambuf_iterator<char>(in), {}};
}

ledger::Operation next(ledger::Operation op) { return static_cast<ledger::Operation>(static_cast<int>(op) + 1); }

consensus::Vote vote_of(const test::Federation& federation, MemberIndex by, const Statement& said) {
    return {said, {by, federation.validator(by).sign(signing_bytes(federation.genesis().chain_id(), said))}};
}

const Statement skip{VoteKind::nullify, 0, 3, {}, {}};
const Statement settle{VoteKind::finalize, 0, 3, Hash{}, ExecutionResult{}};

}  // namespace

TEST_CASE("the same seed gives the same run, byte for byte, and another seed another") {
    Stage stage;
    for (const std::uint64_t seed : {3u, 77u, 5'123u}) {
        const std::uint64_t trace = stage.play(random_page(seed)).trace;
        CHECK(stage.play(random_page(seed)).trace == trace);
        CHECK(stage.play(random_page(seed + 1)).trace != trace);
    }
}

TEST_CASE("two of four that run twice split a federation, and the simulator sees it") {
    const std::string page =
        "members 4\nbyzantine 0 twin\nbyzantine 1 twin\nrun 1500\nsplit 0 1 2 | 3 4 5\nsubmit 2 2\nsubmit 2 3\nrun "
        "30000\n";
    Stage stage;
    CHECK(complains(stage.play(page).broken, "two blocks are final at one height"));
    CHECK(stage.play("beyond-faults\n" + page).broken.empty());
}

TEST_CASE("issuers send every operation and violate most rules") {
    Stage stage;
    Figures all;
    for (const std::uint64_t seed : {1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u}) {
        const Play played = stage.play("seed " + std::to_string(seed) + "\n" + scenario("acts"));
        CHECK(played.broken.empty());
        all.add(played.figures);
    }
    for (auto op = ledger::Operation::create; op <= ledger::Operation::account; op = next(op)) {
        INFO(ledger::name_of(op));
        CHECK(all.accepted.at(static_cast<std::size_t>(op)) > 0);
    }
    const auto broken = std::count_if(all.refused.begin(), all.refused.end(), [](std::uint64_t of) { return of > 0; });
    CHECK(broken >= 25);
}

TEST_CASE("a failed expectation and an unknown command fail a scenario") {
    Stage stage;
    CHECK(complains(stage.play("members 4\nrun 10\nexpect evidence 1\n").broken, "line 3"));
    CHECK(complains(stage.play("members 4\nrun 500\nexpect stuck 3000\n").broken, "something became final"));
    CHECK(complains(stage.play("members 4\ncrash 0 1\nrun 500\nexpect final within 9000\n").broken, "not all"));
    CHECK(complains(stage.play("members 4\nrun 500\nsubmit 1\nexpect quiet 500\n").broken, "consensus messages"));
    CHECK(complains(stage.play("members 4\nflood 3\n").broken, "not understood"));
    CHECK(complains(stage.play("members 4\nrun soon\n").broken, "needs a number"));
    CHECK(complains(stage.play("members 4\nrun 1\ncrash 9\n").broken, "not there"));
}

TEST_CASE("the invariants detect what no honest node may do") {
    Stage stage;
    const test::Federation& federation = stage.casts.of(4);
    const consensus::Vote nullify = vote_of(federation, 1, skip), finalize = vote_of(federation, 1, settle);
    Invariants invariants(4);
    SECTION("a vote that leaves before it is written") { invariants.sent(1, 1, nullify); }
    SECTION("nullify and finalize of one view, each written") {
        for (const auto& vote : {nullify, finalize}) {
            invariants.wrote(1, consensus::OwnVote{vote});
            invariants.sent(1, 1, vote);
        }
    }
    SECTION("a vote forgotten with the journal and said otherwise") {
        invariants.wrote(1, consensus::OwnVote{finalize});
        invariants.sent(1, 1, finalize);
        invariants.lost_journal(1);
        invariants.wrote(1, consensus::OwnVote{nullify});
        invariants.sent(1, 1, nullify);
    }
    SECTION("another block at a height") {
        invariants.committed(0, 5, Hash{});
        invariants.committed(1, 5, test::named(Suite::ed25519_sha256, "other", 1));
    }
    SECTION("a finalization by two of four") {
        invariants.finalized(0, Certificate{settle, {finalize.by, vote_of(federation, 2, settle).by}});
    }
    CHECK_FALSE(invariants.broken().empty());
}

TEST_CASE("the reference audit accepts a valid chain and finds the faults of others") {
    Stage stage;
    const test::Federation& federation = stage.casts.of(4);
    const Suite suite = federation.suite();
    const ReferenceAudit reference(federation);
    test::MemoryStore store;
    const auto chain = test::must(ledger::Chain::open(store, federation.genesis()));
    test::Blocks blocks(federation);
    const ledger::Entry first = test::create(suite, 1, 7);
    blocks.append(*chain, {blocks.batch("310000", {first, test::create(suite, 2, 7)})});
    blocks.append(*chain);
    blocks.append(*chain,
                  {blocks.batch("310000", {test::update(first)}), blocks.batch("320000", {test::create(suite, 1, 8)})});
    CHECK(reference.audit(*chain, true).empty());

    const Certificate right = blocks.certificate();
    CHECK(reference.check(right).empty());
    Certificate repeated = right;
    repeated.signatures.assign(3, right.signatures[0]);
    CHECK(reference.check(repeated) == "a certificate of too few distinct members");
    Certificate altered = right;
    altered.statement.result->log_size += 1;
    CHECK(reference.check(altered) == "a certificate with a wrong signature");

    const consensus::Vote a = vote_of(federation, 1, skip), b = vote_of(federation, 1, settle);
    CHECK(reference.check(Evidence{1, skip, settle, a.by.signature, b.by.signature}).empty());
    CHECK_FALSE(reference.check(Evidence{2, skip, settle, a.by.signature, b.by.signature}).empty());
    CHECK_FALSE(reference.check(Evidence{1, skip, skip, a.by.signature, a.by.signature}).empty());
}

TEST_CASE("signatures of the simulators are cheap, and still only right ones pass") {
    const SecretKey key = SecretKey::from_seed(Suite::ed25519_sha256, Hash{}.view()).value();
    const Signature signature = key.sign(as_bytes("a"));
    CHECK(verify(key.public_key(), as_bytes("a"), signature));
    CHECK_FALSE(verify(key.public_key(), as_bytes("b"), signature));
    const Hash first = hash(Suite::ed25519_sha256, {as_bytes("cheap/r"), key.public_key().view(), as_bytes("a")});
    CHECK(std::equal(first.bytes.begin(), first.bytes.end(), signature.bytes.begin()));
}

// Tests the comparison of proof files with a stored history.
#include "ledger/audit/review_receipts.hpp"

#include <catch2/catch.hpp>

#include "ledger/audit/audit.hpp"
#include "tests/unit/ledger/audit/audit_fixture.hpp"
#include "tests/unit/ledger/proof/proof_fixture.hpp"

using namespace xinlian;
using namespace xinlian::ledger;

namespace {

// Every block of a stored chain, in order.
std::vector<ExecutedBlock> history_of(const test::MemoryStore& store, const Genesis& genesis) {
    std::vector<ExecutedBlock> blocks;
    const RowScan scan = [&store](ByteView from, const RowVisitor& visitor) {
        const auto& rows = store.rows();
        for (auto at = rows.lower_bound(Bytes(from.begin(), from.end())); at != rows.end(); ++at) {
            if (!visitor(at->first, at->second)) break;
        }
        return Status();
    };
    const AuditWatch watch{{}, [&blocks](const ExecutedBlock& executed) { blocks.push_back(executed); }};
    REQUIRE_FALSE(test::must(audit_chain(scan, genesis, watch)).flaw);
    return blocks;
}

struct Held {
    Held() : history(history_of(fixture.store, fixture.genesis())), review(fixture.genesis()) {}
    void add(const std::string& name, const Proof& proof) { test::must(review.add(name, print_proof(proof))); }
    const ReviewedReceipt& only() const {
        REQUIRE(review.receipts().size() == 1);
        return review.receipts().front();
    }
    void take_all() {
        for (const ExecutedBlock& executed : history) review.take(executed);
    }
    test::ProofFixture fixture;
    std::vector<ExecutedBlock> history;
    ReceiptReview review;
};

}  // namespace

TEST_CASE("receipts of every kind are found to be of the history that they are of") {
    Held held;
    for (const auto& [name, proof] : held.fixture.proofs()) held.add(name, proof);
    held.take_all();
    CHECK(held.review.receipts().size() == held.fixture.proofs().size());
    for (const ReviewedReceipt& receipt : held.review.receipts()) {
        INFO(receipt.name << ": " << receipt.detail);
        CHECK(name_of(receipt.verdict) == "same");
        CHECK(receipt.height == held.history.back().block.header.height);
        CHECK(receipt.kind);
    }
}

TEST_CASE("a receipt from a fork is valid by itself and not of this history") {
    Held held;
    const audit_test::Fixture fork;  // the same members sign other blocks
    REQUIRE(fork.federation.genesis().chain_id() == held.fixture.genesis().chain_id());
    test::MemoryStore store = fork.store;
    const auto chain = test::must(Chain::open(store, fork.federation.genesis()));
    held.add("fork.proof", test::must(prove_entry(*chain, 0)));
    held.take_all();
    CHECK(name_of(held.only().verdict) == "other-block");
    CHECK(held.only().height == chain->height());
}

TEST_CASE("a receipt above the copy's end cannot be told, and one at its end can") {
    Held held;
    held.add("b.proof", held.fixture.batch("accepted"));
    for (std::size_t i = 0; i + 1 < held.history.size(); ++i) held.review.take(held.history[i]);
    CHECK(name_of(held.only().verdict) == "above");
    held.review.take(held.history.back());
    CHECK(name_of(held.only().verdict) == "same");
}

TEST_CASE("another result of the same block, and another outcome, are told apart") {
    Held held;
    held.add("b.proof", held.fixture.batch("rejected"));
    ExecutedBlock last = held.history.back();
    SECTION("another state") {
        last.result.state_root.bytes[0] ^= 1;
        held.review.take(last);
        CHECK(name_of(held.only().verdict) == "other-result");
    }
    SECTION("another outcome") {
        last.after = State(held.fixture.federation.suite());
        held.review.take(last);
        CHECK(name_of(held.only().verdict) == "other-outcome");
    }
}

TEST_CASE("a receipt that does not hold, and one that cannot be read, are not held against the history") {
    Held held;
    Proof changed = held.fixture.batch("accepted");
    changed.anchor.certificate.signatures.front().signature.bytes[3] ^= 1;
    held.add("changed.proof", changed);
    test::must(held.review.add("note.txt", to_bytes("a note")));
    test::must(held.review.add("gone.proof", Error{Errc::io, "cannot be read"}));
    Proof other = held.fixture.batch("accepted");
    other.chain_id.bytes[0] ^= 1;
    held.add("other.proof", other);
    held.take_all();
    std::vector<std::string_view> verdicts;
    for (const ReviewedReceipt& receipt : held.review.receipts()) {
        verdicts.push_back(name_of(receipt.verdict));
        CHECK_FALSE(receipt.detail.empty());
    }
    CHECK(verdicts == std::vector<std::string_view>{"not-valid", "unreadable", "unreadable", "not-valid"});
}

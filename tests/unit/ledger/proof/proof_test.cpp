// Tests printing and parsing proof files.
#include "ledger/proof/proof.hpp"

#include <catch2/catch.hpp>
#include <functional>

#include "tests/unit/ledger/proof/proof_fixture.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using test::must;
using test::ProofFixture;

TEST_CASE("every kind of proof survives its file form") {
    for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) {
        ProofFixture fixture(suite);
        for (const auto& [name, proof] : fixture.proofs()) {
            INFO(name);
            const Bytes file = print_proof(proof);
            CHECK(must(parse_proof(file)) == proof);
            CHECK(print_proof(must(parse_proof(file))) == file);
        }
    }
}

TEST_CASE("what is not a proof file is refused with the reason") {
    ProofFixture fixture;
    const Bytes good = print_proof(fixture.record("current"));
    const auto code = [](const Bytes& file) {
        const auto parsed = parse_proof(file);
        REQUIRE(!parsed.ok());
        return parsed.error().code;
    };
    CHECK(code({}) == Errc::malformed);
    CHECK(code(to_bytes("xinlian-proof/")) == Errc::malformed);
    CHECK(code(to_bytes("xinlian-proof/1")) == Errc::malformed);
    CHECK(code(to_bytes("xinlian-proof/1\n")) == Errc::malformed);
    CHECK(code(to_bytes("xinlian-proof/2\nanything")) == Errc::unsupported);
    CHECK(code(to_bytes("{\"proof\": 1}")) == Errc::malformed);
    CHECK(code(Bytes(good.begin() + 1, good.end())) == Errc::malformed);
    Bytes longer = good;
    longer.push_back(0);
    CHECK(code(longer) == Errc::malformed);
    Bytes crlf = good;
    crlf.insert(crlf.begin() + 15, '\r');
    CHECK(code(crlf) == Errc::unsupported);
}

TEST_CASE("a proof file cut anywhere is refused") {
    ProofFixture fixture;
    for (const auto& [name, proof] : fixture.proofs()) {
        INFO(name);
        const Bytes file = print_proof(proof);
        for (std::size_t size = 0; size < file.size(); ++size) {
            if (parse_proof(ByteView(file).first(size)).ok()) FAIL("cut to " << size << " bytes it was still read");
        }
    }
}

TEST_CASE("a file above the limit is refused before it is read, one at the limit is read") {
    Bytes file(proof_bytes_max + 1, 0);
    std::copy(proof_magic.begin(), proof_magic.end(), file.begin());
    CHECK(parse_proof(file).error().code == Errc::too_large);
    file.pop_back();
    CHECK(parse_proof(file).error().code == Errc::malformed);
}

TEST_CASE("counts above their limits are refused, whatever they promise") {
    ProofFixture fixture;
    Proof proof = fixture.subject("one");
    const Bytes file = print_proof(proof);
    // The list of entries is followed by nothing but itself and the absent opening.
    const auto& answer = std::get<ListAnswer>(proof.answer);
    const std::size_t count_at = file.size() - 1 - encode(answer.entries[0]).size() - 4;
    for (const std::uint32_t count : {0U, 2U, static_cast<std::uint32_t>(list_entries_max + 1), 0xFFFFFFFFU}) {
        Bytes changed = file;
        for (unsigned i = 0; i < 4; ++i) changed[count_at + i] = static_cast<std::uint8_t>(count >> (24 - 8 * i));
        CHECK(parse_proof(changed).error().code == Errc::malformed);
    }
}

TEST_CASE("there is nothing to prove before the first block is final") {
    const test::Federation federation;
    test::MemoryStore store;
    const auto chain = must(Chain::open(store, federation.genesis()));
    CHECK(prove_record(*chain, Hash{}).error().code == Errc::not_found);
    CHECK(prove_list(*chain, StateKind::subject, Hash{}.view()).error().code == Errc::not_found);
    CHECK(prove_entry(*chain, 0).error().code == Errc::not_found);
    CHECK(prove_batch(*chain, Hash{}).error().code == Errc::not_found);
}

TEST_CASE("what the chain does not have cannot be proven, but the absence of a record or subject can") {
    ProofFixture fixture;
    CHECK(prove_entry(*fixture.chain, 1'000'000).error().code == Errc::not_found);
    CHECK(prove_batch(*fixture.chain, Hash{}).error().code == Errc::not_found);
    CHECK(prove_record(*fixture.chain, Hash{}).ok());
    CHECK(prove_list(*fixture.chain, StateKind::subject, Hash{}.view()).ok());
}

TEST_CASE("no proof comes from a damaged store") {
    ProofFixture fixture;
    const Chain& chain = *fixture.chain;
    const Suite suite = fixture.federation.suite();
    std::vector<std::function<Result<Proof>()>> questions{
        [&] { return prove_record(chain, fixture.records.at("repaired")); },
        [&] { return prove_query(chain, test::named(suite, "query", 1)); },
        [&] { return prove_list(chain, StateKind::acts_of_member, as_bytes("310000")); },
        [&] { return prove_feed(chain, "320000", 2, 4); },
    };
    for (std::uint64_t i = 0; i < chain.snapshot()->state.log.size(); i += 7) {
        // Only entries about a record's content are proven by themselves.
        if (prove_entry(chain, i).ok()) questions.push_back([&chain, i] { return prove_entry(chain, i); });
    }
    CHECK(questions.size() > 10);
    const test::MemoryStore whole = fixture.store;
    for (const auto& [key, value] : whole.rows()) {
        fixture.store = whole;
        fixture.store.flip(key, value.size() / 2);
        for (const auto& ask : questions) {
            const auto proof = ask();
            if (proof.ok()) {
                CHECK(verify_proof(fixture.genesis(), *proof).ok());
            } else {
                CHECK(proof.error().code == Errc::corrupt);
            }
        }
    }
}

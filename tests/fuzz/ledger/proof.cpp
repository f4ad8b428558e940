// Laws: a proof file is refused, or is the printed form of what it parses to; a proof that verifies states what the
// chain states. Without the members' keys nobody can make it state anything else.
#include "tests/fuzz/input.hpp"
#include "tests/unit/ledger/proof/proof_fixture.hpp"

using namespace xinlian;
using namespace xinlian::ledger;

namespace {

// Visits a finding: what the chain itself proves about the same question.
struct Prove {
    const Chain& chain;
    const Proof& proof;

    Result<Proof> operator()(const RecordFinding& record) const { return prove_record(chain, record.id); }
    Result<Proof> operator()(const EntryFinding& entry) const { return prove_entry(chain, entry.entry.value().index); }
    Result<Proof> operator()(const ListFinding& list) const {
        return prove_list(chain, kind_of(list.list), std::get<ListAnswer>(proof.answer).id);
    }
    Result<Proof> operator()(const BatchFinding& batch) const { return prove_batch(chain, batch.id); }
    Result<Proof> operator()(const EvidenceFinding& evidence) const { return prove_evidence(chain, evidence.member); }
    Result<Proof> operator()(const GrantFinding& grant) const { return prove_grant(chain, grant.id); }
    Result<Proof> operator()(const QueryFinding& query) const { return prove_query(chain, query.id); }
    Result<Proof> operator()(const AccountFinding& account) const { return prove_account(chain, account.id); }
    Result<Proof> operator()(const FeedFinding& feed) const {
        return prove_feed(chain, feed.member, feed.batches.front().header.sequence,
                          feed.batches.back().header.sequence);
    }
};

Finding truth(const test::ProofFixture& fixture, const Proof& proof, const Finding& finding) {
    const Result<Proof> proven = std::visit(Prove{*fixture.chain, proof}, finding.what);
    return test::must(verify_proof(fixture.genesis(), test::must(proven)));
}

// Without the fields that are opened.
auto unopened(const Finding& finding) {
    auto what = finding.what;
    std::visit(
        [](auto& found) {
            if constexpr (requires { found.opened; }) found.opened.clear();
        },
        what);
    return what;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const test::ProofFixture fixture;
    const Bytes bytes = fuzz::copy({data, size});
    const auto proof = parse_proof(bytes);
    if (!proof) return 0;
    XL_CHECK(print_proof(*proof) == bytes);
    const auto finding = verify_proof(fixture.genesis(), *proof);
    if (!finding) {
        XL_CHECK(!finding.error().text.empty());
        return 0;
    }
    const Finding expected = truth(fixture, *proof, *finding);
    XL_CHECK(finding->height == expected.height);
    XL_CHECK(finding->time == expected.time);
    XL_CHECK(finding->log_size == expected.log_size);
    XL_CHECK(finding->signers.size() >= 3);
    XL_CHECK(unopened(*finding) == expected.what);
    const RecordContent* content = content_of(*finding);
    if (content == nullptr) return 0;
    for (const Field& field : content->opened) {
        const auto* value = fixture.shown.find(field.code);
        XL_CHECK(value != nullptr);
        XL_CHECK(*value == field.value);
    }
    return 0;
}

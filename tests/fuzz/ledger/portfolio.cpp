// Law: a portfolio is refused, or equals byte for byte what the chain makes about the same subjects.
#include "ledger/proof/portfolio.hpp"

#include "tests/fuzz/input.hpp"
#include "tests/unit/ledger/proof/proof_fixture.hpp"

using namespace xinlian;
using namespace xinlian::ledger;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const test::ProofFixture fixture;
    ByteView left(data, size);
    const ByteSource source = [&left](std::span<std::uint8_t> into) -> Result<std::size_t> {
        const std::size_t n = std::min(into.size(), left.size());
        std::copy_n(left.begin(), n, into.begin());
        left = left.subspan(n);
        return n;
    };
    std::vector<Hash> subjects;
    const auto finding = verify_portfolio(fixture.genesis(), source, [&subjects](const PortfolioSubject& subject) {
        subjects.push_back(subject.subject);
        return Status();
    });
    if (!finding) {
        XL_CHECK(!finding.error().text.empty());
        return 0;
    }
    Bytes own;
    test::must(prove_portfolio(*fixture.chain, subjects, [&own](ByteView bytes) {
        own.insert(own.end(), bytes.begin(), bytes.end());
        return Status();
    }));
    XL_CHECK(fuzz::copy({data, size}) == own);
    XL_CHECK(finding->subjects == subjects.size());
    return 0;
}

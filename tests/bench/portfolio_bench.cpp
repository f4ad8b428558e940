// Measures a portfolio of 10,000 subjects, and the proof of one subject with 100 entries, among 1,000,000 subjects:
// time to make and to verify, and size. It prints and asserts nothing. The chain is in memory, so no disk is measured.
//
// CPU time does not depend on other load: ./run build && build/release/portfolio_bench
#include <cstdio>
#include <ctime>

#include "ledger/chain/prove.hpp"
#include "ledger/proof/portfolio.hpp"
#include "ledger/proof/verify.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/memory_store.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using test::must;

namespace {

constexpr std::uint64_t subjects = 1'000'000, rich = subjects;  // the last one has the hundred entries
constexpr std::size_t rich_entries = 100, asked = 10'000, batch_entries = 10'000, repeats = 10;

template <class Work>
double milliseconds(const Work& work) {
    const std::clock_t start = std::clock();
    work();
    return 1000.0 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

void fill(const test::Federation& federation, Chain& chain) {
    test::Blocks blocks(federation);
    const Suite suite = federation.suite();
    for (std::uint64_t from = 0; from < subjects; from += batch_entries) {
        std::vector<Entry> entries;
        for (std::uint64_t i = from; i < from + batch_entries; ++i) entries.push_back(test::create(suite, i, i));
        blocks.append(chain, {blocks.batch("310000", std::move(entries))});
    }
    // One entry per block is the most expensive case to collect.
    for (std::uint64_t i = 0; i < rich_entries; ++i) {
        blocks.append(chain, {blocks.batch("320000", {test::create(suite, subjects + i, rich)})});
    }
}

void measure(Suite suite) {
    const test::Federation federation(suite);
    test::MemoryStore store;
    const auto chain = must(Chain::open(store, federation.genesis()));
    fill(federation, *chain);
    const std::string name(name_of(suite));

    const Hash tag = test::named(suite, "subject", rich);
    std::optional<Proof> proof;
    const double proof_built = milliseconds([&] {
        for (std::size_t i = 0; i < repeats; ++i) proof = must(prove_list(*chain, StateKind::subject, tag.view()));
    });
    const double proof_verified = milliseconds([&] {
        for (std::size_t i = 0; i < repeats; ++i) static_cast<void>(must(verify_proof(federation.genesis(), *proof)));
    });
    std::printf(
        "%s: subject with %zu entries: built in %.2f ms (its own verification included), verified in %.2f ms, "
        "%zu bytes\n",
        name.c_str(), std::get<ListAnswer>(proof->answer).entries.size(), proof_built / repeats,
        proof_verified / repeats, print_proof(*proof).size());

    std::vector<Hash> tags;
    for (std::size_t i = 0; i < asked; ++i)
        tags.push_back(test::named(suite, "subject", i * (subjects / asked) + i % 97));
    Bytes file;
    const double built = milliseconds([&] {
        must(prove_portfolio(*chain, tags, [&file](ByteView bytes) {
            file.insert(file.end(), bytes.begin(), bytes.end());
            return Status();
        }));
    });
    ByteView left = file;
    const ByteSource source = [&left](std::span<std::uint8_t> into) -> Result<std::size_t> {
        const std::size_t n = std::min(into.size(), left.size());
        std::copy_n(left.begin(), n, into.begin());
        left = left.subspan(n);
        return n;
    };
    std::optional<PortfolioFinding> finding;
    const double verified = milliseconds([&] {
        finding =
            must(verify_portfolio(federation.genesis(), source, [](const PortfolioSubject&) { return Status(); }));
    });
    std::size_t alone = 0;
    for (std::size_t i = 0; i < asked; i += 100)
        alone += print_proof(must(prove_list(*chain, StateKind::subject, tags[i].view()))).size();
    std::printf(
        "%s: portfolio of %llu subjects with %llu entries: built in %.0f ms, verified in %.0f ms, %.2f MB, %zu "
        "bytes per subject (a proof file of its own: %zu)\n",
        name.c_str(), static_cast<unsigned long long>(finding->subjects),
        static_cast<unsigned long long>(finding->entries), built, verified, static_cast<double>(file.size()) / 1e6,
        file.size() / asked, alone / (asked / 100));
}

}  // namespace

int main() {
    measure(Suite::ed25519_sha256);
    measure(Suite::sm2_sm3);
    return 0;
}

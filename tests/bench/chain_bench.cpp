// Measures storing and proving: CPU microseconds per entry for Chain::append, for opening and for proofs.
// ./run build && build/release/chain_bench [blocks] [batches per block] [suite]
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "ledger/chain/prove.hpp"
#include "ledger/proof/verify.hpp"
#include "ledger/store/leveldb_store.hpp"
#include "tests/support/builders.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using test::must;

namespace {

double cpu_us(clockid_t clock) {
    timespec t{};
    clock_gettime(clock, &t);
    return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_nsec) / 1e3;
}

struct Span {
    double wall = now(), thread = cpu_us(CLOCK_THREAD_CPUTIME_ID), process = cpu_us(CLOCK_PROCESS_CPUTIME_ID);
    static double now() {
        return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now().time_since_epoch()).count();
    }
    void print(const char* what, double per) const {
        std::printf("%-34s wall %9.2f us   thread %9.2f us   process %9.2f us\n", what, (now() - wall) / per,
                    (cpu_us(CLOCK_THREAD_CPUTIME_ID) - thread) / per,
                    (cpu_us(CLOCK_PROCESS_CPUTIME_ID) - process) / per);
    }
};

}  // namespace

int main(int argc, char** argv) {
    const unsigned blocks_count = argc > 1 ? static_cast<unsigned>(std::atoi(argv[1])) : 20;
    const unsigned batches_count = argc > 2 ? static_cast<unsigned>(std::atoi(argv[2])) : 10;
    const Suite suite = must(suite_named(argc > 3 ? argv[3] : "ed25519-sha256"));
    const test::Federation federation(suite);
    const std::string folder = (std::filesystem::temp_directory_path() / "xinlian-chain-bench").string();
    std::filesystem::remove_all(folder);
    auto store = must(LevelDbStore::open(folder));
    auto chain = must(Chain::open(*store, federation.genesis()));
    test::Blocks blocks(federation);
    std::uint64_t record = 0;
    double wall = 0, thread = 0, process = 0;
    for (unsigned b = 0; b < blocks_count; ++b) {
        std::vector<BatchPtr> batches;
        for (unsigned i = 0; i < batches_count; ++i) {
            std::vector<Entry> entries;
            for (unsigned k = 0; k < 1000; ++k, ++record) {
                entries.push_back(test::create(suite, record, record % 7 == 0 ? record % 100 : record));
            }
            batches.push_back(blocks.batch("310000", std::move(entries)));
        }
        const ExecutedBlockPtr executed = blocks.block(std::move(batches));
        const Certificate certificate = blocks.certificate();
        const Span span;
        must(chain->append(std::span(&executed, 1), certificate));
        wall += Span::now() - span.wall;
        thread += cpu_us(CLOCK_THREAD_CPUTIME_ID) - span.thread;
        process += cpu_us(CLOCK_PROCESS_CPUTIME_ID) - span.process;
    }
    const auto entries = static_cast<double>(record);
    std::printf("%.0f entries in %u blocks of %u batches of 1,000, %s, synced\n", entries, blocks_count, batches_count,
                std::string(name_of(suite)).c_str());
    std::printf("%-34s wall %9.2f us   thread %9.2f us   process %9.2f us\n", "append, per entry", wall / entries,
                thread / entries, process / entries);
    std::printf("%-34s %.1f bytes per entry\n", "on disk", static_cast<double>(store->bytes_on_disk()) / entries);
    for (const unsigned n : {1U, 2U}) {
        const Span span;
        const Hash tag = test::named(suite, "subject", n == 1 ? 7 : 1);
        const auto proof = must(prove_list(*chain, StateKind::subject, tag.view()));
        const std::size_t count = std::get<ListAnswer>(proof.answer).entries.size();
        std::printf("subject proof of %zu entries:\n", count);
        span.print("  build", 1);
        const Span check;
        must(verify_proof(federation.genesis(), proof));
        check.print("  verify", 1);
    }
    {
        const Span span;
        for (unsigned i = 0; i < 100; ++i) must(prove_entry(*chain, record * i / 100));
        span.print("entry proof, build", 100);
    }
    chain.reset();
    store.reset();
    store = must(LevelDbStore::open(folder));
    const Span span;
    chain = must(Chain::open(*store, federation.genesis()));
    span.print("open, per entry", entries);
    std::filesystem::remove_all(folder);
}

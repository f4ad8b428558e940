// Measures an audit of a whole chain on one core: wall and CPU seconds, entries per second, peak memory.
// ./run build && build/release/audit_bench [FOLDER] [blocks] [batches per block] [suite]
// An existing folder is audited again and not written.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "ledger/audit/audit_folder.hpp"
#include "ledger/chain/chain.hpp"
#include "ledger/store/leveldb_store.hpp"
#include "tests/support/builders.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using test::must;

namespace {

constexpr unsigned rows_per_batch = 1000;

// Four issuers write in turn. Every seventh entry is about one of a hundred subjects; every tenth updates an earlier
// record.
void write_chain(const test::Federation& federation, const std::string& folder, unsigned blocks_count,
                 unsigned batches_count) {
    const Suite suite = federation.suite();
    auto store = must(LevelDbStore::open(folder));
    auto chain = must(Chain::open(*store, federation.genesis()));
    test::Blocks blocks(federation);
    std::map<std::string, std::vector<Entry>> written;
    std::uint64_t record = 0;
    for (unsigned b = 0; b < blocks_count; ++b) {
        std::vector<BatchPtr> batches;
        for (unsigned i = 0; i < batches_count; ++i) {
            const std::string issuer = federation.genesis().members()[(b + i) % 4].id;
            std::vector<Entry>& own = written[issuer];
            std::vector<Entry> entries;
            const std::size_t updates = own.size() < rows_per_batch ? 0 : rows_per_batch / 10;
            for (std::size_t k = 0; k < updates; ++k) {
                Entry& entry = own[(record + k * 7919) % own.size()];
                if (!entries.empty() && entries.front().record == entry.record) break;
                entry = test::update(entry);
                entries.push_back(entry);
            }
            while (entries.size() < rows_per_batch) {
                entries.push_back(test::create(suite, record, record % 7 == 0 ? record % 100 : record));
                own.push_back(entries.back());
                ++record;
            }
            batches.push_back(blocks.batch(issuer, std::move(entries)));
        }
        blocks.append(*chain, std::move(batches));
    }
}

double seconds(clockid_t clock) {
    timespec t{};
    clock_gettime(clock, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string folder =
        argc > 1 ? argv[1] : (std::filesystem::temp_directory_path() / "xinlian-audit-bench").string();
    const unsigned blocks = argc > 2 ? static_cast<unsigned>(std::atoi(argv[2])) : 100;
    const unsigned batches = argc > 3 ? static_cast<unsigned>(std::atoi(argv[3])) : 10;
    const test::Federation federation(must(suite_named(argc > 4 ? argv[4] : "ed25519-sha256")));
    if (!std::filesystem::exists(folder)) write_chain(federation, folder, blocks, batches);

    std::map<AuditPart, double> ended;
    AuditWatch watch;
    watch.progress = [&ended](const AuditProgress& progress) { ended[progress.part] = seconds(CLOCK_MONOTONIC); };
    const double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    const FolderAudit audit = must(audit_folder(folder, federation.genesis(), watch));
    const double wall_s = seconds(CLOCK_MONOTONIC) - wall, cpu_s = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    if (audit.chain.flaw) std::printf("NOT SOUND: %s\n", audit.chain.flaw->what.c_str());
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto entries = static_cast<double>(audit.chain.result.log_size);
    std::printf("%.0f entries, %llu rows: %.1f s (CPU %.1f s), %.0f entries/s; at most %ld MB\n", entries,
                static_cast<unsigned long long>(audit.chain.rows), wall_s, cpu_s, entries / wall_s,
                used.ru_maxrss / 1024);
    std::printf("files until %.1f s, blocks until %.1f s, rows until the end\n", ended[AuditPart::files] - wall,
                ended[AuditPart::blocks] - wall);
    return audit.chain.flaw ? 1 : 0;
}

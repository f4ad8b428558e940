// Measures the execution of a block: CPU time per entry, and the share of each step. It prints and asserts nothing.
//
// CPU time does not depend on other load: ./run build && build/release/ledger_bench
#include <cstdio>
#include <ctime>

#include "ledger/state/execute.hpp"

using namespace xinlian;
using namespace xinlian::ledger;

namespace {

constexpr std::size_t batch_entries = 1000;

Hash named(const std::string& label) { return hash(Suite::ed25519_sha256, as_bytes(label)); }

SecretKey key_of(Suite suite, const std::string& label) { return *SecretKey::from_seed(suite, named(label).view()); }

Genesis federation(Suite suite) {
    std::vector<Member> members;
    for (const char* id : {"310000", "320000", "330000", "340000"}) {
        Member member;
        member.id = member.name = id;
        member.roles.validator = member.roles.issuer = true;
        member.validator_key = key_of(suite, member.id + " validator").public_key();
        member.issuer_key = key_of(suite, member.id + " issuer").public_key();
        member.transport_key = key_of(Suite::ed25519_sha256, member.id + " transport").public_key();
        members.push_back(member);
    }
    return *Genesis::parse(print_genesis("bench", suite, Time{1'795'478'400'000}, members, {}));
}

struct Feed {
    std::uint64_t sequence = 0;
    Hash head;
    std::size_t records = 0;
};

std::vector<BatchPtr> make_batches(const Genesis& genesis, Feed& feed, std::size_t count, std::vector<Bytes>* encoded) {
    const SecretKey key = key_of(genesis.suite(), "310000 issuer");
    std::vector<BatchPtr> batches;
    for (std::size_t i = 0; i < count; ++i) {
        std::vector<Entry> entries(batch_entries);
        for (Entry& entry : entries) {
            const std::string number = std::to_string(feed.records++);
            entry.record = named("r" + number);
            entry.digest = named("d" + number);
            entry.subject = named("s" + std::to_string(feed.records * 7919 % 500'000));
        }
        Bytes bytes = encode(*make_batch(genesis, "310000", ++feed.sequence, feed.head, std::move(entries), key));
        if (encoded != nullptr) encoded->push_back(bytes);
        batches.push_back(*check_batch(genesis, std::move(bytes)));
        feed.head = batches.back()->id;
    }
    return batches;
}

Block block_of(const Genesis& genesis, std::uint64_t height, const std::vector<BatchPtr>& batches) {
    Block block;
    block.header.height = block.header.view = height;
    block.header.time = genesis.time() + Duration{1000 * height};
    for (const BatchPtr& batch : batches) block.batches.push_back(batch->id);
    block.header.body_hash = body_hash(genesis.suite(), block);
    return block;
}

template <class Work>
double seconds(const Work& work) {
    const std::clock_t start = std::clock();
    work();
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

void measure(const Genesis& genesis, const State& before, Feed feed, const char* what) {
    std::vector<Bytes> encoded;
    const std::vector<BatchPtr> batches = make_batches(genesis, feed, 100, &encoded);
    const double n = 100.0 * batch_entries / 1e6;
    const double checks = seconds([&] {
        for (const Bytes& bytes : encoded) static_cast<void>(check_batch(genesis, bytes));
    });
    for (int round = 0; round < 3; ++round) {
        ExecutedBlockPtr done;
        const double total =
            seconds([&] { done = execute(genesis, before, block_of(genesis, 1000, batches), batches); });
        const double map = seconds([&] { static_cast<void>(before.map.apply(done->changes)); });
        const double log = seconds([&] {
            LogTree tree = before.log;
            for (const LogEntry& entry : done->entries) tree.append(log_leaf_hash(genesis.suite(), encode(entry)));
        });
        const double keys = seconds([&] {
            std::uint8_t sum = 0;
            for (const LogEntry& entry : done->entries) {
                sum ^= state_key(genesis.suite(), StateKind::record, entry.entry.record.view()).bytes[0];
                sum ^= state_key(genesis.suite(), StateKind::subject, entry.entry.subject.view()).bytes[0];
            }
            if (sum == 1) std::printf(" ");
        });
        std::printf(
            "%s, %s: execute %.2f us/entry (map apply %.2f, leaves and log %.2f, keys %.2f, rest %.2f); "
            "check_batch %.2f us/entry; %zu entries accepted\n",
            std::string(name_of(genesis.suite())).c_str(), what, total / n, map / n, log / n, keys / n,
            (total - map - log - keys) / n, checks / n, done->entries.size());
    }
}

}  // namespace

int main() {
    for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) {
        const Genesis genesis = federation(suite);
        measure(genesis, State(suite), Feed{}, "empty state");
        State state(suite);
        Feed feed;
        for (std::uint64_t height = 1; state.map.size() < 1'000'000; ++height) {
            const std::vector<BatchPtr> batches = make_batches(genesis, feed, 100, nullptr);
            state = execute(genesis, state, block_of(genesis, height, batches), batches)->after;
        }
        measure(genesis, state, feed, "1M keys");
    }
    return 0;
}

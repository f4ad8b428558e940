// Laws: a store with changed rows (also with recomputed checksums) is refused, or opens as one of the states that the
// members certified; everything read from it is an answer or an error, and everything it proves verifies.
#include "ledger/chain/layout.hpp"
#include "ledger/chain/prove.hpp"
#include "ledger/proof/verify.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/memory_store.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using test::must;

namespace {

struct Fixture {
    Fixture() {
        const Suite suite = federation.suite();
        const auto chain = must(Chain::open(store, federation.genesis()));
        states.push_back(chain->snapshot());
        test::Blocks blocks(federation);
        const auto append = [&](std::vector<BatchPtr> batches) {
            blocks.append(*chain, std::move(batches));
            states.push_back(chain->snapshot());
        };
        append({blocks.batch("310000", {test::create(suite, 1, 1), test::create(suite, 2, 1)})});
        append({blocks.batch("320000", {test::create(suite, 3, 2)}),
                blocks.batch("310000", {test::update(test::create(suite, 1, 1))})});
        blocks.append(*chain, {}, {federation.equivocation(1, 2)});
        states.push_back(chain->snapshot());
        append({blocks.batch("330000", {test::create(suite, 1, 1)})});  // rejected
        for (const auto& [key, value] : store.rows()) keys.push_back(key);
        id = blocks.last()->block.batches.at(0);
    }
    test::Federation federation;
    test::MemoryStore store;
    std::vector<Bytes> keys;
    std::vector<SnapshotPtr> states;
    Hash id;
};

void change(const Fixture& fixture, test::MemoryStore& store, fuzz::Input& input) {
    const Suite suite = fixture.federation.suite();
    const Bytes& key = fixture.keys[input.below(fixture.keys.size())];
    const Bytes& other = fixture.keys[input.below(fixture.keys.size())];
    const auto row = store.get(key).value();
    Bytes value = row.value_or(Bytes{});
    const bool seal = key[0] != static_cast<std::uint8_t>(layout::Table::leaf);
    const std::uint8_t what = input.byte();
    const std::size_t at = input.two_bytes();
    if (seal && what % 2 == 0) value.resize(value.size() - std::min(value.size(), layout::seal_bytes));
    switch (what / 2 % 6) {
        case 0:
            return store.erase(key);
        case 1:
            if (!value.empty()) value[at % value.size()] ^= input.byte();
            break;
        case 2:
            value.resize(at % (value.size() + 1));
            break;
        case 3:
            value = store.get(other).value().value_or(Bytes{});
            value.resize(value.size() - std::min(value.size(), layout::seal_bytes));
            break;
        case 4: {
            const ByteView given = input.take(input.byte());
            value.insert(value.begin() + static_cast<std::ptrdiff_t>(at % (value.size() + 1)), given.begin(),
                         given.end());
            break;
        }
        case 5: {
            Bytes moved = key;
            moved.back() ^= static_cast<std::uint8_t>(at | 1);
            return store.put(moved, seal && what % 2 == 0 ? layout::sealed(suite, moved, value) : value);
        }
    }
    store.put(key, seal && what % 2 == 0 ? layout::sealed(suite, key, value) : value);
}

void check_proof(const Fixture& fixture, const Result<Proof>& proof) {
    if (proof) XL_CHECK(verify_proof(fixture.federation.genesis(), *proof).ok());
}

void read_all(const Fixture& fixture, const Chain& chain) {
    const Suite suite = fixture.federation.suite();
    const SnapshotPtr tip = chain.snapshot();
    const SnapshotPtr& truth = fixture.states.at(tip->tip.height);
    XL_CHECK(tip->tip_id == truth->tip_id);
    XL_CHECK(tip->state.result() == truth->state.result());
    for (Height height = 0; height <= tip->tip.height + 1; ++height) {
        const auto block = chain.block(height);
        if (block && height == tip->tip.height) XL_CHECK(block->id == truth->tip_id);
        if (const auto certified = chain.certified_at_or_above(height))
            XL_CHECK(certified->block.header.height >= height);
        if (!block) continue;
        for (const Hash& batch : block->block.batches) static_cast<void>(chain.batch(batch));
    }
    for (std::uint64_t index = 0; index <= tip->state.log.size(); ++index) {
        static_cast<void>(chain.entry(index));
        check_proof(fixture, prove_entry(chain, index));
    }
    for (std::uint64_t n = 0; n < 4; ++n) {
        static_cast<void>(chain.list_entries(StateKind::subject, test::named(suite, "subject", n).view(), 0, n));
        check_proof(fixture, prove_record(chain, test::named(suite, "record", n)));
        check_proof(fixture, prove_list(chain, StateKind::subject, test::named(suite, "subject", n).view()));
    }
    check_proof(fixture, prove_batch(chain, fixture.id));
    for (const char* member : {"310000", "320000", "330000", "340000"}) {
        check_proof(fixture, prove_evidence(chain, member));
        check_proof(fixture, prove_feed(chain, member, 1, 1));
        check_proof(fixture, prove_list(chain, StateKind::acts_of_member, as_bytes(std::string_view(member))));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Fixture fixture;
    fuzz::Input input(data, size);
    test::MemoryStore store = fixture.store;
    for (int i = 0; i < 8 && !input.empty(); ++i) change(fixture, store, input);
    const auto chain = Chain::open(store, fixture.federation.genesis());
    if (!chain) {
        XL_CHECK(!chain.error().text.empty());
        return 0;
    }
    read_all(fixture, **chain);
    return 0;
}

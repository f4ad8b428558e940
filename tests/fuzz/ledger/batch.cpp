// Laws: an accepted batch is its own encoding, has its id, and executes twice with the same result; a batch with a
// matching header and a valid signature is accepted if and only if its entries follow the rules. A resolution is alone
// in its batch, with its text; the rules in the text are tested by another target.
//
// The first byte says what is corrected before the check: 1 chain, 2 count and root, 4 signature, 8 first of its feed,
// 16 a resolution's signatures and the entry that names it.
#include <algorithm>
#include <set>

#include "crypto/merkle_log.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/support/builders.hpp"

using namespace xinlian;
using namespace xinlian::ledger;

namespace {

void put_resolution_right(const test::Federation& federation, Batch& batch) {
    if (batch.resolutions.size() != 1) return;
    const auto parsed = parse_resolution(federation.genesis(), batch.resolutions[0].text);
    if (!parsed) return;
    batch.resolutions[0] = federation.resolve(batch.resolutions[0].text);
    batch.entries = {entry_of(federation.suite(), *parsed, batch.resolutions[0])};
}

void put_right(const test::Federation& federation, std::uint8_t what, Batch& batch) {
    const Suite suite = federation.suite();
    if ((what & 16) != 0) put_resolution_right(federation, batch);
    const Hash& chain_id = federation.genesis().chain_id();
    if ((what & 1) != 0) batch.header.chain_id = chain_id;
    if ((what & 2) != 0) {
        std::vector<Hash> leaves;
        for (const Entry& entry : batch.entries) leaves.push_back(log_leaf_hash(suite, encode(entry)));
        batch.header.entries_root = log_root_of(suite, leaves);
        batch.header.entry_count = static_cast<std::uint32_t>(batch.entries.size());
    }
    if ((what & 8) != 0) {
        batch.header.issuer = "310000";
        batch.header.sequence = 1;
        batch.header.previous = Hash{};
    }
    if ((what & 4) != 0 && federation.genesis().member(batch.header.issuer) != nullptr) {
        const Hash id = batch_id(suite, batch.header);
        batch.signature = federation.issuer(batch.header.issuer).sign(batch_signing_bytes(chain_id, id));
    }
}

bool speaks_of_no_document(Operation op) {
    return op == Operation::remove || op == Operation::erased || op == Operation::repair_ack ||
           op == Operation::account;
}

bool entries_keep_the_rules(const std::vector<Entry>& entries) {
    std::set<Hash> records;
    for (const Entry& entry : entries) {
        if (!check(entry) || !records.insert(entry.record).second) return false;
        XL_CHECK(speaks_of_no_document(entry.operation) == entry.digest.is_zero());
        XL_CHECK(is_valid(entry.decided) && is_valid(entry.public_until));
    }
    return !entries.empty();
}

bool resolves(const Batch& batch) {
    const auto is_resolve = [](const Entry& entry) { return entry.operation == Operation::resolve; };
    return !batch.resolutions.empty() || std::any_of(batch.entries.begin(), batch.entries.end(), is_resolve);
}

void check_resolving(const Genesis& genesis, const Batch& batch) {
    XL_CHECK(batch.entries.size() == 1 && batch.resolutions.size() == 1);
    const SignedRules& rules = batch.resolutions[0];
    const Entry& entry = batch.entries[0];
    XL_CHECK(entry.operation == Operation::resolve && entry.record == resolution_id(genesis.suite(), rules.text));
    XL_CHECK(entry.digest == resolution_digest(genesis.suite(), rules));
    XL_CHECK(rules.signatures.size() >= genesis.committee().quorum());
}

void run(const Genesis& genesis, const BatchPtr& batch) {
    const ExecutedBlockPtr start = genesis_executed(genesis);
    Block block;
    block.header.height = block.header.view = 1;
    block.batches = {batch->id};
    const ExecutedBlockPtr executed = execute(genesis, start->after, block, {batch});
    const ExecutedBlockPtr again = execute(genesis, start->after, block, {batch});
    XL_CHECK(executed->result == again->result);
    const BatchOutcome& outcome = executed->outcomes.at(0);
    const bool accepted = outcome.reason == Reason::accepted;
    XL_CHECK(executed->result.log_size == (accepted ? batch->batch.entries.size() : 0));
    XL_CHECK(executed->after.outcome(batch->id) == outcome);
    // The state is empty: only entries that create something are accepted, and accounts without a query.
    if (accepted) {
        for (const Entry& entry : batch->batch.entries) {
            const Operation op = entry.operation;
            const bool of_nothing = op == Operation::account && entry.version == 0;
            XL_CHECK(op == Operation::create || op == Operation::grant || op == Operation::resolve || of_nothing);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const test::Federation federation;
    const Genesis& genesis = federation.genesis();
    fuzz::Input input(data, size);
    const std::uint8_t what = input.byte();
    Bytes bytes = fuzz::copy(input.rest());
    auto batch = decode<Batch>(bytes);
    if (batch) {
        XL_CHECK(encode(*batch) == bytes);
        put_right(federation, what, *batch);
        bytes = encode(*batch);
    }
    const auto checked = check_batch(genesis, bytes);
    if (batch && (what & 15) == 15) {
        const bool right = entries_keep_the_rules(batch->entries);
        XL_CHECK(resolves(*batch) ? right || !checked : checked.ok() == right);
    }
    if (!checked) return 0;
    if (resolves(*batch)) check_resolving(genesis, *batch);
    XL_CHECK(batch.ok());
    XL_CHECK((*checked)->batch == *batch);
    XL_CHECK((*checked)->encoded == bytes);
    XL_CHECK((*checked)->id == batch_id(genesis.suite(), batch->header));
    run(genesis, *checked);
    return 0;
}

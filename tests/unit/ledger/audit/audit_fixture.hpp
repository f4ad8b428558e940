// A small chain with every kind of content, for the audit's tests.
#pragma once

#include <set>

#include "ledger/audit/audit.hpp"
#include "ledger/chain/layout.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/memory_store.hpp"

namespace xinlian::ledger::audit_test {

inline std::vector<Entry> creates(Suite suite, std::uint64_t first, std::uint64_t count) {
    std::vector<Entry> entries;
    for (std::uint64_t i = first; i < first + count; ++i) entries.push_back(test::create(suite, i, i % 40));
    return entries;
}

// Full tiles, an empty block, a run of blocks under one certificate, a rejected batch, updates, evidence, a body of
// several parts, and the node's mark.
inline void fill(Chain& chain, test::Blocks& blocks, const test::Federation& federation) {
    const Suite suite = federation.suite();
    blocks.append(chain, {blocks.batch("310000", creates(suite, 0, 300))});
    blocks.append(chain);
    std::vector<ExecutedBlockPtr> run;
    run.push_back(
        blocks.block({blocks.batch("320000", creates(suite, 1000, 20)),
                      blocks.batch("310000", {test::update(test::create(suite, 3, 3)), test::create(suite, 500, 3)})},
                     {federation.equivocation(1, 2)}));
    run.push_back(blocks.block({blocks.batch("330000", creates(suite, 2000, 3))}));
    run.push_back(blocks.block({blocks.batch("310000", {test::remove(test::create(suite, 4, 4))}),
                                blocks.batch("340000", creates(suite, 2000, 1))}));  // exists: rejected
    test::must(chain.append(run, blocks.certificate(), encode(Height{3})));
}

struct Fixture {
    explicit Fixture(Suite suite = Suite::ed25519_sha256) : federation(suite), blocks(federation) {
        fill(*test::must(Chain::open(store, federation.genesis())), blocks, federation);
    }
    Result<ChainAudit> audited(const AuditWatch& watch = {}) const {
        const auto scan = [this](ByteView from, const RowVisitor& visitor) {
            const auto& rows = store.rows();
            for (auto at = rows.lower_bound(Bytes(from.begin(), from.end())); at != rows.end(); ++at) {
                if (!visitor(at->first, at->second)) break;
            }
            return Status();
        };
        return audit_chain(scan, federation.genesis(), watch);
    }
    // The first flaw; a test that finds none fails here.
    Flaw flaw() const {
        auto audit = test::must(audited());
        XL_CHECK(audit.flaw.has_value());
        return *audit.flaw;
    }
    // Changes a row as somebody would who can compute its checksum.
    void reseal(const Bytes& key, Bytes value) {
        const bool plain =
            key[0] == static_cast<std::uint8_t>(layout::Table::leaf) && key.size() == layout::leaf_key_bytes;
        store.put(key, plain ? std::move(value) : layout::sealed(federation.suite(), key, std::move(value)));
    }
    Bytes value(const Bytes& key) const {
        const Bytes& row = store.rows().at(key);
        const bool plain =
            key[0] == static_cast<std::uint8_t>(layout::Table::leaf) && key.size() == layout::leaf_key_bytes;
        return plain ? row : Bytes(row.begin(), row.end() - static_cast<std::ptrdiff_t>(layout::seal_bytes));
    }
    layout::BlockRow block_row(Height height) const {
        return test::must(decode<layout::BlockRow>(value(layout::key(layout::Table::block, height))));
    }
    void put_block(Height height, const layout::BlockRow& row) {
        reseal(layout::key(layout::Table::block, height), encode(row));
    }
    // All rows, but only every eleventh of those with many alike.
    std::vector<Bytes> some_rows() const {
        std::vector<Bytes> keys;
        std::size_t number = 0;
        for (const auto& [key, row] : store.rows()) {
            if (key[0] != static_cast<std::uint8_t>(layout::Table::leaf) || ++number % 11 == 0) keys.push_back(key);
        }
        return keys;
    }

    test::Federation federation;
    test::Blocks blocks;
    test::MemoryStore store;
};

}  // namespace xinlian::ledger::audit_test

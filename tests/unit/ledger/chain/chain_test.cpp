// Tests the stored chain: appending, reading, restarts, torn commits and damaged rows.
#include "ledger/chain/chain.hpp"

#include <catch2/catch.hpp>

#include "ledger/chain/layout.hpp"
#include "ledger/store/leveldb_store.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/memory_store.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using test::Blocks;
using test::create;
using test::Federation;
using test::MemoryStore;
using test::must;
using test::named;

namespace {

std::vector<Entry> creates(Suite suite, std::uint64_t first, std::uint64_t count, std::uint64_t subjects = 1000) {
    std::vector<Entry> entries;
    for (std::uint64_t i = first; i < first + count; ++i) entries.push_back(create(suite, i, i % subjects));
    return entries;
}

// The answers to all questions of a reader, as one value to compare.
std::string dump(const Chain& chain) {
    const Suite suite = chain.genesis().suite();
    Writer out;
    const SnapshotPtr at = chain.snapshot();
    out(at->tip, at->tip_id, at->state.result());
    for (Height height = 0; height <= at->tip.height; ++height) {
        const StoredBlock block = must(chain.block(height));
        out(block.id, block.block, block.result, block.certificate);
        XL_CHECK(must(chain.height_of(block.id)) == height);
        for (const Hash& id : block.block.batches) out.raw(must(chain.batch(id)));
    }
    for (std::uint64_t i = 0; i < at->state.log.size(); ++i) {
        const Chain::LocatedEntry entry = must(chain.entry(i));
        out(entry.entry, entry.batch, entry.position);
    }
    for (std::uint64_t s = 0; s < 10; ++s) {
        for (const std::uint64_t i :
             must(chain.list_entries(StateKind::subject, named(suite, "subject", s).view(), 0, 1u << 20)))
            out(i);
    }
    return to_hex(hash(suite, out.take()).view());
}

// A chain with every kind of content: runs, an empty block, a rejected batch, updates, several tiles.
struct Fixture {
    explicit Fixture(Suite suite = Suite::ed25519_sha256) : federation(suite), blocks(federation) {
        chain = must(Chain::open(store, federation.genesis()));
        blocks.append(*chain, {blocks.batch("310000", creates(suite, 0, 150, 7))});
        blocks.append(*chain);
        std::vector<ExecutedBlockPtr> run;
        run.push_back(
            blocks.block({blocks.batch("320000", creates(suite, 1000, 200, 7)),
                          blocks.batch("310000", {test::update(create(suite, 3, 3)), create(suite, 500, 3)})}));
        run.push_back(blocks.block({blocks.batch("330000", creates(suite, 2000, 3, 7))}));
        run.push_back(blocks.block({blocks.batch("310000", {test::remove(create(suite, 4, 4))}),
                                    blocks.batch("340000", creates(suite, 2000, 1, 7))}));  // exists: rejected
        must(chain->append(run, blocks.certificate()));
    }
    Federation federation;
    Blocks blocks;
    MemoryStore store;
    std::unique_ptr<Chain> chain;
};

Errc open_fails(MemoryStore& store, const Genesis& genesis) {
    const auto chain = Chain::open(store, genesis);
    REQUIRE(!chain.ok());
    INFO(chain.error().text);
    CHECK(chain.error().text.size() > 40);
    return chain.error().code;
}

// The fixture's chain, its next two blocks, and a valid certificate of the first of them.
struct Refusals : Fixture {
    bool refused(const std::vector<ExecutedBlockPtr>& run, const Certificate& certificate) {
        const Status status = chain->append(run, certificate);
        if (status.ok()) return false;
        return status.error().code == Errc::invalid && store.rows() == before && chain->height() == 5;
    }
    Height height_on_disk() { return must(Chain::open(store, federation.genesis()))->height(); }

    const MemoryStore::Rows before = store.rows();
    const Certificate old = blocks.certificate();
    const ExecutedBlockPtr tip = blocks.last();
    const ExecutedBlockPtr next = blocks.block({blocks.batch("310000", creates(federation.suite(), 9000, 2))});
    const ExecutedBlockPtr after = blocks.block();
    const Certificate good = federation.certify(*next);
};

}  // namespace

TEST_CASE("a new chain has the genesis block, and nothing else") {
    for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) {
        const Federation federation(suite);
        MemoryStore store;
        for (int start = 0; start < 2; ++start) {
            const auto chain = must(Chain::open(store, federation.genesis()));
            CHECK(chain->height() == 0);
            CHECK(must(chain->block(0)).block == genesis_block(federation.genesis()));
            CHECK(!must(chain->block(0)).certificate);
            CHECK(must(chain->height_of(chain->snapshot()->tip_id)) == Height{0});
            CHECK(!must(chain->height_of(Hash{})));
            CHECK(chain->block(1).error().code == Errc::not_found);
            CHECK(chain->certified_at_or_above(0).error().code == Errc::not_found);
            CHECK(chain->entry(0).error().code == Errc::not_found);
            CHECK(chain->batch(Hash{}).error().code == Errc::not_found);
            CHECK(chain->log_subtree(0, 0).error().code == Errc::not_found);
            CHECK(must(chain->list_entries(StateKind::subject, Hash{}.view(), 0, 10)).empty());
        }
        CHECK(store.commits() == 1);
    }
}

TEST_CASE("what was appended is read back, before and after a restart") {
    for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) {
        Fixture fixture(suite);
        const Chain& chain = *fixture.chain;
        CHECK(chain.height() == 5);
        CHECK(chain.snapshot()->state.log.size() == 150 + 200 + 2 + 3 + 1);
        CHECK(must(chain.entry(149)).entry.entry == create(suite, 149, 149 % 7));
        CHECK(must(chain.entry(150)).entry.issuer == "320000");
        CHECK(must(chain.entry(350)).entry.entry.operation == Operation::update);
        CHECK(must(chain.entry(350)).position == 0);
        CHECK(must(chain.entry(351)).position == 1);
        CHECK(must(chain.entry(355)).entry.height == 5);
        CHECK(chain.entry(356).error().code == Errc::not_found);
        const std::string before = dump(chain);
        const auto again = must(Chain::open(fixture.store, fixture.federation.genesis()));
        CHECK(dump(*again) == before);
        CHECK(again->snapshot()->state.log.frontier() == fixture.blocks.last()->after.log.frontier());
    }
}

TEST_CASE("the subject index gives each subject's entries, oldest first, and any part of them") {
    Fixture fixture;
    const Suite suite = fixture.federation.suite();
    for (std::uint64_t s = 0; s < 7; ++s) {
        const Hash tag = named(suite, "subject", s);
        std::vector<std::uint64_t> expected;
        for (std::uint64_t i = 0; i < fixture.chain->snapshot()->state.log.size(); ++i) {
            if (must(fixture.chain->entry(i)).entry.entry.subject == tag) expected.push_back(i);
        }
        CHECK(must(fixture.chain->list_entries(StateKind::subject, tag.view(), 0, 1000)) == expected);
        for (std::size_t from = 0; from <= expected.size(); from += 5) {
            for (std::size_t to = from; to <= expected.size(); to += 3) {
                const std::vector<std::uint64_t> part(expected.begin() + static_cast<std::ptrdiff_t>(from),
                                                      expected.begin() + static_cast<std::ptrdiff_t>(to));
                CHECK(must(fixture.chain->list_entries(StateKind::subject, tag.view(), from, to)) == part);
            }
        }
        CHECK(must(fixture.chain->list_entries(StateKind::subject, tag.view(), 9, 3)).empty());
        CHECK(
            must(fixture.chain->list_entries(StateKind::subject, tag.view(), ~std::uint64_t{0} - 1, ~std::uint64_t{0}))
                .empty());
    }
}

TEST_CASE("the log's subtrees come from the tiles") {
    const Federation federation;
    MemoryStore store;
    const auto chain = must(Chain::open(store, federation.genesis()));
    Blocks blocks(federation);
    std::vector<Hash> leaves;
    for (const std::uint64_t count : {1, 254, 1, 1, 255, 700}) {
        const auto executed =
            blocks.append(*chain, {blocks.batch("310000", creates(federation.suite(), leaves.size(), count))});
        leaves.insert(leaves.end(), executed->leaf_hashes.begin(), executed->leaf_hashes.end());
        for (unsigned level = 0; level < 11; ++level) {
            const std::size_t width = std::size_t{1} << level;
            const std::size_t complete = leaves.size() >> level;
            for (std::size_t i = 0; i < complete; i += 1 + complete / 3) {
                CHECK(must(chain->log_subtree(level, i)) ==
                      log_root_of(federation.suite(), std::span(leaves).subspan(i * width, width)));
            }
            CHECK(chain->log_subtree(level, complete).error().code == Errc::not_found);
        }
    }
    CHECK(chain->log_subtree(64, 0).error().code == Errc::not_found);
    CHECK(chain->log_subtree(63, 2).error().code == Errc::not_found);
}

TEST_CASE("appending one by one or in runs leaves the same rows, but for the certificates of blocks inside a run") {
    const Federation federation;
    const Suite suite = federation.suite();
    std::array<MemoryStore, 2> stores;
    for (std::size_t runs = 0; runs < 2; ++runs) {
        const auto chain = must(Chain::open(stores[runs], federation.genesis()));
        Blocks blocks(federation);
        std::vector<ExecutedBlockPtr> run;
        for (std::uint64_t i = 0; i < 6; ++i) {
            run.push_back(blocks.block({blocks.batch("310000", {create(suite, i, 0), create(suite, 100 + i, i % 2)})}));
            if (runs == 1 && i % 3 != 2) continue;
            must(chain->append(run, blocks.certificate()));
            run.clear();
        }
        CHECK(must(chain->certified_at_or_above(1)).block.header.height == (runs == 1 ? 3 : 1));
        CHECK(must(chain->certified_at_or_above(4)).block.header.height == (runs == 1 ? 6 : 4));
        CHECK(chain->certified_at_or_above(7).error().code == Errc::not_found);
        CHECK(must(chain->block(2)).certificate.has_value() == (runs == 0));
    }
    CHECK(stores[0].commits() == 7);
    CHECK(stores[1].commits() == 3);
    const auto one = must(Chain::open(stores[0], federation.genesis()));
    const auto run = must(Chain::open(stores[1], federation.genesis()));
    CHECK(one->snapshot()->state.result() == run->snapshot()->state.result());
    CHECK(must(one->list_entries(StateKind::subject, named(suite, "subject", 0).view(), 0, 99)) ==
          must(run->list_entries(StateKind::subject, named(suite, "subject", 0).view(), 0, 99)));
}

TEST_CASE("blocks or certificates that do not fit are refused, and nothing is stored") {
    Refusals at;
    SECTION("a certificate of another block") { CHECK(at.refused({at.next}, at.old)); }
    SECTION("a certificate of the first of two") { CHECK(at.refused({at.next, at.after}, at.good)); }
    SECTION("a certificate with another result") {
        Statement statement = Federation::finalize(*at.next);
        statement.result->log_size += 1;
        CHECK(at.refused({at.next}, at.federation.certify(statement)));
    }
    SECTION("a certificate of another view") {
        Statement statement = Federation::finalize(*at.next);
        statement.view += 1;
        CHECK(at.refused({at.next}, at.federation.certify(statement)));
    }
    SECTION("a notarization") {
        Statement statement = Federation::finalize(*at.next);
        statement.kind = VoteKind::notarize;
        statement.result.reset();
        CHECK(at.refused({at.next}, at.federation.certify(statement)));
    }
    SECTION("too few signers") {
        const std::array<MemberIndex, 2> two{0, 2};
        CHECK(at.refused({at.next}, at.federation.certify(Federation::finalize(*at.next), two)));
    }
    SECTION("one signer three times") {
        const std::array<MemberIndex, 3> same{1, 1, 1};
        CHECK(at.refused({at.next}, at.federation.certify(Federation::finalize(*at.next), same)));
    }
    SECTION("signers of another federation") {
        const Federation foreign(Suite::ed25519_sha256, 2);
        CHECK(at.refused({at.next}, foreign.certify(*at.next)));
    }
    SECTION("a flipped signature") {
        Certificate bad = at.good;
        bad.signatures[2].signature.bytes[5] ^= 1;
        CHECK(at.refused({at.next}, bad));
    }
    CHECK(at.height_on_disk() == 5);
}

TEST_CASE("runs of blocks that do not continue the chain are refused, and nothing is stored") {
    Refusals at;
    SECTION("no blocks") { CHECK(at.refused({}, at.good)); }
    SECTION("a gap") { CHECK(at.refused({at.after}, at.federation.certify(*at.after))); }
    SECTION("the tip again") { CHECK(at.refused({at.tip}, at.old)); }
    SECTION("out of order") { CHECK(at.refused({at.after, at.next}, at.good)); }
    SECTION("an execution with a result that is not its own") {
        auto wrong = std::make_shared<ExecutedBlock>(*at.next);
        wrong->result.state_root.bytes[0] ^= 1;
        CHECK(at.refused({wrong}, at.federation.certify(*wrong)));
    }
    SECTION("an execution that lacks a body") {
        auto wrong = std::make_shared<ExecutedBlock>(*at.next);
        wrong->batches.clear();
        CHECK(at.refused({wrong}, at.good));
    }
    CHECK(at.height_on_disk() == 5);
}

TEST_CASE("after a failed commit the chain takes nothing more, and says why") {
    Fixture fixture;
    fixture.store.tear_after = 3;
    const ExecutedBlockPtr next = fixture.blocks.block();
    CHECK(fixture.chain->append(std::span(&next, 1), fixture.blocks.certificate()).error().code == Errc::io);
    fixture.store.tear_after.reset();
    CHECK(fixture.chain->append(std::span(&next, 1), fixture.blocks.certificate()).error().code == Errc::io);
    CHECK(fixture.chain->height() == 5);
}

TEST_CASE("a commit that was lost in a power cut leaves the chain as it was before") {
    Fixture fixture;
    const std::string before = dump(*fixture.chain);
    fixture.store.lose_commits = true;
    fixture.blocks.append(*fixture.chain,
                          {fixture.blocks.batch("310000", creates(fixture.federation.suite(), 9000, 5))});
    CHECK(fixture.chain->height() == 6);
    fixture.store.lose_commits = false;
    const auto again = must(Chain::open(fixture.store, fixture.federation.genesis()));
    CHECK(again->height() == 5);
    CHECK(dump(*again) == before);
}

TEST_CASE("a torn commit is found at the start, wherever it was torn") {
    Fixture fixture;
    const ExecutedBlockPtr next =
        fixture.blocks.block({fixture.blocks.batch("310000", creates(fixture.federation.suite(), 9000, 5))});
    const Certificate certificate = fixture.blocks.certificate();
    const MemoryStore before = fixture.store;
    // Every cut except none and all. The tip is written last, so a cut before it leaves rows that no tip covers.
    for (std::size_t cut = 1;; ++cut) {
        MemoryStore torn = before;
        const auto chain = must(Chain::open(torn, fixture.federation.genesis()));
        torn.tear_after = cut;
        must(chain->append(std::span(&next, 1), certificate).ok() ? Status(Error{Errc::io, "no fault"}) : Status());
        torn.tear_after.reset();
        const auto again = Chain::open(torn, fixture.federation.genesis());
        if (again.ok() && (*again)->height() == 6) {
            CHECK(cut > 10);
            break;
        }
        // The chain must show the past state, never a mixture.
        if (again.ok()) {
            CHECK((*again)->snapshot()->state.result() == fixture.chain->snapshot()->state.result());
        } else {
            CHECK(again.error().code == Errc::corrupt);
        }
    }
}

TEST_CASE("a flipped byte in any row is found at the start or when it is read, and never gives a wrong answer") {
    Fixture fixture;
    const Genesis& genesis = fixture.federation.genesis();
    const std::string truth = dump(*fixture.chain);
    std::map<std::uint8_t, unsigned> seen;  // rows tried per table
    for (const auto& [key, value] : fixture.store.rows()) {
        if (seen[key[0]]++ > 12) continue;
        for (std::size_t byte = 0; byte < value.size(); byte += 1 + value.size() / 5) {
            MemoryStore store = fixture.store;
            store.flip(key, byte);
            const auto chain = Chain::open(store, genesis);
            if (!chain) {
                const Errc code = chain.error().code;
                // A changed chain id is another chain's.
                CHECK((code == Errc::corrupt || (key[0] == 'v' && code == Errc::conflict)));
                continue;
            }
            // It opened, so the row is one that is checked when read. Every question that needs it must be refused.
            bool noticed = false;
            const auto note = [&noticed](const auto& result) {
                if (!result.ok()) {
                    CHECK(result.error().code == Errc::corrupt);
                    noticed = true;
                }
            };
            for (Height height = 0; height <= 5; ++height) {
                const auto block = (*chain)->block(height);
                note(block);
                if (!block) continue;
                note((*chain)->height_of(block->id));
                for (const Hash& id : block->block.batches) note((*chain)->batch(id));
            }
            for (std::uint64_t i = 0; i < 356; ++i) note((*chain)->entry(i));
            for (std::uint64_t s = 0; s < 7; ++s) {
                note((*chain)->list_entries(StateKind::subject, named(genesis.suite(), "subject", s).view(), 0, 99));
            }
            INFO("table " << static_cast<char>(key[0]) << ", row " << to_hex(key) << ", byte " << byte);
            CHECK(noticed);
        }
    }
    for (const char table : {'b', 'c', 'f', 'h', 'i', 'l', 'm', 't', 'v'})
        CHECK(seen[static_cast<std::uint8_t>(table)] > 0);
    CHECK(dump(*fixture.chain) == truth);
}

TEST_CASE("a missing row is found at the start or when it is read") {
    Fixture fixture;
    const Genesis& genesis = fixture.federation.genesis();
    for (const auto& [key, value] : fixture.store.rows()) {
        MemoryStore store = fixture.store;
        store.erase(key);
        const auto chain = Chain::open(store, genesis);
        if (!chain) {
            CHECK(chain.error().code == Errc::corrupt);
            continue;
        }
        // The remaining tables: bodies, ids and first entries, full tiles, old certificates, old rows of subjects.
        const std::string tables = "bcfilm";
        INFO("row " << to_hex(key));
        CHECK(tables.find(static_cast<char>(key[0])) != std::string::npos);
        if (key[0] == 'b') {
            Hash id;
            std::copy_n(key.begin() + 1, 32, id.bytes.begin());
            CHECK((*chain)->batch(id).error().code == Errc::corrupt);
        }
        if (key[0] == 'm') {
            bool noticed = false;
            for (std::uint64_t s = 0; s < 7; ++s) {
                noticed = noticed ||
                          !(*chain)
                               ->list_entries(StateKind::subject, named(genesis.suite(), "subject", s).view(), 0, 99)
                               .ok();
            }
            CHECK(noticed);
        }
    }
}

TEST_CASE("an edited body is noticed even where its seal was made anew") {
    Fixture fixture;
    const Genesis& genesis = fixture.federation.genesis();
    const Hash id = must(fixture.chain->block(1)).block.batches[0];
    const Bytes key = layout::body_key(id, 0);
    Bytes body = fixture.store.rows().at(key);
    body.resize(body.size() - layout::seal_bytes);
    const std::size_t in_first_entry = batch_header_bytes("310000") + sizeof(Signature) + 4 + 2;
    body[in_first_entry] ^= 1;
    fixture.store.put(key, layout::sealed(genesis.suite(), key, body));
    const auto chain = must(Chain::open(fixture.store, genesis));
    CHECK(chain->batch(id).error().code == Errc::corrupt);
    CHECK(chain->entry(0).error().code == Errc::corrupt);
    CHECK(chain->entry(1).ok());
}

TEST_CASE("a tip that no quorum signed is refused even where its seals were made anew") {
    Fixture fixture;
    const Suite suite = fixture.federation.suite();
    layout::TipRow tip = *must(layout::read_tip(fixture.store, suite));
    SECTION("too few signers") { tip.certificate->signatures.pop_back(); }
    SECTION("a wrong signature") { tip.certificate->signatures[0].signature.bytes[0] ^= 1; }
    const auto put = [&](const Bytes& key, const Bytes& value) {
        fixture.store.put(key, layout::sealed(suite, key, value));
    };
    put(layout::key(layout::Table::tip), encode(tip));
    put(layout::key(layout::Table::certificate, tip.height), encode(*tip.certificate));
    CHECK(open_fails(fixture.store, fixture.federation.genesis()) == Errc::corrupt);
}

TEST_CASE("a row put in another's place is noticed") {
    Fixture fixture;
    const Genesis& genesis = fixture.federation.genesis();
    const Bytes one = layout::key(layout::Table::block, 2);
    const Bytes two = layout::key(layout::Table::block, 3);
    const Bytes moved = fixture.store.rows().at(two);
    fixture.store.put(one, moved);
    CHECK(open_fails(fixture.store, genesis) == Errc::corrupt);
}

TEST_CASE("a store of another chain is not opened, and its error names both chains") {
    Fixture fixture;
    const Federation other(Suite::ed25519_sha256, 2);
    const Federation sm(Suite::sm2_sm3);
    CHECK(open_fails(fixture.store, other.genesis()) == Errc::conflict);
    CHECK(open_fails(fixture.store, sm.genesis()) == Errc::conflict);
    const auto opened = Chain::open(fixture.store, other.genesis());
    CHECK(opened.error().text.find(fixture.federation.genesis().chain_id().hex()) != std::string::npos);
}

TEST_CASE("a tip set back to an older one is found by the blocks and leaves above it") {
    Fixture fixture;
    const MemoryStore before = fixture.store;
    fixture.blocks.append(*fixture.chain);
    const Bytes key = layout::key(layout::Table::tip);
    fixture.store.put(key, before.rows().at(key));
    CHECK(open_fails(fixture.store, fixture.federation.genesis()) == Errc::corrupt);
}

TEST_CASE("rows without a format row are not taken for an empty store") {
    Fixture fixture;
    fixture.store.erase(layout::key(layout::Table::format));
    CHECK(open_fails(fixture.store, fixture.federation.genesis()) == Errc::corrupt);
}

TEST_CASE("a snapshot stays as it was while the chain goes on") {
    Fixture fixture;
    const SnapshotPtr old = fixture.chain->snapshot();
    const ExecutionResult result = old->state.result();
    fixture.blocks.append(*fixture.chain,
                          {fixture.blocks.batch("310000", creates(fixture.federation.suite(), 9000, 300))});
    CHECK(old->state.result() == result);
    CHECK(old->tip.height == 5);
    CHECK(fixture.chain->snapshot()->state.result() != result);
}

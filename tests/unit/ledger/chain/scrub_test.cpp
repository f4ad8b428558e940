// Tests the scrub, which reads all rows of a chain and reports damage.
#include "ledger/chain/scrub.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "tests/support/builders.hpp"
#include "tests/support/memory_store.hpp"

using namespace xinlian;
using namespace xinlian::ledger;

namespace {

// A chain with full tiles, subjects with several rows, and rows in every table but that of the mark.
struct Fixture {
    test::Federation federation;
    test::MemoryStore store;
    std::unique_ptr<Chain> chain = test::must(Chain::open(store, federation.genesis()));
    test::Blocks blocks{federation};

    Fixture() {
        const Suite suite = federation.suite();
        std::uint64_t record = 0;
        for (const std::size_t size : {3u, 520u, 1u, 2u}) {
            std::vector<Entry> entries;
            for (std::size_t i = 0; i < size; ++i, ++record)
                entries.push_back(test::create(suite, record, record % 40));
            blocks.append(*chain, {blocks.batch("310000", std::move(entries))});
        }
        const ExecutedBlockPtr empty = blocks.block();
        test::must(chain->append(std::span(&empty, 1), blocks.certificate(), as_bytes("a mark")));
    }
    // The damages found in one round.
    std::vector<std::string> round() {
        Scrub scrub(store, *chain);
        std::vector<std::string> found;
        for (bool finished = false; !finished;) {
            const Scrub::Step step = scrub.step();
            if (step.damage) found.push_back(step.damage->text);
            finished = step.finished;
        }
        return found;
    }
    // All rows, but only every ninth of those with many alike.
    std::vector<Bytes> rows() const {
        std::vector<Bytes> keys;
        std::size_t number = 0;
        for (const auto& [key, value] : store.rows()) {
            if (key[0] == static_cast<std::uint8_t>(layout::Table::format)) continue;  // read at the start only
            if (key[0] != static_cast<std::uint8_t>(layout::Table::leaf) || ++number % 9 == 0) keys.push_back(key);
        }
        return keys;
    }
};

}  // namespace

TEST_CASE("a scrub finds nothing in a healthy chain, round after round, and says how much it read") {
    Fixture fixture;
    Scrub scrub(fixture.store, *fixture.chain);
    for (int rounds = 0; rounds < 2; ++rounds) {
        std::uint64_t bytes = 0;
        for (bool finished = false; !finished;) {
            const Scrub::Step step = scrub.step();
            INFO((step.damage ? step.damage->text : std::string()));
            REQUIRE_FALSE(step.damage);
            bytes += step.bytes;
            finished = step.finished;
        }
        CHECK(bytes > 520 * entry_bytes);
    }
}

TEST_CASE("a scrub names the place of a bit that flipped in any row") {
    Fixture fixture;
    std::set<std::uint8_t> tables;
    for (const Bytes& key : fixture.rows()) {
        INFO("the row " << key[0] << " " << to_hex(key));
        const std::size_t middle = fixture.store.rows().at(key).size() / 2;
        fixture.store.flip(key, middle);
        const auto found = fixture.round();
        REQUIRE_FALSE(found.empty());
        CHECK(found.front().find("damaged") != std::string::npos);
        fixture.store.flip(key, middle);
        tables.insert(key[0]);
    }
    CHECK(tables.size() == 9);  // every table but the format's
    CHECK(fixture.round().empty());
}

TEST_CASE("a scrub misses a row that is gone") {
    Fixture fixture;
    for (const Bytes& key : fixture.rows()) {
        if (key[0] == static_cast<std::uint8_t>(layout::Table::mark)) continue;  // the caller's own
        // A block may be final through a later one: only the tip's certificate must be there.
        if (key[0] == static_cast<std::uint8_t>(layout::Table::certificate) && key.back() != 5) continue;
        INFO("the row " << key[0] << " " << to_hex(key));
        const Bytes value = fixture.store.rows().at(key);
        fixture.store.erase(key);
        CHECK_FALSE(fixture.round().empty());
        fixture.store.put(key, value);
    }
}

TEST_CASE("a scrub goes on behind the damage, and while blocks are appended") {
    Fixture fixture;
    fixture.store.flip(layout::key(layout::Table::block, 1), 9);
    fixture.store.flip(layout::key(layout::Table::block, 4), 9);
    Scrub scrub(fixture.store, *fixture.chain);
    std::vector<std::string> found;
    std::uint64_t record = 10'000;
    for (bool finished = false; !finished;) {
        const Scrub::Step step = scrub.step();
        if (step.damage) found.push_back(step.damage->text);
        finished = step.finished;
        if (record < 10'003) {
            fixture.blocks.append(
                *fixture.chain,
                {fixture.blocks.batch("320000", {test::create(fixture.federation.suite(), record++, 1)})});
        }
    }
    REQUIRE(found.size() == 2);
    CHECK(found[0].find("0000000000000001") != std::string::npos);
    CHECK(found[1].find("0000000000000004") != std::string::npos);
}

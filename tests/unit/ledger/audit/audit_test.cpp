// Tests the audit of a chain: a sound one, and one with a change in any row.
#include <catch2/catch.hpp>

#include "tests/unit/ledger/audit/audit_fixture.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using audit_test::Fixture;
using layout::Table;
using test::must;

namespace {

bool is_mark(const Bytes& key) { return key[0] == static_cast<std::uint8_t>(Table::mark); }

// The kinds that may be reported for a changed row: what was found first, in the order of the blocks.
bool names_the_place(const Flaw& flaw, const Bytes& key) {
    if (flaw.what.empty()) return false;
    return flaw.row == key || flaw.height.has_value();
}

}  // namespace

TEST_CASE("an audit finds a healthy chain sound, and counts what it read") {
    for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) {
        const Fixture fixture(suite);
        const ChainAudit audit = must(fixture.audited());
        INFO((audit.flaw ? audit.flaw->what : std::string()));
        REQUIRE_FALSE(audit.flaw);
        CHECK(audit.height == 5);
        CHECK(audit.tip == fixture.blocks.last()->id);
        CHECK(audit.result == fixture.blocks.last()->result);
        CHECK(audit.accepted == 5);
        CHECK(audit.rejected == 1);
        CHECK(audit.certificates == 3);
        CHECK(audit.evidence == 1);
        CHECK(audit.rows == fixture.store.rows().size());
        CHECK(audit.issuers.at("310000").entries == 303);
        CHECK(audit.issuers.at("340000").rejected == 1);
        CHECK(audit.first_time < audit.last_time);
        CHECK(audit.mark == encode(Height{3}));
    }
}

TEST_CASE("an audit of a chain that has only its beginning is sound too") {
    Fixture fixture;
    fixture.store = {};
    must(Chain::open(fixture.store, fixture.federation.genesis()));
    const ChainAudit audit = must(fixture.audited());
    CHECK_FALSE(audit.flaw);
    CHECK(audit.height == 0);
    CHECK(audit.first_time == audit.last_time);
}

TEST_CASE("an audit hands over each block once a certificate covers it, in order, and says how far it is") {
    const Fixture fixture;
    std::vector<Height> seen;
    std::uint64_t entries = 0, reports = 0;
    AuditWatch watch;
    watch.block = [&](const ExecutedBlock& executed) {
        seen.push_back(executed.block.header.height);
        entries += executed.entries.size();
    };
    watch.progress = [&](const AuditProgress& progress) {
        ++reports;
        if (progress.part == AuditPart::blocks) CHECK(progress.total == 5);
    };
    const ChainAudit audit = must(fixture.audited(watch));
    CHECK(seen == std::vector<Height>{1, 2, 3, 4, 5});
    CHECK(entries == audit.result.log_size);
    CHECK(reports >= 5);
}

TEST_CASE("an audit names a flipped bit in any row") {
    Fixture fixture;
    std::set<std::uint8_t> tables;
    for (const Bytes& key : fixture.some_rows()) {
        const std::size_t bytes = fixture.store.rows().at(key).size();
        for (std::size_t byte = 0; byte < bytes; byte += 1 + bytes / 3) {
            INFO("the row " << row_name(key) << ", byte " << byte);
            fixture.store.flip(key, byte);
            const Flaw flaw = fixture.flaw();
            INFO(flaw.what);
            CHECK(flaw.row == key);
            CHECK(flaw.kind != FlawKind::row_missing);
            fixture.store.flip(key, byte);
        }
        tables.insert(key[0]);
    }
    CHECK(tables.size() == 10);  // every table
    CHECK_FALSE(must(fixture.audited()).flaw);
}

TEST_CASE("an audit names a row that was changed by somebody who can compute seals") {
    Fixture fixture;
    for (const Bytes& key : fixture.some_rows()) {
        if (is_mark(key) || key[0] == static_cast<std::uint8_t>(Table::format)) continue;  // see below
        const Bytes before = fixture.value(key);
        for (std::size_t byte = 0; byte < before.size(); byte += 1 + before.size() / 4) {
            Bytes changed = before;
            changed[byte] ^= 1;
            fixture.reseal(key, changed);
            INFO("the row " << row_name(key) << ", byte " << byte);
            const Flaw flaw = fixture.flaw();
            INFO(flaw.what);
            CHECK(names_the_place(flaw, key));
        }
        fixture.reseal(key, before);
    }
    CHECK_FALSE(must(fixture.audited()).flaw);
}

TEST_CASE("an audit names a row that is gone") {
    Fixture fixture;
    for (const Bytes& key : fixture.some_rows()) {
        if (is_mark(key)) continue;  // a node's own mark: there may be none
        INFO("the row " << row_name(key));
        const Bytes row = fixture.store.rows().at(key);
        fixture.store.erase(key);
        // A block may be final through a later one: here nothing else depends on the ends of the runs.
        if (key[0] == static_cast<std::uint8_t>(Table::certificate) && key.back() != 5) {
            CHECK_FALSE(must(fixture.audited()).flaw);
        } else {
            const Flaw flaw = fixture.flaw();
            INFO(flaw.what);
            CHECK(flaw.kind == FlawKind::row_missing);
            CHECK(flaw.row == key);
        }
        fixture.store.put(key, row);
    }
}

TEST_CASE("an audit names a row that follows from nothing") {
    Fixture fixture;
    const Suite suite = fixture.federation.suite();
    const Hash nobodys = test::named(suite, "nobody's", 1);
    std::vector<Bytes> keys{layout::body_key(nobodys, 0),
                            layout::key(Table::certificate, 6),
                            layout::key(Table::first, 7),
                            layout::key(Table::block, 6),
                            layout::key(Table::id, {nobodys.view()}),
                            layout::tile_key(1, 1),
                            layout::key(Table::leaf, {nobodys.view()}),
                            layout::list_key(nobodys, 1),
                            to_bytes("kk"),
                            to_bytes("tt"),
                            to_bytes("vv"),
                            to_bytes("z"),
                            Bytes(),
                            Bytes(80, 0xFF),
                            to_bytes("h")};
    for (const Bytes& key : keys) {
        INFO("the row " << to_hex(key));
        fixture.store.put(key, layout::sealed(suite, key, to_bytes("something")));
        const Flaw flaw = fixture.flaw();
        INFO(flaw.what);
        CHECK(flaw.kind == FlawKind::row_unknown);
        CHECK(flaw.row == key);
        fixture.store.erase(key);
    }
    CHECK_FALSE(must(fixture.audited()).flaw);
}

TEST_CASE("an audit names rows whose values changed places, seals and all") {
    Fixture fixture;
    std::map<std::uint8_t, Bytes> before;  // of each table
    for (const Bytes& key : fixture.some_rows()) {
        const auto [at, first] = before.emplace(key[0], key);
        if (first || fixture.value(at->second) == fixture.value(key)) continue;
        INFO(row_name(at->second) << " and " << row_name(key));
        const Bytes one = fixture.value(at->second), other = fixture.value(key);
        fixture.reseal(at->second, other);
        fixture.reseal(key, one);
        const Flaw flaw = fixture.flaw();
        INFO(flaw.what);
        CHECK((flaw.row == at->second || names_the_place(flaw, key)));
        fixture.reseal(at->second, one);
        fixture.reseal(key, other);
    }
    CHECK_FALSE(must(fixture.audited()).flaw);
}

TEST_CASE("an audit says which rule of a block or batch is broken") {
    Fixture fixture;
    const Genesis& genesis = fixture.federation.genesis();
    SECTION("a block that names another parent") {
        layout::BlockRow row = fixture.block_row(2);
        row.block.header.parent.bytes[0] ^= 1;
        fixture.put_block(2, row);
        const Flaw flaw = fixture.flaw();
        CHECK(flaw.kind == FlawKind::block);
        CHECK(flaw.height == Height{2});
        CHECK(flaw.what.find("parent") != std::string::npos);
    }
    SECTION("a batch with a signature that is not its issuer's") {
        const Hash id = fixture.block_row(4).block.batches[0];
        Bytes body = fixture.value(layout::body_key(id, 0));
        Batch batch = must(decode<Batch>(body));
        batch.signature.bytes[3] ^= 1;
        fixture.reseal(layout::body_key(id, 0), encode(batch));
        const Flaw flaw = fixture.flaw();
        CHECK(flaw.kind == FlawKind::batch);
        CHECK(flaw.height == Height{4});
        CHECK(flaw.what.find("signature") != std::string::npos);
    }
    SECTION("a whole batch, signed by its issuer, in place of another") {
        const Hash id = fixture.block_row(4).block.batches[0];
        const BatchPtr other = fixture.blocks.batch("330000", audit_test::creates(fixture.federation.suite(), 7000, 3));
        fixture.reseal(layout::body_key(id, 0), other->encoded);
        const Flaw flaw = fixture.flaw();
        CHECK(flaw.kind == FlawKind::batch);
        CHECK(flaw.what.find(other->id.hex()) != std::string::npos);
    }
    SECTION("a batch that was decided before") {
        layout::BlockRow row = fixture.block_row(2);
        row.block.batches = fixture.block_row(1).block.batches;
        row.block.header.body_hash = body_hash(genesis.suite(), row.block);
        row.places = fixture.block_row(1).places;
        fixture.put_block(2, row);
        const Flaw flaw = fixture.flaw();
        CHECK(flaw.kind == FlawKind::block);
        CHECK(flaw.what.find("already decided") != std::string::npos);
    }
    SECTION("a body with more parts than a batch may have") {
        const Hash id = fixture.block_row(4).block.batches[0];
        for (std::uint32_t chunk = 0; chunk < 1100; ++chunk)
            fixture.reseal(layout::body_key(id, chunk), Bytes(layout::body_chunk_bytes, 7));
        const Flaw flaw = fixture.flaw();
        CHECK(flaw.kind == FlawKind::batch);
        CHECK(flaw.what.find("makes the batch larger") != std::string::npos);
    }
}

TEST_CASE("an audit names a block whose batches are too large together, though a quorum signed it") {
    Fixture fixture;
    const Genesis& genesis = fixture.federation.genesis();
    std::vector<BatchPtr> batches;
    for (const char* issuer : {"310000", "320000", "330000", "340000"})
        batches.push_back(fixture.blocks.batch(
            issuer, audit_test::creates(genesis.suite(), 100'000 + 10'000 * batches.size(), 10'000)));
    const auto chain = must(Chain::open(fixture.store, genesis));
    fixture.blocks.append(*chain, std::move(batches));  // a quorum signed it
    const Flaw flaw = fixture.flaw();
    CHECK(flaw.kind == FlawKind::block);
    CHECK(flaw.height == Height{6});
    CHECK(flaw.what.find("the block's batches have") != std::string::npos);
}

TEST_CASE("an audit says which result, outcome or certificate does not hold") {
    Fixture fixture;
    SECTION("a state root that the execution does not give") {
        layout::BlockRow row = fixture.block_row(1);
        row.result.state_root.bytes[5] ^= 1;
        fixture.put_block(1, row);
        const Flaw flaw = fixture.flaw();
        CHECK(flaw.kind == FlawKind::result);
        CHECK(flaw.what.find("state root") != std::string::npos);
    }
    SECTION("an outcome that the execution does not give") {
        layout::BlockRow row = fixture.block_row(5);
        row.places[1].outcome.reason = Reason::accepted;
        fixture.put_block(5, row);
        CHECK(fixture.flaw().kind == FlawKind::result);
    }
    SECTION("a certificate with a signer too few, of another block, or with a signature that is not right") {
        const Bytes key = layout::key(Table::certificate, 1);
        const Certificate good = must(decode<Certificate>(fixture.value(key)));
        Certificate bad = good;
        bad.signatures.pop_back();
        fixture.reseal(key, encode(bad));
        CHECK(fixture.flaw().kind == FlawKind::certificate);
        bad = good;
        bad.signatures[0].signature.bytes[9] ^= 1;
        fixture.reseal(key, encode(bad));
        CHECK(fixture.flaw().kind == FlawKind::certificate);
        fixture.reseal(key, fixture.value(layout::key(Table::certificate, 2)));
        const Flaw flaw = fixture.flaw();
        CHECK(flaw.kind == FlawKind::certificate);
        CHECK(flaw.row == key);
    }
    SECTION("a right certificate inside a run that was written as one makes other rows due") {
        Statement statement{VoteKind::finalize, 0, 0, {}, {}};
        const layout::BlockRow row = fixture.block_row(4);
        statement.view = row.block.header.view;
        statement.block = row.id;
        statement.result = row.result;
        fixture.reseal(layout::key(Table::certificate, 4), encode(fixture.federation.certify(statement)));
        CHECK(must(fixture.audited()).flaw.has_value());
    }
}

TEST_CASE("an audit tells nothing about another chain or an unknown format") {
    Fixture fixture;
    const Bytes key = layout::key(Table::format);
    SECTION("another chain") {
        fixture.store = Fixture(Suite::sm2_sm3).store;
        CHECK(fixture.audited().error().code == Errc::conflict);
    }
    SECTION("another format") {
        fixture.reseal(key, to_bytes("xinlian-chain/9\nwhatever"));
        CHECK(fixture.audited().error().code == Errc::unsupported);
    }
    SECTION("a flipped bit in the chain's name is damage") {
        fixture.store.flip(key, 30);
        CHECK(fixture.flaw().row == key);
    }
}

TEST_CASE("an audit goes no further than the scan lets it") {
    const Fixture fixture;
    const auto refuses = [](ByteView, const RowVisitor&) -> Status { return Error{Errc::io, "the disk went away"}; };
    CHECK(audit_chain(refuses, fixture.federation.genesis(), {}).error().code == Errc::io);
}

// Tests portfolio files: what they state, and that no change to them is accepted.
#include <catch2/catch.hpp>

#include "ledger/proof/portfolio.hpp"
#include "tests/unit/ledger/proof/proof_fixture.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using test::must;
using test::named;

namespace {

Bytes portfolio(const Chain& chain, const std::vector<Hash>& tags) {
    Bytes file;
    must(prove_portfolio(chain, tags, [&file](ByteView bytes) {
        file.insert(file.end(), bytes.begin(), bytes.end());
        return Status();
    }));
    return file;
}

struct Read {
    PortfolioFinding finding;
    std::map<Hash, PortfolioSubject> subjects;
};

ByteSource source_of(ByteView file) {
    return [left = file](std::span<std::uint8_t> into) mutable -> Result<std::size_t> {
        const std::size_t n = std::min(into.size(), left.size());
        std::copy_n(left.begin(), n, into.begin());
        left = left.subspan(n);
        return n;
    };
}

Result<Read> verify(const Genesis& genesis, ByteView file) {
    Read read;
    XL_TRY(read.finding, verify_portfolio(genesis, source_of(file), [&read](const PortfolioSubject& subject) {
               read.subjects[subject.subject] = subject;
               return Status();
           }));
    return read;
}

// The parts of a file, without their sizes, and back.
std::vector<Bytes> parts_of(ByteView file) {
    std::vector<Bytes> parts;
    for (ByteView left = file.subspan(portfolio_magic.size()); !left.empty();) {
        const std::size_t size = Reader(left).integer<std::uint32_t>();
        parts.emplace_back(left.begin() + 4, left.begin() + 4 + static_cast<std::ptrdiff_t>(size));
        left = left.subspan(4 + size);
    }
    return parts;
}
Bytes file_of(const std::vector<Bytes>& parts) {
    Writer writer;
    writer.raw(as_bytes(portfolio_magic));
    for (const Bytes& part : parts) writer(bounded(part, part.size()));
    return writer.take();
}
void announce(std::vector<Bytes>& parts, std::uint32_t subjects) {
    auto head = must(decode<PortfolioHead>(parts.front()));
    head.subjects = subjects;
    parts.front() = encode(head);
}

std::string refusal_of(const Genesis& genesis, ByteView file) {
    const auto read = verify(genesis, file);
    REQUIRE_FALSE(read.ok());
    return read.error().text;
}
bool holds_text(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }

// Subjects with five entries, one, and none.
std::vector<Hash> few(const test::ProofFixture& fixture) {
    const Suite suite = fixture.federation.suite();
    return {named(suite, "subject", 1),   named(suite, "subject", 0),   named(suite, "subject", 101),
            named(suite, "subject", 999), named(suite, "subject", 998), named(suite, "subject", 120)};
}

}  // namespace

TEST_CASE("a portfolio says of each subject what its own proof says, present or absent, as of one block") {
    const Suite suite = GENERATE(Suite::ed25519_sha256, Suite::sm2_sm3);
    const test::ProofFixture fixture(suite);
    std::vector<Hash> tags;
    for (std::uint64_t i = 0; i < 150; ++i) tags.push_back(named(suite, "subject", i));
    const Bytes file = portfolio(*fixture.chain, tags);
    const Read read = must(verify(fixture.genesis(), file));
    CHECK(read.subjects.size() == tags.size());
    CHECK(read.finding.subjects == tags.size());
    CHECK(read.finding.height == fixture.chain->height());
    CHECK(read.finding.signers.size() == 3);
    std::uint64_t entries = 0;
    for (const Hash& tag : tags) {
        const Finding finding =
            must(verify_proof(fixture.genesis(), must(prove_list(*fixture.chain, StateKind::subject, tag.view()))));
        const auto& single = std::get<ListFinding>(finding.what);
        CHECK(read.subjects.at(tag).entries == single.entries);
        CHECK(read.subjects.at(tag).state.has_value() == !single.entries.empty());
        entries += single.entries.size();
    }
    CHECK(read.finding.entries == entries);
    std::uint64_t about_them = 0;
    for (std::uint64_t i = 0; i < fixture.chain->snapshot()->state.log.size(); ++i) {
        const Entry entry = must(fixture.chain->entry(i)).entry.entry;
        if (is_about_record(entry.operation) && read.subjects.contains(entry.subject)) ++about_them;
    }
    CHECK(entries == about_them);
}

TEST_CASE("a portfolio does not depend on the order of the question, nor on a subject being named twice") {
    const test::ProofFixture fixture;
    std::vector<Hash> tags = few(fixture);
    const Bytes file = portfolio(*fixture.chain, tags);
    std::reverse(tags.begin(), tags.end());
    tags.push_back(tags.front());
    CHECK(portfolio(*fixture.chain, tags) == file);
    CHECK(file_of(parts_of(file)) == file);
}

TEST_CASE("a portfolio of nobody holds and says nothing of anybody") {
    const test::ProofFixture fixture;
    const Read read = must(verify(fixture.genesis(), portfolio(*fixture.chain, {})));
    CHECK(read.subjects.empty());
    CHECK(read.finding.height == fixture.chain->height());
}

TEST_CASE("no byte of a portfolio can change, and none can be cut off or added") {
    const Suite suite = GENERATE(Suite::ed25519_sha256, Suite::sm2_sm3);
    const test::ProofFixture fixture(suite);
    Bytes file = portfolio(*fixture.chain, few(fixture));
    REQUIRE(verify(fixture.genesis(), file));
    const std::size_t step = suite == Suite::sm2_sm3 ? 23 : 1;
    for (std::size_t at = 0; at < file.size(); at += step) {
        INFO("byte " << at << " of " << file.size());
        const auto bit = static_cast<std::uint8_t>(1U << at % 8);
        file[at] ^= bit;
        CHECK_FALSE(verify(fixture.genesis(), file));
        file[at] ^= bit;
        CHECK_FALSE(verify(fixture.genesis(), ByteView(file).first(at)));
    }
    file.push_back(0);
    CHECK(holds_text(refusal_of(fixture.genesis(), file), "unexpected bytes after its end"));
}

TEST_CASE("no subject can be left out, doubled, moved or put in from elsewhere") {
    const test::ProofFixture fixture;
    const std::vector<Hash> tags = few(fixture);
    const std::vector<Bytes> parts = parts_of(portfolio(*fixture.chain, tags));
    REQUIRE(parts.size() == tags.size() + 2);
    for (std::size_t i = 1; i + 1 < parts.size(); ++i) {
        INFO("part " << i);
        std::vector<Bytes> changed = parts;
        changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(i));
        CHECK_FALSE(verify(fixture.genesis(), file_of(changed)));
        announce(changed, static_cast<std::uint32_t>(tags.size() - 1));
        CHECK_FALSE(verify(fixture.genesis(), file_of(changed)));
        changed = parts;
        changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(i), parts[i]);
        announce(changed, static_cast<std::uint32_t>(tags.size() + 1));
        CHECK_FALSE(verify(fixture.genesis(), file_of(changed)));
        if (i > 1) {
            changed = parts;
            std::swap(changed[i], changed[i - 1]);
            CHECK_FALSE(verify(fixture.genesis(), file_of(changed)));
        }
    }
    std::vector<Bytes> cut = parts;
    announce(cut, static_cast<std::uint32_t>(tags.size() - 1));
    CHECK_FALSE(verify(fixture.genesis(), file_of(cut)));
    // The parts of a later block under an earlier certificate.
    test::ProofFixture later;
    later.blocks.append(*later.chain, {later.blocks.batch("310000", {test::create(Suite::ed25519_sha256, 500, 998)})});
    std::vector<Bytes> mixed = parts_of(portfolio(*later.chain, tags));
    mixed.front() = parts.front();
    CHECK_FALSE(verify(fixture.genesis(), file_of(mixed)));
}

TEST_CASE("no entry of a subject can be left out, added, or shown in another order") {
    const test::ProofFixture fixture;
    const Suite suite = fixture.federation.suite();
    const Hash tag = named(suite, "subject", 1);
    const Bytes file = portfolio(*fixture.chain, {tag});
    const std::vector<Bytes> parts = parts_of(file);
    const PortfolioSubject whole = must(verify(fixture.genesis(), file)).subjects.at(tag);
    REQUIRE(whole.entries.size() == 5);
    Reader reader(parts[1]);
    Hash read_tag;
    std::optional<ListState> state;
    reader(read_tag, state);
    std::vector<MapItem> items;
    while (items.empty() || items.back().kind != MapItem::Kind::leaf) reader(items.emplace_back());
    REQUIRE_FALSE(reader.failed());
    const auto refused = [&](const PortfolioSubject& subject) {
        std::vector<Bytes> changed = parts;
        changed[1] = print_part(subject, items);
        return refusal_of(fixture.genesis(), file_of(changed));
    };
    PortfolioSubject changed = whole;
    changed.entries.erase(changed.entries.begin() + 2);
    CHECK(holds_text(refused(changed), "lists 4 entries; the list has 5"));
    changed.state->count = 4;
    CHECK(holds_text(refused(changed), "do not match the head"));
    changed = whole;
    std::swap(changed.entries[1], changed.entries[2]);
    CHECK(holds_text(refused(changed), "out of order"));
    changed = whole;
    changed.entries.back().entry.entry.subject = named(suite, "subject", 2);
    CHECK(holds_text(refused(changed), "belongs to another list"));
    changed = whole;
    changed.entries.back().entry.time.ms += 1;
    CHECK(holds_text(refused(changed), "do not match the head"));
    changed = whole;
    changed.state.reset();
    changed.entries.clear();
    CHECK(holds_text(refused(changed), "claims to be absent"));
    // A whole other history, consistent in itself, gives another root.
    changed = whole;
    changed.entries.resize(1);
    changed.state->count = 1;
    changed.state->head =
        list_next(suite, Hash{}, log_leaf_hash(suite, encode(changed.entries[0].entry)), changed.entries[0].index);
    CHECK(holds_text(refused(changed), "does not lead to the root"));
}

TEST_CASE("a portfolio holds under its own genesis file only, and only with a quorum's signatures") {
    const test::ProofFixture fixture;
    const Bytes file = portfolio(*fixture.chain, few(fixture));
    CHECK(holds_text(refusal_of(test::Federation(Suite::ed25519_sha256, 2).genesis(), file),
                     "the proof belongs to chain"));
    std::vector<Bytes> parts = parts_of(file);
    auto head = must(decode<PortfolioHead>(parts.front()));
    head.anchor.certificate.signatures.pop_back();
    parts.front() = encode(head);
    CHECK(holds_text(refusal_of(fixture.genesis(), file_of(parts)), "the certificate"));
}

TEST_CASE("a portfolio of another version is told from what is none") {
    const test::ProofFixture fixture;
    const auto code_of = [&](std::string_view text) { return verify(fixture.genesis(), as_bytes(text)).error().code; };
    CHECK(code_of("xinlian-portfolio/2\n....") == Errc::unsupported);
    CHECK(code_of("xinlian-proof/1\n.........") == Errc::malformed);
    CHECK(code_of("") == Errc::malformed);
    CHECK(is_portfolio(as_bytes("xinlian-portfolio/1\n")));
    CHECK_FALSE(is_portfolio(as_bytes("xinlian-proof/1\n")));
}

TEST_CASE("counts and sizes above their limits are refused before anything is made room for") {
    const test::ProofFixture fixture;
    std::vector<Bytes> parts = parts_of(portfolio(*fixture.chain, {}));
    announce(parts, portfolio_subjects_max);
    CHECK(holds_text(refusal_of(fixture.genesis(), file_of(parts)), "at byte"));
    announce(parts, portfolio_subjects_max + 1);
    CHECK(holds_text(refusal_of(fixture.genesis(), file_of(parts)), "declares 100001 subjects; at most 100000"));
    Bytes large = to_bytes(portfolio_magic);
    large.insert(large.end(), {0xff, 0xff, 0xff, 0xff});
    CHECK(holds_text(refusal_of(fixture.genesis(), large), "a part of 4294967295 bytes"));
    const std::vector<Hash> tags = [] {
        std::vector<Hash> many;
        for (std::uint64_t i = 0; i <= portfolio_subjects_max; ++i) many.push_back(named(Suite::sm2_sm3, "many", i));
        return many;
    }();
    const Status refused = prove_portfolio(*fixture.chain, tags, [](ByteView) { return Status(); });
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::too_large);
}

TEST_CASE("a receiver or sink that refuses ends the work with its own error") {
    const test::ProofFixture fixture;
    const Bytes file = portfolio(*fixture.chain, few(fixture));
    int seen = 0;
    const auto read = verify_portfolio(fixture.genesis(), source_of(file), [&seen](const PortfolioSubject&) {
        return ++seen == 2 ? Status(Error{Errc::io, "the table is full"}) : Status();
    });
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().text == "the table is full");
    CHECK(seen == 2);
    int sent = 0;
    const Status made = prove_portfolio(*fixture.chain, few(fixture), [&sent](ByteView) {
        return ++sent == 5 ? Status(Error{Errc::too_large, "no room"}) : Status();
    });
    REQUIRE_FALSE(made);
    CHECK(made.error().text == "no room");
    CHECK(sent == 5);
}

TEST_CASE("before anything is final there is no portfolio") {
    const test::Federation federation;
    test::MemoryStore store;
    const auto chain = must(Chain::open(store, federation.genesis()));
    const Status made = prove_portfolio(*chain, {}, [](ByteView) { return Status(); });
    REQUIRE_FALSE(made);
    CHECK(made.error().code == Errc::not_found);
}

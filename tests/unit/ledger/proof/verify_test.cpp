// Tests the verification of proofs: valid ones, and the refusal of changed ones.
#include "ledger/proof/verify.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/unit/ledger/proof/proof_fixture.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using test::create;
using test::Federation;
using test::must;
using test::named;
using test::ProofFixture;

namespace {

Finding verified(const ProofFixture& fixture, const Proof& proof) {
    return must(verify_proof(fixture.genesis(), proof));
}

RecordContent content(const ProofFixture& fixture, const Proof& proof) {
    const Finding finding = verified(fixture, proof);
    REQUIRE(content_of(finding) != nullptr);
    return *content_of(finding);
}

std::vector<ListAnswer::Item> entries_of(const ProofFixture& fixture, const Proof& proof) {
    return std::get<ListFinding>(verified(fixture, proof).what).entries;
}

// True if the proof is refused as invalid, with a sentence.
bool refused(const ProofFixture& fixture, const Proof& proof) {
    const auto finding = verify_proof(fixture.genesis(), proof);
    if (finding.ok()) return false;
    return finding.error().code == Errc::invalid && finding.error().text.size() > 20;
}

}  // namespace

TEST_CASE("a proof says as of when it speaks, and who signed that") {
    for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) {
        const ProofFixture fixture(suite);
        for (const auto& [name, proof] : fixture.proofs()) {
            INFO(name);
            const Finding finding = verified(fixture, proof);
            CHECK(finding.kind() == proof.kind());
            CHECK(finding.height == 8);
            CHECK(finding.time == fixture.chain->snapshot()->tip.time);
            CHECK(finding.log_size == fixture.chain->snapshot()->state.log.size());
            CHECK(finding.quorum == 3);
            CHECK(finding.members == 4);
            REQUIRE(finding.signers.size() == 3);
            CHECK(finding.signers[1] == fixture.genesis().validator(1).id);
        }
    }
}

TEST_CASE("a finding names what was asked, so that it is not taken for the answer to another question") {
    const ProofFixture fixture;
    for (const auto& [name, id] : fixture.records) CHECK(content(fixture, fixture.record(name)).id == id);
    for (const auto& [name, tag] : fixture.subjects) {
        const Finding finding = verified(fixture, fixture.subject(name));
        CHECK(std::get<ListFinding>(finding.what).list == ListId(EntriesOfSubject{tag}));
    }
    for (const auto& [name, id] : fixture.batches) {
        CHECK(std::get<BatchFinding>(verified(fixture, fixture.batch(name)).what).id == id);
    }
    CHECK(content(fixture, fixture.entry(1)).id == fixture.records.at("updated"));
}

TEST_CASE("unaltered and current are two words") {
    const ProofFixture fixture;
    const Suite suite = fixture.federation.suite();
    SECTION("a record that nobody changed") {
        const RecordContent finding = content(fixture, fixture.record("current"));
        CHECK(finding.is_current());
        CHECK(!finding.is_deleted());
        CHECK(finding.entry->entry.issuer == "310000");
        CHECK(finding.entry->index == 0);
        CHECK(finding.entry->batch.sequence == 1);
    }
    SECTION("a record that was updated") {
        const RecordContent finding = content(fixture, fixture.record("updated"));
        CHECK(finding.is_current());
        CHECK(finding.entry->entry.entry.version == 1);
        CHECK(!finding.latest);
    }
    SECTION("a record that was deleted") {
        const RecordContent finding = content(fixture, fixture.record("deleted"));
        CHECK(!finding.is_current());
        CHECK(finding.is_deleted());
        CHECK(finding.entry->entry.entry.operation == Operation::remove);
    }
    SECTION("a record that never was") {
        const RecordContent finding = content(fixture, fixture.record("absent"));
        CHECK(!finding.is_current());
        CHECK(!finding.is_deleted());
        CHECK(!finding.entry);
    }
    SECTION("an entry that is still the record's latest") {
        const RecordContent finding = content(fixture, fixture.entry(0));
        CHECK(finding.is_current());
        CHECK(!finding.latest);
    }
    SECTION("an entry that was superseded") {
        const RecordContent finding = content(fixture, fixture.entry(1));
        CHECK(!finding.is_current());
        CHECK(!finding.is_deleted());
        CHECK(finding.entry->entry.entry == create(suite, 1, 1));
        REQUIRE(finding.latest);
        CHECK(finding.latest->entry.version == 1);
        CHECK(finding.latest->height == 2);
        CHECK(finding.latest->time > finding.entry->entry.time);
    }
    SECTION("an entry whose record was deleted since") {
        const RecordContent finding = content(fixture, fixture.entry(2));
        CHECK(!finding.is_current());
        CHECK(finding.is_deleted());
        CHECK(finding.latest->entry.operation == Operation::remove);
    }
}

TEST_CASE("a subject proof gives exactly its entries, from all issuers") {
    const ProofFixture fixture;
    CHECK(entries_of(fixture, fixture.subject("none")).empty());
    CHECK(entries_of(fixture, fixture.subject("one")).size() == 1);
    const std::vector<ListAnswer::Item> five = entries_of(fixture, fixture.subject("five"));
    REQUIRE(five.size() == 5);
    CHECK(five[0].index == 1);
    CHECK(five[4].index == 45);
    CHECK(five[4].entry.issuer == "320000");
}

TEST_CASE("a batch proof is the receipt of all its rows, or says why there are none") {
    const ProofFixture fixture;
    const auto good = std::get<BatchFinding>(verified(fixture, fixture.batch("accepted")).what);
    CHECK(good.outcome.reason == Reason::accepted);
    CHECK(good.outcome.first_index == 0);
    CHECK(good.outcome.entry_count == 43);
    CHECK(good.header.issuer == "310000");
    const auto bad = std::get<BatchFinding>(verified(fixture, fixture.batch("rejected")).what);
    CHECK(bad.outcome.reason == Reason::already_exists);
    CHECK(bad.outcome.height == 2);
}

TEST_CASE("opened fields are told only if they belong to the record's digest") {
    const ProofFixture fixture;
    const Proof good = fixture.opened();
    const RecordContent finding = content(fixture, good);
    REQUIRE(finding.opened.size() == 2);
    CHECK(finding.opened[0].code == "CF_NR_WFFF");
    CHECK(!finding.opened[0].value);
    CHECK(finding.opened[1].value == "沪市监处罚〔2026〕1号");

    for (const char* kind : {"updated", "deleted", "absent"}) {
        Proof other = fixture.record(kind);
        other.opening = good.opening;
        CHECK(refused(fixture, other));
    }
    for (Proof other : {fixture.subject("one"), fixture.subject("none"), fixture.batch("accepted"), fixture.entry(1)}) {
        other.opening = good.opening;
        CHECK(refused(fixture, other));
    }
    Proof entry = fixture.entry(0);
    entry.opening = good.opening;
    CHECK(content(fixture, entry).opened.size() == 2);
}

TEST_CASE("fields are refused in another shape than their form's, also where they fit the digest") {
    const ProofFixture fixture;
    for (std::size_t i = 0; i < fixture.forged.size(); ++i) {
        INFO(fixture.forged[i].what);
        const bool known = fixture.forged[i].opening.shape.form == 1;
        const auto finding = verify_proof(fixture.genesis(), fixture.opened_as_forged(i));
        REQUIRE(!finding.ok());
        CHECK(finding.error().code == (known ? Errc::invalid : Errc::unsupported));
    }
}

TEST_CASE("a record is the one a proof speaks of, to the last field and its salt") {
    const ProofFixture fixture;
    const Genesis& genesis = fixture.genesis();
    const Finding finding = verified(fixture, fixture.record("current"));
    CHECK(verify_record(genesis, finding, fixture.shown, fixture.salt).ok());
    Record other = fixture.shown;
    test::field_of(other, "CF_NR_FK").value = "2.01";
    CHECK(verify_record(genesis, finding, other, fixture.salt).error().code == Errc::invalid);
    other = fixture.shown;
    other.fields.pop_back();
    CHECK(!verify_record(genesis, finding, other, fixture.salt).ok());
    other = fixture.shown;
    other.category = Category::licence;
    CHECK(!verify_record(genesis, finding, other, fixture.salt).ok());
    CHECK(!verify_record(genesis, finding, fixture.shown, Hash{}).ok());
    for (const char* kind : {"updated", "deleted", "absent"}) {
        CHECK(!verify_record(genesis, verified(fixture, fixture.record(kind)), fixture.shown, fixture.salt).ok());
    }
    CHECK(!verify_record(genesis, verified(fixture, fixture.subject("one")), fixture.shown, fixture.salt).ok());
}

namespace {

struct Span {
    std::size_t from = 0, bytes = 0;
    bool has(std::size_t at) const { return at >= from && at < from + bytes; }
};

// Where a file asks its question, if its answer is that there is nothing: those bytes alone are not bound by what is
// signed. Of lists that is their kind, and their id without its length.
std::vector<Span> question_of(const Proof& proof) {
    const std::size_t at = proof_magic.size() + 1 + 32 + encode(proof.anchor).size();
    return std::visit(
        [at](const auto& answer) -> std::vector<Span> {
            using Answer = std::decay_t<decltype(answer)>;
            if constexpr (std::is_same_v<Answer, EntryAnswer> || std::is_same_v<Answer, BatchAnswer> ||
                          std::is_same_v<Answer, FeedAnswer>) {
                return {};  // these never say that there is nothing
            } else if (answer.state) {
                return {};
            } else if constexpr (std::is_same_v<Answer, ListAnswer>) {
                return {{at, 1}, {at + 1 + 4, answer.id.size()}};
            } else if constexpr (std::is_same_v<Answer, EvidenceAnswer>) {
                return {{at + 8 + 4, answer.member.size()}};
            } else {
                return {{at, sizeof(answer.id)}};
            }
        },
        proof.answer);
}

// An answer to another question of the same kind than the one the file was made for: that there is nothing.
bool asks_otherwise(const Finding& told, const Finding& truth) {
    struct Absent {
        bool operator()(const RecordContent& record) const { return !record.entry && !record.state; }
        bool operator()(const ListFinding& list) const { return list.entries.empty(); }
        bool operator()(const BatchFinding&) const { return false; }
        bool operator()(const EvidenceFinding& evidence) const { return !evidence.shown; }
        bool operator()(const GrantFinding& grant) const { return !grant.state && grant.causes.empty(); }
        bool operator()(const QueryFinding& query) const { return !query.state && query.causes.empty(); }
        bool operator()(const AccountFinding& account) const { return !account.state && account.causes.empty(); }
        bool operator()(const FeedFinding&) const { return false; }
    };
    return told.kind() == truth.kind() && told.what != truth.what && std::visit(Absent(), told.what);
}

}  // namespace

// One thing in a file is not bound by what is signed. A proof of absence may be true of a neighbouring question as
// well: with the id or the list it asks for changed it is refused, or it tells of that one's absence, which is true.
TEST_CASE("a proof with any byte changed is refused") {
    for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) {
        const ProofFixture fixture(suite);
        for (const auto& [name, proof] : fixture.proofs()) {
            Bytes file = print_proof(proof);
            const Finding truth = verified(fixture, must(parse_proof(file)));
            const std::vector<Span> question = question_of(proof);
            for (std::size_t at = 0; at < file.size(); ++at) {
                for (const std::uint8_t mask : {0x01, 0x80, 0xFF}) {
                    if (suite == Suite::sm2_sm3 && mask != 0x01) continue;
                    file[at] ^= mask;
                    const auto changed = parse_proof(file);
                    const auto finding = changed ? verify_proof(fixture.genesis(), *changed) : changed.error();
                    file[at] ^= mask;
                    if (!finding.ok()) continue;
                    Finding told = *finding;
                    const bool in_asked =
                        std::any_of(question.begin(), question.end(), [at](const Span& span) { return span.has(at); });
                    if (in_asked) {
                        CHECK(asks_otherwise(told, truth));
                        told.what = truth.what;
                    }
                    if (!in_asked || told != truth) {
                        FAIL_CHECK(name << ": byte " << at << " changed by " << int{mask} << ", and accepted");
                    }
                }
            }
        }
    }
}

TEST_CASE("a certificate counts each signer once, and only validators of this federation") {
    const ProofFixture fixture;
    const Federation outsider(Suite::ed25519_sha256, 2);
    const Proof good = fixture.record("current");
    const Statement& statement = good.anchor.certificate.statement;
    const auto with = [&](const Certificate& certificate) {
        Proof proof = good;
        proof.anchor.certificate = certificate;
        return proof;
    };
    const auto signed_by = [&](std::initializer_list<MemberIndex> signers) {
        return with(fixture.federation.certify(statement, std::span(signers.begin(), signers.size())));
    };
    CHECK(verify_proof(fixture.genesis(), signed_by({1, 2, 3})).ok());
    CHECK(verify_proof(fixture.genesis(), signed_by({0, 1, 2, 3})).ok());
    CHECK(refused(fixture, signed_by({})));
    CHECK(refused(fixture, signed_by({0, 1})));
    CHECK(refused(fixture, signed_by({0, 0, 0})));
    CHECK(refused(fixture, signed_by({0, 1, 1})));
    CHECK(refused(fixture, signed_by({2, 1, 0})));
    CHECK(refused(fixture, with(outsider.certify(statement))));
    Proof outside = signed_by({0, 1, 2});
    outside.anchor.certificate.signatures[2].member = 4;
    CHECK(refused(fixture, outside));
    Proof swapped = signed_by({0, 1, 2});
    std::swap(swapped.anchor.certificate.signatures[0].signature, swapped.anchor.certificate.signatures[1].signature);
    CHECK(refused(fixture, swapped));
}

TEST_CASE("a quorum that signed something else than finality does not count") {
    const ProofFixture fixture;
    const Proof good = fixture.record("current");
    const auto with = [&](auto change) {
        Proof proof = good;
        Statement statement = good.anchor.certificate.statement;
        change(statement);
        proof.anchor.certificate = fixture.federation.certify(statement);
        return proof;
    };
    CHECK(refused(fixture, with([](Statement& s) {
                      s.kind = VoteKind::notarize;
                      s.result.reset();
                  })));
    CHECK(refused(fixture, with([](Statement& s) { s.kind = VoteKind::notarize; })));
    CHECK(refused(fixture, with([](Statement& s) { s.result.reset(); })));
    CHECK(refused(fixture, with([](Statement& s) { s.block.reset(); })));
    CHECK(refused(fixture, with([](Statement& s) { s.view += 1; })));
    CHECK(refused(fixture, with([](Statement& s) { s.epoch += 1; })));
    CHECK(refused(fixture, with([](Statement& s) { s.result->state_root = Hash{}; })));
}

TEST_CASE("a proof of another chain is refused, also with this chain's id written over it") {
    const ProofFixture fixture;
    const ProofFixture other(Suite::ed25519_sha256, 2);
    const ProofFixture sm(Suite::sm2_sm3);
    for (const ProofFixture* outsider : {&other, &sm}) {
        for (auto [name, proof] : outsider->proofs()) {
            INFO(name);
            CHECK(refused(fixture, proof));
            proof.chain_id = fixture.genesis().chain_id();
            CHECK(refused(fixture, proof));
        }
    }
}

TEST_CASE("an answer does not stand under another block's certificate") {
    ProofFixture fixture;
    const std::map<std::string, Proof> old = fixture.proofs();
    fixture.blocks.append(*fixture.chain,
                          {fixture.blocks.batch("310000", {create(fixture.federation.suite(), 500, 500)})});
    const Anchor newer = fixture.record("current").anchor;
    for (auto [name, proof] : old) {
        INFO(name);
        proof.anchor = newer;
        CHECK(refused(fixture, proof));
    }
}

TEST_CASE("a subject's list with an entry left out, doubled, moved or added is refused") {
    const ProofFixture fixture;
    const Proof good = fixture.subject("five");
    const auto with = [&](auto change) {
        Proof proof = good;
        change(std::get<ListAnswer>(proof.answer));
        return proof;
    };
    for (std::size_t i = 0; i < 5; ++i) {
        CHECK(refused(fixture, with([i](ListAnswer& a) {
                          a.entries.erase(a.entries.begin() + static_cast<std::ptrdiff_t>(i));
                      })));
    }
    CHECK(refused(fixture, with([](ListAnswer& a) { a.entries.push_back(a.entries.back()); })));
    CHECK(refused(fixture, with([](ListAnswer& a) { std::swap(a.entries[1], a.entries[2]); })));
    CHECK(refused(fixture, with([](ListAnswer& a) { a.entries.clear(); })));
    CHECK(refused(fixture, with([](ListAnswer& a) { a.state.reset(); })));
    CHECK(refused(fixture, with([](ListAnswer& a) {
                      a.state->count = 4;
                      a.entries.pop_back();
                  })));
    CHECK(refused(fixture, with([&](ListAnswer& a) {
                      a = std::get<ListAnswer>(fixture.subject("one").answer);
                      a.id.assign(fixture.subjects.at("five").bytes.begin(), fixture.subjects.at("five").bytes.end());
                  })));
    CHECK(refused(fixture, with([](ListAnswer& a) {
                      a.state.reset();
                      a.entries.clear();
                  })));
    CHECK(refused(fixture, with([](ListAnswer& a) { a.entries[4].index = ~std::uint64_t{0}; })));
}

TEST_CASE("an older entry is not passed off as the record's state, nor a state as absent") {
    const ProofFixture fixture;
    Proof proof = fixture.record("updated");
    const Proof old = fixture.entry(1);
    auto& answer = std::get<RecordAnswer>(proof.answer);
    SECTION("the superseded entry as the latest") { answer.causes = {std::get<EntryAnswer>(old.answer).asked}; }
    SECTION("with its state rewritten") {
        answer.causes = {std::get<EntryAnswer>(old.answer).asked};
        answer.state->entry = answer.causes.at(0).entry.entry;
        answer.state->index = answer.causes.at(0).index;
    }
    SECTION("the state left out") { answer.state.reset(); }
    SECTION("the entry left out") { answer.causes.clear(); }
    SECTION("both left out") {
        answer.state.reset();
        answer.causes.clear();
    }
    SECTION("another record's answer under this one's id") {
        answer = std::get<RecordAnswer>(fixture.record("current").answer);
        answer.id = fixture.records.at("updated");
    }
    SECTION("the absence of another record") {
        answer = std::get<RecordAnswer>(fixture.record("absent").answer);
        answer.id = fixture.records.at("updated");
    }
    CHECK(refused(fixture, proof));
}

TEST_CASE("a superseded entry is not passed off as current") {
    const ProofFixture fixture;
    Proof proof = fixture.entry(1);
    auto& answer = std::get<EntryAnswer>(proof.answer);
    SECTION("the superseding entry left out") { answer.latest.reset(); }
    SECTION("and the state set back") {
        answer.latest.reset();
        answer.state = {answer.asked.entry.issuer, answer.asked.entry.entry, answer.asked.index, {}};
    }
    SECTION("another record's entry as the superseding one") {
        answer.latest = std::get<EntryAnswer>(fixture.entry(0).answer).asked;
    }
    SECTION("another record's state") {
        const auto other = std::get<EntryAnswer>(fixture.entry(0).answer);
        answer.state = other.state;
        answer.map = other.map;
        answer.latest.reset();
    }
    CHECK(refused(fixture, proof));
}

TEST_CASE("an entry needs its place in the log and in a batch that its issuer signed") {
    const ProofFixture fixture;
    const Proof good = fixture.entry(0);
    const EntryProof other = std::get<EntryAnswer>(fixture.entry(45).answer).asked;  // of 320000
    const auto with = [&](auto change) {
        Proof proof = good;
        change(std::get<EntryAnswer>(proof.answer).asked);
        return proof;
    };
    CHECK(refused(fixture, with([](EntryProof& e) { e.position += 1; })));
    CHECK(refused(fixture, with([](EntryProof& e) { e.position = e.batch.entry_count; })));
    CHECK(refused(fixture, with([](EntryProof& e) { e.log_path.push_back(Hash{}); })));
    CHECK(refused(fixture, with([](EntryProof& e) { e.log_path.pop_back(); })));
    CHECK(refused(fixture, with([](EntryProof& e) { e.batch_path.clear(); })));
    CHECK(refused(fixture, with([](EntryProof& e) { e.batch.issuer = "320000"; })));
    CHECK(refused(fixture, with([](EntryProof& e) { e.batch.issuer = "999999"; })));
    CHECK(refused(fixture, with([](EntryProof& e) { e.batch.entry_count = 0; })));
    CHECK(refused(fixture, with([](EntryProof& e) { e.batch.chain_id = Hash{}; })));
    CHECK(refused(fixture, with([&](EntryProof& e) { e.batch_signature = other.batch_signature; })));
    CHECK(refused(fixture, with([&](EntryProof& e) {
                      e.batch = other.batch;
                      e.batch_signature = other.batch_signature;
                      e.batch_path = other.batch_path;
                      e.position = other.position;
                  })));
}

TEST_CASE("a proof made early verifies for ever, with the genesis file alone") {
    ProofFixture fixture;
    const Bytes early = print_proof(fixture.entry(1));
    const Finding before = verified(fixture, must(parse_proof(early)));
    std::vector<ExecutedBlockPtr> run;
    for (unsigned i = 0; i < 1000; ++i) {
        run.push_back(fixture.blocks.block());
        if (i % 10 != 9) continue;
        must(fixture.chain->append(run, fixture.blocks.certificate()));
        run.clear();
    }
    const auto again = must(Chain::open(fixture.store, fixture.genesis()));
    CHECK(again->height() == 1008);
    const Genesis genesis = must(Genesis::parse(fixture.genesis().text()));
    CHECK(must(verify_proof(genesis, must(parse_proof(early)))) == before);
    CHECK(must(verify_proof(genesis, must(prove_entry(*again, 1)))).height == 1008);
}

TEST_CASE("paths of every length verify: entries at both ends and across tiles") {
    ProofFixture fixture;
    const Suite suite = fixture.federation.suite();
    std::vector<Entry> entries;
    for (std::uint64_t i = 0; i < 700; ++i) entries.push_back(create(suite, 5000 + i, 77));
    fixture.blocks.append(*fixture.chain, {fixture.blocks.batch("340000", entries)});
    for (const std::uint64_t index : {0, 46, 255, 256, 257, 511, 512, 762}) {
        CHECK(content(fixture, fixture.entry(index)).entry->index == index);
    }
    const Proof list = must(prove_list(*fixture.chain, StateKind::subject, named(suite, "subject", 77).view()));
    CHECK(entries_of(fixture, list).size() == 700);
}

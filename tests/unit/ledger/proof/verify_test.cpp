#include "ledger/proof/verify.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/unit/ledger/proof/proof_scene.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using test::create;
using test::Federation;
using test::must;
using test::named;
using test::ProofScene;

namespace {

Finding verified(const ProofScene& scene, const Proof& proof) { return must(verify_proof(scene.genesis(), proof)); }

RecordContent content(const ProofScene& scene, const Proof& proof) {
    const Finding finding = verified(scene, proof);
    REQUIRE(content_of(finding) != nullptr);
    return *content_of(finding);
}

std::vector<ListAnswer::Item> entries_of(const ProofScene& scene, const Proof& proof) {
    return std::get<ListFinding>(verified(scene, proof).what).entries;
}

// True if the proof is refused as invalid, with a sentence.
bool refused(const ProofScene& scene, const Proof& proof) {
    const auto finding = verify_proof(scene.genesis(), proof);
    if (finding.ok()) return false;
    return finding.error().code == Errc::invalid && finding.error().text.size() > 20;
}

}  // namespace

TEST_CASE("a proof says as of when it speaks, and who signed that") {
    for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) {
        const ProofScene scene(suite);
        for (const auto& [name, proof] : scene.proofs()) {
            INFO(name);
            const Finding finding = verified(scene, proof);
            CHECK(finding.kind() == proof.kind());
            CHECK(finding.height == 8);
            CHECK(finding.time == scene.chain->snapshot()->tip.time);
            CHECK(finding.log_size == scene.chain->snapshot()->state.log.size());
            CHECK(finding.quorum == 3);
            CHECK(finding.members == 4);
            REQUIRE(finding.signers.size() == 3);
            CHECK(finding.signers[1] == scene.genesis().validator(1).id);
        }
    }
}

TEST_CASE("a finding names what was asked, so that it is not taken for the answer to another question") {
    const ProofScene scene;
    for (const auto& [name, id] : scene.records) CHECK(content(scene, scene.record(name)).id == id);
    for (const auto& [name, tag] : scene.subjects) {
        const Finding finding = verified(scene, scene.subject(name));
        CHECK(std::get<ListFinding>(finding.what).list == ListId(EntriesOfSubject{tag}));
    }
    for (const auto& [name, id] : scene.batches) {
        CHECK(std::get<BatchFinding>(verified(scene, scene.batch(name)).what).id == id);
    }
    CHECK(content(scene, scene.entry(1)).id == scene.records.at("updated"));
}

TEST_CASE("unaltered and current are two words") {
    const ProofScene scene;
    const Suite suite = scene.federation.suite();
    SECTION("a record that nobody changed") {
        const RecordContent finding = content(scene, scene.record("current"));
        CHECK(finding.is_current());
        CHECK(!finding.is_deleted());
        CHECK(finding.entry->entry.issuer == "310000");
        CHECK(finding.entry->index == 0);
        CHECK(finding.entry->batch.sequence == 1);
    }
    SECTION("a record that was updated") {
        const RecordContent finding = content(scene, scene.record("updated"));
        CHECK(finding.is_current());
        CHECK(finding.entry->entry.entry.version == 1);
        CHECK(!finding.latest);
    }
    SECTION("a record that was deleted") {
        const RecordContent finding = content(scene, scene.record("deleted"));
        CHECK(!finding.is_current());
        CHECK(finding.is_deleted());
        CHECK(finding.entry->entry.entry.operation == Operation::remove);
    }
    SECTION("a record that never was") {
        const RecordContent finding = content(scene, scene.record("absent"));
        CHECK(!finding.is_current());
        CHECK(!finding.is_deleted());
        CHECK(!finding.entry);
    }
    SECTION("an entry that is still the record's latest") {
        const RecordContent finding = content(scene, scene.entry(0));
        CHECK(finding.is_current());
        CHECK(!finding.latest);
    }
    SECTION("an entry that was superseded") {
        const RecordContent finding = content(scene, scene.entry(1));
        CHECK(!finding.is_current());
        CHECK(!finding.is_deleted());
        CHECK(finding.entry->entry.entry == create(suite, 1, 1));
        REQUIRE(finding.latest);
        CHECK(finding.latest->entry.version == 1);
        CHECK(finding.latest->height == 2);
        CHECK(finding.latest->time > finding.entry->entry.time);
    }
    SECTION("an entry whose record was deleted since") {
        const RecordContent finding = content(scene, scene.entry(2));
        CHECK(!finding.is_current());
        CHECK(finding.is_deleted());
        CHECK(finding.latest->entry.operation == Operation::remove);
    }
}

TEST_CASE("a subject proof gives exactly its entries, from all issuers") {
    const ProofScene scene;
    CHECK(entries_of(scene, scene.subject("none")).empty());
    CHECK(entries_of(scene, scene.subject("one")).size() == 1);
    const std::vector<ListAnswer::Item> five = entries_of(scene, scene.subject("five"));
    REQUIRE(five.size() == 5);
    CHECK(five[0].index == 1);
    CHECK(five[4].index == 45);
    CHECK(five[4].entry.issuer == "320000");
}

TEST_CASE("a batch proof is the receipt of all its rows, or says why there are none") {
    const ProofScene scene;
    const auto good = std::get<BatchFinding>(verified(scene, scene.batch("accepted")).what);
    CHECK(good.outcome.reason == Reason::accepted);
    CHECK(good.outcome.first_index == 0);
    CHECK(good.outcome.entry_count == 43);
    CHECK(good.header.issuer == "310000");
    const auto bad = std::get<BatchFinding>(verified(scene, scene.batch("rejected")).what);
    CHECK(bad.outcome.reason == Reason::already_exists);
    CHECK(bad.outcome.height == 2);
}

TEST_CASE("opened fields are told only if they belong to the record's digest") {
    const ProofScene scene;
    const Proof good = scene.opened();
    const RecordContent finding = content(scene, good);
    REQUIRE(finding.opened.size() == 2);
    CHECK(finding.opened[0].code == "CF_NR_WFFF");
    CHECK(!finding.opened[0].value);
    CHECK(finding.opened[1].value == "沪市监处罚〔2026〕1号");

    for (const char* kind : {"updated", "deleted", "absent"}) {
        Proof other = scene.record(kind);
        other.opening = good.opening;
        CHECK(refused(scene, other));
    }
    for (Proof other : {scene.subject("one"), scene.subject("none"), scene.batch("accepted"), scene.entry(1)}) {
        other.opening = good.opening;
        CHECK(refused(scene, other));
    }
    Proof entry = scene.entry(0);
    entry.opening = good.opening;
    CHECK(content(scene, entry).opened.size() == 2);
}

TEST_CASE("fields are refused in another shape than their form's, also where they fit the digest") {
    const ProofScene scene;
    for (std::size_t i = 0; i < scene.forged.size(); ++i) {
        INFO(scene.forged[i].what);
        const bool known = scene.forged[i].opening.shape.form == 1;
        const auto finding = verify_proof(scene.genesis(), scene.opened_as_forged(i));
        REQUIRE(!finding.ok());
        CHECK(finding.error().code == (known ? Errc::invalid : Errc::unsupported));
    }
}

TEST_CASE("a record is the one a proof speaks of, to the last field and its salt") {
    const ProofScene scene;
    const Genesis& genesis = scene.genesis();
    const Finding finding = verified(scene, scene.record("current"));
    CHECK(verify_record(genesis, finding, scene.shown, scene.salt).ok());
    Record other = scene.shown;
    test::field_of(other, "CF_NR_FK").value = "2.01";
    CHECK(verify_record(genesis, finding, other, scene.salt).error().code == Errc::invalid);
    other = scene.shown;
    other.fields.pop_back();
    CHECK(!verify_record(genesis, finding, other, scene.salt).ok());
    other = scene.shown;
    other.category = Category::licence;
    CHECK(!verify_record(genesis, finding, other, scene.salt).ok());
    CHECK(!verify_record(genesis, finding, scene.shown, Hash{}).ok());
    for (const char* kind : {"updated", "deleted", "absent"}) {
        CHECK(!verify_record(genesis, verified(scene, scene.record(kind)), scene.shown, scene.salt).ok());
    }
    CHECK(!verify_record(genesis, verified(scene, scene.subject("one")), scene.shown, scene.salt).ok());
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
        const ProofScene scene(suite);
        for (const auto& [name, proof] : scene.proofs()) {
            Bytes file = print_proof(proof);
            const Finding truth = verified(scene, must(parse_proof(file)));
            const std::vector<Span> question = question_of(proof);
            for (std::size_t at = 0; at < file.size(); ++at) {
                for (const std::uint8_t mask : {0x01, 0x80, 0xFF}) {
                    if (suite == Suite::sm2_sm3 && mask != 0x01) continue;
                    file[at] ^= mask;
                    const auto changed = parse_proof(file);
                    const auto finding = changed ? verify_proof(scene.genesis(), *changed) : changed.error();
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
    const ProofScene scene;
    const Federation stranger(Suite::ed25519_sha256, 2);
    const Proof good = scene.record("current");
    const Statement& statement = good.anchor.certificate.statement;
    const auto with = [&](const Certificate& certificate) {
        Proof proof = good;
        proof.anchor.certificate = certificate;
        return proof;
    };
    const auto signed_by = [&](std::initializer_list<MemberIndex> signers) {
        return with(scene.federation.certify(statement, std::span(signers.begin(), signers.size())));
    };
    CHECK(verify_proof(scene.genesis(), signed_by({1, 2, 3})).ok());
    CHECK(verify_proof(scene.genesis(), signed_by({0, 1, 2, 3})).ok());
    CHECK(refused(scene, signed_by({})));
    CHECK(refused(scene, signed_by({0, 1})));
    CHECK(refused(scene, signed_by({0, 0, 0})));
    CHECK(refused(scene, signed_by({0, 1, 1})));
    CHECK(refused(scene, signed_by({2, 1, 0})));
    CHECK(refused(scene, with(stranger.certify(statement))));
    Proof outside = signed_by({0, 1, 2});
    outside.anchor.certificate.signatures[2].member = 4;
    CHECK(refused(scene, outside));
    Proof swapped = signed_by({0, 1, 2});
    std::swap(swapped.anchor.certificate.signatures[0].signature, swapped.anchor.certificate.signatures[1].signature);
    CHECK(refused(scene, swapped));
}

TEST_CASE("a quorum that signed something else than finality does not count") {
    const ProofScene scene;
    const Proof good = scene.record("current");
    const auto with = [&](auto change) {
        Proof proof = good;
        Statement statement = good.anchor.certificate.statement;
        change(statement);
        proof.anchor.certificate = scene.federation.certify(statement);
        return proof;
    };
    CHECK(refused(scene, with([](Statement& s) {
                      s.kind = VoteKind::notarize;
                      s.result.reset();
                  })));
    CHECK(refused(scene, with([](Statement& s) { s.kind = VoteKind::notarize; })));
    CHECK(refused(scene, with([](Statement& s) { s.result.reset(); })));
    CHECK(refused(scene, with([](Statement& s) { s.block.reset(); })));
    CHECK(refused(scene, with([](Statement& s) { s.view += 1; })));
    CHECK(refused(scene, with([](Statement& s) { s.epoch += 1; })));
    CHECK(refused(scene, with([](Statement& s) { s.result->state_root = Hash{}; })));
}

TEST_CASE("a proof of another chain is refused, also with this chain's id written over it") {
    const ProofScene scene;
    const ProofScene other(Suite::ed25519_sha256, 2);
    const ProofScene sm(Suite::sm2_sm3);
    for (const ProofScene* stranger : {&other, &sm}) {
        for (auto [name, proof] : stranger->proofs()) {
            INFO(name);
            CHECK(refused(scene, proof));
            proof.chain_id = scene.genesis().chain_id();
            CHECK(refused(scene, proof));
        }
    }
}

TEST_CASE("an answer does not stand under another block's certificate") {
    ProofScene scene;
    const std::map<std::string, Proof> old = scene.proofs();
    scene.blocks.append(*scene.chain, {scene.blocks.batch("310000", {create(scene.federation.suite(), 500, 500)})});
    const Anchor newer = scene.record("current").anchor;
    for (auto [name, proof] : old) {
        INFO(name);
        proof.anchor = newer;
        CHECK(refused(scene, proof));
    }
}

TEST_CASE("a subject's list with an entry left out, doubled, moved or added is refused") {
    const ProofScene scene;
    const Proof good = scene.subject("five");
    const auto with = [&](auto change) {
        Proof proof = good;
        change(std::get<ListAnswer>(proof.answer));
        return proof;
    };
    for (std::size_t i = 0; i < 5; ++i) {
        CHECK(refused(
            scene, with([i](ListAnswer& a) { a.entries.erase(a.entries.begin() + static_cast<std::ptrdiff_t>(i)); })));
    }
    CHECK(refused(scene, with([](ListAnswer& a) { a.entries.push_back(a.entries.back()); })));
    CHECK(refused(scene, with([](ListAnswer& a) { std::swap(a.entries[1], a.entries[2]); })));
    CHECK(refused(scene, with([](ListAnswer& a) { a.entries.clear(); })));
    CHECK(refused(scene, with([](ListAnswer& a) { a.state.reset(); })));
    CHECK(refused(scene, with([](ListAnswer& a) {
                      a.state->count = 4;
                      a.entries.pop_back();
                  })));
    CHECK(refused(scene, with([&](ListAnswer& a) {
                      a = std::get<ListAnswer>(scene.subject("one").answer);
                      a.id.assign(scene.subjects.at("five").bytes.begin(), scene.subjects.at("five").bytes.end());
                  })));
    CHECK(refused(scene, with([](ListAnswer& a) {
                      a.state.reset();
                      a.entries.clear();
                  })));
    CHECK(refused(scene, with([](ListAnswer& a) { a.entries[4].index = ~std::uint64_t{0}; })));
}

TEST_CASE("an older entry is not passed off as the record's state, nor a state as absent") {
    const ProofScene scene;
    Proof proof = scene.record("updated");
    const Proof old = scene.entry(1);
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
        answer = std::get<RecordAnswer>(scene.record("current").answer);
        answer.id = scene.records.at("updated");
    }
    SECTION("the absence of another record") {
        answer = std::get<RecordAnswer>(scene.record("absent").answer);
        answer.id = scene.records.at("updated");
    }
    CHECK(refused(scene, proof));
}

TEST_CASE("a superseded entry is not passed off as current") {
    const ProofScene scene;
    Proof proof = scene.entry(1);
    auto& answer = std::get<EntryAnswer>(proof.answer);
    SECTION("the superseding entry left out") { answer.latest.reset(); }
    SECTION("and the state set back") {
        answer.latest.reset();
        answer.state = {answer.asked.entry.issuer, answer.asked.entry.entry, answer.asked.index, {}};
    }
    SECTION("another record's entry as the superseding one") {
        answer.latest = std::get<EntryAnswer>(scene.entry(0).answer).asked;
    }
    SECTION("another record's state") {
        const auto other = std::get<EntryAnswer>(scene.entry(0).answer);
        answer.state = other.state;
        answer.map = other.map;
        answer.latest.reset();
    }
    CHECK(refused(scene, proof));
}

TEST_CASE("an entry needs its place in the log and in a batch that its issuer signed") {
    const ProofScene scene;
    const Proof good = scene.entry(0);
    const EntryProof other = std::get<EntryAnswer>(scene.entry(45).answer).asked;  // of 320000
    const auto with = [&](auto change) {
        Proof proof = good;
        change(std::get<EntryAnswer>(proof.answer).asked);
        return proof;
    };
    CHECK(refused(scene, with([](EntryProof& e) { e.position += 1; })));
    CHECK(refused(scene, with([](EntryProof& e) { e.position = e.batch.entry_count; })));
    CHECK(refused(scene, with([](EntryProof& e) { e.log_path.push_back(Hash{}); })));
    CHECK(refused(scene, with([](EntryProof& e) { e.log_path.pop_back(); })));
    CHECK(refused(scene, with([](EntryProof& e) { e.batch_path.clear(); })));
    CHECK(refused(scene, with([](EntryProof& e) { e.batch.issuer = "320000"; })));
    CHECK(refused(scene, with([](EntryProof& e) { e.batch.issuer = "999999"; })));
    CHECK(refused(scene, with([](EntryProof& e) { e.batch.entry_count = 0; })));
    CHECK(refused(scene, with([](EntryProof& e) { e.batch.chain_id = Hash{}; })));
    CHECK(refused(scene, with([&](EntryProof& e) { e.batch_signature = other.batch_signature; })));
    CHECK(refused(scene, with([&](EntryProof& e) {
                      e.batch = other.batch;
                      e.batch_signature = other.batch_signature;
                      e.batch_path = other.batch_path;
                      e.position = other.position;
                  })));
}

TEST_CASE("a proof made early verifies for ever, with the genesis file alone") {
    ProofScene scene;
    const Bytes early = print_proof(scene.entry(1));
    const Finding before = verified(scene, must(parse_proof(early)));
    std::vector<ExecutedBlockPtr> run;
    for (unsigned i = 0; i < 1000; ++i) {
        run.push_back(scene.blocks.block());
        if (i % 10 != 9) continue;
        must(scene.chain->append(run, scene.blocks.certificate()));
        run.clear();
    }
    const auto again = must(Chain::open(scene.store, scene.genesis()));
    CHECK(again->height() == 1008);
    const Genesis genesis = must(Genesis::parse(scene.genesis().text()));
    CHECK(must(verify_proof(genesis, must(parse_proof(early)))) == before);
    CHECK(must(verify_proof(genesis, must(prove_entry(*again, 1)))).height == 1008);
}

TEST_CASE("paths of every length verify: entries at both ends and across tiles") {
    ProofScene scene;
    const Suite suite = scene.federation.suite();
    std::vector<Entry> entries;
    for (std::uint64_t i = 0; i < 700; ++i) entries.push_back(create(suite, 5000 + i, 77));
    scene.blocks.append(*scene.chain, {scene.blocks.batch("340000", entries)});
    for (const std::uint64_t index : {0, 46, 255, 256, 257, 511, 512, 762}) {
        CHECK(content(scene, scene.entry(index)).entry->index == index);
    }
    const Proof list = must(prove_list(*scene.chain, StateKind::subject, named(suite, "subject", 77).view()));
    CHECK(entries_of(scene, list).size() == 700);
}

// Tests proofs about grants, queries, accounts, lists and feeds, and about the acts on a record: what they show, what
// absence they show, and that no part of them can be exchanged.
#include <set>

#include "ledger/chain/chain.hpp"
#include "ledger/chain/prove.hpp"
#include "ledger/proof/standing.hpp"
#include "ledger/proof/verify.hpp"
#include "tests/support/memory_store.hpp"
#include "tests/unit/ledger/state/acts_fixture.hpp"

using namespace xinlian;
using namespace xinlian::ledger;
using namespace xinlian::ledger::rules_test;

namespace {

using Op = Operation;

template <class T>
T good(Result<T> result) {
    INFO((result ? std::string() : result.error().text));
    REQUIRE(result.ok());
    return *std::move(result);
}

// A repaired record, a revoked grant with one query that was answered and acknowledged, and the month agreed upon by
// both.
struct Proven : Fixture {
    test::MemoryStore store;
    std::unique_ptr<Chain> chain;
    Entry record = create("r"), grant, question, account;
    std::map<std::string, std::uint64_t> at;  // leaves by what they are

    explicit Proven(Suite suite = Suite::ed25519_sha256) : Fixture(suite) {
        chain = good(Chain::open(store, genesis));
        on(20261124);
        record.decided = 20260501;
        grant = grant_of(*this, "g");
        question = query_of(*this, grant, "q");
        say("created", "310000", record);
        say("held", "320000", about(record, Op::held));
        say("applied", "310000", about(record, Op::repair_accepted, 20261124));
        say("disputed", "310000", dispute(record, 20261124, 20261201));
        say("repaired", "310000", about(record, Op::repaired, 20261124));
        say("granted", bureau, grant);
        say("asked", bank, question);
        say("answered", "310000", answer_of(*this, question, 3));
        say("acknowledged", bank, acknowledge_of(question));
        say("revoked", bureau, revoke_of(grant, 20261124));
        on(20261201);
        account = account_of(*this, bank, "310000", 20261101, Side::requester, 1);
        say("by requester", bank, account);
        say("by provider", "310000", account_of(*this, bank, "310000", 20261101, Side::provider, 1));
        say("other grant", bureau, grant_of(*this, "g2", "another company"));
    }
    void say(const std::string& name, std::string_view issuer, const Entry& entry) {
        at[name] = accepted(*this, issuer, entry);
        keep();
    }
    void keep() {
        std::vector<MemberIndex> signers{0, 1, 2};
        const BlockHeader& header = tip->block.header;
        Certificate certificate{{VoteKind::finalize, header.epoch, header.view, tip->id, tip->result}, {}};
        const Bytes message = signing_bytes(genesis.chain_id(), certificate.statement);
        for (const MemberIndex signer : signers) {
            const SecretKey key = key_of(suite(), genesis.validator(signer).id + " validator");
            certificate.signatures.push_back({signer, key.sign(message)});
        }
        const Status status = chain->append(std::span(&tip, 1), certificate);
        INFO((status ? std::string() : status.error().text));
        REQUIRE(status.ok());
    }
    Proof list(StateKind kind, ByteView id) const { return good(prove_list(*chain, kind, id)); }
    template <class Found>
    Found found(const Proof& proof) const {
        const Finding finding = verified(proof);
        REQUIRE(std::holds_alternative<Found>(finding.what));
        return std::get<Found>(finding.what);
    }
    Finding verified(const Proof& proof) const {
        // As it comes out of a file.
        return good(verify_proof(genesis, good(parse_proof(print_proof(proof)))));
    }
    std::vector<std::uint64_t> leaves(const std::vector<std::string>& names) const {
        std::vector<std::uint64_t> out;
        for (const std::string& name : names) out.push_back(at.at(name));
        return out;
    }
    // The proof with its answer changed must be refused.
    template <class Answer, class Change>
    void refuses(const Proof& proof, Change&& change) const {
        Proof changed = proof;
        change(std::get<Answer>(changed.answer));
        REQUIRE(changed != proof);
        const auto finding = verify_proof(genesis, changed);
        REQUIRE_FALSE(finding.ok());
        CHECK(finding.error().code == Errc::invalid);
    }
    // What every answer about something in the map must hold.
    template <class T>
    void refuses_changes(const Proof& proof, const Proof& another) const {
        using Answer = StateAnswer<T>;
        const Answer other = std::get<Answer>(another.answer);
        CHECK(verify_proof(genesis, proof).ok());
        refuses<Answer>(proof, [](Answer& a) { a.id = named("something else"); });
        refuses<Answer>(proof, [&](Answer& a) { a.id = other.id; });
        refuses<Answer>(proof, [](Answer& a) { a.state.reset(); });
        refuses<Answer>(proof, [](Answer& a) { a.state.reset(), a.causes.clear(); });
        refuses<Answer>(proof, [&](Answer& a) { a.map = other.map; });
        refuses<Answer>(proof, [&](Answer& a) { a.state = other.state, a.causes = other.causes; });
        refuses<Answer>(proof, [&](Answer& a) { a.state = other.state, a.causes = other.causes, a.map = other.map; });
        for (std::size_t i = 0; i < std::get<Answer>(proof.answer).causes.size(); ++i) {
            INFO("cause " << i);
            refuses<Answer>(proof,
                            [&](Answer& a) { a.causes.erase(a.causes.begin() + static_cast<std::ptrdiff_t>(i)); });
            refuses<Answer>(proof, [&](Answer& a) { a.causes.push_back(a.causes[i]); });
            refuses<Answer>(proof, [&](Answer& a) { a.causes[i] = other.causes.at(0); });
            refuses<Answer>(proof, [&](Answer& a) { ++a.causes[i].index; });
            refuses<Answer>(proof, [&](Answer& a) { ++a.causes[i].entry.height; });
            refuses<Answer>(proof, [&](Answer& a) { --a.causes[i].entry.time.ms; });
            refuses<Answer>(proof, [&](Answer& a) { a.causes[i].entry.issuer = "340000"; });
            refuses<Answer>(proof, [&](Answer& a) { a.causes[i].entry.entry.subject = named("another company"); });
            refuses<Answer>(proof, [&](Answer& a) { a.causes[i].batch_signature.bytes[7] ^= 1; });
        }
    }
};

std::vector<std::uint64_t> indexes(const std::vector<ListAnswer::Item>& items) {
    std::vector<std::uint64_t> out;
    for (const ListAnswer::Item& item : items) out.push_back(item.index);
    return out;
}

constexpr std::array suites{Suite::ed25519_sha256, Suite::sm2_sm3};

}  // namespace

TEST_CASE("a record's proof shows its state and each entry that made it so, signed by its issuer") {
    for (const Suite suite : suites) {
        const Proven fixture(suite);
        const auto finding = fixture.found<RecordFinding>(good(prove_record(*fixture.chain, named("r"))));
        CHECK(finding.id == named("r"));
        CHECK(finding.state == fixture.Fixture::record("r"));
        CHECK(indexes(finding.causes) == fixture.leaves({"created", "repaired", "disputed"}));
        CHECK(finding.causes[1].entry.entry == about(fixture.record, Op::repaired, 20261124));
        CHECK(finding.is_current());
        const Reading reading = read_record(*finding.state, 20261201);
        CHECK(reading.status == DisplayStatus::repaired);
        CHECK(reading.cause == fixture.at.at("repaired"));
        CHECK(reading.unacknowledged == 1);
    }
}

TEST_CASE("withdrawal and erasure are shown among a record's causes") {
    Proven fixture;
    fixture.say("withdrawn", "310000", about(fixture.record, Op::withdrawn, 20261201));
    fixture.say("erased", "310000", about(fixture.record, Op::erased, 20261201));
    const auto finding = fixture.found<RecordFinding>(good(prove_record(*fixture.chain, named("r"))));
    CHECK(indexes(finding.causes) == fixture.leaves({"created", "repaired", "disputed", "withdrawn", "erased"}));
}

TEST_CASE("a record's proof with any part of its life exchanged is refused") {
    Proven fixture;
    fixture.say("another", "320000", create("another", "another company"));
    fixture.say("another withdrawn", "320000", about(create("another", "another company"), Op::withdrawn, 20261201));
    const Proof proof = good(prove_record(*fixture.chain, named("r")));
    fixture.refuses_changes<RecordState>(proof, good(prove_record(*fixture.chain, named("another"))));
    const auto refused = [&](auto change) {
        fixture.refuses<RecordAnswer>(proof, [&](RecordAnswer& a) { change(*a.state); });
    };
    refused([](RecordState& s) { s.life.reset(); });
    refused([](RecordState& s) { s.issuer = "320000"; });
    refused([](RecordState& s) { ++s.index; });
    refused([](RecordState& s) { s.life->repair = RepairStage::accepted; });
    refused([](RecordState& s) { s.life->repair = RepairStage::none; });
    refused([](RecordState& s) { ++s.life->repair_mark.day; });
    refused([](RecordState& s) { --s.life->repair_mark.index; });
    refused([](RecordState& s) { s.life->dispute.reset(); });
    refused([](RecordState& s) { ++s.life->dispute->day; });
    refused([](RecordState& s) { s.life->withdrawn = s.life->dispute; });
    refused([](RecordState& s) { s.life->erased = s.life->dispute; });
    refused([](RecordState& s) { ++s.life->holders; });
    refused([](RecordState& s) { ++s.life->acknowledged; });
}

TEST_CASE("a proof of a grant shows its use and its revocation") {
    for (const Suite suite : suites) {
        const Proven fixture(suite);
        const auto finding = fixture.found<GrantFinding>(good(prove_grant(*fixture.chain, named("g"))));
        CHECK(finding.id == named("g"));
        CHECK(finding.state == fixture.tip->after.grant(named("g")));
        CHECK(finding.state->used == 1);
        CHECK(finding.state->last_use == fixture.at.at("asked"));
        CHECK(indexes(finding.causes) == fixture.leaves({"granted", "revoked"}));
    }
}

TEST_CASE("a proof of a grant with any part exchanged is refused") {
    const Proven fixture;
    const Proof proof = good(prove_grant(*fixture.chain, named("g")));
    fixture.refuses_changes<GrantState>(proof, good(prove_grant(*fixture.chain, named("g2"))));
    const auto refused = [&](auto change) {
        fixture.refuses<GrantAnswer>(proof, [&](GrantAnswer& a) { change(*a.state); });
    };
    refused([](GrantState& s) { s.issuer = bank; });
    refused([](GrantState& s) { ++s.entry.version; });
    refused([](GrantState& s) { s.entry.public_until = date_forever; });
    refused([](GrantState& s) { ++s.index; });
    refused([](GrantState& s) { s.used = 0; });
    refused([](GrantState& s) { ++s.last_use; });
    refused([](GrantState& s) { s.revoked.reset(); });
    refused([](GrantState& s) { ++*s.revoked; });
    fixture.refuses<GrantAnswer>(proof, [](GrantAnswer& a) { a.state->revoked.reset(), a.causes.pop_back(); });
}

TEST_CASE("a proof of a query shows the report that was delivered, and that it was acknowledged") {
    for (const Suite suite : suites) {
        const Proven fixture(suite);
        const auto finding = fixture.found<QueryFinding>(good(prove_query(*fixture.chain, named("q"))));
        CHECK(finding.id == named("q"));
        CHECK(finding.state == fixture.tip->after.query(named("q")));
        CHECK(finding.state->report == named("the report"));
        CHECK(finding.state->report_height == 3);
        CHECK(indexes(finding.causes) == fixture.leaves({"asked", "answered", "acknowledged"}));
        CHECK(finding.causes[1].entry.issuer == "310000");
    }
}

TEST_CASE("a proof of a query with any part exchanged is refused") {
    Proven fixture;
    const Entry again = query_of(fixture, grant_of(fixture, "g2", "another company"), "q2");
    fixture.say("asked again", bank, again);
    const Proof proof = good(prove_query(*fixture.chain, named("q")));
    fixture.refuses_changes<QueryState>(proof, good(prove_query(*fixture.chain, named("q2"))));
    const auto refused = [&](auto change) {
        fixture.refuses<QueryAnswer>(proof, [&](QueryAnswer& a) { change(*a.state); });
    };
    refused([](QueryState& s) { s.issuer = bureau; });
    refused([](QueryState& s) { s.entry.digest = named("g2"); });
    refused([](QueryState& s) { ++s.index; });
    refused([](QueryState& s) { s.answered.reset(); });
    refused([](QueryState& s) { s.report = named("another report"); });
    refused([](QueryState& s) { ++s.report_height; });
    refused([](QueryState& s) { s.acknowledged.reset(); });
    fixture.refuses<QueryAnswer>(proof, [](QueryAnswer& a) { a.state->acknowledged.reset(), a.causes.pop_back(); });
}

TEST_CASE("a proof of an account shows the count, and both sides' words") {
    for (const Suite suite : suites) {
        const Proven fixture(suite);
        const Hash& id = fixture.account.record;
        const auto finding = fixture.found<AccountFinding>(good(prove_account(*fixture.chain, id)));
        CHECK(finding.id == id);
        CHECK(finding.state == AccountState{1, fixture.at.at("by requester"), fixture.at.at("by provider")});
        CHECK(indexes(finding.causes) == fixture.leaves({"by requester", "by provider"}));
    }
}

TEST_CASE("a proof of an account with any part exchanged is refused") {
    Proven fixture;
    const Entry before = account_of(fixture, bank, "310000", 20261001, Side::requester, 0);
    fixture.say("the month before", bank, before);
    const Proof proof = good(prove_account(*fixture.chain, fixture.account.record));
    fixture.refuses_changes<AccountState>(proof, good(prove_account(*fixture.chain, before.record)));
    const auto refused = [&](auto change) {
        fixture.refuses<AccountAnswer>(proof, [&](AccountAnswer& a) { change(a); });
    };
    refused([](AccountAnswer& a) { ++a.state->count; });
    refused([](AccountAnswer& a) { a.state->by_provider.reset(); });
    refused([](AccountAnswer& a) { a.state->by_provider.reset(), a.causes.pop_back(); });
    refused([](AccountAnswer& a) {
        std::swap(a.state->by_requester, a.state->by_provider);
        std::swap(a.causes[0], a.causes[1]);
    });
}

TEST_CASE("that there is no such grant, query, account or record is proven, and not to be feigned") {
    for (const Suite suite : suites) {
        const Proven fixture(suite);
        const Hash absent = named("absent");
        const std::array proofs{good(prove_grant(*fixture.chain, absent)), good(prove_query(*fixture.chain, absent)),
                                good(prove_account(*fixture.chain, absent)),
                                good(prove_record(*fixture.chain, absent))};
        for (const Proof& proof : proofs) {
            INFO(name_of(proof.kind()));
            const Finding finding = fixture.verified(proof);
            std::visit(
                [&absent](const auto& what) {
                    if constexpr (requires { what.causes; }) {
                        CHECK(what.id == absent);
                        CHECK(what.causes.empty());
                        CHECK_FALSE(what.state);
                    } else {
                        FAIL("a proof of another kind");
                    }
                },
                finding.what);
        }
        const Proof shown = good(prove_grant(*fixture.chain, named("g")));
        fixture.refuses<GrantAnswer>(proofs[0], [](GrantAnswer& a) { a.id = named("g"); });
        fixture.refuses<GrantAnswer>(proofs[0],
                                     [&](GrantAnswer& a) { a.state = std::get<GrantAnswer>(shown.answer).state; });
        fixture.refuses<GrantAnswer>(proofs[0],
                                     [&](GrantAnswer& a) { a.causes = std::get<GrantAnswer>(shown.answer).causes; });
        fixture.refuses<QueryAnswer>(proofs[1], [](QueryAnswer& a) { a.id = named("q"); });
        fixture.refuses<AccountAnswer>(proofs[2], [&](AccountAnswer& a) { a.id = fixture.account.record; });
    }
}

TEST_CASE("lists show all that was asked about a subject, under a grant and with a member, and nothing else") {
    for (const Suite suite : suites) {
        Proven fixture(suite);
        for (int start = 0; start < 2; ++start) {
            const auto shows = [&](StateKind kind, ByteView id, const std::vector<std::string>& names) {
                INFO(name_of_list(kind));
                const auto finding = fixture.found<ListFinding>(fixture.list(kind, id));
                CHECK(kind_of(finding.list) == kind);
                CHECK(indexes(finding.entries) == fixture.leaves(names));
                return finding.list;
            };
            const Hash company = named("a company"), other = named("another company"), absent = named("absent");
            CHECK(shows(StateKind::grants_of_subject, company.view(),
                        {"granted", "asked", "answered", "acknowledged", "revoked"}) ==
                  ListId(GrantsOfSubject{company}));
            shows(StateKind::grants_of_subject, other.view(), {"other grant"});
            shows(StateKind::uses_of_grant, named("g").view(), {"granted", "asked", "revoked"});
            shows(StateKind::uses_of_grant, named("g2").view(), {"other grant"});
            shows(StateKind::subject, company.view(), {"created", "held", "applied", "disputed", "repaired"});
            CHECK(shows(StateKind::acts_of_member, as_bytes(bank),
                        {"granted", "asked", "answered", "acknowledged", "by requester", "by provider",
                         "other grant"}) == ListId(ActsOfMember{std::string(bank)}));
            shows(StateKind::acts_of_member, as_bytes(bureau), {"granted", "revoked", "other grant"});
            shows(StateKind::acts_of_member, as_bytes("310000"),
                  {"asked", "answered", "acknowledged", "by requester", "by provider"});
            shows(StateKind::acts_of_member, as_bytes("320000"), {});
            CHECK(shows(StateKind::grants_of_subject, absent.view(), {}) == ListId(GrantsOfSubject{absent}));
            CHECK(shows(StateKind::uses_of_grant, absent.view(), {}) == ListId(UsesOfGrant{absent}));
            CHECK(shows(StateKind::subject, absent.view(), {}) == ListId(EntriesOfSubject{absent}));
            fixture.chain = good(Chain::open(fixture.store, fixture.genesis));  // and again after a restart
        }
    }
}

TEST_CASE("a list with any part exchanged is refused") {
    const Proven fixture;
    const Hash company = named("a company"), other = named("another company");
    const std::vector<Proof> proofs{fixture.list(StateKind::grants_of_subject, company.view()),
                                    fixture.list(StateKind::uses_of_grant, named("g").view()),
                                    fixture.list(StateKind::acts_of_member, as_bytes(bank))};
    const ListAnswer wrong = std::get<ListAnswer>(fixture.list(StateKind::grants_of_subject, other.view()).answer);
    for (const Proof& proof : proofs) {
        const auto refused = [&](auto change) { fixture.refuses<ListAnswer>(proof, change); };
        INFO(name_of_list(std::get<ListAnswer>(proof.answer).list));
        for (const StateKind kind :
             {StateKind::subject, StateKind::grants_of_subject, StateKind::uses_of_grant, StateKind::acts_of_member,
              StateKind::record, StateKind::feed, StateKind::account}) {
            if (kind != std::get<ListAnswer>(proof.answer).list) refused([&](ListAnswer& a) { a.list = kind; });
        }
        refused([&](ListAnswer& a) { a.id = wrong.id; });
        refused([](ListAnswer& a) { a.id.pop_back(); });
        refused([&](ListAnswer& a) { a.map = wrong.map; });
        refused([](ListAnswer& a) { a.state.reset(); });
        refused([](ListAnswer& a) { a.state.reset(), a.entries.clear(); });
        refused([](ListAnswer& a) { --a.state->count; });
        refused([](ListAnswer& a) { a.state->head = named("another head"); });
        refused([](ListAnswer& a) { a.entries.pop_back(); });
        refused([](ListAnswer& a) { a.entries.erase(a.entries.begin()); });
        refused([](ListAnswer& a) { a.entries.push_back(a.entries.back()); });
        refused([](ListAnswer& a) { std::swap(a.entries[0], a.entries[1]); });
        refused([&](ListAnswer& a) { a.entries[1] = wrong.entries[0]; });
        refused([](ListAnswer& a) { a.state = ListState{}, a.entries.clear(); });
        refused([](ListAnswer& a) { ++a.entries[0].index; });
        refused([](ListAnswer& a) { ++a.entries[0].entry.height; });
        refused([](ListAnswer& a) { --a.entries[0].entry.time.ms; });
        refused([](ListAnswer& a) { a.entries[0].entry.issuer = "340000-both"; });
        refused([](ListAnswer& a) { a.entries[0].entry.entry.digest = named("another form"); });
    }
}

TEST_CASE("a feed shows an issuer's batches from one to another, each whole and none left out") {
    for (const Suite suite : suites) {
        Proven fixture(suite);
        refused(fixture, "310000", create("r"), Reason::already_exists, fixture.at.at("created"));
        fixture.keep();
        const std::vector<std::string> all{"created", "applied", "disputed", "repaired", "answered", "by provider"};
        for (std::uint64_t from = 1; from <= all.size(); ++from) {
            for (std::uint64_t to = from; to <= all.size(); ++to) {
                const auto finding = fixture.found<FeedFinding>(good(prove_feed(*fixture.chain, "310000", from, to)));
                CHECK(finding.member == "310000");
                REQUIRE(finding.batches.size() == to - from + 1);
                for (std::uint64_t i = from; i <= to; ++i) {
                    const FeedAnswer::Item& item = finding.batches[i - from];
                    CHECK(item.header.sequence == i);
                    CHECK(item.outcome.first_index == fixture.at.at(all[i - 1]));
                    CHECK(item.entries.size() == 1);
                }
            }
        }
        using Range = std::pair<std::uint64_t, std::uint64_t>;
        for (const auto& [from, to] : {Range{0, 1}, Range{2, 1}, Range{1, 7}, Range{7, 7}, Range{1, UINT64_MAX}}) {
            CHECK(prove_feed(*fixture.chain, "310000", from, to).error().code == Errc::not_found);
        }
        CHECK(prove_feed(*fixture.chain, "330000", 1, 1).error().code == Errc::not_found);
        CHECK(prove_feed(*fixture.chain, std::string(10'000, '3'), 1, 1).error().text.size() < 200);
    }
}

TEST_CASE("a feed with any part exchanged or left out is refused") {
    Proven fixture;
    refused(fixture, "310000", create("r"), Reason::already_exists, fixture.at.at("created"));
    fixture.keep();
    const Hash rejected = fixture.tip->batches[0]->id;
    const BatchAnswer refusal = std::get<BatchAnswer>(good(prove_batch(*fixture.chain, rejected)).answer);
    const FeedAnswer other = std::get<FeedAnswer>(good(prove_feed(*fixture.chain, bank, 1, 3)).answer);
    const Proof proof = good(prove_feed(*fixture.chain, "310000", 1, 6));
    const auto refused = [&](auto change) {
        fixture.refuses<FeedAnswer>(proof, [&](FeedAnswer& a) { change(a.batches); });
    };
    using Batches = std::vector<FeedAnswer::Item>;
    refused([](Batches& b) { b.clear(); });
    refused([](Batches& b) { b.erase(b.begin() + 2); });
    refused([](Batches& b) { std::swap(b[1], b[2]); });
    refused([](Batches& b) { b.push_back(b.back()); });
    refused([&](Batches& b) { b[1] = other.batches[1]; });
    refused([&](Batches& b) { b.push_back(other.batches[0]); });
    refused([&](Batches& b) {  // a refused batch is none of the feed's
        b.push_back({refusal.header, refusal.signature, refusal.outcome, refusal.map, {create("r")}});
    });
    for (std::size_t i = 0; i < 6; ++i) {
        INFO("batch " << i);
        refused([&](Batches& b) { b[i].header.issuer = "320000"; });
        refused([&](Batches& b) { ++b[i].header.sequence; });
        refused([&](Batches& b) { b[i].header.previous = rejected; });
        refused([&](Batches& b) { ++b[i].header.entry_count; });
        refused([&](Batches& b) { b[i].header.entries_root = rejected; });
        refused([&](Batches& b) { b[i].header.chain_id = rejected; });
        refused([&](Batches& b) { b[i].signature.bytes[7] ^= 1; });
        refused([&](Batches& b) { b[i].signature = other.batches[0].signature; });
        refused([&](Batches& b) { b[i].outcome.reason = Reason::wrong_sequence; });
        refused([&](Batches& b) { ++b[i].outcome.first_index; });
        refused([&](Batches& b) { ++b[i].outcome.height; });
        refused([&](Batches& b) { b[i].outcome.conflicting_entry = 0; });
        refused([&](Batches& b) { b[i].map = other.batches[0].map; });
        refused([&](Batches& b) { b[i].entries.clear(); });
        refused([&](Batches& b) { b[i].entries.push_back(b[i].entries[0]); });
        refused([&](Batches& b) { b[i].entries[0].digest = rejected; });
    }
}

TEST_CASE("a proof of one kind is not taken for one of another") {
    const Proven fixture;
    const Proof grant = good(prove_grant(*fixture.chain, named("g")));
    const Bytes file = print_proof(grant);
    for (unsigned kind = 0; kind < 256; ++kind) {
        if (kind == static_cast<unsigned>(ProofKind::grant)) continue;
        Bytes changed = file;
        changed[proof_magic.size()] = static_cast<std::uint8_t>(kind);
        const auto parsed = parse_proof(changed);
        CHECK_FALSE((parsed.ok() && verify_proof(fixture.genesis, *parsed).ok()));
    }
}

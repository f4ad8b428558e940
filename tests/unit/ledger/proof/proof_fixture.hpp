// A chain with one case of everything that can be proven, shared by the tests of proofs.
#pragma once

#include "ledger/chain/prove.hpp"
#include "ledger/proof/verify.hpp"
#include "ledger/rules/terms.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/memory_store.hpp"
#include "tests/support/records.hpp"

namespace xinlian::test {

class ProofFixture {
public:
    explicit ProofFixture(Suite suite = Suite::ed25519_sha256, std::uint64_t seed = 1)
        : federation(suite, seed), blocks(federation) {
        using namespace ledger;
        chain = must(Chain::open(store, genesis()));
        shown = record_of(Category::penalty, {{"CF_SY", "日常检查"},
                                              {"CF_NR_FK", "2.00"},
                                              {"CF_WSH", "沪市监处罚〔2026〕1号"},
                                              {"CF_XDR_MC", "某某有限公司"}});
        salt = named(suite, "salt", 1);
        forged = {{"a field at another position than its form's", forge(1, 30, 15)},
                  {"more fields than the form's", forge(1, 31, 10)},
                  {"a form that nobody knows", forge(2, 30, 10)}};

        Entry current = create(suite, 0, 0);
        current.digest = record_digest(suite, shown, salt);
        std::vector<Entry> first{current, create(suite, 1, 1), create(suite, 2, 1)};
        for (std::uint64_t i = 100; i < 140; ++i) first.push_back(create(suite, i, i));
        for (std::size_t i = 0; i < forged.size(); ++i) {
            first[3 + i].digest = digest_of(suite, forged[i].opening.shape, forged[i].opening.fields_root);
        }
        const BatchPtr accepted = blocks.batch("310000", first);
        batches["accepted"] = accepted->id;
        blocks.append(*chain, {accepted});

        const Entry superseding = update(create(suite, 1, 1));
        const BatchPtr rejected = blocks.batch("330000", {create(suite, 1, 1)});  // exists already
        batches["rejected"] = rejected->id;
        blocks.append(*chain, {blocks.batch("310000", {superseding, remove(create(suite, 2, 1))}),
                               blocks.batch("320000", {create(suite, 3, 1)}), rejected});
        blocks.append(*chain, {}, {federation.equivocation(1, 2), federation.equivocation(3, 1)});
        live_and_ask();
        // Who has asked for what, by names that a person can say.
        records = {{"current", named(suite, "record", 0)},    {"updated", named(suite, "record", 1)},
                   {"deleted", named(suite, "record", 2)},    {"absent", named(suite, "record", 999)},
                   {"repaired", named(suite, "record", 200)}, {"disputed", named(suite, "record", 201)},
                   {"withdrawn", named(suite, "record", 202)}};
        subjects = {{"none", named(suite, "subject", 999)},
                    {"one", named(suite, "subject", 0)},
                    {"five", named(suite, "subject", 1)}};
    }

    const ledger::Genesis& genesis() const { return federation.genesis(); }
    ledger::Proof record(const std::string& name) const { return must(prove_record(*chain, records.at(name))); }
    ledger::Proof list(ledger::StateKind kind, ByteView id) const { return must(prove_list(*chain, kind, id)); }
    ledger::Proof subject(const std::string& name) const {
        return list(ledger::StateKind::subject, subjects.at(name).view());
    }
    ledger::Proof asked(std::uint64_t subject) const {
        return list(ledger::StateKind::grants_of_subject, named(federation.suite(), "subject", subject).view());
    }
    ledger::Proof uses(std::uint64_t grant) const {
        return list(ledger::StateKind::uses_of_grant, id("grant", grant).view());
    }
    ledger::Proof dealings(std::string_view member) const {
        return list(ledger::StateKind::acts_of_member, as_bytes(member));
    }
    ledger::Proof grant(std::uint64_t n) const { return must(prove_grant(*chain, id("grant", n))); }
    ledger::Proof query(std::uint64_t n) const { return must(prove_query(*chain, id("query", n))); }
    // Of the queries that 320000 put to this member in January 2027.
    ledger::Proof account(std::string_view with) const { return must(prove_account(*chain, account_with(with))); }
    ledger::Proof feed(std::uint64_t from, std::uint64_t to) const {
        return must(prove_feed(*chain, "320000", from, to));
    }
    ledger::Proof batch(const std::string& name) const { return must(prove_batch(*chain, batches.at(name))); }
    // "shown" and "none": a validator with evidence against it, and one without.
    ledger::Proof evidence(const std::string& name) const {
        return must(prove_evidence(*chain, genesis().validator(name == "shown" ? 1 : 2).id));
    }
    ledger::Proof entry(std::uint64_t index) const { return must(prove_entry(*chain, index)); }
    ledger::Proof opened() const {
        ledger::Proof proof = record("current");
        proof.opening = must(open_fields(federation.suite(), shown, salt, {"CF_WSH", "CF_NR_WFFF"}));
        return proof;
    }

    // Of record 100 + n: the n-th forged opening.
    ledger::Proof opened_as_forged(std::size_t n) const {
        ledger::Proof proof = must(prove_record(*chain, named(federation.suite(), "record", 100 + n)));
        proof.opening = forged.at(n).opening;
        return proof;
    }

    // One of each kind and case.
    std::map<std::string, ledger::Proof> proofs() const {
        return {{"record-current", record("current")},
                {"record-updated", record("updated")},
                {"record-deleted", record("deleted")},
                {"record-absent", record("absent")},
                {"record-opened", opened()},
                {"entry-current", entry(0)},
                {"entry-superseded", entry(1)},
                {"entry-deleted", entry(44)},
                {"subject-none", subject("none")},
                {"subject-one", subject("one")},
                {"subject-five", subject("five")},
                {"batch-accepted", batch("accepted")},
                {"batch-rejected", batch("rejected")},
                {"evidence-shown", evidence("shown")},
                {"evidence-none", evidence("none")},
                {"record-repaired", record("repaired")},
                {"record-disputed", record("disputed")},
                {"record-withdrawn", record("withdrawn")},
                {"grant-used", grant(1)},
                {"grant-revoked", grant(2)},
                {"grant-absent", grant(9)},
                {"query-acknowledged", query(1)},
                {"query-open", query(2)},
                {"query-absent", query(9)},
                {"account-agreed", account("310000")},
                {"account-absent", account("340000")},
                {"asked-all", asked(200)},
                {"asked-none", asked(1)},
                {"uses-all", uses(1)},
                {"uses-none", uses(9)},
                {"dealings-all", dealings("310000")},
                {"dealings-none", dealings("340000")},
                {"feed-part", feed(2, 4)}};
    }

    Federation federation;
    Blocks blocks;
    MemoryStore store;
    std::unique_ptr<ledger::Chain> chain;
    ledger::Record shown;
    Hash salt;
    // Openings that must be refused, although they fit the digests of their records.
    struct Forged {
        std::string what;
        ledger::Opening opening;
    };
    std::vector<Forged> forged;
    std::map<std::string, Hash> records, subjects, batches;

private:
    static constexpr std::uint64_t about = 200;  // the subject of what follows
    static constexpr std::string_view requester = "320000", provider = "310000";

    // Opens a field of this many at a position that its issuer chose.
    ledger::Opening forge(std::uint16_t form, std::uint16_t field_count, std::uint16_t index) const {
        const Suite suite = federation.suite();
        const ledger::Field field{"CF_NR_FK", "500.00"};
        std::vector<Hash> leaves(field_count, named(suite, "commitment", 0));
        leaves[index] = field_commitment(suite, field, salt);
        return {{ledger::Category::penalty, form, field_count},
                log_root_of(suite, leaves),
                {{index, field, salt, log_path_of(suite, leaves, index)}}};
    }

    Hash id(std::string_view what, std::uint64_t n) const { return named(federation.suite(), what, n); }
    ledger::MemberNumber number(std::string_view member) const {
        return static_cast<ledger::MemberNumber>(genesis().number_of(*genesis().member(member)));
    }
    Hash account_with(std::string_view other) const {
        return ledger::account_id(federation.suite(), number(requester), number(other), 20'270'101);
    }
    ledger::Entry act(ledger::Operation operation, const Hash& of) const {
        return test::act(federation.suite(), operation, of, about);
    }
    // What becomes of record n: on the first day of the fixture, with a document behind it.
    ledger::Entry becomes(ledger::Operation operation, std::uint64_t n) const {
        ledger::Entry entry = act(operation, id("record", n));
        entry.category = ledger::Category::penalty;
        entry.decided = 20'270'115;
        entry.digest = id("document", n);
        if (operation == ledger::Operation::erased || operation == ledger::Operation::repair_ack) entry.digest = {};
        if (operation == ledger::Operation::dispute_opened)
            entry.public_until = ledger::shipped_terms().dispute_due(provider, entry.decided);
        return entry;
    }
    ledger::Entry grant_entry(std::uint64_t n) const {
        ledger::Entry entry = act(ledger::Operation::grant, id("grant", n));
        entry.version = 3;
        entry.digest = id("document", n);
        entry.decided = 20'270'101;
        entry.public_until = 20'271'231;
        entry.party = number(requester);
        entry.code = static_cast<std::uint16_t>(ledger::Purpose::loan);
        return entry;
    }
    ledger::Entry query_entry(ledger::Operation operation, std::uint64_t n) const {
        ledger::Entry entry = act(operation, id("query", n));
        const bool asks = operation == ledger::Operation::query, answers = operation == ledger::Operation::answer;
        entry.digest = asks ? id("grant", 1) : id("report", n);
        entry.party = number(answers ? requester : provider);
        if (asks) entry.code = static_cast<std::uint16_t>(ledger::Purpose::loan);
        if (answers) entry.version = 4;
        return entry;
    }
    ledger::Entry account_entry(ledger::Side side) const {
        ledger::Entry entry = act(ledger::Operation::account, account_with(provider));
        entry.subject = {};
        entry.version = 1;
        entry.decided = 20'270'101;
        entry.party = number(side == ledger::Side::requester ? provider : requester);
        entry.code = static_cast<std::uint16_t>(side);
        return entry;
    }

    // Records are repaired, disputed and withdrawn; one member asks another, and both settle the month's account.
    void live_and_ask() {
        using ledger::Operation;
        const Suite suite = federation.suite();
        std::vector<ledger::Entry> created;
        for (std::uint64_t n = 200; n < 203; ++n) {
            created.push_back(create(suite, n, about));
            created.back().decided = 20'260'601;
        }
        blocks.append(*chain,
                      {blocks.batch(provider, created), blocks.batch(requester, {grant_entry(1), grant_entry(2)})});
        ledger::Entry held = becomes(Operation::held, 200), revoked = act(Operation::revoke, id("grant", 2));
        held.digest = created[0].digest;
        held.decided = ledger::date_none;
        revoked.digest = id("revocation", 2);
        revoked.decided = 20'270'115;
        blocks.append(
            *chain,
            {blocks.batch(provider, {becomes(Operation::repair_accepted, 200), becomes(Operation::dispute_opened, 201),
                                     becomes(Operation::withdrawn, 202)}),
             blocks.batch("330000", {held}),
             blocks.batch(requester, {query_entry(Operation::query, 1), query_entry(Operation::query, 2), revoked})});
        blocks.append(*chain,
                      {blocks.batch(provider, {becomes(Operation::repaired, 200), becomes(Operation::erased, 202),
                                               query_entry(Operation::answer, 1)})});
        blocks.append(*chain, {blocks.batch(requester, {query_entry(Operation::acknowledge, 1)}),
                               blocks.batch("330000", {becomes(Operation::repair_ack, 200)})});
        blocks.pause(Duration{31ll * 86'400'000});
        blocks.append(*chain, {blocks.batch(requester, {account_entry(ledger::Side::requester)}),
                               blocks.batch(provider, {account_entry(ledger::Side::provider)})});
    }
};

}  // namespace xinlian::test

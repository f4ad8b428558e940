// A chain with one case of everything that can be proven. Shared by the tests of proofs.
#pragma once

#include "ledger/prove.hpp"
#include "ledger/verify.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/memory_store.hpp"

namespace xinlian::test {

class ProofScene {
public:
    explicit ProofScene(Suite suite = Suite::ed25519_sha256, std::uint64_t seed = 1)
        : federation(suite, seed), blocks(federation) {
        using namespace ledger;
        chain = must(Chain::open(store, genesis()));
        shown = {Category::penalty,
                 {{"CF_AJLY", std::string("日常检查")},
                  {"CF_NR_FK", std::string("2.00")},
                  {"CF_NR_WFFF", std::nullopt},
                  {"CF_WSH", std::string("沪市监处罚〔2026〕1号")},
                  {"CF_XDR_MC", std::string("某某有限公司")}}};
        salt = named(suite, "salt", 1);

        Entry current = create(suite, 0, 0);
        current.digest = record_digest(suite, shown, salt);
        std::vector<Entry> first{current, create(suite, 1, 1), create(suite, 2, 1)};
        for (std::uint64_t i = 100; i < 140; ++i) first.push_back(create(suite, i, i));
        const BatchPtr accepted = blocks.batch("310000", first);
        batches["accepted"] = accepted->id;
        blocks.append(*chain, {accepted});

        const Entry superseding = update(create(suite, 1, 1));
        const BatchPtr rejected = blocks.batch("330000", {create(suite, 1, 1)});  // exists already
        batches["rejected"] = rejected->id;
        blocks.append(*chain, {blocks.batch("310000", {superseding, remove(create(suite, 2, 1))}),
                               blocks.batch("320000", {create(suite, 3, 1)}), rejected});
        blocks.append(*chain, {}, {federation.equivocation(1, 2), federation.equivocation(3, 1)});
        // Who has asked for what, by names that a person can say.
        records = {{"current", named(suite, "record", 0)},
                   {"updated", named(suite, "record", 1)},
                   {"deleted", named(suite, "record", 2)},
                   {"absent", named(suite, "record", 999)}};
        subjects = {{"none", named(suite, "subject", 999)},
                    {"one", named(suite, "subject", 0)},
                    {"five", named(suite, "subject", 1)}};
    }

    const ledger::Genesis& genesis() const { return federation.genesis(); }
    ledger::Proof record(const std::string& name) const { return must(prove_record(*chain, records.at(name))); }
    ledger::Proof subject(const std::string& name) const { return must(prove_list(*chain, ledger::StateKind::subject, subjects.at(name).view())); }
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

    // One of each kind and case.
    std::map<std::string, ledger::Proof> proofs() const {
        return {{"record-current", record("current")}, {"record-updated", record("updated")},
                {"record-deleted", record("deleted")}, {"record-absent", record("absent")},
                {"record-opened", opened()},           {"entry-current", entry(0)},
                {"entry-superseded", entry(1)},        {"entry-deleted", entry(44)},
                {"subject-none", subject("none")},     {"subject-one", subject("one")},
                {"subject-five", subject("five")},     {"batch-accepted", batch("accepted")},
                {"batch-rejected", batch("rejected")}, {"evidence-shown", evidence("shown")},
                {"evidence-none", evidence("none")}};
    }

    Federation federation;
    Blocks blocks;
    MemoryStore store;
    std::unique_ptr<ledger::Chain> chain;
    ledger::Record shown;
    Hash salt;
    std::map<std::string, Hash> records, subjects, batches;
};

}  // namespace xinlian::test

// A small federation with fixed keys, and short ways to say "this issuer writes these entries into that block".
#pragma once

#include <catch2/catch.hpp>
#include <map>

#include "ledger/state/execute.hpp"

namespace xinlian::ledger::rules_test {

inline Hash named(std::string_view label) { return hash(Suite::ed25519_sha256, as_bytes(label)); }

inline SecretKey key_of(Suite suite, std::string_view label) {
    auto key = SecretKey::from_seed(suite, named(label).view());
    REQUIRE(key.ok());
    return *std::move(key);
}

// Four provinces that order and issue, and a branch of the central bank that only reads.
inline std::vector<Member> members_of(Suite suite) {
    std::vector<Member> members;
    for (const std::string id : {"310000", "320000", "330000", "340000"}) {
        Member member;
        member.id = id;
        member.name = "信用中心 " + id;
        member.roles.validator = member.roles.issuer = true;
        member.validator_key = key_of(suite, id + " validator").public_key();
        member.issuer_key = key_of(suite, id + " issuer").public_key();
        member.transport_key = key_of(Suite::ed25519_sha256, id + " transport").public_key();
        members.push_back(member);
    }
    Member reader;
    reader.id = "100000-pbc";
    reader.name = "中国人民银行";
    reader.roles.regulator = true;
    reader.transport_key = key_of(Suite::ed25519_sha256, "reader transport").public_key();
    members.push_back(reader);
    return members;
}

inline constexpr Time genesis_time{1'795'478'400'000};  // 2026-11-24T00:00:00Z

inline Genesis genesis_of(const std::string& text) {
    auto genesis = Genesis::parse(text);
    INFO((genesis ? std::string() : genesis.error().text));
    REQUIRE(genesis.ok());
    return *std::move(genesis);
}

inline Genesis genesis_with(const Parameters& parameters, Suite suite = Suite::ed25519_sha256) {
    return genesis_of(print_genesis("长三角征信链", suite, genesis_time, members_of(suite), parameters));
}

inline Entry create(std::string_view record, std::string_view subject = "a company") {
    Entry entry;
    entry.record = named(record);
    entry.digest = named(std::string(record) + " version 0");
    entry.subject = named(subject);
    entry.decided = 20261109;
    entry.public_until = 20291109;
    return entry;
}

inline Entry change(Operation operation, std::string_view record, std::uint32_t version,
                    std::string_view subject = "a company") {
    Entry entry = create(record, subject);
    entry.operation = operation;
    entry.version = version;
    entry.digest = operation == Operation::remove ? Hash{} : named(std::string(record) + std::to_string(version));
    return entry;
}

inline Batch signed_batch(const Genesis& genesis, const std::string& issuer, std::uint64_t sequence,
                          const Hash& previous, std::vector<Entry> entries) {
    const SecretKey key = key_of(genesis.suite(), issuer + " issuer");
    auto batch = make_batch(genesis, issuer, sequence, previous, std::move(entries), key);
    INFO((batch ? std::string() : batch.error().text));
    REQUIRE(batch.ok());
    return *std::move(batch);
}

inline BatchPtr batch_of(const Genesis& genesis, const std::string& issuer, std::uint64_t sequence,
                         const Hash& previous, std::vector<Entry> entries) {
    auto checked = check_batch(genesis, encode(signed_batch(genesis, issuer, sequence, previous, std::move(entries))));
    INFO((checked ? std::string() : checked.error().text));
    REQUIRE(checked.ok());
    return *checked;
}

// Evidence that this validator notarized two blocks in one view.
inline Evidence evidence_against(const Genesis& genesis, MemberIndex member, View view = 7) {
    const SecretKey key = key_of(genesis.suite(), genesis.validator(member).id + " validator");
    const Statement first{VoteKind::notarize, 0, view, named("a block"), {}},
        second{VoteKind::notarize, 0, view, named("another block"), {}};
    return {member, first, second, key.sign(signing_bytes(genesis.chain_id(), first)),
            key.sign(signing_bytes(genesis.chain_id(), second))};
}

inline Block block_after(const Genesis& genesis, const BlockHeader& parent, const std::vector<BatchPtr>& batches) {
    Block block;
    for (const BatchPtr& batch : batches) block.batches.push_back(batch->id);
    block.header.height = parent.height + 1;
    block.header.view = parent.view + 1;
    block.header.parent = block_id(genesis.suite(), parent);
    block.header.proposer = genesis.committee().leader(block.header.view);
    block.header.time = parent.time + Duration{1000};
    block.header.body_hash = body_hash(genesis.suite(), block);
    return block;
}

inline ExecutedBlockPtr run(const Genesis& genesis, const ExecutedBlockPtr& parent,
                            const std::vector<BatchPtr>& batches) {
    return execute(genesis, parent->after, block_after(genesis, parent->block.header, batches), batches);
}

}  // namespace xinlian::ledger::rules_test

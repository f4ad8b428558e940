// Makes small federations, batches, blocks and certificates for tests, deterministically from a seed.
#pragma once

#include <map>

#include "ledger/chain/chain.hpp"

namespace xinlian::test {

// Unwraps a result that a test relies on; prints the error before it aborts.
template <class T>
T must(Result<T> result) {
    if (!result) std::fprintf(stderr, "refused: %s\n", result.error().text.c_str());
    return *std::move(result);
}
inline void must(const Status& status) {
    if (!status) std::fprintf(stderr, "refused: %s\n", status.error().text.c_str());
    XL_CHECK(status.ok());
}

// The n-th of something, e.g. named(suite, "record", 3).
inline Hash named(Suite suite, std::string_view what, std::uint64_t n) {
    return hash(suite, {as_bytes("test "), as_bytes(what), as_bytes(std::to_string(n))});
}

// Members of the Yangtze Delta, each a validator, an issuer and a bureau. Chains hold a reference to the genesis: it
// never moves.
class Federation {
public:
    explicit Federation(Suite suite = Suite::ed25519_sha256, std::uint64_t seed = 1, std::size_t count = 4) {
        static constexpr std::array<std::string_view, 4> provinces{"310000", "320000", "330000", "340000"};
        std::vector<ledger::Member> members;
        for (std::size_t i = 0; i < count; ++i) {
            ledger::Member member;
            // Beyond the four provinces: districts of the first one, with a suffix.
            member.id = i < provinces.size() ? std::string(provinces[i]) : "310000-" + std::to_string(i);
            member.name = "成员" + std::to_string(i + 1);
            member.roles.validator = true;
            member.roles.issuer = true;
            member.roles.bureau = true;
            SecretKey validator = key(suite, "validator key", seed, i);
            SecretKey issuer = key(suite, "issuer key", seed, i);
            member.validator_key = validator.public_key();
            member.issuer_key = issuer.public_key();
            member.transport_key = key(Suite::ed25519_sha256, "transport key", seed, i).public_key();
            validators_.emplace(member.validator_key, std::move(validator));
            issuers_.emplace(member.id, std::move(issuer));
            members.push_back(std::move(member));
        }
        ledger::Parameters parameters;
        parameters.block_interval_min = {0};
        const std::string text =
            ledger::print_genesis("test federation", suite, {1'800'000'000'000}, members, parameters);
        genesis_ = std::make_unique<const ledger::Genesis>(must(ledger::Genesis::parse(text)));
    }

    static SecretKey key(Suite suite, std::string_view what, std::uint64_t seed, std::size_t i) {
        const Hash bytes = named(Suite::ed25519_sha256, std::string(what) + std::to_string(seed) + "/", i);
        return must(SecretKey::from_seed(suite, bytes.view()));
    }

    const ledger::Genesis& genesis() const { return *genesis_; }
    Suite suite() const { return genesis_->suite(); }
    const SecretKey& validator(MemberIndex index) const { return validators_.at(genesis_->committee().key(index)); }
    const SecretKey& issuer(std::string_view id) const { return issuers_.at(std::string(id)); }

    // Signed by a quorum: members 0 to quorum - 1.
    Certificate certify(const Statement& statement) const {
        std::vector<MemberIndex> signers;
        for (std::size_t i = 0; i < genesis_->committee().quorum(); ++i) signers.push_back(static_cast<MemberIndex>(i));
        return certify(statement, signers);
    }
    Certificate certify(const Statement& statement, std::span<const MemberIndex> signers) const {
        Certificate certificate{statement, {}};
        const Bytes message = signing_bytes(genesis_->chain_id(), statement);
        for (const MemberIndex signer : signers)
            certificate.signatures.push_back({signer, validator(signer).sign(message)});
        return certificate;
    }
    static Statement finalize(const ledger::ExecutedBlock& executed) {
        const ledger::BlockHeader& header = executed.block.header;
        return {VoteKind::finalize, header.epoch, header.view, executed.id, executed.result};
    }
    Certificate certify(const ledger::ExecutedBlock& executed) const { return certify(finalize(executed)); }

    // Evidence that a member notarized two blocks in one view; `number` varies the blocks.
    Evidence equivocation(MemberIndex member, View view, std::uint64_t number = 0) const {
        const Statement first{VoteKind::notarize, 0, view, named(suite(), "one block", number), {}},
            second{VoteKind::notarize, 0, view, named(suite(), "another block", number), {}};
        const auto sign = [&](const Statement& said) {
            return validator(member).sign(signing_bytes(genesis_->chain_id(), said));
        };
        return {member, first, second, sign(first), sign(second)};
    }

    // A resolution with these rules, signed by a quorum, in force from a height.
    ledger::SignedRules resolve(std::uint32_t number, Height from, std::string_view rules) const {
        return resolve(must(ledger::print_resolution(*genesis_, number, from, rules)));
    }
    ledger::SignedRules resolve(std::string text) const {
        ledger::SignedRules made{std::move(text), {}};
        const Hash id = ledger::resolution_id(suite(), made.text);
        const Bytes message = ledger::resolution_signing_bytes(genesis_->chain_id(), id);
        for (MemberIndex i = 0; i < genesis_->committee().quorum(); ++i)
            made.signatures.push_back({i, validator(i).sign(message)});
        return made;
    }

private:
    std::unique_ptr<const ledger::Genesis> genesis_;
    std::map<PublicKey, SecretKey> validators_;
    std::map<std::string, SecretKey> issuers_;
};

inline ledger::Entry create(Suite suite, std::uint64_t record, std::uint64_t subject) {
    ledger::Entry entry;
    entry.operation = ledger::Operation::create;
    entry.category = ledger::Category::penalty;
    entry.record = named(suite, "record", record);
    entry.digest = named(suite, "digest", record);
    entry.subject = named(suite, "subject", subject);
    entry.decided = 20'261'109;
    entry.public_until = 20'291'109;
    return entry;
}
inline ledger::Entry update(ledger::Entry entry) {
    entry.operation = ledger::Operation::update;
    entry.version += 1;
    entry.digest = hash(Suite::ed25519_sha256, {entry.digest.view()});
    return entry;
}
inline ledger::Entry remove(ledger::Entry entry) {
    entry.operation = ledger::Operation::remove;
    entry.version += 1;
    entry.digest = Hash{};
    entry.code = 0;
    return entry;
}

// An act under an authorization: the entry's object and subject; the other fields as the operation requires.
inline ledger::Entry act(Suite suite, ledger::Operation operation, const Hash& id, std::uint64_t subject) {
    ledger::Entry entry;
    entry.operation = operation;
    entry.category = ledger::Category::any;
    entry.record = id;
    entry.subject = named(suite, "subject", subject);
    return entry;
}

// Makes consecutive blocks, and remembers the issuers' feeds.
class Blocks {
public:
    explicit Blocks(const Federation& federation)
        : federation_(federation), last_(ledger::genesis_executed(federation.genesis())) {}

    // The issuer's next batch.
    ledger::BatchPtr batch(std::string_view issuer, std::vector<ledger::Entry> entries,
                           std::vector<ledger::SignedRules> resolutions = {}) {
        ledger::FeedState& feed = feeds_[std::string(issuer)];
        const ledger::Batch made =
            must(ledger::make_batch(federation_.genesis(), issuer, feed.next_sequence, feed.head, std::move(entries),
                                    federation_.issuer(issuer), 0, std::move(resolutions)));
        const ledger::BatchPtr checked = must(ledger::check_batch(federation_.genesis(), encode(made)));
        feed = {feed.next_sequence + 1, checked->id};
        return checked;
    }
    // The same, with a resolution.
    ledger::BatchPtr resolution(std::string_view issuer, std::uint32_t number, Height from, std::string_view rules) {
        const ledger::Genesis& genesis = federation_.genesis();
        ledger::SignedRules made = federation_.resolve(number, from, rules);
        const ledger::ParsedResolution parsed = must(ledger::parse_resolution(genesis, made.text));
        const ledger::Entry entry = ledger::entry_of(genesis.suite(), parsed, made);
        return batch(issuer, {entry}, {std::move(made)});
    }
    // The next block, executed.
    ledger::ExecutedBlockPtr block(std::vector<ledger::BatchPtr> batches = {}, std::vector<Evidence> evidence = {}) {
        const ledger::Genesis& genesis = federation_.genesis();
        ledger::Block next;
        next.header.height = last_->block.header.height + 1;
        next.header.view = last_->block.header.view + 1;
        next.header.parent = last_->id;
        next.header.proposer = genesis.committee().leader(next.header.view);
        next.header.time = last_->block.header.time + pause_;
        pause_ = second;
        for (const ledger::BatchPtr& batch : batches) next.batches.push_back(batch->id);
        next.evidence = std::move(evidence);
        next.header.body_hash = ledger::body_hash(genesis.suite(), next);
        must(ledger::check_block(genesis, ledger::limits_above(genesis, *last_), next, last_->block.header));
        must(ledger::check_new(last_->after, next));
        last_ = ledger::execute(genesis, last_->after, std::move(next), std::move(batches));
        return last_;
    }
    const ledger::ExecutedBlockPtr& last() const { return last_; }
    Certificate certificate() const { return federation_.certify(*last_); }

    // The next block's time is this much after the last one's.
    void pause(Duration pause) { pause_ = pause; }

    // Makes the next block and appends it with its certificate.
    ledger::ExecutedBlockPtr append(ledger::Chain& chain, std::vector<ledger::BatchPtr> batches = {},
                                    std::vector<Evidence> evidence = {}) {
        const ledger::ExecutedBlockPtr executed = block(std::move(batches), std::move(evidence));
        must(chain.append(std::span(&executed, 1), certificate()));
        return executed;
    }

private:
    static constexpr Duration second{1000};

    const Federation& federation_;
    ledger::ExecutedBlockPtr last_;
    Duration pause_ = second;
    std::map<std::string, ledger::FeedState> feeds_;
};

}  // namespace xinlian::test

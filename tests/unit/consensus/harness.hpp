// One core under test. The harness plays all other members and signs whatever a test wants.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>

#include "consensus/core.hpp"

namespace xinlian::consensus {

inline Hash block_named(std::string_view name) {
    return tagged_hash(Suite::ed25519_sha256, "test/block", {as_bytes(name)});
}
inline ExecutionResult result_of(const Hash& block) { return {7, block, block}; }

class Harness {
public:
    static constexpr MemberIndex self = 0;  // leads views 4, 8, 12, … of four

    explicit Harness(std::size_t members = 4) : keys(make_keys(members)), committee(make_committee(keys)) {
        timing.heartbeat = {60'000};
    }

    std::vector<SecretKey> keys;  // by member
    Committee committee;
    Hash chain_id = block_named("chain");
    Hash genesis = block_named("genesis");
    Timing timing;
    Time now{1'000};
    std::vector<Persist> disk;
    std::optional<Core> core;
    Actions last;

    // Starts with the records on disk.
    Actions start(Memory memory = Memory::whole, std::optional<Certificate> finalization = {},
                  std::optional<MemberIndex> as = self) {
        Settings settings{committee, chain_id, 0, as, timing, {}};
        settings.sign = [this](ByteView bytes) { return keys[self].sign(bytes); };
        core.emplace(std::move(settings));
        return done(core->start({disk, std::move(finalization), genesis, memory}, now));
    }
    Actions receive(MemberIndex from, const Message& message) { return done(core->receive(from, message, now)); }
    Actions wait(std::uint64_t ms) {
        now = now + Duration{ms};
        return done(core->tick(now));
    }
    Actions demand(bool pending = true) { return done(core->demand(pending, now)); }
    Actions checked(View view, const Hash& block, BlockValidity verdict = BlockValidity::valid) {
        return done(core->checked(view, block, verdict, now));
    }
    Actions executed(const Hash& block) { return done(core->executed(block, result_of(block), now)); }
    Actions done(Actions actions) {
        disk.insert(disk.end(), actions.persist.begin(), actions.persist.end());
        last = actions;
        return actions;
    }

    Signature sign(MemberIndex by, const Statement& statement) const {
        return keys[by].sign(signing_bytes(chain_id, statement));
    }
    Vote vote(MemberIndex by, const Statement& statement) const { return {statement, {by, sign(by, statement)}}; }
    Certificate certificate(const Statement& statement, std::size_t signers) const {
        Certificate made{statement, {}};
        for (std::size_t i = 0; i < signers; ++i) {
            const auto by = static_cast<MemberIndex>(committee.size() - signers + i);
            made.signatures.push_back({by, sign(by, statement)});
        }
        return made;
    }
    Certificate certificate(const Statement& statement) const { return certificate(statement, committee.quorum()); }

    // A leader's proposal on `parent` with certificates for a parent view and every view between.
    Proposal proposal(View view, std::string_view name, View parent_view = 0, std::optional<Hash> parent = {}) const;

    template <class T>
    static std::vector<T> sent(const Actions& actions) {
        std::vector<T> found;
        for (const Message& message : actions.broadcast) {
            if (const auto* body = std::get_if<T>(&message)) found.push_back(*body);
        }
        return found;
    }
    template <class T>
    static std::vector<T> told(const Actions& actions, MemberIndex to) {
        std::vector<T> found;
        for (const auto& [whom, message] : actions.send_to) {
            const auto* body = std::get_if<T>(&message);
            if (body != nullptr && whom == to) found.push_back(*body);
        }
        return found;
    }
    static bool voted(const Actions& actions, const Statement& statement) {
        const auto votes = sent<Vote>(actions);
        return std::any_of(votes.begin(), votes.end(), [&](const Vote& v) { return v.statement == statement; });
    }
    static bool noted(const Actions& actions, Note::Kind kind) {
        return std::any_of(actions.notes.begin(), actions.notes.end(), [=](const Note& n) { return n.kind == kind; });
    }
    // Moves the core into `view` by a nullification of the view before.
    void enter(View view);

private:
    static std::vector<SecretKey> make_keys(std::size_t members);
    static Committee make_committee(const std::vector<SecretKey>& keys);
};

inline Statement notarize(View view, std::string_view name) {
    return {VoteKind::notarize, 0, view, block_named(name), {}};
}
inline Statement nullify(View view) { return {VoteKind::nullify, 0, view, {}, {}}; }
inline Statement finalize(View view, std::string_view name) {
    return {VoteKind::finalize, 0, view, block_named(name), result_of(block_named(name))};
}

inline std::vector<SecretKey> Harness::make_keys(std::size_t members) {
    std::vector<SecretKey> keys;
    for (std::size_t i = 0; i < members; ++i) {
        Hash seed;
        seed.bytes[0] = static_cast<std::uint8_t>(i + 1);
        keys.push_back(SecretKey::from_seed(Suite::ed25519_sha256, seed.view()).value());
    }
    std::sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.public_key() < b.public_key(); });
    return keys;
}

inline Committee Harness::make_committee(const std::vector<SecretKey>& keys) {
    std::vector<PublicKey> all;
    for (const SecretKey& key : keys) all.push_back(key.public_key());
    return Committee::of(all).value();
}

inline Proposal Harness::proposal(View view, std::string_view name, View parent_view,
                                  std::optional<Hash> parent) const {
    Proposal made;
    made.statement = {VoteKind::propose, 0, view, block_named(name), {}};
    made.parent_view = parent_view;
    made.parent = parent.value_or(genesis);
    made.block = to_bytes(name);
    if (parent_view > 0) made.parent_certificate = certificate({VoteKind::notarize, 0, parent_view, made.parent, {}});
    const View first = view - parent_view - 1 > gap_max ? view - gap_max : parent_view + 1;
    for (View skipped = first; skipped < view; ++skipped) made.gap.push_back(certificate(nullify(skipped)));
    made.signature = sign(committee.leader(view), made.statement);
    return made;
}

inline void Harness::enter(View view) {
    if (view > core->current()) receive(1, certificate(nullify(view - 1)));
    REQUIRE(core->current() == view);
}

}  // namespace xinlian::consensus

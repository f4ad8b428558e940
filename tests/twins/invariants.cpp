#include "tests/twins/invariants.hpp"

#include <algorithm>

namespace xinlian::twins {

using namespace consensus;

namespace {

std::vector<SecretKey> make_keys(std::size_t members) {
    std::vector<SecretKey> keys;
    for (std::size_t i = 0; i < members; ++i) {
        Hash seed;
        seed.bytes[0] = static_cast<std::uint8_t>(i + 1);
        keys.push_back(SecretKey::from_seed(Suite::ed25519_sha256, seed.view()).value());
    }
    std::sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.public_key() < b.public_key(); });
    return keys;
}

Committee committee_of(const std::vector<SecretKey>& keys) {
    std::vector<PublicKey> all;
    for (const SecretKey& key : keys) all.push_back(key.public_key());
    return Committee::of(all).value();
}

// Whether no honest member signs both in one view. Written from docs/protocol.md, sections on evidence and rules.
bool exclude(const Statement& a, const Statement& b) {
    if (a.kind == b.kind) return a != b;
    const auto are = [&](VoteKind one, VoteKind other) {
        return (a.kind == one && b.kind == other) || (a.kind == other && b.kind == one);
    };
    if (are(VoteKind::nullify, VoteKind::finalize)) return true;
    return are(VoteKind::notarize, VoteKind::finalize) && a.block != b.block;
}

std::string place(std::size_t node, View view) {
    return "node " + std::to_string(node) + ", view " + std::to_string(view);
}

}  // namespace

Cast::Cast(std::size_t members)
    : keys(make_keys(members)),
      committee(committee_of(keys)),
      chain_id(tagged_hash(Suite::ed25519_sha256, "twins/chain", {})),
      genesis(tagged_hash(Suite::ed25519_sha256, "twins/genesis", {})) {}

std::string_view name_of(Promise promise) {
    switch (promise) {
        case Promise::agreement:
            return "agreement";
        case Promise::validity:
            return "validity";
        case Promise::one_word:
            return "one word";
        case Promise::written_first:
            return "written first";
        case Promise::blame:
            return "blame";
        case Promise::progress:
            return "progress";
        case Promise::no_halt:
            return "no halt";
    }
    return "unknown";
}

Invariants::Invariants(const Cast& cast, const Shape& shape, std::size_t excused, const Blocks& blocks)
    : cast_(cast), shape_(shape), excused_(excused), blocks_(blocks), chains_(shape.nodes()) {}

void Invariants::wrote(std::size_t node, const Persist& record) {
    const auto keep = [&](const Statement& statement) {
        written_[node].insert_or_assign({statement.view, statement.kind}, statement);
    };
    if (const auto* own = std::get_if<OwnVote>(&record)) keep(own->vote.statement);
    if (const auto* own = std::get_if<OwnProposal>(&record)) keep(own->proposal.statement);
}

void Invariants::was_written(std::size_t node, const Statement& statement) {
    const auto at = written_[node].find({statement.view, statement.kind});
    if (at == written_[node].end() || at->second != statement)
        broken(Promise::written_first, "said and not written down at " + place(node, statement.view));
}

void Invariants::sent_vote(std::size_t node, const Vote& vote) {
    if (vote.by.member != shape_.member_of(node))
        broken(Promise::one_word, "a vote of somebody else was sent at " + place(node, vote.statement.view));
    was_written(node, vote.statement);
    said(vote.by.member, vote.statement);
}

void Invariants::sent(std::size_t node, const Message& message) {
    if (const auto* vote = std::get_if<Vote>(&message)) sent_vote(node, *vote);
    if (const auto* report = std::get_if<StatusReport>(&message)) {
        for (const Vote& vote : report->votes) sent_vote(node, vote);
    }
    if (const auto* proposal = std::get_if<Proposal>(&message)) {
        was_written(node, proposal->statement);
        said(shape_.member_of(node), proposal->statement);
    }
    if (const auto* certificate = std::get_if<Certificate>(&message)) certified(*certificate);
}

void Invariants::said(MemberIndex member, const Statement& statement) {
    auto& all = said_[{member, statement.view}];
    auto& same = all[static_cast<std::size_t>(statement.kind) - 1];
    if (same == statement) return;
    for (const auto& before : all) {
        if (before && exclude(*before, statement) && is_honest(member))
            broken(Promise::one_word, "member " + std::to_string(member) + " contradicted itself in view " +
                                          std::to_string(statement.view));
    }
    if (!same) same = statement;
}

void Invariants::certified(const Certificate& certificate) {
    const Statement& statement = certificate.statement;
    auto& known = certificates_[statement.view];
    const auto same = [&](const Certificate& other) { return other.statement == statement; };
    if (std::any_of(known.begin(), known.end(), same)) return;
    known.push_back(certificate);
    std::set<MemberIndex> signers;
    for (const MemberSignature& by : certificate.signatures) {
        if (!signed_rightly(by.member, statement, by.signature))
            return broken(Promise::blame,
                          "a wrong signature in a certificate of view " + std::to_string(statement.view));
        signers.insert(by.member);
        said(by.member, statement);
    }
    if (3 * signers.size() <= 2 * shape_.members)
        broken(Promise::agreement, "a certificate of too few in view " + std::to_string(statement.view));
}

bool Invariants::signed_rightly(MemberIndex member, const Statement& statement, const Signature& signature) const {
    return member < shape_.members &&
           verify(cast_.keys[member].public_key(), signing_bytes(cast_.chain_id, statement), signature);
}

void Invariants::blame(MemberIndex member) {
    blamed_.insert(member);
    if (is_honest(member)) broken(Promise::blame, "member " + std::to_string(member) + " is blamed and did nothing");
}

void Invariants::accused(const Evidence& evidence) {
    blame(evidence.member);
    const bool both = evidence.first.view == evidence.second.view && evidence.first.epoch == evidence.second.epoch &&
                      exclude(evidence.first, evidence.second);
    if (!both || !signed_rightly(evidence.member, evidence.first, evidence.first_signature) ||
        !signed_rightly(evidence.member, evidence.second, evidence.second_signature))
        broken(Promise::blame, "evidence against member " + std::to_string(evidence.member) + " proves nothing");
}

void Invariants::check_certificates() {
    const std::size_t allowed = (shape_.members - 1) / 3;
    bool found = false;
    for (const auto& [view, all] : certificates_) {
        for (std::size_t a = 0; a < all.size(); ++a) {
            for (std::size_t b = a + 1; b < all.size(); ++b) {
                if (!exclude(all[a].statement, all[b].statement)) continue;
                std::size_t common = 0;
                for (const MemberSignature& one : all[a].signatures) {
                    const auto is_one = [&](const MemberSignature& other) { return other.member == one.member; };
                    if (!std::any_of(all[b].signatures.begin(), all[b].signatures.end(), is_one)) continue;
                    blame(one.member);
                    ++common;
                }
                found = found || common > allowed;
            }
        }
    }
    if (broken_.contains(Promise::agreement) && !found)
        broken(Promise::blame,
               "two chains, and no certificates name more than " + std::to_string(allowed) + " culprits");
}

void Invariants::finalized(std::size_t node, const Certificate& certificate) {
    const Statement& statement = certificate.statement;
    certified(certificate);
    if (statement.kind != VoteKind::finalize || !statement.block || !blocks_.contains(*statement.block))
        return broken(Promise::validity, "final is what nobody built, at " + place(node, statement.view));
    if (statement.result != blocks_.at(*statement.block).result)
        broken(Promise::validity, "a wrong result is final, at " + place(node, statement.view));
    extend(node, *statement.block);
    check_chain(node);
}

void Invariants::extend(std::size_t node, const Hash& block) {
    auto& chain = chains_[node];
    const Hash tip = chain.empty() ? cast_.genesis : chain.back();
    std::vector<Hash> branch;
    for (Hash at = block; at != tip; at = blocks_.at(at).parent) {
        branch.push_back(at);
        if (!blocks_.contains(blocks_.at(at).parent) && blocks_.at(at).parent != tip)
            return broken(Promise::agreement,
                          "a final block does not stand on the one before, at node " + std::to_string(node));
    }
    chain.insert(chain.end(), branch.rbegin(), branch.rend());
    for (std::size_t other = 0; other < chains_.size(); ++other) {
        const std::size_t both = std::min(chain.size(), chains_[other].size());
        if (!std::equal(chain.begin(), chain.begin() + static_cast<std::ptrdiff_t>(both), chains_[other].begin()))
            broken(Promise::agreement,
                   "nodes " + std::to_string(node) + " and " + std::to_string(other) + " have different final blocks");
    }
}

void Invariants::check_chain(std::size_t node) {
    std::set<Tx> seen;
    for (const Hash& block : chains_[node]) {
        for (const Tx tx : blocks_.at(block).txs) {
            if (!submitted_.contains(tx)) broken(Promise::validity, "final is what nobody submitted");
            if (!seen.insert(tx).second) broken(Promise::validity, "something is final twice");
        }
    }
}

}  // namespace xinlian::twins

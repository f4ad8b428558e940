#include "consensus/round.hpp"

namespace xinlian::consensus {

VoteSet& Round::votes(VoteKind kind) {
    switch (kind) {
        case VoteKind::notarize:
            return notarize_;
        case VoteKind::nullify:
            return nullify_;
        case VoteKind::finalize:
            return finalize_;
        case VoteKind::propose:
            break;
    }
    check_failed("a proposal is not a vote", __FILE__, __LINE__);
}

std::optional<Certificate>& Round::certificate(VoteKind kind) {
    switch (kind) {
        case VoteKind::notarize:
            return notarization;
        case VoteKind::nullify:
            return nullification;
        case VoteKind::finalize:
            return finalization;
        case VoteKind::propose:
            break;
    }
    check_failed("there is no certificate of a proposal", __FILE__, __LINE__);
}

const std::optional<Certificate>& Round::certificate(VoteKind kind) const {
    return const_cast<Round*>(this)->certificate(kind);  // the same lookup; nothing is changed
}

const Certificate* Round::any_certificate() const {
    for (const auto* held : {&finalization, &notarization, &nullification}) {
        if (*held) return &**held;
    }
    return nullptr;
}

const Vote* Round::conflicting(const Vote& vote) const {
    for (const VoteSet* set : {&notarize_, &nullify_, &finalize_}) {
        const Vote* kept = set->of(vote.by.member);
        if (kept != nullptr && conflict(kept->statement, vote.statement)) return kept;
    }
    return nullptr;
}

std::optional<Vote> Round::certified_against(const Vote& vote) const {
    for (const auto* held : {&finalization, &notarization, &nullification}) {
        if (!*held || !conflict((*held)->statement, vote.statement)) continue;
        for (const MemberSignature& by : (*held)->signatures) {
            if (by.member == vote.by.member) return Vote{(*held)->statement, by};
        }
    }
    return std::nullopt;
}

std::string Round::contradiction(const Certificate& certificate) const {
    const Statement& said = certificate.statement;
    const auto& same = this->certificate(said.kind);
    if (same && same->statement != said) {
        return "two different " + std::string(name_of(said.kind)) + " certificates in one view";
    }
    const bool over = said.kind == VoteKind::nullify ? finalization.has_value()
                                                     : said.kind == VoteKind::finalize && nullification.has_value();
    if (over) return "a view is both finalized and nullified";
    const auto& other = said.kind == VoteKind::notarize ? finalization : notarization;
    if (said.kind != VoteKind::nullify && other && other->statement.block != said.block) {
        return "one block is notarized and another finalized in one view";
    }
    return {};
}

}  // namespace xinlian::consensus

// When to propose and to vote, and what certificates do. Each function is a rule of docs/protocol.md.
#include <algorithm>

#include "consensus/state.hpp"

namespace xinlian::consensus {

namespace {

Statement statement_of(VoteKind kind, Epoch epoch, View view, std::optional<Hash> block = {},
                       std::optional<ExecutionResult> result = {}) {
    return {kind, epoch, view, block, result};
}

}  // namespace

// --- what arrives ---

// The cheap questions, before any signature is looked at. False: not for us, said why if that is a fault of the sender.
bool Core::State::is_timely(MemberIndex from, const Statement& said) {
    if (said.epoch != settings.epoch) {
        refuse(from, said.view, "a message of epoch " + std::to_string(said.epoch) + ", not of the current epoch");
        return false;
    }
    if (const Status shape = check_shape(said); !shape) {
        refuse(from, said.view, shape.error().text);
        return false;
    }
    if (said.view <= finalized) return false;
    if (said.view > current && said.view - current > window_max) {
        refuse(from, said.view, "a view too far ahead to store; a certificate is needed to enter it");
        return false;
    }
    return true;
}

void Core::State::on(MemberIndex from, const Vote& vote) {
    const Statement& said = vote.statement;
    if (vote.by.member != from) return refuse(from, said.view, "a vote from a peer that is not its signer");
    if (said.kind == VoteKind::propose) return refuse(from, said.view, "a proposal sent as a vote");
    // Who still votes to skip a view that is over here has missed how it ended.
    if (said.kind == VoteKind::nullify && said.epoch == settings.epoch && said.view < current)
        answer_old(from, said.view);
    if (is_timely(from, said)) collect(vote, Checked::no);
}

void Core::State::on(MemberIndex from, const Certificate& certificate) { admit(from, certificate); }

bool Core::State::admit(MemberIndex from, const Certificate& certificate) {
    const Statement& said = certificate.statement;
    if (said.kind == VoteKind::propose || said.epoch != settings.epoch || said.view == 0 || said.view == ~View{0}) {
        refuse(from, said.view, "a certificate of an impossible kind, epoch or view");
        return false;
    }
    if (said.view < finalized) return true;  // says nothing any more
    if (said.view == finalized && fits_final(certificate)) return true;
    if (const auto at = rounds.find(said.view); at != rounds.end()) {
        const auto& held = at->second.certificate(said.kind);
        if (held && held->statement == said) return true;
    }
    if (const Status right = settings.committee.check(settings.chain_id, certificate); !right) {
        refuse(from, said.view, "an invalid certificate: " + right.error().text, true);
        return false;
    }
    if (said.view == finalized) {
        accuse_signers(*finalization, certificate);
        stop(said.view, "a certificate contradicts the finalization of its view");
    } else {
        store(certificate);
    }
    return true;
}

bool Core::State::fits_final(const Certificate& certificate) const {
    const Statement& said = certificate.statement;
    if (said.kind == VoteKind::nullify || said.block != final_block) return false;
    return said.kind != VoteKind::finalize || said.result == finalization->statement.result;
}

void Core::State::on(MemberIndex from, const Proposal& proposal) {
    const Statement& said = proposal.statement;
    if (said.kind != VoteKind::propose) return refuse(from, said.view, "a vote sent as a proposal");
    if (!is_timely(from, said)) return;
    if (leader_of(said.view) != from) return refuse(from, said.view, "a proposal from a peer that is not the leader");
    Round& round = rounds[said.view];
    if (round.proposal && round.proposal->statement == said) return;
    if (!verifier()(said, {from, proposal.signature}))
        return refuse(from, said.view, "the signature of a proposal is invalid", true);
    if (round.proposal) {
        round.equivocated = true;
        return accuse({from, round.proposal->statement, said, round.proposal->signature, proposal.signature});
    }
    // From here on this is the leader's word for the view, good or bad.
    round.proposal = proposal;
    round.proposal->parent_certificate.reset();
    round.proposal->gap.clear();
    if (said.view < current) Bytes().swap(round.proposal->block);
    if (const Status form = check_form(proposal); !form) {
        round.rejected = true;
        return refuse(from, said.view, form.error().text);
    }
    if (said.view >= current) feed(from, proposal);
}

// Alone, without certificates: does the justification speak of the right views?
Status Core::State::check_form(const Proposal& proposal) const {
    const View view = proposal.statement.view;
    const auto refused = [](const char* text) { return Error{Errc::invalid, text}; };
    if (proposal.parent_view >= view) return refused("the parent of a proposal is not in an earlier view");
    const auto& parent = proposal.parent_certificate;
    if (parent.has_value() != (proposal.parent_view != 0))
        return refused("a proposal has no certificate of its parent, or has one of the genesis block");
    if (parent && (parent->statement.kind == VoteKind::nullify || parent->statement.view != proposal.parent_view ||
                   parent->statement.block != proposal.parent)) {
        return refused("the parent's certificate of a proposal is for another block");
    }
    if (proposal.gap.size() > gap_max) return refused("a proposal has too many nullifications");
    const View skipped = view - proposal.parent_view - 1;
    const std::size_t due = skipped < gap_max ? static_cast<std::size_t>(skipped) : gap_max;
    if (proposal.gap.size() != due)
        return refused("a proposal does not prove that the views after its parent were skipped");
    for (std::size_t i = 0; i < due; ++i) {
        const Statement& said = proposal.gap[i].statement;
        if (said.kind != VoteKind::nullify || said.view != view - due + i) {
            return refused("a nullification of a proposal is for another view");
        }
    }
    return {};
}

// The certificates of a proposal count as received ones: they bring a laggard here.
void Core::State::feed(MemberIndex from, const Proposal& proposal) {
    bool right = !proposal.parent_certificate || admit(from, *proposal.parent_certificate);
    for (const Certificate& skipped : proposal.gap) right = right && !halted && admit(from, skipped);
    const auto at = rounds.find(proposal.statement.view);
    if (!right && at != rounds.end()) at->second.rejected = true;
}

// --- proposing ---

void Core::State::lead() {
    if (!settings.self || !is_self(leader()) || !may_sign(current)) return;
    if (journal.vote(VoteKind::nullify, current) != nullptr) return;
    if (const Proposal* before = journal.proposal(current); before != nullptr) {
        // Never a second block in one view: after a restart the very same bytes go out again.
        if (!rounds[current].led) out.broadcast.emplace_back(*before);
        rounds[current].led = true;
        return;
    }
    if (rounds[current].build_asked || !demanded()) return;
    Justification plan;
    if (!justify(plan)) return;
    Round& round = rounds[current];
    round.build_asked = true;
    out.build.push_back({current, plan.parent, plan.parent_view});
    round.plan = std::move(plan);
}

// The highest notarized block below the current view above which every view is proven skipped. False if a certificate
// is missing: then the others are asked.
bool Core::State::justify(Justification& plan) {
    for (View view = current - 1; view > finalized; --view) {
        const auto at = rounds.find(view);
        const Round* round = at == rounds.end() ? nullptr : &at->second;
        const bool skippable = round != nullptr && round->nullification;
        // A block that is not executed here is no parent if it may be passed over.
        if (round != nullptr && round->notarization && (round->result || !skippable)) {
            plan.parent_view = view;
            plan.parent = *round->notarization->statement.block;
            plan.certificate = round->notarization;
            std::reverse(plan.gap.begin(), plan.gap.end());
            return true;
        }
        if (!skippable) {
            ask({}, view - finalized >= gap_max ? view - gap_max + 1 : finalized + 1, view);
            return false;
        }
        if (plan.gap.size() < gap_max) plan.gap.push_back(*round->nullification);
    }
    plan.parent_view = finalized;
    plan.parent = final_block;
    plan.certificate = finalization;
    std::reverse(plan.gap.begin(), plan.gap.end());
    return true;
}

void Core::State::propose(const Justification& plan, const Built& block) {
    const Statement said = statement_of(VoteKind::propose, settings.epoch, current, block.id);
    const Proposal proposal{said,
                            plan.parent_view,
                            plan.parent,
                            block.bytes,
                            plan.certificate,
                            plan.gap,
                            settings.sign(signing_bytes(settings.chain_id, said))};
    persist_entry(current);
    persist(OwnProposal{proposal});
    Round& round = rounds[current];
    round.led = true;
    out.broadcast.emplace_back(proposal);
    cast(statement_of(VoteKind::notarize, settings.epoch, current, block.id));
}

// --- voting ---

void Core::State::consider() {
    const auto at = rounds.find(current);
    if (at == rounds.end() || !at->second.proposal || !may_sign(current)) return;
    Round& round = at->second;
    if (journal.vote(VoteKind::notarize, current) != nullptr) return;
    if (round.equivocated || round.rejected) {
        nullify();
        return;
    }
    const Proposal& proposal = *round.proposal;
    const Hash block = *proposal.statement.block;
    if (!journal.may_notarize(current, block)) return;
    switch (parent_proof(proposal)) {
        case ParentProof::wrong:
            round.rejected = true;
            refuse(leader(), current, "the parent of a proposal is not notarized or final at this node");
            nullify();
            return;
        case ParentProof::unproven:
            return;
        case ParentProof::proven:
            break;
    }
    if (!round.check_asked) {
        round.check_asked = true;
        out.check.push_back({current, block, proposal.parent_view, proposal.parent, proposal.block});
    } else if (round.approved) {
        cast(statement_of(VoteKind::notarize, settings.epoch, current, block));
    }
}

// Asks the leader for nullifications beyond those that fit into its proposal.
Core::State::ParentProof Core::State::parent_proof(const Proposal& proposal) {
    if (proposal.parent_view < finalized) return ParentProof::wrong;
    if (proposal.parent_view == finalized) {
        if (proposal.parent != final_block) return ParentProof::wrong;
    } else {
        // Its certificate came with the proposal, so what is not notarized here cannot be its parent.
        const auto parent = rounds.find(proposal.parent_view);
        if (parent == rounds.end() || !parent->second.notarization) return ParentProof::wrong;
        if (parent->second.notarization->statement.block != proposal.parent) return ParentProof::wrong;
    }
    for (View view = proposal.parent_view + 1; view < current; ++view) {
        const auto skipped = rounds.find(view);
        if (skipped != rounds.end() && skipped->second.nullification) continue;
        ask(leader(), view, std::min(current - 1, view + gap_max - 1));
        return ParentProof::unproven;
    }
    return ParentProof::proven;
}

bool Core::State::nullify() {
    if (!may_sign(current) || !journal.may_nullify(current)) return false;
    cast(statement_of(VoteKind::nullify, settings.epoch, current));
    return true;
}

void Core::State::finalize(View view) {
    const auto at = rounds.find(view);
    if (at == rounds.end() || !may_sign(view)) return;
    const Round& round = at->second;
    if (!round.notarization || !round.result) return;
    const Hash block = *round.notarization->statement.block;
    if (!journal.may_finalize(view, block)) return;
    persist_certificate(*round.notarization);
    cast(statement_of(VoteKind::finalize, settings.epoch, view, block, *round.result));
}

// Writes down, then sends, then counts an own vote. The caller has asked the journal.
void Core::State::cast(Statement statement) {
    persist_entry(statement.view);
    const Signature signature = settings.sign(signing_bytes(settings.chain_id, statement));
    const Vote vote{statement, {*settings.self, signature}};
    persist(OwnVote{vote});
    out.broadcast.emplace_back(vote);
    collect(vote, Checked::yes);
}

// Before a vote of a view leaves, what opened the view is on disk: so of every view somebody honest keeps a
// certificate.
void Core::State::persist_entry(View view) {
    if (view == current) {
        if (entry) persist_certificate(*entry);
    } else if (view - 1 == finalized) {
        if (finalization) persist_certificate(*finalization);
    } else if (const auto at = rounds.find(view - 1); at != rounds.end()) {
        if (const Certificate* held = at->second.any_certificate(); held != nullptr) persist_certificate(*held);
    }
}

void Core::State::persist_certificate(const Certificate& certificate) {
    const Statement& said = certificate.statement;
    if (!journal.has_certificate(said.kind, said.view)) persist(SeenCertificate{certificate});
}

// --- counting ---

void Core::State::collect(const Vote& vote, Checked checked) {
    const Statement& said = vote.statement;
    Round& round = rounds[said.view];
    if (const Vote* kept = round.conflicting(vote); kept != nullptr) {
        const Vote other = *kept;
        // The earlier one may have been rubbish sent to take the place of this one.
        if (round.votes(other.statement.kind).verified(vote.by.member, verifier())) return accuse(other, vote);
    }
    if (const auto signed_before = round.certified_against(vote)) return accuse(*signed_before, vote);
    VoteSet& votes = round.votes(said.kind);
    votes.add(vote, checked);
    if (round.certificate(said.kind)) return;
    if (const auto certificate = votes.certificate(said, verifier())) store(*certificate);
}

// A certificate that has been checked, of a view above the final one, and not held yet. The only thing that moves
// views.
void Core::State::store(const Certificate& certificate) {
    const Certificate kept = certificate;  // the argument may live in a round that is about to go
    const View view = kept.statement.view;
    Round& round = rounds[view];
    accuse_voters(kept);
    if (std::string why = round.contradiction(kept); !why.empty()) {
        for (const auto* held : {&round.finalization, &round.notarization, &round.nullification}) {
            if (*held) accuse_signers(**held, kept);
        }
        return stop(view, std::move(why));
    }
    // No first start after all: the others have moved. Written down, as the journal will soon hold other things.
    if (std::exchange(fresh, false)) persist(SilentThrough{~View{0}});
    round.certificate(kept.statement.kind) = kept;
    if (view >= current) {
        out.broadcast.emplace_back(kept);
        enter(view + 1, kept);
    }
    switch (kept.statement.kind) {
        case VoteKind::notarize:
            round.notarized_at = now;
            ++notarized;
            if (!tail_since) tail_since = now;
            note(Note::Kind::notarized, view);
            if (settings.self) out.execute.push_back({view, *kept.statement.block});
            return;
        case VoteKind::nullify:
            ++nullified;
            note(Note::Kind::nullified, view);
            return;
        case VoteKind::finalize:
            return adopt_final(kept);
        case VoteKind::propose:
            return;
    }
}

void Core::State::enter(View view, const Certificate& by) {
    // Of a view that is over the block is not asked about again; only evidence may still need the statement.
    for (auto at = rounds.lower_bound(current); at != rounds.end() && at->first < view; ++at) {
        if (at->second.proposal) Bytes().swap(at->second.proposal->block);
        at->second.plan.reset();
    }
    current = view;
    entry = by;
    entered_at = now;
    deadline.reset();
    retry_at.reset();
    request_at.reset();
    note(Note::Kind::entered_view, view);
}

void Core::State::adopt_final(const Certificate& certificate) {
    const Statement& said = certificate.statement;
    const Round& round = rounds.at(said.view);
    if (round.result && round.notarization && *round.result != *said.result) {
        return stop(said.view, "this node's execution of a block differs from what the quorum signed");
    }
    finalized = said.view;
    final_block = *said.block;
    finalization = certificate;
    final_at = now;
    nullified = 0;
    rounds.erase(rounds.begin(), rounds.upper_bound(finalized));
    journal.prune(finalized);
    tail_since.reset();
    notarized = 0;
    for (const auto& [view, above] : rounds) {
        if (above.notarization) ++notarized;
        if (above.notarization && (!tail_since || above.notarized_at < *tail_since)) tail_since = above.notarized_at;
    }
    out.finalized.push_back(certificate);
    note(Note::Kind::finalized, finalized);
}

}  // namespace xinlian::consensus

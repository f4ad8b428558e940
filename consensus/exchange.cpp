// What is told to single peers: where this node stands, what they lack, and after a lost journal the question where the
// others are. Only proofs and stored votes are sent, never new votes.
#include <algorithm>

#include "consensus/state.hpp"

namespace xinlian::consensus {

// Limits what a peer can make this node send; honest ones ask once per retry.
bool Core::State::may_answer(MemberIndex to, Answer what) {
    if (!settings.self) return false;
    auto& last = peers[to].answered[static_cast<std::size_t>(what)];
    if (last && now - *last < Duration{settings.timing.retry.ms / 4}) return false;
    last = now;
    return true;
}

void Core::State::connected(MemberIndex member) {
    if (member >= peers.size() || !settings.self || is_self(member)) return;
    hear(member);
    out.send_to.emplace_back(member, status(status_certificates_max));
    // A proposal lost with the old link would cost the whole view.
    const Proposal* leading = journal.proposal(current);
    if (leading != nullptr && may_sign(current) && journal.vote(VoteKind::nullify, current) == nullptr) {
        out.send_to.emplace_back(member, *leading);
    }
}

StatusReport Core::State::status(std::size_t tail_max) const {
    StatusReport report{current, entry, finalization, {}, journal.votes_above(finalized, status_votes_max), memory()};
    for (auto at = rounds.rbegin(); at != rounds.rend(); ++at) {
        for (const auto* held : {&at->second.notarization, &at->second.nullification}) {
            if (*held && report.tail.size() < tail_max) report.tail.push_back(**held);
        }
    }
    return report;
}

void Core::State::on(MemberIndex from, const StatusReport& report) {
    bool right = true;
    if (report.finalization) right = admit(from, *report.finalization);
    if (right && !halted && report.entry) right = admit(from, *report.entry);
    for (const Certificate& certificate : report.tail) right = right && !halted && admit(from, certificate);
    if (!right || halted) return;
    for (const Vote& vote : report.votes) {
        on(from, vote);
        // Whose signatures do not hold is not believed further: each costs its maker nothing, and this node a check.
        if (halted || (!out.notes.empty() && out.notes.back().forged)) return;
    }
    const bool whole = report.memory == Memory::whole;
    if (memory() == Memory::fresh) {
        learn_unmoved(from, report);
    } else if (asks() && whole) {
        learn_where(from, report);
    }
    const View final_there = report.finalization ? report.finalization->statement.view : 0;
    const bool behind = final_there < finalized || report.current < current;
    if ((whole && !behind) || !may_answer(from, Answer::status)) return;
    if (!whole) return out.send_to.emplace_back(from, status(status_tail_periodic_max)), void();
    if (final_there < finalized) out.send_to.emplace_back(from, *finalization);
    if (report.current < current && entry && *entry != finalization) out.send_to.emplace_back(from, *entry);
}

// At a first start everybody is in view 1 and nobody holds a certificate. In a federation that is under way only liars
// look like that (docs/protocol.md, first start): who has moved shows a certificate, and that ends a first start. Who
// was seen unmoved once counts, wherever it went since: an honest member never goes back there.
void Core::State::learn_unmoved(MemberIndex from, const StatusReport& report) {
    const bool moved = report.current != 1 || report.entry || report.finalization;
    if (!moved && report.memory != Memory::lost) unmoved.insert(from);
    if (unmoved.size() < unmoved_needed()) return;
    fresh = false;
    unmoved.clear();
}

// After a lost journal: 2f+1 others say, with proof, which view they are in; nobody votes above the view it is in, and
// their journals remember it. Whoever this node once voted with in a view is among them or has passed it on, so one
// view above their highest is the last in which an old vote of this node can exist.
void Core::State::learn_where(MemberIndex from, const StatusReport& report) {
    const auto opens = [&report](const std::optional<Certificate>& by) {
        return by && by->statement.view + 1 == report.current;
    };
    if (report.current != 1 && !opens(report.entry) && !opens(report.finalization)) {
        return refuse(from, report.current, "a status does not prove the view that it names");
    }
    View& highest = heard_views[from];
    highest = std::max(highest, report.current);
    if (heard_views.size() < answers_needed()) return;
    View last = current;
    for (const auto& [member, view] : heard_views) last = std::max(last, view);
    persist(SilentThrough{last + 1});
    heard_views.clear();
}

void Core::State::on(MemberIndex from, const CertificateRequest& request) {
    if (request.first > request.last || request.last - request.first >= gap_max) {
        return refuse(from, request.first, "a request for certificates names no view or too many views");
    }
    if (!may_answer(from, Answer::request)) return;
    if (request.first <= finalized && finalization) out.send_to.emplace_back(from, *finalization);
    for (auto at = rounds.lower_bound(request.first); at != rounds.end() && at->first <= request.last; ++at) {
        for (const auto* held : {&at->second.notarization, &at->second.nullification}) {
            if (*held) out.send_to.emplace_back(from, **held);
        }
    }
}

void Core::State::answer_old(MemberIndex from, View view) {
    // A vote that crossed the certificate on its way is no sign that anything was lost.
    if (view + 1 == current && now - entered_at < Duration{settings.timing.retry.ms / 2}) return;
    if (!may_answer(from, Answer::old_view)) return;
    if (view <= finalized) {
        if (finalization) out.send_to.emplace_back(from, *finalization);
    } else if (const auto at = rounds.find(view); at != rounds.end()) {
        if (const Certificate* held = at->second.any_certificate(); held != nullptr)
            out.send_to.emplace_back(from, *held);
    }
    if (entry && entry->statement.view > std::max(view, finalized)) out.send_to.emplace_back(from, *entry);
}

// At most once per retry interval and view; everybody if nobody is named.
void Core::State::ask(std::optional<MemberIndex> whom, View first, View last) {
    if (request_at && now < *request_at) return;
    request_at = now + settings.timing.retry;
    const CertificateRequest request{first, last};
    if (whom) {
        out.send_to.emplace_back(*whom, request);
    } else {
        out.broadcast.emplace_back(request);
    }
}

}  // namespace xinlian::consensus

#include "consensus/core.hpp"

#include <algorithm>

#include "consensus/state.hpp"

namespace xinlian::consensus {

namespace {

constexpr std::uint32_t lag_views = 2;  // by which finality follows notarization where all is well

}  // namespace

Core::State::State(Settings given) : settings(std::move(given)), peers(settings.committee.size()) {
    XL_CHECK(!settings.self || *settings.self < settings.committee.size());
    XL_CHECK(!settings.self || settings.sign);
}

// Every input is one turn: react, let the rules run until nothing moves, hand out what came of it.
template <class Input>
Actions Core::State::turn(Time at, Input&& input) {
    now = std::max(now, at);
    if (!halted) input();
    if (!halted) settle();
    Actions done = std::move(out);
    out = {};
    if (!halted) done.wake = wake();
    return done;
}

void Core::State::settle() {
    for (View before = 0; before != current && !halted;) {
        before = current;
        lead();
        if (current == before) consider();
        if (current == before) expire();
    }
}

void Core::State::start(const Recovered& recovered) {
    final_block = recovered.genesis_block;
    entered_at = final_at = last_heard = busy_since = now;
    for (Peer& peer : peers) peer.heard = now;
    if (recovered.finalization) {
        const Certificate& tip = *recovered.finalization;
        if (tip.statement.kind != VoteKind::finalize || !settings.committee.check(settings.chain_id, tip)) {
            return stop(tip.statement.view,
                        "the certificate of the chain's tip is not a finalization by this committee");
        }
        store(tip);
        out = {};  // the caller has this one
        XL_CHECK(journal.record(SeenCertificate{tip}).ok());
    }
    for (const Persist& record : recovered.journal) {
        std::string why;
        if (!replay(record, why)) return stop(0, "the vote journal cannot be trusted: " + why);
        if (halted) return;
    }
    // Nobody is connected yet, and what was executed is not known to the caller any more.
    out.broadcast.clear();
    if (!settings.self) return;
    if (recovered.memory == Memory::lost) persist(SilentThrough{~View{0}});
    fresh = recovered.memory == Memory::fresh && unmoved_needed() > 0;
}

bool Core::State::replay(const Persist& record, std::string& why) {
    const auto verdict = [&]() -> Status {
        if (const auto* own = std::get_if<OwnVote>(&record)) {
            if (!settings.self || own->vote.by.member != *settings.self ||
                !verifier()(own->vote.statement, own->vote.by)) {
                return Error{Errc::corrupt, "it contains a vote that this node's key did not sign"};
            }
        } else if (const auto* seen = std::get_if<SeenCertificate>(&record)) {
            XL_TRY_STATUS(settings.committee.check(settings.chain_id, seen->certificate));
        }
        return journal.record(record);
    }();
    if (!verdict) {
        why = verdict.error().text;
        return false;
    }
    if (const auto* own = std::get_if<OwnVote>(&record)) replay_own(own->vote);
    if (const auto* seen = std::get_if<SeenCertificate>(&record)) {
        const Statement& said = seen->certificate.statement;
        if (said.view > finalized && !rounds[said.view].certificate(said.kind)) store(seen->certificate);
    }
    return true;
}

// Own votes count again after a restart, or a view that needed them would never end.
void Core::State::replay_own(const Vote& vote) {
    if (vote.statement.view > finalized) collect(vote, Checked::yes);
}

void Core::State::receive(MemberIndex from, const Message& message) {
    if (from >= settings.committee.size() || is_self(from)) {
        return note(Note::Kind::refused, 0, from, "a message from a sender that is not another member");
    }
    hear(from);
    std::visit([&](const auto& body) { on(from, body); }, message);
}

void Core::State::hear(MemberIndex from) {
    if (now - last_heard >= settings.timing.silence) busy_since = now;
    last_heard = now;
    peers[from].heard = now;
}

void Core::State::built(View view, std::optional<Built> block) {
    const auto at = rounds.find(view);
    if (view != current || at == rounds.end() || !at->second.plan) return;
    const Justification plan = std::move(*at->second.plan);
    at->second.plan.reset();
    if (!block) {
        nullify();
        return;
    }
    XL_CHECK(block->bytes.size() <= block_bytes_max);
    // The timer may have nullified the view while the block was being built.
    if (may_sign(view) && journal.may_notarize(view, block->id)) propose(plan, *block);
}

void Core::State::checked(View view, const Hash& block, BlockValidity verdict) {
    const auto at = rounds.find(view);
    if (view != current || at == rounds.end()) return;
    Round& round = at->second;
    if (!round.check_asked || !round.proposal || round.proposal->statement.block != block) return;
    switch (verdict) {
        case BlockValidity::valid:
            round.approved = true;
            break;
        case BlockValidity::invalid:
            round.rejected = true;
            break;
    }
}

void Core::State::executed(const Hash& block, const ExecutionResult& result) {
    if (finalization && final_block == block && finalization->statement.result != result) {
        return stop(finalized, "this node's execution of the final block differs from what the quorum signed");
    }
    for (auto& [view, round] : rounds) {
        if (!round.notarization || round.notarization->statement.block != block) continue;
        if (round.result && *round.result != result)
            return stop(view, "two executions of one block gave different results");
        round.result = result;
        return finalize(view);
    }
}

// --- demand and timers ---

bool Core::State::demanded() const {
    if (pending) return true;
    if (tail_since && now - *tail_since >= settings.timing.grace) return true;
    return now - final_at >= settings.timing.heartbeat;
}

Duration Core::State::timeout() const {
    const Duration max = settings.timing.view_timeout_max;
    Duration timeout = settings.timing.view_timeout;
    // A view can be notarized and yet never be final: those who had given it up before they saw it cannot finalize it.
    // Finality lags by one or two views; more of them say that the time was too short.
    const std::uint32_t in_vain = nullified + (notarized > lag_views ? notarized - lag_views : 0);
    for (std::uint32_t i = 0; i < in_vain && timeout < max; ++i) {
        timeout = std::min(Duration{timeout.ms + timeout.ms / 2 + 1}, max);
    }
    return timeout;
}

// Only a hint: the leader is skipped if it was silent while a quorum of the others went on talking.
bool Core::State::leader_is_silent() const {
    const Duration silence = settings.timing.silence;
    if (is_self(leader()) || now - busy_since < silence || now - peers[leader()].heard < silence) return false;
    const auto members = static_cast<MemberIndex>(peers.size());
    std::size_t heard = 1;  // this node itself
    for (MemberIndex member = 0; member < members; ++member) {
        if (!is_self(member) && now - peers[member].heard < silence) ++heard;
    }
    return heard >= settings.committee.quorum();
}

void Core::State::expire() {
    if (!settings.self) return;
    const View before = current;
    run_view_timer();
    if (current != before || halted) return;
    run_retry();
    run_status();
}

void Core::State::run_view_timer() {
    if (!may_sign(current) || !journal.may_nullify(current)) {
        deadline.reset();
        return;
    }
    const auto at = rounds.find(current);
    const bool known = at != rounds.end();
    const Statement gone{VoteKind::nullify, settings.epoch, current, {}, {}};
    if (known && !is_self(leader()) && at->second.votes(VoteKind::nullify).verified(leader(), verifier())) {
        deadline.reset();
        nullify();
        return;
    }
    // f+1 others include an honest one that had demand; they start the clock, they do not vote for this node (+6).
    const bool pressed =
        known && at->second.votes(VoteKind::nullify).reaches(gone, settings.committee.faults() + 1, verifier());
    if (!demanded() && !pressed) {
        deadline.reset();
        return;
    }
    if (!deadline) deadline = leader_is_silent() && !(known && at->second.proposal) ? now : now + timeout();
    if (now < *deadline) return;
    deadline.reset();
    note(Note::Kind::timed_out, current);
    nullify();
}

void Core::State::run_retry() {
    const Vote* stuck = journal.vote(VoteKind::nullify, current);
    if (stuck == nullptr || halted || !(demanded() || tail_since)) {
        retry_at.reset();
        return;
    }
    if (!retry_at) retry_at = now + settings.timing.retry;
    if (now < *retry_at) return;
    retry_at = now + settings.timing.retry;
    out.broadcast.emplace_back(*stuck);
    if (entry) out.broadcast.emplace_back(*entry);
}

void Core::State::run_status() {
    if (!demanded() && !tail_since && !fresh && !asks()) {
        status_at.reset();
        return;
    }
    if (!status_at) status_at = now + settings.timing.status;
    if (now < *status_at) return;
    status_at = now + settings.timing.status;
    out.broadcast.emplace_back(status(status_tail_periodic_max));
}

std::optional<Time> Core::State::wake() const {
    if (!settings.self) return std::nullopt;
    Time next = final_at + settings.timing.heartbeat;
    if (next <= now) next = {~std::uint64_t{0}};
    const auto earlier = [&next](const std::optional<Time>& at) {
        if (at) next = std::min(next, *at);
    };
    earlier(deadline);
    earlier(retry_at);
    earlier(status_at);
    if (request_at && *request_at > now) earlier(request_at);
    if (tail_since && now - *tail_since < settings.timing.grace) earlier(*tail_since + settings.timing.grace);
    if (next.ms == ~std::uint64_t{0}) return std::nullopt;
    return next;
}

// --- what all parts use ---

void Core::State::persist(const Persist& record) {
    // A conflict here would be a bug of the rules: stop before it is written down or sent.
    XL_CHECK(journal.record(record).ok());
    out.persist.push_back(record);
}

void Core::State::note(Note::Kind kind, View view, std::optional<MemberIndex> member, std::string text) {
    out.notes.push_back({kind, view, member, std::move(text), false});
}

void Core::State::refuse(MemberIndex from, View view, std::string text, bool forged) {
    out.notes.push_back({Note::Kind::refused, view, from, std::move(text), forged});
}

void Core::State::stop(View view, std::string why) {
    if (halted) return;
    halted = true;
    note(Note::Kind::halted, view, {}, std::move(why));
}

// --- the interface ---

Core::Core(Settings settings) : state_(std::make_unique<State>(std::move(settings))) {}
Core::~Core() = default;
Core::Core(Core&&) noexcept = default;

Actions Core::start(const Recovered& recovered, Time now) {
    return state_->turn(now, [&] { state_->start(recovered); });
}
Actions Core::receive(MemberIndex from, const Message& message, Time now) {
    return state_->turn(now, [&] { state_->receive(from, message); });
}
Actions Core::connected(MemberIndex member, Time now) {
    return state_->turn(now, [&] { state_->connected(member); });
}
Actions Core::built(View view, std::optional<Built> block, Time now) {
    return state_->turn(now, [&] { state_->built(view, std::move(block)); });
}
Actions Core::checked(View view, const Hash& block, BlockValidity verdict, Time now) {
    return state_->turn(now, [&] { state_->checked(view, block, verdict); });
}
Actions Core::executed(const Hash& block, const ExecutionResult& result, Time now) {
    return state_->turn(now, [&] { state_->executed(block, result); });
}
Actions Core::demand(bool pending, Time now) {
    return state_->turn(now, [&] { state_->pending = pending; });
}
Actions Core::set_pace(Duration view_timeout, Duration heartbeat, Time now) {
    return state_->turn(now, [&] {
        state_->settings.timing.view_timeout = view_timeout;
        state_->settings.timing.heartbeat = heartbeat;
    });
}
Actions Core::tick(Time now) {
    return state_->turn(now, [] {});
}
Actions Core::halt(std::string why, Time now) {
    return state_->turn(now, [&] { state_->stop(state_->current, std::move(why)); });
}

View Core::current() const { return state_->current; }
View Core::finalized() const { return state_->finalized; }
bool Core::halted() const { return state_->halted; }
bool Core::silent() const {
    return state_->settings.self && (state_->fresh || state_->current <= state_->journal.silent_through());
}

}  // namespace xinlian::consensus

#include "node/replica/replica.hpp"

#include <algorithm>

#include "consensus/journal.hpp"

namespace xinlian::node {

using ledger::BatchPtr;
using ledger::Block;
using ledger::ExecutedBlock;
using ledger::ExecutedBlockPtr;

namespace {

consensus::Settings core_settings(const ReplicaSettings& settings, const ledger::Genesis& genesis) {
    return {.committee = genesis.committee(),
            .chain_id = genesis.chain_id(),
            .epoch = 0,
            .self = settings.self,
            .timing = settings.timing,
            .sign = settings.sign};
}

// The block that a record vouches for. It must be on disk with the record, together with its bodies.
std::optional<Hash> block_vouched(const consensus::Persist& record) {
    if (const auto* vote = std::get_if<consensus::OwnVote>(&record)) {
        return vote->vote.statement.kind == VoteKind::nullify ? std::nullopt : vote->vote.statement.block;
    }
    if (const auto* own = std::get_if<consensus::OwnProposal>(&record)) return own->proposal.statement.block;
    return std::nullopt;
}

}  // namespace

Replica::Replica(ReplicaSettings settings, ledger::Chain& chain)
    : settings_(std::move(settings)),
      chain_(chain),
      genesis_(chain.genesis()),
      pool_(chain.genesis(), settings_.pool),
      core_(core_settings(settings_, chain.genesis())),
      evidence_(chain.genesis(), epoch_),
      clock_watch_(chain.genesis().committee().faults()),
      fetcher_(settings_.peers.size()),
      range_sync_(settings_.peers.size()),
      server_(chain, settings_.peers.size()),
      pace_(genesis_.parameters()) {
    const ledger::SnapshotPtr snapshot = chain.snapshot();
    auto tip = std::make_shared<ExecutedBlock>(snapshot->state);
    tip->id = snapshot->tip_id;
    tip->block.header = snapshot->tip;
    tip->result = snapshot->state.result();
    tip_ = std::move(tip);
}

void Replica::run(consensus::Actions actions) {
    for (const consensus::Persist& record : actions.persist) persist(record);
    if (settings_.self) {  // an observer has no vote: peers would ignore it
        for (const consensus::Message& message : actions.broadcast)
            broadcast(wire::Consensus{consensus::encode_message(message)});
        for (const auto& [member, message] : actions.send_to) {
            if (const auto peer = peer_of(member)) send(*peer, wire::Consensus{consensus::encode_message(message)});
        }
    }
    std::move(actions.check.begin(), actions.check.end(), std::back_inserter(checks_));
    for (const consensus::ExecuteRequest& request : actions.execute) executions_[request.block] = request.view;
    for (Certificate& certificate : actions.finalized) {
        if (!final_ || certificate.statement.view > final_->statement.view) final_ = std::move(certificate);
    }
    if (!actions.build.empty()) {
        build_ = actions.build.back();
        build_since_ = now_.steady;
    }
    for (const Evidence& evidence : actions.evidence) accuse(evidence);
    for (consensus::Note& note : actions.notes) {
        if (note.kind == consensus::Note::Kind::halted) {
            halted_ = true;
            halt_reason_ = note.text;
        }
        // A forged signature costs its sender nothing, and this node a check.
        const auto forger = note.forged && note.member ? peer_of(*note.member) : std::nullopt;
        if (forger) ban(*forger, note.text);
        effects_.notes.push_back(std::move(note));
    }
    core_wake_ = actions.wake;
}

void Replica::persist(const consensus::Persist& record) {
    if (const auto block = block_vouched(record)) journal_block(*block);
    effects_.persist.push_back(journal_.add(record, {JournalRecord::Kind::core, consensus::encode_persist(record)}));
}

// A node that vouches for a block keeps it and its bodies until it is final (docs/protocol.md, what is synced before
// what).
void Replica::journal_block(const Hash& id) {
    const auto found = tree_.find(id);
    if (found == tree_.end() || found->second.journaled) return;
    TreeBlock& node = found->second;
    node.journaled = true;
    const auto persist_for_view = [&](JournalRecord record) {
        effects_.persist.push_back(journal_.add(JournalMemory::OfView{node.block.header.view}, std::move(record)));
    };
    for (const BatchPtr& batch : node.bodies) persist_for_view({JournalRecord::Kind::batch, batch->encoded});
    persist_for_view({JournalRecord::Kind::block, encode(node.block)});
}

void Replica::anchor() { effects_.persist.push_back(journal_.anchor({tip_->block.header.height, tip_->id})); }

// `evidence` has been checked.
void Replica::accuse(const Evidence& evidence) {
    if (evidence_.add(evidence, tip_->after)) publish(evidence);
}

// The evidence is on disk before it is sent.
void Replica::publish(const Evidence& evidence) {
    effects_.persist.push_back(
        journal_.add(JournalMemory::OfMember{evidence.member}, {JournalRecord::Kind::evidence, encode(evidence)}));
    effects_.evidence.push_back(evidence);
    broadcast(wire::Accusation{evidence});
}

void Replica::progress() {
    if (!evidence_.empty() && !demand_) update_demand();
    while (!effects_.fatal && (try_finalize() || try_checks() || try_executions() || try_build())) {
    }
}

bool Replica::try_finalize() {
    const bool of_run = run_end_.has_value();
    std::optional<Certificate>& due = of_run ? run_end_ : final_;
    if (!due) return false;
    if (due->statement.view <= tip_->block.header.view) {
        due.reset();
        return true;
    }
    const ExecutedBlockPtr last =
        of_run ? executed(*due->statement.block, tree_max()) : executed(*due->statement.block);
    if (!last) return false;
    if (last->result != *due->statement.result) {
        halt("the federation certified another result for block " + last->id.hex() + " at height " +
             std::to_string(last->block.header.height) + " than this node computed");
        return false;
    }
    std::vector<ExecutedBlockPtr> branch;
    for (ExecutedBlockPtr at = last; at->id != tip_->id;) {
        branch.push_back(at);
        const Hash parent = at->block.header.parent;
        if (parent == tip_->id) break;
        at = executed(parent);
        XL_CHECK(at != nullptr);  // executed(last) walked the same ancestors
    }
    std::reverse(branch.begin(), branch.end());
    const Certificate certificate = *std::move(due);
    due.reset();
    commit(std::move(branch), certificate);
    if (of_run) emit(range_sync_.run_applied(now_.steady));
    return true;
}

bool Replica::try_checks() {
    for (std::size_t i = 0; i < checks_.size(); ++i) {
        if (checks_[i].view < core_.current()) {
            // The view is over; the block itself may still be needed to execute a notarized one.
            check(checks_[i]);
            const auto over = tree_.find(checks_[i].block);
            if (over != tree_.end()) fetcher_.release(over->second.block);
            checks_.erase(checks_.begin() + static_cast<std::ptrdiff_t>(i));
            return true;
        }
        const std::optional<consensus::BlockValidity> verdict = check(checks_[i]);
        if (!verdict) continue;
        const consensus::CheckRequest request = std::move(checks_[i]);
        checks_.erase(checks_.begin() + static_cast<std::ptrdiff_t>(i));
        run(core_.checked(request.view, request.block, *verdict, now_.steady));
        return true;
    }
    return false;
}

bool Replica::try_executions() {
    for (const auto& [block, view] : executions_) {
        if (view <= core_.finalized()) {
            executions_.erase(block);
            return true;
        }
        const ExecutedBlockPtr done = executed(block);
        if (!done) continue;
        executions_.erase(done->id);
        run(core_.executed(done->id, done->result, now_.steady));
        return true;
    }
    return false;
}

bool Replica::try_build() {
    if (!build_) return false;
    if (build_->view < core_.current()) {
        build_.reset();
        return true;
    }
    const ExecutedBlockPtr parent = build_->parent == tip_->id ? tip_ : executed(build_->parent);
    if (!parent) return false;  // what is missing has been requested; the view timeout ends the wait
    const Duration interval = ledger::limits_above(genesis_, *parent).block_interval_min;
    const Time earliest = parent->block.header.time + interval;
    // A parent with a timestamp in the future must not delay this leader by more than the interval.
    const Time paced = std::min(now_.steady + (earliest - now_.wall), build_since_ + interval);
    if (now_.steady < paced) {
        wake_at(paced);
        return false;
    }
    const bool deep = is_deep(parent->block.header.height + 1);
    std::vector<BatchPtr> picked = deep ? std::vector<BatchPtr>() : pool_.pick(*parent);
    std::vector<Evidence> evidence = deep ? std::vector<Evidence>() : evidence_.for_block(parent->after);
    if (picked.empty() && evidence.empty() && !may_build_empty(parent->id)) return false;
    const consensus::BuildRequest request = *build_;
    build_.reset();
    Block block;
    block.header = {.epoch = epoch_,
                    .height = parent->block.header.height + 1,
                    .view = request.view,
                    .parent = parent->id,
                    .proposer = *settings_.self,
                    .time = std::max(now_.wall, earliest),
                    .body_hash = {}};
    for (const BatchPtr& batch : picked) block.batches.push_back(batch->id);
    block.evidence = std::move(evidence);
    block.header.body_hash = ledger::body_hash(genesis_.suite(), block);
    TreeBlock node(block);
    node.bodies = std::move(picked);
    node.have = Bodies::here;
    const Hash id = ledger::block_id(genesis_.suite(), block.header);
    tree_.insert_or_assign(id, std::move(node));
    run(core_.built(request.view, consensus::Core::Built{id, encode(block)}, now_.steady));
    return true;
}

// An empty block has two uses: it makes a tail final whose votes were lost, and it is the heartbeat. Otherwise the
// leader waits for the next batch.
bool Replica::may_build_empty(const Hash& parent) {
    // A block that is not final yet already serves as the heartbeat.
    const bool idle = parent == tip_->id && !demand_;
    const Time due = idle ? tip_changed_ + settings_.timing.heartbeat : build_since_ + settings_.timing.grace;
    if (now_.steady >= due) return true;
    wake_at(due);
    return false;
}

void Replica::commit(std::vector<ExecutedBlockPtr> branch, const Certificate& certificate) {
    if (const Status stored = chain_.append(branch, certificate, encode(journal_.anchored_on_disk())); !stored) {
        effects_.fatal = within("the chain could not be written", stored.error());
        return;
    }
    std::vector<Hash> decided;
    for (const ExecutedBlockPtr& block : branch) {
        for (std::size_t i = 0; i < block->batches.size(); ++i) {
            decided.push_back(block->batches[i]->id);
            effects_.settled.push_back(
                {block->batches[i]->id, block->outcomes[i], block->id, block->block.header.time});
        }
        const bool last = block == branch.back();
        effects_.committed.push_back(
            {block->id, block->block, block->result, last ? std::optional(certificate) : std::nullopt});
    }
    // The new tip keeps its state and drops its bodies.
    auto tip = std::make_shared<ExecutedBlock>(branch.back()->after);
    tip->id = branch.back()->id;
    tip->block = branch.back()->block;
    tip->result = branch.back()->result;
    tip_ = std::move(tip);
    tip_changed_ = now_.steady;
    for (const Hash& id : pool_.settle(tip_->after, decided)) {
        effects_.dropped.emplace_back(id, Error{Errc::stale,
                                                "another batch was accepted with this sequence number; read the feed's "
                                                "position and sign the batch again"});
    }
    for (const Hash& id : decided) fetcher_.batch_final(id);
    for (const ExecutedBlockPtr& block : branch) fetcher_.block_final(block->id);
    prune();
    update_pace();
    update_demand();
    if (!demand_) {
        status_due_ = true;
        wake_at(now_.steady);
    }
}

void Replica::prune() {
    const Height height = tip_->block.header.height;
    const View view = tip_->block.header.view;
    std::erase_if(tree_, [&](const auto& item) {
        return item.second.block.header.height <= height || item.second.block.header.view <= view;
    });
    if (tree_.empty()) fetcher_.clear();  // a block that still needs something requests it again
    fetcher_.drop_required([&](const Hash& id) { return tip_->after.outcome(id).has_value(); });
    evidence_.prune(tip_->after);
    journal_.prune(view, evidence_.pending());
    anchor();
    if (journal_.bytes() > settings_.journal_bytes_max) rotation_due_ = true;
}

// At the end of a turn: the rotated journal also needs the votes that were cast after the commit in the same turn.
void Replica::rotate() {
    rotation_due_ = false;
    effects_.rotate = journal_.rotate({tip_->block.header.height, tip_->id});
}

// A resolution may have changed the timing parameters. Timing that was configured otherwise stays until then.
void Replica::update_pace() {
    const ledger::Parameters& due = ledger::limits_above(genesis_, *tip_);
    if (view_time(due) == view_time(pace_) && due.heartbeat == pace_.heartbeat) return;
    pace_ = due;
    settings_.timing.view_timeout = view_time(due);
    settings_.timing.heartbeat = due.heartbeat;
    run(core_.set_pace(view_time(due), due.heartbeat, now_.steady));
}

void Replica::emit(const OutgoingMessages& out) {
    for (const auto& [peer, message] : out.send) send(peer, message);
    for (const wire::Message& message : out.broadcast) broadcast(message);
    if (out.wake) wake_at(*out.wake);
}

void Replica::wake_at(Time steady) {
    if (!effects_.wake || steady < *effects_.wake) effects_.wake = steady;
}

void Replica::ban(PeerIndex peer, std::string why) {
    banned_.insert(peer);
    effects_.ban.emplace_back(peer, std::move(why));
}

void Replica::halt(const std::string& why) {
    if (halted_) return;
    damaged(why, now_);
    effects_.fatal = Error{Errc::corrupt, why};
}

void Replica::damaged(const std::string& why, Clock now) {
    now_ = now;
    if (halted_) return;
    halted_ = true;
    halt_reason_ = why;
    run(core_.halt(why, now.steady));
}

Result<std::optional<ledger::Receipt>> Replica::submit(const BatchPtr& batch, Clock now) {
    now_ = now;
    if (const auto outcome = tip_->after.outcome(batch->id)) {
        XL_TRY(const ledger::StoredBlock block, chain_.block(outcome->height));
        return std::optional(ledger::Receipt{batch->id, *outcome, block.id, block.block.header.time});
    }
    if (halted_) return Error{Errc::unavailable, "this node has stopped: " + halt_reason_};
    XL_TRY(const ledger::Admitted admitted, pool_.admit(batch, tip_->after));
    if (!admitted.known) {
        broadcast(wire::BatchBody{batch->encoded});
        update_demand();
        progress();
    }
    return std::optional<ledger::Receipt>();
}

Effects Replica::take() {
    serve();
    if (rotation_due_) rotate();
    Effects taken = std::move(effects_);
    effects_ = {};
    journal_.written();  // the caller writes everything, or ends, before the next input
    const auto sooner = [&](std::optional<Time> at) {
        if (at && (!taken.wake || *at < *taken.wake)) taken.wake = at;
    };
    sooner(core_wake_);
    return taken;
}

Replica::Overview Replica::overview() const {
    Overview view;
    view.height = tip_->block.header.height;
    view.current = core_.current();
    view.finalized = core_.finalized();
    view.pool_batches = pool_.size();
    view.pool_bytes = pool_.bytes();
    view.tree_blocks = tree_.size();
    view.halted = halted_;
    view.halt_reason = halt_reason_;
    view.work_waiting = demand_;
    for (const auto& [member, evidence] : evidence_.pending()) view.accused.push_back(evidence);
    std::vector<Height> claims{tip_->block.header.height};
    std::size_t heard = 0;
    for (PeerIndex i = 0; i < settings_.peers.size(); ++i) {
        view.peer_heights.push_back(range_sync_.claimed(i));
        if (!settings_.peers[i]) continue;
        claims.push_back(range_sync_.claimed(i));
        if (range_sync_.has_claimed(i)) ++heard;
    }
    view.catching_up = range_sync_.catching_up();
    view.informed = heard > genesis_.committee().faults() || genesis_.committee().size() == 1;
    // At least one honest validator has reached the (f+1)-th highest claim.
    std::sort(claims.rbegin(), claims.rend());
    view.highest_known =
        std::max(tip_->block.header.height, claims[std::min(genesis_.committee().faults(), claims.size() - 1)]);
    // Claims arrive once a second, finalizations at once. While the finalized block is missing, its view is an upper
    // bound of its height.
    if (final_) {
        const auto block = tree_.find(*final_->statement.block);
        const Height height = block != tree_.end() ? block->second.block.header.height
                                                   : tip_->block.header.height + final_->statement.view -
                                                         std::min(final_->statement.view, tip_->block.header.view);
        view.highest_known = std::max(view.highest_known, height);
    }
    return view;
}

}  // namespace xinlian::node

#include "tests/twins/play.hpp"

#include <algorithm>

namespace xinlian::twins {

using namespace consensus;

namespace {

constexpr Timing timing{.view_timeout = {1'000},
                        .view_timeout_max = {2'000},
                        .retry = {1'000},
                        .grace = {250},
                        .heartbeat = {60'000},
                        .silence = {3'000},
                        .status = {1'000}};

std::string_view name_of(Note::Kind kind) {
    switch (kind) {
        case Note::Kind::entered_view:
            return "enters";
        case Note::Kind::timed_out:
            return "times out in";
        case Note::Kind::notarized:
            return "has a notarization of";
        case Note::Kind::nullified:
            return "has a nullification of";
        case Note::Kind::finalized:
            return "has a finalization of";
        case Note::Kind::equivocation:
            return "has evidence of";
        case Note::Kind::refused:
            return "refuses something of";
        case Note::Kind::halted:
            return "halts in";
    }
    return "";
}

}  // namespace

Play::Play(const Cast& cast, const Schedule& schedule, std::size_t excused)
    : cast_(cast),
      schedule_(schedule),
      all_promised_(3 * excused < schedule.shape().members),
      invariants_(cast, schedule.shape(), excused, blocks_),
      nodes_(schedule.shape().nodes()),
      lifted_(schedule.shape().rounds + 1) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        nodes_[i].member = schedule.shape().member_of(i);
        nodes_[i].honest = invariants_.is_honest(nodes_[i].member);
        nodes_[i].tip = cast.genesis;
    }
}

Outcome Play::run() {
    start();
    while (!over()) {
        if (tasks_.empty()) {
            if (!wait()) break;
            continue;
        }
        const Task task = std::move(tasks_.front());
        tasks_.pop_front();
        work(task);
    }
    invariants_.check_certificates();
    if (calm_) outcome_.views_after = highest() - schedule_.shape().rounds;
    if (calm_) outcome_.calm = now_ - *calm_;
    outcome_.blamed = invariants_.blamed();
    outcome_.broken = invariants_.broken();
    if (!all_promised_) {
        for (const Promise lost : {Promise::progress, Promise::no_halt}) outcome_.broken.erase(lost);
    }
    outcome_.trace = trace_;
    return outcome_;
}

void Play::start() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        const SecretKey& key = cast_.keys[nodes_[i].member];
        Settings settings{cast_.committee, cast_.chain_id, 0, nodes_[i].member, timing, {}};
        settings.sign = [&key](ByteView bytes) { return key.sign(bytes); };
        settings.leader = [this](View view) { return schedule_.leader(view); };
        nodes_[i].core = std::make_unique<Core>(std::move(settings));
        perform(i, nodes_[i].core->start({{}, {}, cast_.genesis, consensus::Memory::whole}, now_));
    }
}

bool Play::over() const {
    if (deliveries_ > deliveries_max) return true;
    if (all_promised_ && !invariants_.broken().empty()) return true;
    const Tx last = static_cast<Tx>(schedule_.shape().rounds + 1);
    return submitted_ == last && std::none_of(nodes_.begin(), nodes_.end(), [&](const Node& node) {
               return node.honest && node.pool.contains(last);
           });
}

View Play::highest() const {
    View view = 0;
    for (const Node& node : nodes_) view = std::max(view, node.core->current());
    return view;
}

// --- time ---

// Returns false if the play ends here, unfinished.
bool Play::wait() {
    std::optional<Time> next;
    for (const Node& node : nodes_) {
        if (node.wake && (!next || *node.wake < *next)) next = node.wake;
    }
    if (!next || *next <= now_ || deliveries_ > deliveries_max) {
        invariants_.broken(Promise::progress, "nobody waits for a later time, or somebody talks for ever");
        return false;
    }
    now_ = *next;
    if (calm_ && now_ - *calm_ > calm_max) {
        invariants_.broken(Promise::progress, "the last transaction is not final in time");
        return false;
    }
    if (!calm_ && now_ - moved_ > patience && !stuck()) return false;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        if (nodes_[i].wake && *nodes_[i].wake <= now_) perform(i, nodes_[i].core->tick(now_));
    }
    return true;
}

// Heals the round of the node that is furthest. Returns false if that was done already and did not help.
bool Play::stuck() {
    const View view = highest();
    if (lifted_.at(view)) {
        invariants_.broken(Promise::progress, "view " + std::to_string(view) + " does not end though all hear all");
        return false;
    }
    lifted_.at(view) = true;
    moved_ = now_;
    if (tell) tell("round " + std::to_string(view) + " is lifted");
    return true;
}

// --- messages and requests of a core ---

void Play::perform(std::size_t node, Actions actions) {
    Node& self = nodes_[node];
    if (self.honest) {
        for (const Persist& record : actions.persist) invariants_.wrote(node, record);
    }
    for (Message& message : actions.broadcast) send(node, {}, std::move(message));
    for (auto& [to, message] : actions.send_to) send(node, to, std::move(message));
    for (CheckRequest& request : actions.check) tasks_.push_back({node, std::move(request)});
    for (ExecuteRequest& request : actions.execute) tasks_.push_back({node, request});
    for (const Certificate& certificate : actions.finalized) commit(node, certificate);
    for (BuildRequest& request : actions.build) tasks_.push_back({node, request});
    for (const Evidence& evidence : actions.evidence) invariants_.accused(evidence);
    outcome_.evidence += actions.evidence.size();
    for (const Note& noted : actions.notes) note(node, noted);
    self.wake = actions.wake;
    look(node);
    refresh_demand(node);
}

void Play::note(std::size_t node, const Note& noted) {
    if (tell) {
        tell(std::to_string(now_.ms) + " ms, node " + std::to_string(node) + " " + std::string(name_of(noted.kind)) +
             " view " + std::to_string(noted.view) +
             (noted.member ? " by member " + std::to_string(*noted.member) : "") +
             (noted.text.empty() ? "" : ": " + noted.text));
    }
    if (noted.kind != Note::Kind::halted) return;
    ++outcome_.halted;
    if (nodes_[node].honest) invariants_.broken(Promise::no_halt, "node " + std::to_string(node) + ": " + noted.text);
}

bool Play::passes(std::size_t from, std::size_t to) const {
    const View view = nodes_[from].core->current();
    return !schedule_.is_scheduled(view) || lifted_[view] || schedule_.together(view, from, to);
}

void Play::send(std::size_t node, std::optional<MemberIndex> to, Message message) {
    if (nodes_[node].honest) {
        invariants_.sent(node, message);
    } else if (const auto* certificate = std::get_if<Certificate>(&message)) {
        invariants_.sent(node, *certificate);
    }
    const auto shared = std::make_shared<const Message>(std::move(message));
    for (std::size_t other = 0; other < nodes_.size(); ++other) {
        const MemberIndex member = nodes_[other].member;
        if (member == nodes_[node].member || (to && *to != member) || !passes(node, other)) continue;
        tasks_.push_back({other, Delivery{nodes_[node].member, shared}});
    }
}

void Play::work(const Task& task) {
    Actions actions = std::visit([&](const auto& what) { return react(task.node, what); }, task.what);
    perform(task.node, std::move(actions));
}

Actions Play::react(std::size_t node, const Delivery& delivery) {
    ++deliveries_;
    mix(node << 16 | std::uint64_t{delivery.from} << 8 | delivery.message->index());
    return nodes_[node].core->receive(delivery.from, *delivery.message, now_);
}

Actions Play::react(std::size_t node, const CheckRequest& request) {
    const auto at = blocks_.find(request.block);
    const bool valid = at != blocks_.end() && at->second.parent == request.parent && at->second.view == request.view &&
                       !repeats(at->second);
    return nodes_[node].core->checked(request.view, request.block,
                                      valid ? BlockValidity::valid : BlockValidity::invalid, now_);
}

bool Play::repeats(const Block& block) const {
    for (Hash at = block.parent; at != cast_.genesis; at = blocks_.at(at).parent) {
        const auto& before = blocks_.at(at).txs;
        for (const Tx tx : block.txs) {
            if (std::find(before.begin(), before.end(), tx) != before.end()) return true;
        }
    }
    return false;
}

Actions Play::react(std::size_t node, const ExecuteRequest& request) {
    return nodes_[node].core->executed(request.block, blocks_.at(request.block).result, now_);
}

// The node's number is part of the block: otherwise the copies of a member would build the same block.
Actions Play::react(std::size_t node, const BuildRequest& request) {
    std::set<Tx> txs = nodes_[node].pool;
    for (Hash at = request.parent; at != cast_.genesis; at = blocks_.at(at).parent) {
        for (const Tx tx : blocks_.at(at).txs) txs.erase(tx);
    }
    Writer writer;
    writer(request.parent, request.view, static_cast<std::uint64_t>(node));
    for (const Tx tx : txs) writer(tx);
    const Bytes bytes = writer.take();
    const Hash id = tagged_hash(Suite::ed25519_sha256, "twins/block", {ByteView(bytes)});
    const auto parent = blocks_.find(request.parent);
    const std::uint64_t height = parent == blocks_.end() ? 0 : parent->second.result.log_size;
    const ExecutionResult result{height + 1, tagged_hash(Suite::ed25519_sha256, "twins/log", {id.view()}), id};
    blocks_.emplace(id, Block{request.parent, request.view, {txs.begin(), txs.end()}, result});
    return nodes_[node].core->built(request.view, Core::Built{id, to_bytes("body")}, now_);
}

void Play::commit(std::size_t node, const Certificate& certificate) {
    Node& self = nodes_[node];
    if (self.honest) invariants_.finalized(node, certificate);
    for (auto at = blocks_.find(*certificate.statement.block); at != blocks_.end() && at->first != self.tip;
         at = blocks_.find(at->second.parent)) {
        for (const Tx tx : at->second.txs) self.pool.erase(tx);
    }
    self.tip = *certificate.statement.block;
    mix(0xf000 + node);
}

// --- views and demand ---

void Play::look(std::size_t node) {
    Node& self = nodes_[node];
    const View view = self.core->current();
    if (view == self.seen && self.core->finalized() == self.seen_final) return;
    self.seen = view;
    self.seen_final = self.core->finalized();
    moved_ = now_;
    mix(view << 8 | node);
    while (submitted_ < std::min<View>(view, schedule_.shape().rounds + 1)) submit();
    if (!calm_ && !schedule_.is_scheduled(view)) calm_ = now_;
    const std::size_t faults = (schedule_.shape().members - 1) / 3;
    if (view > schedule_.shape().rounds + 2 * (faults + 1) + 1)
        invariants_.broken(Promise::progress,
                           "view " + std::to_string(view) + ", and the last transaction is not final");
}

void Play::submit() {
    invariants_.submitted(++submitted_);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        nodes_[i].pool.insert(submitted_);
        if (nodes_[i].core) refresh_demand(i);
    }
}

void Play::refresh_demand(std::size_t node) {
    const bool pending = !nodes_[node].pool.empty();
    if (pending == nodes_[node].pending) return;
    nodes_[node].pending = pending;
    perform(node, nodes_[node].core->demand(pending, now_));
}

}  // namespace xinlian::twins

#include "tests/sim/simulation.hpp"

#include <algorithm>

#include "consensus/journal.hpp"

namespace xinlian::sim {

using namespace consensus;

std::uint64_t Chance::next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

namespace {

SecretKey key_of(std::size_t number) {
    Hash seed;
    seed.bytes[0] = static_cast<std::uint8_t>(number + 1);
    return SecretKey::from_seed(Suite::ed25519_sha256, seed.view()).value();
}

// Keys in the order of the committee, which sorts them.
std::vector<SecretKey> make_keys(std::size_t members) {
    std::vector<SecretKey> keys;
    for (std::size_t i = 0; i < members; ++i) keys.push_back(key_of(i));
    std::sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.public_key() < b.public_key(); });
    return keys;
}

Committee committee_of(const std::vector<SecretKey>& keys) {
    std::vector<PublicKey> all;
    for (const SecretKey& key : keys) all.push_back(key.public_key());
    return Committee::of(all).value();
}

Hash digest(std::string_view tag, std::initializer_list<ByteView> parts) {
    return tagged_hash(Suite::ed25519_sha256, tag, parts);
}

}  // namespace

Simulation::Simulation(const Options& options)
    : options_(options),
      chance_(options.seed),
      keys_(make_keys(options.members)),
      committee_(committee_of(keys_)),
      chain_id_(digest("sim/chain", {})),
      genesis_(digest("sim/genesis", {})),
      oracle_(options.members) {
    for (std::size_t i = 0; i < options.members; ++i) nodes_.emplace_back().member = static_cast<MemberIndex>(i);
    if (options.twin) {
        nodes_[*options.twin].honest = false;
        nodes_.emplace_back().member = *options.twin;
        nodes_.back().honest = false;
    }
    side_.assign(nodes_.size(), 0);
    for (std::size_t i = 0; i < nodes_.size(); ++i) restart(i);
}

void Simulation::note(std::uint64_t what, ByteView bytes) {
    const auto mix = [this](std::uint64_t value) { trace_ = (trace_ ^ value) * 0x100000001b3u; };
    mix(now_.ms);
    mix(what);
    for (const std::uint8_t byte : bytes) mix(byte);
}

void Simulation::later(Duration delay, std::function<void()> run) {
    events_.push({now_ + delay, order_++, std::move(run)});
}

void Simulation::run_until(Time end) {
    run_until(end, [] { return false; });
}

bool Simulation::run_until(Time end, const std::function<bool()>& done) {
    while (!events_.empty() && events_.top().at <= end) {
        const Event event = events_.top();
        events_.pop();
        now_ = event.at;
        event.run();
        if (done()) return true;
    }
    now_ = end;
    return done();
}

void Simulation::input(std::size_t node, std::uint64_t boot, const std::function<Actions(Core&)>& input) {
    if (!nodes_[node].core || nodes_[node].boot != boot) return;
    perform(node, input(*nodes_[node].core));
}

// --- nodes ---

void Simulation::submit(Tx tx) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) submit_to(i, tx);
}

void Simulation::submit_to(std::size_t node, Tx tx) {
    if (!nodes_[node].committed.contains(tx)) nodes_[node].pool.insert(tx);
    refresh_demand(node);
}

void Simulation::refresh_demand(std::size_t node) {
    Node& self = nodes_[node];
    const bool pending = !self.pool.empty();
    if (!self.core || pending == self.pending) return;
    self.pending = pending;
    perform(node, self.core->demand(pending, now_));
}

void Simulation::crash(std::size_t node) {
    nodes_[node].core.reset();
    ++nodes_[node].boot;
    note(100 + node);
}

void Simulation::restart(std::size_t node, bool lose_journal) {
    Node& self = nodes_[node];
    if (self.core) return;
    Recovered recovered{{}, self.finalization, genesis_, lose_journal ? Memory::lost : Memory::whole};
    if (lose_journal) {
        self.journal.clear();
        oracle_.lost_journal(node);
    }
    for (const Bytes& record : self.journal) recovered.journal.push_back(decode_persist(record).value());
    const SecretKey& key = keys_[self.member];
    Settings settings{committee_,  chain_id_,       0,
                      self.member, options_.timing, [&key](ByteView bytes) { return key.sign(bytes); }};
    self.core = std::make_unique<Core>(std::move(settings));
    self.pending = false;
    perform(node, self.core->start(recovered, now_));
    refresh_demand(node);
    for (std::size_t other = 0; other < nodes_.size(); ++other) {
        if (other != node) link(node, other);
    }
}

void Simulation::partition(std::vector<int> side) { side_ = std::move(side); }

void Simulation::heal() {
    side_.assign(nodes_.size(), 0);
    for (std::size_t a = 0; a < nodes_.size(); ++a) {
        for (std::size_t b = a + 1; b < nodes_.size(); ++b) link(a, b);
    }
}

// A link comes up a little later, at both ends; pools tell each other what waits.
void Simulation::link(std::size_t a, std::size_t b) {
    const auto raise = [this](std::size_t at, std::size_t other) {
        later(chance_.between(1, 30), [this, at, other] {
            Node& self = nodes_[at];
            if (!self.core || !nodes_[other].core || side_[at] != side_[other] || self.member == nodes_[other].member)
                return;
            perform(at, self.core->connected(nodes_[other].member, now_));
            for (const Tx tx : std::set<Tx>(nodes_[other].pool)) submit_to(at, tx);
        });
    };
    raise(a, b);
    raise(b, a);
}

// --- what a core asks for ---

bool Simulation::write_down(std::size_t node, const std::vector<Persist>& records) {
    Node& self = nodes_[node];
    const bool torn = !records.empty() && chance_.percent(weather.torn_percent);
    const std::size_t kept = torn ? chance_.below(records.size() + 1) : records.size();
    for (std::size_t i = 0; i < kept; ++i) {
        self.journal.push_back(encode_persist(records[i]));
        oracle_.wrote(node, records[i]);
    }
    if (!torn) return true;
    crash(node);  // before anything of this turn could leave
    later(chance_.between(50, 3000), [this, node] { restart(node); });
    return false;
}

void Simulation::perform(std::size_t node, Actions actions) {
    Node& self = nodes_[node];
    const MemberIndex member = self.member;
    const std::uint64_t boot = self.boot;
    if (!write_down(node, actions.persist)) return;
    for (const Message& message : actions.broadcast) {
        for (MemberIndex to = 0; to < committee_.size(); ++to) {
            if (to != member) send(node, to, message);
        }
    }
    for (const auto& [to, message] : actions.send_to) send(node, to, message);
    for (const CheckRequest& request : actions.check) ask_check(node, request);
    for (const ExecuteRequest& request : actions.execute) ask_execute(node, request);
    for (const BuildRequest& request : actions.build) ask_build(node, request);
    evidence_.insert(evidence_.end(), actions.evidence.begin(), actions.evidence.end());
    for (const Note& noted : actions.notes) {
        if (noted.kind == Note::Kind::halted && self.honest) oracle_.broken("an honest node halted: " + noted.text);
    }
    arm(node, actions.wake);
    for (const Certificate& certificate : actions.finalized) commit(node, certificate);
    if (self.core && self.boot == boot) refresh_demand(node);
}

void Simulation::arm(std::size_t node, std::optional<Time> wake) {
    Node& self = nodes_[node];
    self.wake = wake;
    if (!wake) return;
    if (*wake <= now_) oracle_.broken("a core asks to be woken at once, for ever");
    later(*wake - now_, [this, node, boot = self.boot, at = *wake] {
        if (nodes_[node].wake == at) input(node, boot, [this](Core& core) { return core.tick(now_); });
    });
}

void Simulation::send(std::size_t from, MemberIndex to, const Message& message) {
    ++sent_;
    const Bytes bytes = encode_message(message);
    if (nodes_[from].honest) oracle_.sent(from, nodes_[from].member, message);
    note(from * 64 + to, bytes);
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
        if (nodes_[node].member != to) continue;
        const std::size_t copies = chance_.percent(weather.loss_percent)        ? 0
                                   : chance_.percent(weather.duplicate_percent) ? 2
                                                                                : 1;
        for (std::size_t i = 0; i < copies; ++i) {
            later(chance_.between(weather.delay_min_ms, weather.delay_max_ms), [this, from, node, bytes] {
                if (side_[from] == side_[node]) deliver(node, nodes_[from].member, bytes);
            });
        }
    }
}

void Simulation::deliver(std::size_t to, MemberIndex from, const Bytes& bytes) {
    const auto message = decode_message(bytes);
    XL_CHECK(message.ok());
    input(to, nodes_[to].boot, [&](Core& core) { return core.receive(from, *message, now_); });
}

ExecutionResult Simulation::execute(const Hash& block) const {
    if (block == genesis_) return {};
    const Block& body = blocks_.at(block);
    const ExecutionResult before = execute(body.parent);
    return {before.log_size + 1, digest("sim/log", {before.log_root.view(), block.view()}),
            digest("sim/state", {block.view()})};
}

void Simulation::ask_build(std::size_t node, const BuildRequest& request) {
    later(chance_.between(1, 8), [this, node, request, boot = nodes_[node].boot] {
        Block block{request.parent, request.view, {}, {}};
        // A twin must differ from its other half to do harm.
        Writer writer;
        writer(request.parent, request.view, static_cast<std::uint64_t>(node));
        for (const Tx tx : nodes_[node].pool) {
            block.txs.push_back(tx);
            writer(tx);
        }
        block.bytes = writer.take();
        const Hash id = digest("sim/block", {ByteView(block.bytes)});
        if (!nodes_[node].core || nodes_[node].boot != boot) return;
        const Core::Built built{id, block.bytes};
        blocks_.emplace(id, std::move(block));
        input(node, boot, [&](Core& core) { return core.built(request.view, built, now_); });
    });
}

void Simulation::ask_check(std::size_t node, const CheckRequest& request) {
    later(chance_.between(1, 8), [this, node, request, boot = nodes_[node].boot] {
        const auto body = blocks_.find(request.block);
        const bool right =
            body != blocks_.end() && body->second.parent == request.parent && body->second.view == request.view;
        const Verdict verdict = right ? Verdict::valid : Verdict::invalid;
        input(node, boot, [&](Core& core) { return core.checked(request.view, request.block, verdict, now_); });
    });
}

void Simulation::ask_execute(std::size_t node, const ExecuteRequest& request) {
    later(chance_.between(1, 40), [this, node, request, boot = nodes_[node].boot] {
        input(node, boot, [&](Core& core) { return core.executed(request.block, execute(request.block), now_); });
    });
}

// Final blocks are one synced write: the branch, its certificate and, some time later, a shorter journal.
void Simulation::commit(std::size_t node, const Certificate& certificate) {
    Node& self = nodes_[node];
    const Hash tip = self.chain.empty() ? genesis_ : self.chain.back();
    if (self.honest) oracle_.finalized(node, certificate);
    if (certificate.statement.result != execute(*certificate.statement.block))
        oracle_.broken("a wrong result is final");
    std::vector<Hash> branch;
    for (Hash at = *certificate.statement.block; at != tip; at = blocks_.at(at).parent) {
        if (at == genesis_) return oracle_.broken("a final block does not descend from the one before");
        branch.push_back(at);
    }
    for (auto block = branch.rbegin(); block != branch.rend(); ++block) {
        self.chain.push_back(*block);
        if (self.honest) oracle_.committed(node, self.chain.size(), *block);
        for (const Tx tx : blocks_.at(*block).txs) {
            self.committed.insert(tx);
            self.pool.erase(tx);
        }
    }
    self.finalization = certificate;
    note(200 + node, certificate.statement.block->view());
    if (!chance_.percent(30)) return;
    std::erase_if(self.journal, [&](const Bytes& record) {
        return !is_live(decode_persist(record).value(), certificate.statement.view);
    });
}

std::size_t Simulation::evidence_against(MemberIndex member) const {
    std::size_t count = 0;
    for (const Evidence& evidence : evidence_) {
        if (evidence.member == member && check(committee_, chain_id_, evidence).ok()) ++count;
    }
    return count;
}

}  // namespace xinlian::sim

// The simulated network: which frames arrive, and when; and the recording of messages.
#include "tests/sim/world.hpp"

namespace xinlian::sim {

namespace wire = node::wire;

namespace {

constexpr std::uint64_t ban_ms = 60'000;  // as net::NetworkLimits::ban_time

}  // namespace

// --- network ---

PacketPtr World::packet(Bytes bytes) {
    auto made = std::make_shared<Packet>();
    made->bytes = std::move(bytes);
    auto decoded = wire::decode_message(made->bytes);
    if (decoded) {
        made->message = std::make_shared<const wire::Message>(*std::move(decoded));
        if (const auto* body = std::get_if<wire::BatchBody>(made->message.get()))
            made->body = std::make_shared<const Result<ledger::BatchPtr>>(ledger::check_batch(genesis(), body->batch));
    }
    return made;
}

void World::post(std::size_t from, std::size_t to, const PacketPtr& said, Duration extra) {
    if (place_of(from) == place_of(to)) return;
    ++figures.frames;
    if (said->message && std::holds_alternative<wire::Consensus>(*said->message)) ++figures.consensus_sent;
    figures.frame_bytes += said->bytes.size();
    trace_.add(from * 64 + to);
    trace_.add(ByteView(said->bytes));
    const Link& way = links_[{from, to}];
    if (way.cut || !up(to) || now_ < way.blocked || chance_.permille(weather.loss)) {
        ++figures.lost;
        return;
    }
    const std::uint64_t copies = chance_.permille(weather.duplicate) ? 2 : 1;
    figures.doubled += copies - 1;
    Duration queued;
    if (const auto slow = bandwidth_.find(from); slow != bandwidth_.end()) {
        Time& busy = busy_until_[from];
        busy = std::max(busy, now_) + Duration{said->bytes.size() / slow->second};
        queued = busy - now_;
    }
    for (std::uint64_t copy = 0; copy < copies; ++copy) {
        const auto [min, max] = way.delay.value_or(std::pair(weather.delay_min_ms, weather.delay_max_ms));
        const Duration delay{queued.ms + extra.ms + chance_.between(min, max)};
        later(delay, [this, from, to, said, mine = nodes_[from].life, theirs = nodes_[to].life] {
            // A new process begins with new connections: frames to or from the old one are lost.
            if (nodes_[to].life != theirs || nodes_[from].life != mine || links_[{from, to}].cut) return;
            arrive(from, to, said);
        });
    }
}

void World::arrive(std::size_t from, std::size_t to, const PacketPtr& said) {
    Node& at = nodes_[to];
    if (!at.replica) return;
    if (at.tongue) at.tongue->heard(*this, to, from, said);
    if (!said->message) return ban(to, from, "a frame that is no message");
    if (said->body) {
        if (!*said->body) return ban(to, from, said->body->error().text);
        return turn(to, [&](node::Replica& r, node::Clock now) { r.body(peer(to, from), **said->body, now); });
    }
    turn(to, [&](node::Replica& r, node::Clock now) { r.receive(peer(to, from), *said->message, now); });
}

void World::ban(std::size_t by, std::size_t whom, const std::string& why) {
    if (nodes_[by].honest && nodes_[whom].honest) {
        return invariants.broken("an honest node was banned by an honest one: " + why);
    }
    for (const auto& way : {std::pair(by, whom), std::pair(whom, by)}) links_[way].blocked = now_ + Duration{ban_ms};
    if (up(by)) turn(by, [&](node::Replica& r, node::Clock) { r.disconnected(peer(by, whom)); });
    later({ban_ms}, [this, by, whom] { link(by, whom); });
}

void World::cut(std::size_t from, std::size_t to) {
    links_[{from, to}].cut = true;
    ++figures.cuts;
}

void World::heal() {
    for (auto& [way, link] : links_) link.cut = false;
    for (std::size_t a = 0; a < size(); ++a) {
        for (std::size_t b = a + 1; b < size(); ++b) {
            if (place_of(a) != place_of(b)) link(a, b);
        }
    }
}

void World::set_delay(std::size_t from, std::size_t to, std::uint64_t min_ms, std::uint64_t max_ms) {
    links_[{from, to}].delay = {min_ms, max_ms};
}

// A link comes up after a delay, at each end separately.
void World::link(std::size_t a, std::size_t b) {
    const auto raise = [this](std::size_t at, std::size_t other) {
        later({chance_.between(1, 30)}, [this, at, other] {
            const Link& out = links_[{at, other}];
            if (!up(at) || !up(other) || out.cut || links_[{other, at}].cut || now_ < out.blocked) return;
            turn(at, [&](node::Replica& r, node::Clock now) { r.connected(peer(at, other), now); });
        });
    };
    raise(a, b);
    raise(b, a);
}

std::string World::describe(std::size_t i, const consensus::Message& message) const {
    struct View_ {
        std::string operator()(const consensus::Proposal& m) const { return said(m.statement); }
        std::string operator()(const consensus::Vote& m) const { return said(m.statement); }
        std::string operator()(const Certificate& m) const { return said(m.statement); }
        std::string operator()(const consensus::StatusReport& m) const {
            return "in view " + std::to_string(m.current) + ", " + std::to_string(m.votes.size()) + " votes";
        }
        std::string operator()(const consensus::CertificateRequest& m) const {
            return std::to_string(m.first) + " to " + std::to_string(m.last);
        }
        static std::string said(const Statement& s) {
            return std::string(name_of(s.kind)) + " " + std::to_string(s.view) +
                   (s.block ? " " + s.block->hex().substr(0, 8) : "");
        }
    };
    return std::to_string(now_.ms) + " ms, node " + std::to_string(i) + ": " + std::string(name_of(message)) + " " +
           std::visit(View_{}, message);
}

std::vector<std::uint64_t> World::one_way_delays_ms() const {
    std::vector<std::uint64_t> delays;
    for (const auto& [way, link] : links_) {
        if (link.delay) delays.push_back((link.delay->first + link.delay->second) / 2);
    }
    return delays;
}

std::string World::describe() const {
    std::string text = "at " + std::to_string(now_.ms) + " ms\n";
    for (std::size_t i = 0; i < size(); ++i) {
        const Node& at = nodes_[i];
        text += "  node " + std::to_string(i) + (at.honest ? "" : " (hostile)");
        if (!at.replica) {
            text += ": down" + (at.stopped.empty() ? "" : ": " + at.stopped) + "\n";
            continue;
        }
        const node::Replica::Overview view = at.replica->overview();
        text += ": height " + std::to_string(at.chain->height()) + ", view " + std::to_string(view.current) +
                ", final " + std::to_string(view.finalized) + ", pool " + std::to_string(view.pool_batches) +
                ", tree " + std::to_string(view.tree_blocks) + (view.work_waiting ? ", work waits" : "") +
                (view.halted ? ", halted: " + view.halt_reason : "") + "\n";
        for (std::size_t n = at.notes.size() > 3 ? at.notes.size() - 3 : 0; n < at.notes.size(); ++n)
            text += "    " + at.notes[n] + "\n";
    }
    return text;
}

}  // namespace xinlian::sim

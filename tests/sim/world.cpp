#include "tests/sim/world.hpp"

#include <algorithm>
#include <filesystem>

#include "consensus/journal.hpp"

namespace xinlian::sim {

namespace fs = std::filesystem;
namespace wire = node::wire;
using consensus::Memory;
using node::Effects;

namespace {

constexpr std::uint64_t epoch_ms = 1'800'000'000'000;  // the genesis time, and the wall clock at 0
constexpr std::uint64_t wakes_now_max = 1'000;         // a node that asks to be woken at once, again and again, spins

// The file that a journal writes to: the newest in its folder.
std::optional<fs::path> journal_in(const std::string& folder) {
    std::optional<fs::path> newest;
    std::error_code none;
    for (const auto& item : fs::directory_iterator(folder, none)) {
        const std::string name = item.path().filename().string();
        const bool journal = name.starts_with("journal.") && name.size() == 16;
        if (journal && (!newest || item.path() > *newest)) newest = item.path();
    }
    return newest;
}

std::uint64_t journal_bytes(const std::string& folder) {
    const auto file = journal_in(folder);
    return file ? fs::file_size(*file) : 0;
}

}  // namespace

void Figures::add(const Figures& other) {
    const auto sum = [this, &other](auto... field) { ((this->*field += other.*field), ...); };
    sum(&Figures::simulated_ms, &Figures::events, &Figures::frames, &Figures::frame_bytes, &Figures::consensus_frames,
        &Figures::consensus_sent, &Figures::lost, &Figures::doubled, &Figures::crashes, &Figures::torn, &Figures::cuts,
        &Figures::disk_faults, &Figures::lost_disks, &Figures::blocks, &Figures::batches, &Figures::forged);
    recovery_ms_max = std::max(recovery_ms_max, other.recovery_ms_max);
    for (std::size_t i = 0; i < accepted.size(); ++i) accepted.at(i) += other.accepted.at(i);
    for (std::size_t i = 0; i < refused.size(); ++i) refused.at(i) += other.refused.at(i);
}

World::World(const test::Federation& federation, Setup setup)
    : invariants(federation.genesis().committee().size()),
      federation_(federation),
      setup_(std::move(setup)),
      chance_(setup_.seed),
      nodes_(members() + setup_.observers + setup_.twins.size()) {
    for (std::size_t i = 0; i < size(); ++i) {
        Node& at = nodes_[i];
        at.place = i;
        for (const auto& [member, second] : setup_.twins) {
            if (second == i) at.place = member;
            if (second == i || member == i) at.honest = false;
        }
        if (setup_.byzantine.contains(i)) at.honest = false;
        if (at.place < members()) at.member = static_cast<MemberIndex>(at.place);
        at.settings = settings_of(i);
    }
}

World::~World() = default;

node::ReplicaSettings World::settings_of(std::size_t i) {
    node::ReplicaSettings made;
    const Node& at = nodes_[i];
    if (at.member) {
        made.self = at.member;
        made.sign = [this, member = *at.member](ByteView message) {
            return federation_.validator(member).sign(message);
        };
    }
    const std::size_t places = members() + setup_.observers;
    for (std::size_t other = 0; other < places; ++other) {
        if (other == at.place) continue;
        made.peers.push_back(other < members() ? std::optional(static_cast<MemberIndex>(other)) : std::nullopt);
    }
    made.timing = setup_.timing;
    if (setup_.random_settings) {
        consensus::Timing& timing = made.timing;
        timing.view_timeout = {chance_.between(400, 2'000)};
        timing.view_timeout_max = {chance_.between(5'000, 12'000)};
        timing.retry = {chance_.between(300, 2'000)};
        timing.grace = {chance_.between(200, 600)};
        timing.heartbeat = {chance_.between(30'000, 90'000)};
        timing.silence = {chance_.between(1'500, 6'000)};
        timing.status = {chance_.between(300, 2'000)};
        made.sync_status_interval = {chance_.between(300, 2'000)};
        if (chance_.permille(500)) made.journal_bytes_max = chance_.between(1, 50'000);
        if (chance_.permille(200)) made.pool.bytes_max = chance_.between(2'000, 20'000);
    }
    return made;
}

std::string World::journal_folder(std::size_t i) const { return setup_.folder + "/" + std::to_string(i); }
std::size_t World::place_of(std::size_t node) const { return nodes_[node].place; }
node::PeerIndex World::peer(std::size_t of, std::size_t who) const {
    const std::size_t self = place_of(of), other = place_of(who);
    return other < self ? other : other - 1;
}

// --- time ---

void World::later(Duration delay, std::function<void()> what) {
    events_.push({now_ + delay, order_++, std::move(what)});
}

bool World::step(Time until) {
    if (events_.empty() || events_.top().at > until) {
        figures.simulated_ms += (until - now_).ms;
        now_ = std::max(now_, until);
        return false;
    }
    const Event event = events_.top();
    events_.pop();
    figures.simulated_ms += (event.at - now_).ms;
    ++figures.events;
    now_ = event.at;
    event.what();
    return true;
}

void World::run(Duration time) {
    const Time until = now_ + time;
    while (step(until)) {
    }
}

bool World::run_until(Duration most, const std::function<bool()>& holds) {
    const Time until = now_ + most;
    while (!holds() && step(until)) {
    }
    return holds();
}

node::Clock World::clock(const Node& at) const {
    return {Time{1'000 + (now_ - at.born).ms}, Time{epoch_ms + now_.ms + static_cast<std::uint64_t>(at.skew_ms)}};
}

// --- nodes ---

void World::begin() {
    for (std::size_t i = 0; i < size(); ++i) start(i);
}

void World::turn_coat(std::size_t i, std::unique_ptr<Tongue> tongue) {
    nodes_[i].tongue = std::move(tongue);
    fidget(i);
}

void World::fidget(std::size_t i) {
    later({chance_.between(50, 800)}, [this, i] {
        if (up(i)) nodes_[i].tongue->restless(*this, i);
        fidget(i);
    });
}

// `excused`: a fault was injected into its disk. Otherwise it must remember all, or know that it forgot before.
Status World::open(std::size_t i, bool excused) {
    Node& at = nodes_[i];
    XL_TRY(node::OpenedJournal journal, node::JournalFile::open(journal_folder(i)));
    XL_TRY(at.chain, ledger::Chain::open(at.store, genesis()));
    XL_TRY(const Memory memory, node::memory_of(journal, *at.chain));
    if (excused) at.amnesic = true;
    // A node that crashed with its first block before the first write of its journal cannot distinguish that from a
    // loss.
    if (memory == Memory::lost && at.honest && !at.amnesic && at.remembers)
        invariants.broken("a node with a whole disk takes its journal for lost: node " + std::to_string(i) +
                          " at height " + std::to_string(at.chain->height()) + " with " +
                          std::to_string(journal.records.size()) + " records. " + journal.detail);
    if (memory == Memory::whole) at.amnesic = false;
    if (memory == Memory::lost) {
        // What could still be read was written into the new journal.
        forget(i);
        for (const node::JournalRecord& record : journal.records) wrote(i, record);
    }
    at.journal = std::move(journal.file);
    ++at.life;
    at.born = now_;
    at.wake.reset();
    at.votes = 0;
    at.replica = std::make_unique<node::Replica>(at.settings, *at.chain);
    const Status started = at.replica->start(journal.records, memory, clock(at));
    if (!started) {
        at.replica.reset();
        at.journal.reset();
        at.chain.reset();
    }
    return started;
}

void World::forget(std::size_t i) {
    nodes_[i].remembers = false;
    invariants.lost_journal(i);
}

void World::wrote(std::size_t i, const node::JournalRecord& record) {
    using Kind = node::JournalRecord::Kind;
    if (record.kind == Kind::core || record.kind == Kind::anchor) nodes_[i].remembers = true;
    if (record.kind == Kind::core) invariants.wrote(i, test::must(consensus::decode_persist(record.body)));
}

void World::flip_journal_bit(std::size_t i) {
    const auto file = journal_in(journal_folder(i));
    if (!file) return;
    const std::uint64_t bytes = fs::file_size(*file);
    std::FILE* open = std::fopen(file->c_str(), "r+b");
    const long where = static_cast<long>(chance_.below(std::max<std::uint64_t>(bytes, 1)));
    std::fseek(open, where, SEEK_SET);
    const int byte = std::fgetc(open);
    std::fseek(open, where, SEEK_SET);
    std::fputc(byte ^ (1 << chance_.below(8)), open);
    std::fclose(open);
    ++figures.disk_faults;
}

bool World::start(std::size_t i, Comeback how) {
    Node& at = nodes_[i];
    if (at.replica) return true;
    at.store.tear_after.reset();
    at.stopped.clear();
    damage_disk(i, how);
    at.image.reset();
    const bool excused = how != Comeback::whole || at.rows_flipped;
    if (how == Comeback::lost_journal || how == Comeback::lost_all) forget(i);
    trace_.add(100 + i);
    if (const Status opened = open(i, excused); !opened) {
        at.notes.push_back("refused to start: " + opened.error().text);
        at.refused = true;
        if (at.honest && !excused)
            invariants.broken("a node with a whole disk refuses to start: " + opened.error().text);
        if (!start_over(i)) return false;
    }
    arm(i, at.replica ? std::optional(clock(at).steady) : std::nullopt);
    apply_effects(i);
    for (std::size_t other = 0; other < size(); ++other) {
        if (other != i && up(other) && place_of(other) != place_of(i)) link(i, other);
    }
    return true;
}

void World::crash(std::size_t i) {
    Node& at = nodes_[i];
    if (!at.replica) return;
    trace_.add(200 + i);
    ++figures.crashes;
    at.replica.reset();
    at.journal.reset();
    at.chain.reset();
    ++at.life;
    at.wake.reset();
    for (std::size_t other = 0; other < size(); ++other) {
        if (!up(other) || place_of(other) == at.place) continue;
        turn(other, [&](node::Replica& r, node::Clock) { r.disconnected(peer(other, i)); });
    }
}

void World::stop(std::size_t i, const std::string& why) {
    Node& at = nodes_[i];
    at.stopped = why;
    const bool injected =
        at.disk_full || at.store.tear_after || at.image || at.rows_flipped || invariants.beyond_faults;
    if (at.honest && !injected) invariants.broken("an honest node stopped: " + why);
    crash(i);
}

Result<std::optional<ledger::Receipt>> World::submit(std::size_t i, const ledger::BatchPtr& batch) {
    Result<std::optional<ledger::Receipt>> answer{Error{Errc::unavailable, "the node is down"}};
    if (up(i)) turn(i, [&](node::Replica& r, node::Clock now) { answer = r.submit(batch, now); });
    return answer;
}

void World::turn(std::size_t i, const std::function<void(node::Replica&, node::Clock)>& input) {
    Node& at = nodes_[i];
    // Whether a commit of this turn, if there is one, is cut before or after it reaches the disk.
    const bool armed = !at.store.tear_after && chance_.permille(weather.crash / 2);
    if (armed) at.store.tear_after = chance_.permille(500) ? 0 : ~std::size_t{0};
    const std::size_t commits = at.store.commits();
    input(*at.replica, clock(at));
    if (armed && at.store.commits() == commits) at.store.tear_after.reset();
    // A turn of the daemon has many inputs when they come fast; their effects are applied once.
    if (!chance_.permille(weather.gather)) return apply_effects(i);
    if (std::exchange(at.owes, true)) return;
    later({chance_.below(4)}, [this, i, life = at.life] {
        if (nodes_[i].owes && nodes_[i].life == life && up(i)) apply_effects(i);
    });
}

// --- effects of a turn ---

Status World::write_down(std::size_t i, const Effects& effects) {
    Node& at = nodes_[i];
    if (effects.persist.empty()) return Status();
    enum class Fall { none, before, torn, after } fall = Fall::none;
    if (chance_.permille(weather.crash)) fall = static_cast<Fall>(chance_.between(1, 3));
    if (at.disk_full) fall = Fall::torn;
    if (fall != Fall::before) {
        const std::uint64_t before = journal_bytes(journal_folder(i));
        Status written = at.journal->append(effects.persist);
        if (written && effects.rotate) written = at.journal->rotate(*effects.rotate);
        if (!written) invariants.broken("a journal in memory could not be written: " + written.error().text);
        if (fall == Fall::torn && !effects.rotate) {
            const std::uint64_t after = journal_bytes(journal_folder(i));
            at.journal.reset();
            fs::resize_file(*journal_in(journal_folder(i)), before + chance_.below(after - before));
            ++figures.torn;
        } else {
            for (const node::JournalRecord& record : effects.persist) wrote(i, record);
        }
    }
    if (fall == Fall::none) return Status();
    if (at.disk_full) {
        stop(i, "the disk is full (simulated)");
    } else {
        crash(i);
        come_back_later(i);
    }
    return Error{Errc::io, "it fell while it wrote"};
}

void World::apply_effects(std::size_t i) {
    Node& at = nodes_[i];
    at.owes = false;
    const Status done = node::apply_effects(
        at.replica->take(), [&](const Effects& effects) { return write_down(i, effects); },
        [&](const Effects& effects) { release(i, effects); });
    if (done || !up(i)) return;
    const bool torn = at.store.tear_after.has_value();
    stop(i, done.error().text);
    if (torn || at.rows_flipped) come_back_later(i);
}

void World::release(std::size_t i, const Effects& effects) {
    Node& at = nodes_[i];
    const std::uint64_t life = at.life;
    for (const ledger::Receipt& receipt : effects.settled) {
        acknowledge(i, receipt);
    }
    for (const ledger::StoredBlock& block : effects.committed) {
        if (at.honest) invariants.committed(i, block.block.header.height, block.id);
        if (const auto proposed = proposed_.find(block.id); proposed != proposed_.end() && at.honest) {
            proposal_to_final_ms_.push_back((now_ - proposed->second).ms);
            proposed_.erase(proposed);
        }
        if (block.certificate && at.honest) invariants.finalized(i, *block.certificate);
        trace_.add(block.id.view());
    }
    for (const consensus::Note& note : effects.notes) {
        if (!note.text.empty()) at.notes.push_back(note.text);
        if (note.kind != consensus::Note::Kind::halted || !at.honest) continue;
        // Flipped rows excuse no other reason to halt.
        const bool by_damage = at.rows_flipped && note.text.find("the ledger's store is damaged") != std::string::npos;
        if (by_damage) replace_later(i);
        if (!by_damage) invariants.halted(i, note.text);
    }
    if (at.honest) evidence_.insert(evidence_.end(), effects.evidence.begin(), effects.evidence.end());
    if (effects.wake) arm(i, effects.wake);
    speak(i, effects);
    if (!up(i) || at.life != life) return;
    for (const auto& [whom, why] : effects.ban) {
        const std::size_t place = whom < at.place ? whom : whom + 1;
        for (std::size_t other = 0; other < size(); ++other) {
            if (place_of(other) == place) ban(i, other, why);
        }
    }
}

// An acknowledgement is final: this node repeats it, and all others give the same.
void World::acknowledge(std::size_t i, const ledger::Receipt& receipt) {
    Node& at = nodes_[i];
    const bool anew = at.receipts.emplace(receipt.batch, receipt).second;
    if (!at.honest) return;
    if (!anew && !at.forgot) invariants.broken("a node settled one batch twice");
    const ledger::Receipt& first = receipts_.emplace(receipt.batch, receipt).first->second;
    if ((first.block != receipt.block || first.outcome != receipt.outcome) && !invariants.beyond_faults)
        invariants.broken("two nodes gave different receipts for one batch");
    if (on_receipt) on_receipt(i, receipt);
}

void World::come_back_later(std::size_t i) {
    later({chance_.between(50, 3'000)}, [this, i, life = nodes_[i].life] {
        if (!up(i) && nodes_[i].life == life) start(i);
    });
}

// The operator does what the message says: moves the data folder aside, and the node fetches everything from the peers.
void World::replace_later(std::size_t i) {
    later({chance_.between(500, 5'000)}, [this, i, life = nodes_[i].life] {
        if (!up(i) || nodes_[i].life != life) return;
        crash(i);
        start(i, Comeback::lost_all);
    });
}

void World::arm(std::size_t i, std::optional<Time> wake) {
    Node& at = nodes_[i];
    if (!wake || (at.wake && *at.wake <= *wake)) return;
    at.wake = wake;
    const Time here = at.born + Duration{wake->ms > 1'000 ? wake->ms - 1'000 : 0};
    at.wakes_now = here <= now_ ? at.wakes_now + 1 : 0;
    if (at.wakes_now > wakes_now_max) return invariants.broken("a node asks to be woken at once, for ever");
    later(here - now_, [this, i, life = at.life, wake = *wake] {
        Node& woken = nodes_[i];
        if (woken.life != life || woken.wake != wake) return;
        woken.wake.reset();
        ++woken.ticks;
        turn(i, [](node::Replica& r, node::Clock now) { r.tick(now); });
    });
}

void World::speak(std::size_t i, const Effects& effects) {
    for (const Bytes& frame : effects.broadcast) {
        const PacketPtr said = packet(frame);
        watch(i, said);
        for (std::size_t to = 0; to < size(); ++to) {
            if (place_of(to) != place_of(i)) say(i, to, said);
        }
    }
    for (const auto& [whom, frame] : effects.send) {
        const PacketPtr said = packet(frame);
        watch(i, said);
        const std::size_t place = whom < place_of(i) ? whom : whom + 1;
        for (std::size_t to = 0; to < size(); ++to) {
            if (place_of(to) == place) say(i, to, said);
        }
    }
}

void World::say(std::size_t i, std::size_t to, const PacketPtr& said) {
    if (nodes_[i].tongue) return nodes_[i].tongue->said(*this, i, to, said);
    post(i, to, said);
}

// Checks that an honest member's messages are in its journal.
void World::watch(std::size_t i, const PacketPtr& said) {
    const auto* inner = std::get_if<wire::Consensus>(said->message.get());
    if (inner == nullptr) return;
    ++figures.consensus_frames;
    if (setup_.listener) setup_.listener(describe(i, test::must(consensus::decode_message(inner->message))));
    if (!nodes_[i].honest || !nodes_[i].member) return;
    const auto message = test::must(consensus::decode_message(inner->message));
    if (std::holds_alternative<consensus::Vote>(message)) ++nodes_[i].votes;
    if (const auto* proposal = std::get_if<consensus::Proposal>(&message); proposal != nullptr)
        proposed_.emplace(*proposal->statement.block, now_);
    invariants.sent(i, *nodes_[i].member, message);
}

}  // namespace xinlian::sim

#include "tests/sim/clients.hpp"

#include <algorithm>
#include <array>

namespace xinlian::sim {

namespace {

constexpr std::size_t waiting_max = 3;  // batches of one issuer without an answer
// Most entries are about few records, and some about others.
constexpr std::size_t filed_max = 40;
constexpr std::ptrdiff_t filed_kept = 6;

}  // namespace

Clients::Clients(World& world) : world_(world), chance_(world.chance().next()) {
    for (const ledger::Member& member : world.genesis().members()) issuers_.emplace_back().id = member.id;
    world.on_receipt = [this](std::size_t, const ledger::Receipt& decision) { answered(decision); };
}

ledger::Entry Clients::entry(Issuer& issuer, bool right) {
    const Suite suite = world_.genesis().suite();
    // A subject may be one of a few, so that chains of several entries arise, from several issuers.
    if (issuer.records.empty() || chance_.permille(700)) {
        ledger::Entry made = test::create(suite, ++issuer.made, chance_.below(12));
        made.record = test::named(suite, "record of " + issuer.id, right ? issuer.made : chance_.below(issuer.made));
        static constexpr std::array<ledger::Date, 4> decided{20'251'109, 20'251'003, 20'261'231, ledger::date_none};
        made.decided = decided[chance_.below(decided.size())];
        made.code = grade();
        if (chance_.permille(150)) made.category = ledger::Category::licence;
        return made;
    }
    const std::size_t at = chance_.below(issuer.records.size());
    const ledger::Entry last = issuer.records[at];
    ledger::Entry made = chance_.permille(100) ? test::remove(last) : test::update(last);
    if (chance_.permille(200) && made.operation == ledger::Operation::update) {
        made.operation = ledger::Operation::overwrite;
        made.version = last.version;
    }
    if (!right) made.version += 7;
    return made;
}

ledger::BatchPtr Clients::make(Issuer& issuer, bool right) {
    std::vector<ledger::Entry> entries;
    for (std::uint64_t n = chance_.between(1, 3); n > 0; --n) {
        ledger::Entry next = entry(issuer, right || n > 1);
        const auto same = [&next](const ledger::Entry& other) { return other.record == next.record; };
        if (std::none_of(entries.begin(), entries.end(), same)) entries.push_back(next);
    }
    if (right) {
        if (issuer.filed.size() > filed_max) issuer.filed.erase(issuer.filed.begin(), issuer.filed.end() - filed_kept);
        for (const ledger::Entry& made : entries) {
            std::erase_if(issuer.records, [&made](const ledger::Entry& old) { return old.record == made.record; });
            if (made.operation != ledger::Operation::remove) issuer.records.push_back(made);
            if (made.operation == ledger::Operation::create) issuer.filed.push_back(made.record);
        }
    }
    return sign(issuer, std::move(entries));
}

// A refused entry may be submitted again: with another nonce it is another batch.
ledger::BatchPtr Clients::sign(const Issuer& issuer, std::vector<ledger::Entry> entries,
                               std::vector<ledger::SignedRules> resolutions) {
    const ledger::Batch batch =
        test::must(ledger::make_batch(world_.genesis(), issuer.id, issuer.next, issuer.head, std::move(entries),
                                      world_.federation().issuer(issuer.id), ++signed_, std::move(resolutions)));
    return test::must(ledger::check_batch(world_.genesis(), encode(batch)));
}

bool Clients::is_full(const Issuer& issuer) {
    const bool forked = !issuer.waiting.empty() && issuer.waiting.back().rival;
    return issuer.waiting.size() >= waiting_max || forked;
}

void Clients::submit(std::size_t number, std::size_t node) {
    Issuer& issuer = issuers_.at(number);
    if (is_full(issuer)) return;
    const bool alone = issuer.waiting.empty();
    if (alone && world_.node(node).chain && chance_.permille(500)) {
        if (const ledger::BatchPtr acts = make_acts(issuer, node)) return hand_in(issuer, acts, node);
    }
    const bool right = !alone || chance_.permille(900);
    hand_in(issuer, make(issuer, right), node);
}

// Draws from ranges in which the time limits of scenarios can still be met.
std::string Clients::some_parameters() {
    const auto some = [this](const char* name, std::uint64_t min, std::uint64_t max) {
        return chance_.permille(600) ? std::string(",\"") + name + "\":" + std::to_string(chance_.between(min, max))
                                     : "";
    };
    std::string text = "\"block_batches_max\":" + std::to_string(chance_.between(3, 12));
    text += some("block_interval_min_ms", 0, 800);
    text += some("clock_ahead_max_ms", 5'000, 9'000);
    text += some("heartbeat_ms", 30'000, 90'000);
    text += some("view_timeout_ms", 400, 2'000);
    return text;
}

void Clients::resolve(std::size_t number, std::size_t node, std::string parameters) {
    Issuer& issuer = issuers_.at(number);
    if (is_full(issuer) || !world_.node(node).chain) return;
    const bool drawn = parameters.empty();
    if (drawn) parameters = some_parameters();
    const ledger::RulesState known = world_.node(node).chain->snapshot()->state.rules();
    const std::uint32_t next = known.count + 1 + (drawn && chance_.permille(100) ? 1 : 0);
    const Height from = world_.height(node) + (drawn ? chance_.between(1, 8) : 4);
    ledger::SignedRules rules = world_.federation().resolve(next, from, "{\"parameters\":{" + parameters + "}}");
    const ledger::ParsedResolution parsed = test::must(ledger::parse_resolution(world_.genesis(), rules.text));
    const ledger::Entry entry = ledger::entry_of(world_.genesis().suite(), parsed, rules);
    hand_in(issuer, sign(issuer, {entry}, {std::move(rules)}), node);
}

void Clients::hand_in(Issuer& issuer, const ledger::BatchPtr& batch, std::size_t node) {
    issuer.waiting.push_back({batch, nullptr, world_.now()});
    issuer.next += 1;
    issuer.head = batch->id;
    ++world_.figures.batches;
    static_cast<void>(world_.submit(node, batch));
}

void Clients::fork(std::size_t number, std::size_t one, std::size_t other) {
    Issuer& issuer = issuers_.at(number);
    if (!issuer.waiting.empty()) return;
    const std::vector<ledger::Entry> before = issuer.records;
    const ledger::BatchPtr first = make(issuer, true);
    issuer.records = before;
    const ledger::BatchPtr second = make(issuer, true);
    issuer.records = before;  // which of them will be accepted is not known yet: neither is built upon
    issuer.waiting.push_back({first, second, world_.now()});
    world_.figures.batches += 2;
    static_cast<void>(world_.submit(one, first));
    static_cast<void>(world_.submit(other, second));
}

void Clients::count(const ledger::Batch& batch, ledger::Reason reason) {
    Figures& figures = world_.figures;
    if (reason != ledger::Reason::accepted) {
        ++figures.refused.at(static_cast<std::size_t>(reason));
        return;
    }
    for (const ledger::Entry& entry : batch.entries) ++figures.accepted.at(static_cast<std::size_t>(entry.operation));
}

void Clients::answered(const ledger::Receipt& decision) {
    if (!answered_.insert(decision.batch).second) return;
    for (Issuer& issuer : issuers_) {
        for (std::size_t i = 0; i < issuer.waiting.size(); ++i) {
            const Waiting& waiting = issuer.waiting[i];
            const bool is_rival = waiting.rival && waiting.rival->id == decision.batch;
            if (waiting.batch->id != decision.batch && !is_rival) continue;
            waits_ms_.push_back((world_.now() - waiting.since).ms);
            const ledger::Batch& batch = (is_rival ? waiting.rival : waiting.batch)->batch;
            const ledger::BatchHeader header = batch.header;
            count(batch, decision.outcome.reason);
            if (decision.outcome.reason == ledger::Reason::accepted) {
                if (waiting.rival) std::tie(issuer.next, issuer.head) = std::pair(header.sequence + 1, decision.batch);
                issuer.waiting.erase(issuer.waiting.begin() + static_cast<std::ptrdiff_t>(i));
                return;
            }
            // What follows a rejected batch can never be accepted: its place is signed again.
            issuer.next = header.sequence;
            issuer.head = header.previous;
            issuer.records.clear();
            issuer.waiting.clear();
            return;
        }
    }
}

void Clients::insist() {
    std::vector<std::size_t> nodes;
    for (std::size_t i = 0; i < world_.size(); ++i) {
        if (world_.up(i) && world_.node(i).honest) nodes.push_back(i);
    }
    if (nodes.empty()) return;
    for (Issuer& issuer : issuers_) {
        catch_up(issuer, nodes[chance_.below(nodes.size())]);
        // Answers arrive during the loop and change the list.
        const std::vector<Waiting> waiting = issuer.waiting;
        for (const Waiting& one : waiting) {
            for (const auto& batch : {one.batch, one.rival}) {
                const std::size_t node = nodes[chance_.below(nodes.size())];
                if (!batch || !world_.up(node)) continue;
                const auto answer = world_.submit(node, batch);
                if (answer && *answer) answered(**answer);
                if (!answer) issuer.refusal = answer.error().text;
            }
        }
    }
}

// If a feed has advanced without what waits here (a competing batch of an earlier place was accepted after the other
// was rejected), the issuer reads the feed's position and signs again.
void Clients::catch_up(Issuer& issuer, std::size_t node) {
    if (issuer.waiting.empty() || !world_.up(node)) return;
    const ledger::FeedState feed = world_.node(node).chain->snapshot()->state.feed(issuer.id);
    const ledger::BatchHeader& first = issuer.waiting.front().batch->batch.header;
    const bool passed = first.sequence < feed.next_sequence;
    const bool elsewhere = first.sequence == feed.next_sequence && first.previous != feed.head;
    if (!passed && !elsewhere) return;
    issuer.next = feed.next_sequence;
    issuer.head = feed.head;
    issuer.records.clear();
    issuer.waiting.clear();
}

bool Clients::all_answered() const {
    return std::all_of(issuers_.begin(), issuers_.end(), [](const Issuer& issuer) { return issuer.waiting.empty(); });
}

std::string Clients::unanswered() const {
    std::string text;
    for (const Issuer& issuer : issuers_) {
        for (const Waiting& one : issuer.waiting) {
            text += " batch " + std::to_string(one.batch->batch.header.sequence) + " of " + issuer.id +
                    (one.rival ? " or its rival" : "") + " (submitted at " + std::to_string(one.since.ms) +
                    "; last refusal: " + issuer.refusal + ");";
        }
    }
    return text;
}

bool Clients::all_know() const {
    for (std::size_t i = 0; i < world_.size(); ++i) {
        const World::Node& at = world_.node(i);
        if (!at.honest || !at.replica) continue;
        const ledger::SnapshotPtr snapshot = at.chain->snapshot();
        for (const Hash& id : answered_) {
            if (!snapshot->state.outcome(id)) return false;
        }
    }
    return true;
}

}  // namespace xinlian::sim

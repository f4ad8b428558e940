// Whole replicas with real keys, chains and journals, over a simulated network, clock and disks: the same seed gives
// the same run. It applies Effects as the daemon does, in the same order (node::apply_effects), and checks the safety
// invariants: no node signs contradictory statements in one view, withdraws a receipt, or holds another block at a
// height than the others.
#pragma once

#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "node/replica/replica.hpp"
#include "node/storage/data_folder.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/memory_store.hpp"

namespace xinlian::node {

class ReplicaFederation {
public:
    static constexpr std::uint64_t epoch_ms = 1'800'000'000'000;  // the genesis time, and the wall clock at 0

    struct Node {
        test::MemoryStore store;
        std::vector<JournalRecord> journal;
        std::unique_ptr<ledger::Chain> chain;
        std::unique_ptr<Replica> replica;  // nothing while it is down
        std::optional<Time> wake;
        std::uint64_t life = 0;  // counts restarts: frames to an earlier life are lost
        std::map<Hash, ledger::Receipt> receipts;
        std::vector<std::pair<Hash, Error>> dropped;
        std::vector<std::pair<std::size_t, std::string>> banned;  // by node
        std::vector<std::string> notes;                           // why it refused or halted
        std::optional<Error> fatal;
        std::size_t rotations = 0, ticks = 0;
        std::vector<ClockDifference> clocks;
        std::int64_t skew_ms = 0;
        std::map<std::tuple<VoteKind, View>, Statement> said;
    };
    struct Frame {
        std::size_t from = 0, to = 0;
        std::uint64_t from_life = 0, to_life = 0;
        std::shared_ptr<const Bytes> bytes;
    };
    enum class Fate { deliver, lose };
    using Filter = std::function<Fate(std::size_t from, std::size_t to, const wire::Message&)>;

    // Nodes above the four validators are observers.
    explicit ReplicaFederation(std::size_t count = 4, std::uint64_t seed = 1) : nodes_(count), chance_(seed) {}
    // Starts and connects all nodes; the settings below are made before.
    void begin() {
        for (std::size_t i = 0; i < nodes_.size(); ++i) start(i);
        connect_all();
    }

    consensus::Timing timing;
    ledger::PoolLimits pool;
    std::uint64_t journal_bytes_max = 64u << 20;
    Filter filter;                                     // nothing: all is delivered
    std::uint64_t delay_min_ms = 1, delay_max_ms = 1;  // of a frame
    std::uint64_t crash_one_in = 0;           // one in this many turns a node crashes between its disk and its network
    std::map<std::string, std::size_t> sent;  // frames by name

    const test::Federation& federation() const { return federation_; }
    const ledger::Genesis& genesis() const { return federation_.genesis(); }
    Node& node(std::size_t i) { return nodes_.at(i); }
    Replica& replica(std::size_t i) { return *nodes_.at(i).replica; }
    std::size_t size() const { return nodes_.size(); }
    Height height(std::size_t i) const { return nodes_.at(i).chain->height(); }
    std::uint64_t now_ms() const { return now_ms_; }
    Clock clock(std::size_t i) const {
        return {Time{now_ms_}, Time{epoch_ms + now_ms_ + static_cast<std::uint64_t>(nodes_.at(i).skew_ms)}};
    }
    PeerIndex peer(std::size_t of, std::size_t who) const { return static_cast<PeerIndex>(who < of ? who : who - 1); }
    std::size_t node_of_peer(std::size_t of, PeerIndex peer) const { return peer < of ? peer : peer + 1; }
    std::mt19937_64& chance() { return chance_; }

    // --- operations of tests ---

    Status try_start(std::size_t i, consensus::Memory memory = consensus::Memory::whole) {
        Node& at = nodes_.at(i);
        XL_TRY(at.chain, ledger::Chain::open(at.store, genesis()));
        at.replica = std::make_unique<Replica>(settings(i), *at.chain);
        XL_TRY_STATUS(at.replica->start(at.journal, memory, clock(i)));
        at.wake = Time{now_ms_};
        check_receipts(i);
        apply_effects(i);
        return Status();
    }
    void start(std::size_t i, consensus::Memory memory = consensus::Memory::whole) { test::must(try_start(i, memory)); }
    void crash(std::size_t i) {
        Node& at = nodes_.at(i);
        if (!at.replica) return;
        at.replica.reset();
        at.wake.reset();
        ++at.life;
        for (std::size_t other = 0; other < nodes_.size(); ++other) {
            if (other == i || !nodes_[other].replica) continue;
            nodes_[other].replica->disconnected(peer(other, i));
        }
    }
    void connect(std::size_t a, std::size_t b) {
        if (nodes_[a].replica) turn(a, [&](Replica& r, Clock now) { r.connected(peer(a, b), now); });
        if (nodes_[b].replica) turn(b, [&](Replica& r, Clock now) { r.connected(peer(b, a), now); });
    }
    void connect_all() {
        for (std::size_t a = 0; a < nodes_.size(); ++a) {
            for (std::size_t b = a + 1; b < nodes_.size(); ++b) connect(a, b);
        }
    }
    void restart(std::size_t i, consensus::Memory memory = consensus::Memory::whole) {
        crash(i);
        start(i, memory);
        for (std::size_t other = 0; other < nodes_.size(); ++other) {
            if (other != i && nodes_[other].replica) connect(i, other);
        }
    }
    // Delivers a frame from `from` to `to`.
    void deliver(std::size_t from, std::size_t to, const wire::Message& message) { arrive(from, to, message); }
    Result<std::optional<ledger::Receipt>> submit(std::size_t i, const ledger::BatchPtr& batch) {
        Result<std::optional<ledger::Receipt>> answer{std::optional<ledger::Receipt>()};
        turn(i, [&](Replica& r, Clock now) { answer = r.submit(batch, now); });
        return answer;
    }

    // Sends two signed votes of one member for different blocks in this view to one node.
    void equivocate(std::size_t member, std::size_t to, View view) {
        const Evidence both = federation_.equivocation(static_cast<MemberIndex>(member), view);
        for (const auto& [said, signature] :
             {std::pair(both.first, both.first_signature), std::pair(both.second, both.second_signature)}) {
            const consensus::Vote vote{said, {both.member, signature}};
            arrive(member, to, wire::Consensus{consensus::encode_message(vote)});
        }
    }
    // Sends this block to one voter as the leader of the current view would propose it above node 0's tip; everything
    // but its batches, evidence and time is filled in.
    Hash propose(ledger::Block block, std::size_t voter) {
        const auto snapshot = nodes_[0].chain->snapshot();
        const View view = nodes_[0].replica->overview().current;
        const MemberIndex leader = genesis().committee().leader(view);
        block.header = {0, snapshot->tip.height + 1, view, snapshot->tip_id, leader, block.header.time, {}};
        block.header.body_hash = ledger::body_hash(genesis().suite(), block);
        const Hash id = ledger::block_id(genesis().suite(), block.header);
        propose(id, view, block, voter);
        return id;
    }
    void propose(const Hash& id, View view, const ledger::Block& block, std::size_t voter) {
        const auto snapshot = nodes_[0].chain->snapshot();
        const MemberIndex leader = genesis().committee().leader(view);
        consensus::Proposal proposal;
        proposal.statement = {VoteKind::propose, 0, view, id, {}};
        proposal.parent_view = snapshot->tip.view;
        proposal.parent = snapshot->tip_id;
        proposal.block = encode(block);
        proposal.parent_certificate = nodes_[0].chain->block(snapshot->tip.height)->certificate;
        for (View skipped = proposal.parent_view + 1; skipped < view; ++skipped)
            proposal.gap.push_back(federation_.certify({VoteKind::nullify, 0, skipped, {}, {}}));
        proposal.signature =
            federation_.validator(leader).sign(signing_bytes(genesis().chain_id(), proposal.statement));
        arrive(leader, voter, wire::Consensus{consensus::encode_message(proposal)});
    }

    // --- time ---

    // One event; false if nothing happens any more up to `until_ms`.
    bool step(std::uint64_t until_ms) {
        std::uint64_t next = frames_.empty() ? ~std::uint64_t{0} : frames_.begin()->first;
        std::optional<std::size_t> waking;
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            if (!nodes_[i].replica || !nodes_[i].wake) continue;
            const std::uint64_t at = std::max(nodes_[i].wake->ms, now_ms_);
            if (at >= next) continue;
            next = at;
            waking = i;
        }
        if (next > until_ms) {
            now_ms_ = std::max(now_ms_, until_ms);
            return false;
        }
        now_ms_ = std::max(now_ms_, next);
        if (waking) {
            ++nodes_[*waking].ticks;
            nodes_[*waking].wake.reset();
            turn(*waking, [](Replica& r, Clock now) { r.tick(now); });
            return true;
        }
        const Frame frame = std::move(frames_.begin()->second);
        frames_.erase(frames_.begin());
        const bool lost = nodes_[frame.from].life != frame.from_life || nodes_[frame.to].life != frame.to_life;
        if (lost || !nodes_[frame.to].replica) return true;
        arrive(frame.from, frame.to, test::must(wire::decode_message(*frame.bytes)));
        return true;
    }
    void run_ms(std::uint64_t ms) {
        for (const std::uint64_t until = now_ms_ + ms; step(until);) {
        }
    }
    // Runs until the condition holds; the test fails if it does not within this many simulated milliseconds.
    void run_until(const std::function<bool()>& holds, std::uint64_t ms_max = 60'000) {
        const std::uint64_t until = now_ms_ + ms_max;
        while (!holds() && step(until)) {
        }
        INFO(describe());
        REQUIRE(holds());
    }
    bool all_hold(const std::vector<ledger::BatchPtr>& batches) const {
        for (const Node& at : nodes_) {
            if (!at.replica) continue;
            const auto snapshot = at.chain->snapshot();
            for (const auto& batch : batches) {
                if (!snapshot->state.outcome(batch->id)) return false;
            }
        }
        return true;
    }

    // The agreement invariant: no node holds another block at a height, or another outcome of a batch.
    void check_agreement() {
        for (Height h = 1;; ++h) {
            std::set<Hash> ids;
            for (const Node& at : nodes_) {
                const auto block = at.chain->block(h);
                if (block) ids.insert(block->id);
            }
            if (ids.empty()) break;
            REQUIRE(ids.size() == 1);
        }
        for (std::size_t i = 0; i < nodes_.size(); ++i) check_receipts(i);
    }
    // Every acknowledged batch stays in the chain.
    void check_receipts(std::size_t i) {
        const auto snapshot = nodes_[i].chain->snapshot();
        for (const auto& [id, receipt] : nodes_[i].receipts) {
            const auto outcome = snapshot->state.outcome(id);
            REQUIRE(outcome.has_value());
            REQUIRE(*outcome == receipt.outcome);
            const auto first = receipts_.emplace(id, receipt).first;
            REQUIRE(first->second.outcome == receipt.outcome);
            REQUIRE(first->second.block == receipt.block);
        }
    }
    std::string describe() const {
        std::string text = "at " + std::to_string(now_ms_) + " ms\n";
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            text += "node " + std::to_string(i) + ": height " + std::to_string(nodes_[i].chain->height());
            if (!nodes_[i].replica) {
                text += ", down\n";
                continue;
            }
            const Replica::Overview view = nodes_[i].replica->overview();
            text += ", view " + std::to_string(view.current) + ", final " + std::to_string(view.finalized) + ", pool " +
                    std::to_string(view.pool_batches) + ", tree " + std::to_string(view.tree_blocks) +
                    (view.work_waiting ? ", work waits" : "") + (view.halted ? ", halted: " + view.halt_reason : "") +
                    (nodes_[i].wake ? ", wakes at " + std::to_string(nodes_[i].wake->ms) : ", sleeps") + "\n";
        }
        return text;
    }

private:
    ReplicaSettings settings(std::size_t i) {
        ReplicaSettings made;
        const std::size_t validators = genesis().committee().size();
        if (i < validators) {
            made.self = static_cast<MemberIndex>(i);
            made.sign = [this, i](ByteView message) {
                return federation_.validator(static_cast<MemberIndex>(i)).sign(message);
            };
        }
        for (std::size_t other = 0; other < nodes_.size(); ++other) {
            if (other == i) continue;
            made.peers.push_back(other < validators ? std::optional(static_cast<MemberIndex>(other)) : std::nullopt);
        }
        made.timing = timing;
        made.pool = pool;
        made.journal_bytes_max = journal_bytes_max;
        return made;
    }
    template <class Input>
    void turn(std::size_t i, Input&& input) {
        input(*nodes_[i].replica, clock(i));
        apply_effects(i);
    }
    void arrive(std::size_t from, std::size_t to, const wire::Message& message) {
        const PeerIndex by = peer(to, from);
        if (const auto* body = std::get_if<wire::BatchBody>(&message)) {
            const auto batch = ledger::check_batch(genesis(), body->batch);
            if (!batch) {
                nodes_[to].banned.emplace_back(from, batch.error().text);
                return;
            }
            return turn(to, [&](Replica& r, Clock now) { r.body(by, *batch, now); });
        }
        turn(to, [&](Replica& r, Clock now) { r.receive(by, message, now); });
    }

    void apply_effects(std::size_t i) {
        const Status done = node::apply_effects(
            nodes_[i].replica->take(), [&](const Effects& effects) { return persist(i, effects); },
            [&](const Effects& effects) { release(i, effects); });
        if (done) return;
        nodes_[i].fatal = done.error();
        crash(i);
    }
    Status persist(std::size_t i, const Effects& effects) {
        Node& at = nodes_[i];
        at.journal.insert(at.journal.end(), effects.persist.begin(), effects.persist.end());
        if (effects.rotate) {
            at.journal = *effects.rotate;
            ++at.rotations;
        }
        return Status();
    }
    void release(std::size_t i, const Effects& effects) {
        Node& at = nodes_[i];
        for (const ledger::Receipt& receipt : effects.settled) {
            const auto outcome = at.chain->snapshot()->state.outcome(receipt.batch);
            REQUIRE(outcome == receipt.outcome);
        }
        if (crash_one_in != 0 && !effects.persist.empty() && chance_() % crash_one_in == 0) return crash(i);
        for (const Bytes& frame : effects.broadcast) {
            const auto shared = std::make_shared<const Bytes>(frame);
            watch(i, frame);
            for (std::size_t to = 0; to < nodes_.size(); ++to) {
                if (to != i) post(i, to, shared);
            }
        }
        for (const auto& [to, frame] : effects.send) {
            watch(i, frame);
            post(i, node_of_peer(i, to), std::make_shared<const Bytes>(frame));
        }
        for (const auto& [whom, why] : effects.ban) at.banned.emplace_back(node_of_peer(i, whom), why);
        for (const ledger::Receipt& receipt : effects.settled) {
            REQUIRE(at.receipts.emplace(receipt.batch, receipt).second);  // each once, not again after a restart
        }
        at.dropped.insert(at.dropped.end(), effects.dropped.begin(), effects.dropped.end());
        at.clocks.insert(at.clocks.end(), effects.clocks.begin(), effects.clocks.end());
        for (const consensus::Note& note : effects.notes) {
            if (!note.text.empty()) at.notes.push_back(note.text);
        }
        if (effects.wake && (!at.wake || *effects.wake < *at.wake)) at.wake = effects.wake;
    }
    void post(std::size_t from, std::size_t to, std::shared_ptr<const Bytes> bytes) {
        if (!nodes_[to].replica) return;
        const wire::Message message = test::must(wire::decode_message(*bytes));
        ++sent[std::string(wire::name_of(message))];
        if (filter && filter(from, to, message) == Fate::lose) return;
        const std::uint64_t delay = delay_min_ms + chance_() % (delay_max_ms - delay_min_ms + 1);
        frames_.emplace(now_ms_ + delay, Frame{from, to, nodes_[from].life, nodes_[to].life, std::move(bytes)});
    }
    // A validator's own statements are made once, over all its lives.
    void watch(std::size_t i, const Bytes& frame) {
        const wire::Message message = test::must(wire::decode_message(frame));
        const auto* inner = std::get_if<wire::Consensus>(&message);
        if (inner == nullptr) return;
        const auto say = [&](const Statement& statement) {
            for (const auto& [key, before] : nodes_[i].said) {
                if (std::get<View>(key) != statement.view) continue;
                INFO("node " << i << " in view " << statement.view);
                REQUIRE_FALSE(conflict(before, statement));
            }
            nodes_[i].said.emplace(std::tuple(statement.kind, statement.view), statement);
        };
        const consensus::Message decoded = test::must(consensus::decode_message(inner->message));
        if (const auto* vote = std::get_if<consensus::Vote>(&decoded); vote != nullptr && vote->by.member == i)
            say(vote->statement);
        if (const auto* proposal = std::get_if<consensus::Proposal>(&decoded);
            proposal != nullptr && genesis().committee().leader(proposal->statement.view) == i)
            say(proposal->statement);
    }

    test::Federation federation_;
    std::vector<Node> nodes_;
    std::multimap<std::uint64_t, Frame> frames_;
    std::mt19937_64 chance_;
    std::map<Hash, ledger::Receipt> receipts_;  // the first seen anywhere
    std::uint64_t now_ms_ = 1'000;
};

}  // namespace xinlian::node

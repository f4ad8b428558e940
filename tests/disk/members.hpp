// Runs four complete replicas over a simulated network and clock, some of them on real files. Files are opened and kept
// as the daemon does (node/storage/data_folder.hpp), in its order of persisting and sending. The invariants are checked
// with code that is independent of the rules under test. Catch is not used here: this runs in forks, which report in
// text.
#pragma once

#include <map>
#include <set>

#include "node/replica/replica.hpp"
#include "node/storage/data_folder.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/memory_store.hpp"

namespace xinlian::disk {

class Members {
public:
    static constexpr std::size_t count = 4;
    static constexpr std::uint64_t epoch_ms = 1'800'000'000'000;  // the genesis time, and the wall clock at 0

    struct Member {
        bool on_disk = false;
        std::unique_ptr<node::DataFolder> data;       // if on disk and up
        test::MemoryStore memory;                     // if not on disk
        std::vector<node::JournalRecord> records;     // if not on disk
        std::unique_ptr<ledger::Chain> memory_chain;  // if not on disk
        std::unique_ptr<node::Replica> replica;       // nothing while it is down
        std::optional<Time> wake;
        std::uint64_t life = 0;  // frames to or from an earlier life are lost
        std::vector<Statement> said;
        std::map<Height, Hash> acknowledged;  // blocks it called final
        std::map<Hash, ledger::Receipt> receipts;
        std::optional<Error> fatal;
        consensus::Memory recalled = consensus::Memory::whole;  // at its last start
        const ledger::Chain& chain() const { return on_disk ? *data->chain : *memory_chain; }
    };
    enum class Moment { kept, sent };  // the turn's writes are done and nothing is sent; everything is sent

    // Members on disk keep their data in ROOT/0 … ROOT/3.
    Members(std::string root, std::set<std::size_t> on_disk, std::uint64_t journal_bytes_max);

    // Called after each turn of a member on disk, once for each moment.
    std::function<void(std::size_t member, Moment moment)> at_turn;
    // Whether a frame arrives.
    std::function<bool(std::size_t from, std::size_t to, const node::wire::Message&)> passes;

    bool may_halt = false;

    // Starts all members that are down and connects all.
    Status begin();
    Status start(std::size_t i);
    // Stops the member without a last message or write: what it had in memory is lost. (The object is never destroyed,
    // since destructors touch files.)
    void drop(std::size_t i);
    void move_to(std::string root) { root_ = std::move(root); }
    void submit(std::size_t i, const ledger::BatchPtr& batch);
    void deliver(std::size_t from, std::size_t to, const node::wire::Message& message);

    // Runs until the condition holds. Returns false if it does not hold within this time, or if something went wrong.
    bool run_until(const std::function<bool()>& holds, std::uint64_t ms_max);
    void run_ms(std::uint64_t ms);
    bool all_hold(const ledger::BatchPtr& batch) const;

    // The first violation of a safety rule by any member.
    const std::optional<std::string>& wrong() const { return wrong_; }
    // Checks that everything acknowledged is in the chain of this member, and that no two chains differ.
    void check_acknowledged(std::size_t i);
    void check_agreement();
    std::string describe() const;

    const test::Federation& federation() const { return federation_; }
    const ledger::Genesis& genesis() const { return federation_.genesis(); }
    Member& member(std::size_t i) { return members_.at(i); }
    node::Clock clock() const { return {Time{now_ms_}, Time{epoch_ms + now_ms_}}; }
    std::uint64_t rotations() const { return rotations_; }

private:
    struct Frame {
        std::size_t from = 0, to = 0;
        std::uint64_t from_life = 0, to_life = 0;
        Bytes bytes;
    };
    node::PeerIndex peer(std::size_t of, std::size_t who) const {
        return static_cast<node::PeerIndex>(who < of ? who : who - 1);
    }
    std::size_t member_of_peer(std::size_t of, node::PeerIndex peer) const { return peer < of ? peer : peer + 1; }
    node::ReplicaSettings settings(std::size_t i) const;
    template <class Input>
    void turn(std::size_t i, Input&& input);
    bool step(std::uint64_t until_ms);
    void apply_effects(std::size_t i);
    Status persist(Member& at, const node::Effects& effects);
    void release(std::size_t i, const node::Effects& effects);
    void post(std::size_t from, std::size_t to, const Bytes& frame);
    void hear(std::size_t i, const Bytes& frame);
    void say(std::size_t i, const Statement& statement);
    void fail(std::string text) {
        if (!wrong_) wrong_ = std::move(text);
    }

    test::Federation federation_;
    std::string root_;
    std::uint64_t journal_bytes_max_;
    std::array<Member, count> members_;
    std::multimap<std::uint64_t, Frame> frames_;
    std::uint64_t now_ms_ = 1'000;
    std::uint64_t rotations_ = 0;
    std::optional<std::string> wrong_;
};

// Whether no member may ever have signed both, by the rules of docs/protocol.md: in a view one proposal, one
// notarization and one finalization, all of one block, and never both a nullification and a finalization.
bool contradict(const Statement& a, const Statement& b);

}  // namespace xinlian::disk

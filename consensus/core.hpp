// Simplex (Chan and Pass, ePrint 2023/463) as a pure state machine: one input and the time in, Actions out. It has no
// thread, socket, clock, disk or randomness, so that a simulator can drive a whole federation through faults. The
// rules, and why they are safe and live: docs/protocol.md.
//
// The core orders opaque blocks. It never holds block trees or bodies: it asks the caller (build, check, execute) and
// gets answers later, in any order or never. A late answer is ignored. Only certificates advance the view.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "consensus/message.hpp"
#include "crypto/time.hpp"

namespace xinlian::consensus {

struct Timing {
    Duration view_timeout{1'000};       // T0; grows by half for each nullified view since the last finalization
    Duration view_timeout_max{10'000};  // upper limit of the timeout
    Duration retry{1'000};              // re-sends the stored vote and the entry certificate while a view is stuck
    Duration grace{250};  // notarized blocks that have waited less than this for finality do not trigger a proposal
    Duration heartbeat{60'000};  // an idle federation makes a block this long after the last finalization
    Duration silence{3'000};     // a leader not heard for this long is skipped at once if q - 1 others are heard
    Duration status{1'000};      // Status to all while there is demand or something unfinal; to new connections always
};

struct Settings {
    Committee committee;
    Hash chain_id;
    Epoch epoch = 0;
    std::optional<MemberIndex> self;  // nothing: an observer, which follows and never votes
    Timing timing;
    std::function<Signature(ByteView)> sign;  // unused by observers
    // The leader of a view. A federation leaves it empty: then members take turns
    // (Committee::leader), which is also what the ledger demands of a block. A simulator may set it.
    std::function<MemberIndex(View)> leader = {};
};

// One record of the vote journal, in the order written. All of Actions::persist must be on disk before anything in
// Actions::broadcast or send_to is sent.
struct OwnVote {
    Vote vote;
    bool operator==(const OwnVote&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(vote);
    }
};
struct OwnProposal {
    Proposal proposal;
    bool operator==(const OwnProposal&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(proposal);
    }
};
struct SeenCertificate {
    Certificate certificate;
    bool operator==(const SeenCertificate&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(certificate);
    }
};
// This journal replaced one that was lost: nothing may be signed in views up to this one. The highest possible view
// means that the views of the other members are not known yet.
struct SilentThrough {
    View view = 0;
    bool operator==(const SilentThrough&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(view);
    }
};
using Persist = std::variant<OwnVote, OwnProposal, SeenCertificate, SilentThrough>;

struct BuildRequest {
    View view = 0;
    Hash parent;
    View parent_view = 0;
};  // answer with built()
struct CheckRequest {
    View view = 0;
    Hash block;
    View parent_view = 0;
    Hash parent;
    Bytes bytes;
};  // answer with checked()
struct ExecuteRequest {
    View view = 0;
    Hash block;
};  // notarized; answer with executed() when it and its ancestors are

// Events for logs, metrics and the simulator's trace. Not needed for correctness.
struct Note {
    enum class Kind : std::uint8_t {
        entered_view,
        timed_out,
        notarized,
        nullified,
        finalized,
        equivocation,
        refused,
        halted
    };
    Kind kind{};
    View view = 0;
    std::optional<MemberIndex> member;
    std::string text;     // for refused and halted: which rule
    bool forged = false;  // refused for an invalid signature: honest members relay none
};

// The caller performs the fields in their order.
struct Actions {
    std::vector<Persist> persist;
    std::vector<Message> broadcast;  // to all other members
    std::vector<std::pair<MemberIndex, Message>> send_to;
    std::vector<CheckRequest> check;
    std::vector<ExecuteRequest> execute;
    std::vector<Certificate> finalized;  // ascending views
    std::vector<BuildRequest> build;
    std::vector<Evidence> evidence;  // each member once in a view
    std::vector<Note> notes;
    std::optional<Time> wake;  // call tick() no later than this
};

// The input of a restart.
struct Recovered {
    std::vector<Persist> journal;             // oldest first; empty on a first start
    std::optional<Certificate> finalization;  // of the chain's tip; nothing at genesis
    Hash genesis_block;                       // id of the block of view 0
    // Not whole: stay silent until it is safe (docs/protocol.md, lost journal and first start). `lost` is said once:
    // the new journal remembers it from then on. `fresh`: there is neither a journal nor a chain.
    Memory memory = Memory::whole;
};

enum class BlockValidity : std::uint8_t { valid, invalid };

class Core {
public:
    explicit Core(Settings settings);
    ~Core();
    Core(Core&&) noexcept;

    // Called first, once. `now` is any monotonic time.
    Actions start(const Recovered& recovered, Time now);

    Actions receive(MemberIndex from, const Message& message, Time now);
    Actions connected(MemberIndex member, Time now);  // a link to this member came up: exchange Status
    // The leader's block for `view`, or nothing if it cannot build (syncing): then the view is nullified at once.
    struct Built {
        Hash id;
        Bytes bytes;
    };
    Actions built(View view, std::optional<Built> block, Time now);
    Actions checked(View view, const Hash& block, BlockValidity verdict, Time now);
    Actions executed(const Hash& block, const ExecutionResult& result, Time now);
    Actions demand(bool pending, Time now);  // whether batches wait for order; call when it changes
    Actions set_pace(Duration view_timeout, Duration heartbeat, Time now);  // in place of those in Settings
    Actions tick(Time now);
    // Permanent stop after a divergence that the caller detected (its own execution differs from a certified result):
    // nothing is signed any more.
    Actions halt(std::string why, Time now);

    View current() const;
    View finalized() const;
    bool halted() const;
    bool silent() const;  // after a lost journal: not yet voting in the current view

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace xinlian::consensus

// The implementation of Core. core.cpp: inputs, timers, start; rules.cpp: proposing, voting, certificates; accuse.cpp:
// evidence of equivocation; exchange.cpp: messages to single peers.
#pragma once

#include <array>

#include "consensus/journal.hpp"
#include "consensus/round.hpp"

namespace xinlian::consensus {

inline constexpr View window_max = 8;                       // votes and proposals at most this far ahead are kept
inline constexpr std::size_t status_tail_periodic_max = 8;  // certificates in a Status that is not for a new link

struct Core::State {
    // Answers to one peer, each with its own rate limit.
    enum class Answer : std::uint8_t { status, old_view, request };
    struct Peer {
        Time heard;
        std::array<std::optional<Time>, 3> answered;
    };

    Settings settings;
    Journal journal;
    std::map<View, Round> rounds;  // Invariant: all above `finalized`.
    View current = 1;
    std::optional<Certificate> entry;  // what opened `current`; of view current - 1
    View finalized = 0;
    Hash final_block;
    std::optional<Certificate> finalization;
    bool halted = false;
    bool pending = false;                     // the caller has something to order
    bool fresh = false;                       // a first start, as far as this node can know: signs nothing yet
    std::map<MemberIndex, View> heard_views;  // after a lost journal: the proven views of the others
    std::set<MemberIndex> unmoved;            // of a fresh node: who was seen in view 1 without any certificate

    Time now;
    Time entered_at, final_at;
    Time last_heard, busy_since;   // when anybody was last heard; since when that has gone on without a pause
    std::optional<Time> deadline;  // of the current view
    std::optional<Time> retry_at, status_at, request_at;
    std::optional<Time> tail_since;              // since when a notarized block waits for finality
    std::uint32_t nullified = 0, notarized = 0;  // views since the last finalization
    std::vector<Peer> peers;
    Actions out;  // of this turn

    explicit State(Settings given);

    // core.cpp
    template <class Input>
    Actions turn(Time at, Input&& input);
    void start(const Recovered& recovered);
    void settle();
    void receive(MemberIndex from, const Message& message);
    void built(View view, std::optional<Built> block);
    void checked(View view, const Hash& block, BlockValidity verdict);
    void executed(const Hash& block, const ExecutionResult& result);

    // rules.cpp
    void on(MemberIndex from, const Proposal& proposal);
    void on(MemberIndex from, const Vote& vote);
    void on(MemberIndex from, const Certificate& certificate);
    bool admit(MemberIndex from, const Certificate& certificate);  // false if it is not a certificate
    void lead();
    void consider();
    bool nullify();            // false if the journal or a halt forbids it
    void finalize(View view);  // the only maker of finalize votes
    void collect(const Vote& vote, Checked checked);
    void store(const Certificate& certificate);

    // exchange.cpp
    void on(MemberIndex from, const StatusReport& report);
    void on(MemberIndex from, const CertificateRequest& request);
    void connected(MemberIndex member);
    StatusReport status(std::size_t tail_max) const;
    void answer_old(MemberIndex from, View view);
    void ask(std::optional<MemberIndex> whom, View first, View last);

    // Shared by all three.
    Verifier verifier() const { return {settings.committee, settings.chain_id}; }
    bool is_self(MemberIndex member) const { return settings.self == member; }
    MemberIndex leader_of(View view) const {
        return settings.leader ? settings.leader(view) : settings.committee.leader(view);
    }
    MemberIndex leader() const { return leader_of(current); }
    Memory memory() const {
        if (fresh) return Memory::fresh;
        // Before its view has reached that of any vote it may have cast, its position proves too little.
        return current < journal.silent_through() ? Memory::lost : Memory::whole;
    }
    bool asks() const { return journal.silent_through() == ~View{0}; }  // where the others are
    bool may_sign(View view) const { return settings.self && !halted && !fresh && view > journal.silent_through(); }
    // How many others must say where they are before one without memory votes: 2f + 1, or all if there are fewer; at a
    // first start those that make a quorum together with this node.
    std::size_t answers_needed() const {
        return std::min(2 * settings.committee.faults() + 1, settings.committee.size() - 1);
    }
    std::size_t unmoved_needed() const { return settings.committee.quorum() - 1; }
    bool demanded() const;
    void persist(const Persist& record);
    void note(Note::Kind kind, View view, std::optional<MemberIndex> member = {}, std::string text = {});
    void refuse(MemberIndex from, View view, std::string text, bool forged = false);
    void stop(View view, std::string why);

private:
    // core.cpp
    bool replay(const Persist& record, std::string& why);
    void replay_own(const Vote& vote);
    void hear(MemberIndex from);
    bool leader_is_silent() const;
    Duration timeout() const;
    void expire();
    void run_view_timer();
    void run_retry();
    void run_status();
    std::optional<Time> wake() const;

    // rules.cpp
    enum class ParentProof : std::uint8_t { proven, unproven, wrong };
    bool is_timely(MemberIndex from, const Statement& said);
    Status check_form(const Proposal& proposal) const;
    void feed(MemberIndex from, const Proposal& proposal);
    ParentProof parent_proof(const Proposal& proposal);
    bool justify(Justification& plan);
    void propose(const Justification& plan, const Built& block);
    void cast(Statement statement);
    void persist_entry(View view);
    void persist_certificate(const Certificate& certificate);
    bool fits_final(const Certificate& certificate) const;
    void enter(View view, const Certificate& by);
    void adopt_final(const Certificate& certificate);

    // accuse.cpp
    void accuse(Evidence evidence);
    void accuse(const Vote& held, const Vote& vote);
    void accuse_voters(const Certificate& certificate);
    void accuse_signers(const Certificate& held, const Certificate& other);

    // exchange.cpp
    bool may_answer(MemberIndex to, Answer what);
    void learn_unmoved(MemberIndex from, const StatusReport& report);
    void learn_where(MemberIndex from, const StatusReport& report);
};

}  // namespace xinlian::consensus

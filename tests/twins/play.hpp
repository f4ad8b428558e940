// One play of Twins: real cores, and a network in which a round's schedule says which nodes hear each other. Nothing is
// random.
//
// Round r is view r. A message is delivered if its sender and its receiver are on one side in the round of the view
// that the sender is in after the turn that sent it; otherwise it is lost. So a certificate that ends view r, and the
// finalize votes after it, are delivered by the sides of view r + 1. Messages arrive at once, in the order in which
// they were sent, and a core's requests to its caller (build, check, execute) are answered in the same queue. When the
// queue is empty, time advances to the next alarm of a core. A round that cannot end, because no side has a quorum, is
// healed once no node has moved for `patience`: from then on every node hears the nodes in it. After the last round
// every node hears all others.
//
// A transaction always waits at every node: each round adds one. The last one is added when a node has left the last
// round. It must become final at every honest node within `calm_max` and within 2(f + 1) + 1 views: f + 1 until an
// honest member leads, as many again if that one found others still behind, and the one in progress.
#pragma once

#include <deque>
#include <functional>
#include <variant>

#include "tests/twins/invariants.hpp"

namespace xinlian::twins {

inline constexpr Duration patience{4'000};
inline constexpr Duration calm_max{10'000};               // five of the longest view times
inline constexpr std::uint64_t deliveries_max = 200'000;  // of one play: more is an endless exchange

struct Outcome {
    std::map<Promise, std::string> broken;
    std::set<MemberIndex> blamed;
    std::size_t evidence = 0;
    std::size_t halted = 0;   // nodes
    View views_after = 0;     // from the last scheduled round to the last transaction's finality everywhere
    Duration calm;            // the same in time
    std::uint64_t trace = 0;  // the same for the same play, step for step
    bool kept() const { return broken.empty(); }
};

class Play {
public:
    // The first `excused` members may violate rules without being reported by the invariants: as many as are doubled,
    // unless a test wants the invariants to report one. With more than a third excused, only two things are required:
    // honest members follow the rules, and only others are blamed.
    Play(const Cast& cast, const Schedule& schedule, std::size_t excused);
    Play(const Cast& cast, const Schedule& schedule) : Play(cast, schedule, schedule.shape().doubled) {}
    Play(const Play&) = delete;
    Play& operator=(const Play&) = delete;

    std::function<void(const std::string&)> tell;  // every note of every core, for people
    Outcome run();

private:
    struct Node {
        MemberIndex member = 0;
        bool honest = true;
        std::unique_ptr<consensus::Core> core;
        std::optional<Time> wake;
        View seen = 0;  // view and final view when last looked at
        View seen_final = 0;
        Hash tip;
        std::set<Tx> pool;
        bool pending = false;
    };
    struct Delivery {
        MemberIndex from = 0;
        std::shared_ptr<const consensus::Message> message;
    };
    struct Task {
        std::size_t node = 0;
        std::variant<Delivery, consensus::CheckRequest, consensus::ExecuteRequest, consensus::BuildRequest> what;
    };

    void start();
    void submit();
    void perform(std::size_t node, consensus::Actions actions);
    void send(std::size_t node, std::optional<MemberIndex> to, consensus::Message message);
    bool passes(std::size_t from, std::size_t to) const;
    void work(const Task& task);
    consensus::Actions react(std::size_t node, const Delivery& delivery);
    consensus::Actions react(std::size_t node, const consensus::CheckRequest& request);
    consensus::Actions react(std::size_t node, const consensus::ExecuteRequest& request);
    consensus::Actions react(std::size_t node, const consensus::BuildRequest& request);
    bool repeats(const Block& block) const;
    void commit(std::size_t node, const Certificate& certificate);
    void look(std::size_t node);
    void refresh_demand(std::size_t node);
    void note(std::size_t node, const consensus::Note& note);
    bool over() const;
    bool wait();
    bool stuck();
    View highest() const;
    void mix(std::uint64_t value) { trace_ = (trace_ ^ value) * 0x100000001b3u; }

    const Cast& cast_;
    const Schedule& schedule_;
    bool all_promised_;
    Blocks blocks_;
    Invariants invariants_;
    std::vector<Node> nodes_;
    std::deque<Task> tasks_;
    std::vector<bool> lifted_;  // by view
    Tx submitted_ = 0;
    Time now_{1'000};
    Time moved_ = now_;         // when a node last changed its view or its final view
    std::optional<Time> calm_;  // when the last round was left
    std::uint64_t deliveries_ = 0;
    std::uint64_t trace_ = 1;
    Outcome outcome_;
};

inline Outcome play(const Cast& cast, const Schedule& schedule) { return Play(cast, schedule).run(); }

}  // namespace xinlian::twins

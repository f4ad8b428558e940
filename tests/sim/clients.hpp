// Those who submit: one per issuer, each with its own feed, patient as the real ones: what was not answered is sent
// again.
#pragma once

#include "tests/sim/world.hpp"

namespace xinlian::sim {

class Clients {
public:
    explicit Clients(World& world);

    // The issuer's next batch, to this node; most are right, some break a rule. Nothing happens while too much of this
    // issuer waits for an answer.
    void submit(std::size_t issuer, std::size_t node);
    // The issuer signs two batches for one place in its feed and gives each to another node.
    void fork(std::size_t issuer, std::size_t one, std::size_t other);
    // The issuer hands in a resolution of the federation, its number read from this node, in force four blocks later.
    // `parameters`: members of a JSON object. If there are none they are drawn, and some such resolutions are of a
    // wrong number or come too late, as real ones may.
    void resolve(std::size_t issuer, std::size_t node, std::string parameters);
    // Sends again what nobody answered, to an honest node that is up.
    void insist();

    std::size_t issuers() const { return issuers_.size(); }
    // Of everything ever submitted: whether nothing is left that nobody answered.
    bool all_answered() const;
    std::string unanswered() const;
    // Whether every honest node that is up knows what became of everything that was answered.
    bool all_know() const;
    // From submitting to the first answer, sorted; the number of nodes that have to answer counts from one.
    std::vector<std::uint64_t> waits_ms() const { return waits_ms_; }

private:
    struct Waiting {
        ledger::BatchPtr batch, rival;  // rival: the other one for the same place, if there is one
        Time since;
    };
    struct Issuer {
        std::string id;
        std::uint64_t next = 1;
        Hash head;
        std::vector<Waiting> waiting;
        std::vector<ledger::Entry> records;  // as last submitted
        std::uint64_t made = 0;
        std::string refusal;  // the last one a node gave
    };

    ledger::BatchPtr make(Issuer& issuer, bool right);
    ledger::Entry entry(Issuer& issuer, bool right);
    ledger::BatchPtr sign(const Issuer& issuer, std::vector<ledger::Entry> entries,
                          std::vector<ledger::SignedRules> resolutions = {}) const;
    static bool is_full(const Issuer& issuer);
    std::string some_parameters();
    void hand_in(Issuer& issuer, const ledger::BatchPtr& batch, std::size_t node);
    void answered(const node::BatchDecision& decision);
    void catch_up(Issuer& issuer, std::size_t node);

    World& world_;
    Chance chance_;
    std::vector<Issuer> issuers_;
    std::set<Hash> answered_;
    std::vector<std::uint64_t> waits_ms_;
};

}  // namespace xinlian::sim

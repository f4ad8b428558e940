// The submitting clients: one per issuer, each with its own feed. Like real clients, they submit again what was not
// answered.
#pragma once

#include "tests/sim/world.hpp"

namespace xinlian::sim {

class Clients {
public:
    explicit Clients(World& world);

    // Submits the issuer's next batch to this node: records, or acts; most are valid, some violate a rule. Nothing
    // happens while too many batches of this issuer wait for an answer.
    void submit(std::size_t issuer, std::size_t node);
    // The issuer signs two batches for one place in its feed and gives them to two different nodes.
    void fork(std::size_t issuer, std::size_t one, std::size_t other);
    // The issuer submits a resolution of the federation, its number read from this node, in force four blocks later.
    // `parameters` are members of a JSON object. If empty, they are drawn at random, and some such resolutions have a
    // wrong number or come too late, as real ones may.
    void resolve(std::size_t issuer, std::size_t node, std::string parameters);
    // Submits unanswered batches again, to an honest node that is up.
    void insist();

    std::size_t issuers() const { return issuers_.size(); }
    // Whether everything ever submitted was answered.
    bool all_answered() const;
    std::string unanswered() const;
    // Whether every honest node that is up knows the outcome of everything that was answered.
    bool all_know() const;
    // The times from submission to the first answer, sorted; the time counts once the required number of nodes have
    // answered.
    std::vector<std::uint64_t> waits_ms() const { return waits_ms_; }

private:
    struct Waiting {
        ledger::BatchPtr batch, rival;  // rival: the other batch for the same place, if there is one
        Time since;
    };
    struct Issuer {
        std::string id;
        std::uint64_t next = 1;
        Hash head;
        std::vector<Waiting> waiting;
        std::vector<ledger::Entry> records;  // as last submitted
        std::vector<Hash> filed;             // the last few records ever created
        std::uint64_t made = 0;
        std::string refusal;  // the last one a node gave
    };

    struct Asked {
        std::string by;
        ledger::Entry query;
    };
    // Draws one of these that matches, or with a probability in thousandths one that does not; nullptr if none was
    // drawn.
    template <class T, class Fits>
    const T* pick(const std::vector<T>& of, std::uint64_t wrong, const Fits& fits) {
        const T* drawn = nullptr;
        for (int tries = of.empty() ? 0 : 8; tries > 0; --tries) {
            drawn = &of[chance_.below(of.size())];
            if (fits(*drawn)) return drawn;
        }
        return chance_.permille(wrong) ? drawn : nullptr;
    }

    ledger::BatchPtr make(Issuer& issuer, bool right);
    ledger::Entry entry(Issuer& issuer, bool right);
    // clients_acts.cpp
    ledger::BatchPtr make_acts(Issuer& issuer, std::size_t node);
    std::optional<ledger::Entry> act(Issuer& issuer, const ledger::State& known);
    std::optional<ledger::Entry> act_on_record(const Issuer& issuer, const ledger::State& known);
    std::optional<ledger::Entry> act_under_grant(const Issuer& issuer, const ledger::State& known);
    ledger::Entry about_query(const Asked& asked, const ledger::State& known);
    ledger::Entry grant(const Issuer& issuer);
    ledger::Entry account(const Issuer& issuer);
    ledger::Entry about(const ledger::Entry& of, ledger::Operation operation, ledger::MemberNumber party) const;
    std::uint16_t grade();
    ledger::MemberNumber number_of(std::string_view id) const;
    void spoil(ledger::Entry& entry);
    ledger::BatchPtr sign(const Issuer& issuer, std::vector<ledger::Entry> entries,
                          std::vector<ledger::SignedRules> resolutions = {});
    static bool is_full(const Issuer& issuer);
    std::string some_parameters();
    void hand_in(Issuer& issuer, const ledger::BatchPtr& batch, std::size_t node);
    void count(const ledger::Batch& batch, ledger::Reason reason);
    void answered(const ledger::Receipt& decision);
    void catch_up(Issuer& issuer, std::size_t node);

    World& world_;
    Chance chance_;
    std::vector<Issuer> issuers_;
    std::vector<ledger::Entry> grants_;  // ever submitted
    std::vector<Asked> queries_;         // ever submitted
    std::uint64_t papers_ = 0, signed_ = 0;
    std::set<Hash> answered_;
    std::vector<std::uint64_t> waits_ms_;
};

}  // namespace xinlian::sim

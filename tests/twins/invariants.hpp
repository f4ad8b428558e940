// A stranger who watches a play of Twins and knows what was promised. It counts, compares and walks chains by itself:
// no quorum, conflict or certificate check of the code under test decides anything here, only signatures are checked
// with the product's verify().
#pragma once

#include <array>
#include <map>
#include <set>

#include "consensus/core.hpp"
#include "tests/twins/schedule.hpp"

namespace xinlian::twins {

using Tx = std::uint32_t;

struct Block {
    Hash parent;
    View view = 0;
    std::vector<Tx> txs;
    ExecutionResult result;
};
using Blocks = std::map<Hash, Block>;

// Keys and names of a federation, the same for every play. One thread at a time, as keys are.
struct Cast {
    explicit Cast(std::size_t members);
    std::vector<SecretKey> keys;  // by member
    Committee committee;
    Hash chain_id, genesis;
};

enum class Promise : std::uint8_t {
    agreement,  // honest nodes have one chain of final blocks, and lose none of it
    validity,   // what is final was built by somebody, from what was submitted, nothing twice, and its result is right
    one_word,   // an honest member contradicts itself nowhere
    written_first,  // nor says anything that is not written down
    blame,     // evidence, and certificates that contradict each other, name doubled members only, and do name them
    progress,  // what is submitted after the network healed becomes final soon
    no_halt    // no honest node stops for good
};
std::string_view name_of(Promise promise);

class Invariants {
public:
    // Members below `excused` may do anything. `blocks` is everything ever built; outlives the stranger.
    Invariants(const Cast& cast, const Shape& shape, std::size_t excused, const Blocks& blocks);

    bool is_honest(MemberIndex member) const { return member >= excused_; }
    void submitted(Tx tx) { submitted_.insert(tx); }
    void wrote(std::size_t node, const consensus::Persist& record);
    void sent(std::size_t node, const consensus::Message& message);
    void finalized(std::size_t node, const Certificate& certificate);
    void accused(const Evidence& evidence);
    // At the end: who signed certificates that contradict each other.
    void check_certificates();

    void broken(Promise promise, const std::string& how) { broken_.emplace(promise, how); }
    const std::map<Promise, std::string>& broken() const { return broken_; }  // the first of each kind
    const std::set<MemberIndex>& blamed() const { return blamed_; }           // by evidence or by certificates

private:
    using Said = std::map<std::pair<MemberIndex, View>, std::array<std::optional<Statement>, 4>>;

    void said(MemberIndex member, const Statement& statement);
    void sent_vote(std::size_t node, const consensus::Vote& vote);
    void was_written(std::size_t node, const Statement& statement);
    void certified(const Certificate& certificate);
    void blame(MemberIndex member);
    void extend(std::size_t node, const Hash& block);
    void check_chain(std::size_t node);
    bool signed_rightly(MemberIndex member, const Statement& statement, const Signature& signature) const;

    const Cast& cast_;
    Shape shape_;
    std::size_t excused_;
    const Blocks& blocks_;
    std::set<Tx> submitted_;
    Said said_;
    std::map<std::size_t, std::map<std::pair<View, VoteKind>, Statement>> written_;  // by node
    std::map<View, std::vector<Certificate>> certificates_;                          // different statements only
    std::vector<std::vector<Hash>> chains_;                                          // by node, oldest first
    std::map<Promise, std::string> broken_;
    std::set<MemberIndex> blamed_;
};

}  // namespace xinlian::twins

// Checks the invariants of a play of Twins. It counts, compares and walks chains by itself: no quorum, conflict or
// certificate check of the code under test is used; only signatures are checked with the product's verify().
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

// Keys and names of a federation, the same for every play. For one thread at a time, as keys are.
struct Cast {
    explicit Cast(std::size_t members);
    std::vector<SecretKey> keys;  // by member
    Committee committee;
    Hash chain_id, genesis;
};

enum class Promise : std::uint8_t {
    agreement,  // honest nodes have one chain of final blocks, and never lose a final block
    validity,   // each final block was built by some node, from submitted transactions, without repeats, and its result
                // is right
    one_word,   // an honest member never contradicts itself
    written_first,  // an honest member sends nothing that is not written
    blame,          // evidence and contradictory certificates name doubled members only, and name them
    progress,       // what is submitted after the network healed becomes final in time
    no_halt         // no honest node halts
};
std::string_view name_of(Promise promise);

class Invariants {
public:
    // Members below `excused` may do anything. `blocks` is everything ever built, and must outlive this object.
    Invariants(const Cast& cast, const Shape& shape, std::size_t excused, const Blocks& blocks);

    bool is_honest(MemberIndex member) const { return member >= excused_; }
    void submitted(Tx tx) { submitted_.insert(tx); }
    void wrote(std::size_t node, const consensus::Persist& record);
    void sent(std::size_t node, const consensus::Message& message);
    void finalized(std::size_t node, const Certificate& certificate);
    void accused(const Evidence& evidence);
    // At the end: blames the signers of contradictory certificates.
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

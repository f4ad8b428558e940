// Checks the safety invariants of consensus during a run. It observes what nodes write, send and commit, and counts
// votes and quorums itself. Of the code under test it uses only the encoding, to compare messages.
#pragma once

#include <map>
#include <set>
#include <string>

#include "consensus/core.hpp"

namespace xinlian::sim {

class Invariants {
public:
    explicit Invariants(std::size_t members) : members_(members) {}

    void wrote(std::size_t node, const consensus::Persist& record);
    void sent(std::size_t node, MemberIndex member, const consensus::Message& message);
    void finalized(std::size_t node, const Certificate& certificate);
    void committed(std::size_t node, std::uint64_t height, const Hash& block);
    void halted(std::size_t node, const std::string& why);
    void lost_journal(std::size_t node) { written_.erase(node); }
    void broken(const std::string& promise);

    // More than a third of Byzantine members can break agreement and halt nodes by design: then these are not checked.
    bool beyond_faults = false;

    // Empty as long as every invariant held.
    const std::set<std::string>& broken() const { return broken_; }

private:
    void sent_vote(std::size_t node, MemberIndex member, const consensus::Vote& vote);

    std::size_t members_;
    std::map<std::size_t, std::set<Bytes>> written_;  // own votes and proposals on disk, by node
    std::map<std::pair<std::size_t, View>, std::map<VoteKind, Statement>> said_;
    std::map<View, Statement> final_;
    std::map<std::uint64_t, Hash> chain_;
    std::set<std::string> broken_;
};

}  // namespace xinlian::sim

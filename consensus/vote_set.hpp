// The votes of one kind in one view: the first of each member, and the certificate they add up to.
// Never counts a vote whose signature it has not checked, and checks as few as it can.
#pragma once

#include <map>
#include <optional>

#include "consensus/message.hpp"

namespace xinlian::consensus {

// Checks single signatures. Lives shorter than what it refers to.
struct Verifier {
    const Committee& committee;
    const Hash& chain_id;
    bool operator()(const Statement& statement, const MemberSignature& by) const;
};

enum class Checked : std::uint8_t { no, yes };

class VoteSet {
public:
    // Keeps the vote unless one of its member is here already.
    void add(const Vote& vote, Checked checked);
    const Vote* of(MemberIndex member) const;

    // Whether a rightly signed vote of this member is here. One with a wrong signature is dropped, which makes room for
    // the right one.
    bool verified(MemberIndex member, const Verifier& verifier);

    // Whether at least `threshold` members said exactly this.
    bool reaches(const Statement& statement, std::size_t threshold, const Verifier& verifier);

    // Nothing as long as there is no quorum.
    std::optional<Certificate> certificate(const Statement& statement, const Verifier& verifier);

private:
    struct Kept {
        Vote vote;
        Checked checked = Checked::no;
    };
    std::map<MemberIndex, Kept> votes_;
};

}  // namespace xinlian::consensus

// The votes of one kind in one view: the first of each member, and the certificate they add up to.
// Counts only votes whose signatures were verified, and verifies as few as possible.
#pragma once

#include <map>
#include <optional>

#include "consensus/message.hpp"

namespace xinlian::consensus {

// Verifies single signatures. Must not outlive what it refers to.
struct Verifier {
    const Committee& committee;
    const Hash& chain_id;
    bool operator()(const Statement& statement, const MemberSignature& by) const;
};

enum class Checked : std::uint8_t { no, yes };

class VoteSet {
public:
    // Stores the vote unless one of the same member is stored already.
    void add(const Vote& vote, Checked checked);
    const Vote* of(MemberIndex member) const;

    // Whether a vote of this member with a valid signature is stored. One with an invalid signature is dropped, so that
    // the valid one can be stored.
    bool verified(MemberIndex member, const Verifier& verifier);

    // Whether at least `threshold` members signed exactly this statement.
    bool reaches(const Statement& statement, std::size_t threshold, const Verifier& verifier);

    // Empty before there is a quorum.
    std::optional<Certificate> certificate(const Statement& statement, const Verifier& verifier);

private:
    struct Kept {
        Vote vote;
        Checked checked = Checked::no;
    };
    std::map<MemberIndex, Kept> votes_;
};

}  // namespace xinlian::consensus

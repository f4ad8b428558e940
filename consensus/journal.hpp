// The node's own votes and proposals per view, in the order written, and which certificates are on disk. The voting
// rules consult only this, so that the same rules hold before and after a restart. Replay and live writing use the same
// record().
#pragma once

#include <map>
#include <set>

#include "consensus/core.hpp"

namespace xinlian::consensus {

class Journal {
public:
    // Repeating a record changes nothing. Errc::conflict, and nothing kept, if the rules forbid it after what is here.
    Status record(const Persist& record);

    const Vote* vote(VoteKind kind, View view) const;
    const Proposal* proposal(View view) const;
    bool has_certificate(VoteKind kind, View view) const;
    View silent_through() const { return silent_through_; }
    // Own votes in views above `above`, newest view first.
    std::vector<Vote> votes_above(View above, std::size_t max) const;

    // The three rules that keep the federation safe (docs/protocol.md, rules).
    bool may_notarize(View view, const Hash& block) const;
    bool may_nullify(View view) const;
    bool may_finalize(View view, const Hash& block) const;

    // Drops records at or below a final view (certificates: below it). The rules never read them again.
    void prune(View finalized);

private:
    struct Own {
        std::optional<Vote> notarize, nullify, finalize;
        std::optional<Proposal> proposal;
    };
    Status record_vote(const Vote& vote);
    Status record_proposal(const Proposal& proposal);

    std::map<View, Own> own_;
    std::set<std::pair<View, VoteKind>> certificates_;
    View silent_through_ = 0;
};

// Whether a record is still needed once the block of view `finalized` is final *and on disk*. Rotating the file keeps
// these, in their order.
bool is_live(const Persist& record, View finalized);

// A record as it is stored: one tag byte (1 …, in the variant's order), then the body.
Bytes encode_persist(const Persist& record);
Result<Persist> decode_persist(ByteView bytes);  // Errc::malformed

}  // namespace xinlian::consensus
